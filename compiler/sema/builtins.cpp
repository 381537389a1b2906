#include "compiler/sema/builtins.h"

namespace chasi::sema {

static constexpr BuiltinInfo kBuiltins[] = {
    {Builtin::All, "all", "all(kind) -> List<kind>", 1, 1},
    {Builtin::Referrers, "referrers", "referrers(declaration, kind) -> List<kind>", 2, 2},
    {Builtin::Len, "len", "len(List<T> | Map<String, T> | String) -> Int", 1, 1},
    {Builtin::Sum, "sum", "sum(List<number or quantity>) -> the same", 1, 1},
    {Builtin::Min, "min", "min(List<T>) -> T, min(a, b) -> T", 1, 2},
    {Builtin::Max, "max", "max(List<T>) -> T, max(a, b) -> T", 1, 2},
    {Builtin::Keys, "keys", "keys(Map<String, T>) -> List<String>", 1, 1},
    {Builtin::Values, "values", "values(Map<String, T>) -> List<T>", 1, 1},
    {Builtin::Join, "join", "join(List<String>, separator: String) -> String", 2, 2},
    {Builtin::Split, "split", "split(String, separator: String) -> List<String>", 2, 2},
    {Builtin::Trim, "trim", "trim(String) -> String", 1, 1},
    {Builtin::Upper, "upper", "upper(String) -> String", 1, 1},
    {Builtin::Lower, "lower", "lower(String) -> String", 1, 1},
    {Builtin::Replace, "replace", "replace(String, from: String, to: String) -> String", 3, 3},
    {Builtin::StartsWith, "startsWith", "startsWith(String, prefix: String) -> Bool", 2, 2},
    {Builtin::EndsWith, "endsWith", "endsWith(String, suffix: String) -> Bool", 2, 2},
    {Builtin::Contains, "contains", "contains(String, part: String) -> Bool, contains(List<T>, T) -> Bool", 2, 2},
    {Builtin::Truncate, "truncate", "truncate(String, bytes: Int) -> String", 2, 2},
    {Builtin::Number, "number", "number(Bytes | Cpu | Duration) -> Int (bytes, millicores, seconds; rounded up)", 1, 1},
    {Builtin::Unique, "unique", "unique(List<T>) -> List<T>", 1, 1},
    {Builtin::Sorted, "sorted", "sorted(List<text or number>) -> the same", 1, 1},
    {Builtin::Reverse, "reverse", "reverse(List<T>) -> List<T>", 1, 1},
    {Builtin::Flatten, "flatten", "flatten(List<List<T>>) -> List<T>", 1, 1},
    {Builtin::First, "first", "first(List<T>) -> T?", 1, 1},
    {Builtin::Last, "last", "last(List<T>) -> T?", 1, 1},
    {Builtin::Slice, "slice", "slice(List<T>, from: Int, count: Int) -> List<T>", 3, 3},
    {Builtin::Sha256, "sha256", "sha256(String) -> String (hexadecimal)", 1, 1},
    {Builtin::Base64, "base64", "base64(String) -> String", 1, 1},
    {Builtin::Name, "name", "name(declaration) -> String", 1, 1},
    {Builtin::Any_, "any", "any(List<Bool>) -> Bool", 1, 1},
    {Builtin::Every, "every", "every(List<Bool>) -> Bool", 1, 1},
    {Builtin::ToJson, "toJson", "toJson(value) -> String", 1, 1},
    {Builtin::Text, "text", "text(path: String) -> String (of a file of the workspace)", 1, 1},
};

llvm::ArrayRef<BuiltinInfo> allBuiltins() { return kBuiltins; }

const BuiltinInfo* findBuiltin(llvm::StringRef name) {
  for (const BuiltinInfo& b : kBuiltins)
    if (name == b.name) return &b;
  return nullptr;
}

namespace {

const Type* plain(Types& types, const Type* type) {
  type = strip(type);
  if (type->kind == TypeKind::Union) {
    const Type* first = widen(types, type->alternatives.front());
    for (const Type* a : type->alternatives)
      if (!sameType(widen(types, a), first)) return type;
    return first;
  }
  return widen(types, type);
}

bool isText(const Type* type) {
  return type->kind == TypeKind::String || type->kind == TypeKind::Version || type->kind == TypeKind::ImageRef || type->kind == TypeKind::Path;
}
bool isAmount(const Type* type) {
  return type->kind == TypeKind::Int || type->kind == TypeKind::Float || (type->kind >= TypeKind::Cpu && type->kind <= TypeKind::Duration);
}
bool isSimple(const Type* type) { return isText(type) || isAmount(type) || type->kind == TypeKind::Bool; }

const Type* listResult(Builtin builtin, const Type* list, Types& types) {
  const Type* element = list->inner;
  const Type* bare = plain(types, element);
  const bool unknown = element->kind == TypeKind::Error;
  switch (builtin) {
  case Builtin::Len: return types.simple(TypeKind::Int);
  case Builtin::Sum: return isAmount(bare) ? bare : unknown ? types.simple(TypeKind::Int) : nullptr;
  case Builtin::Min:
  case Builtin::Max: return isAmount(bare) || isText(bare) || unknown ? bare : nullptr;
  case Builtin::Unique: return isSimple(bare) || unknown ? list : nullptr;
  case Builtin::Sorted: return isAmount(bare) || isText(bare) || unknown ? list : nullptr;
  case Builtin::Reverse: return list;
  case Builtin::Flatten: return bare->kind == TypeKind::List ? bare : unknown ? list : nullptr;
  case Builtin::First:
  case Builtin::Last: return types.optional(element);
  case Builtin::Any_:
  case Builtin::Every: return bare->kind == TypeKind::Bool || unknown ? types.simple(TypeKind::Bool) : nullptr;
  default: return nullptr;
  }
}

const Type* textResult(Builtin builtin, llvm::ArrayRef<const Type*> args, Types& types) {
  const Type* text = types.simple(TypeKind::String);
  for (size_t i = 1; i < args.size(); ++i) {
    const bool number = builtin == Builtin::Truncate;
    const Type* arg = plain(types, args[i]);
    if (number ? arg->kind != TypeKind::Int : !isText(arg)) return nullptr;
  }
  switch (builtin) {
  case Builtin::Len: return types.simple(TypeKind::Int);
  case Builtin::Split: return types.list(text);
  case Builtin::StartsWith:
  case Builtin::EndsWith:
  case Builtin::Contains: return types.simple(TypeKind::Bool);
  case Builtin::Trim:
  case Builtin::Upper:
  case Builtin::Lower:
  case Builtin::Replace:
  case Builtin::Truncate:
  case Builtin::Sha256:
  case Builtin::Base64:
  case Builtin::Text: return text;
  default: return nullptr;
  }
}

} // namespace

const Type* builtinResult(Builtin builtin, llvm::ArrayRef<const Type*> args, Types& types, std::string& wanted) {
  const Type* first = plain(types, args[0]);
  switch (builtin) {
  case Builtin::All:
    wanted = "name a kind: all(tenant)";
    return first->kind == TypeKind::Kind ? types.list(types.record(first->schema)) : nullptr;
  case Builtin::Referrers: {
    const Type* kind = strip(args[1]);
    return first->kind == TypeKind::Record && first->schema && kind->kind == TypeKind::Kind ? types.list(types.record(kind->schema)) : nullptr;
  }
  case Builtin::ToJson: return first->kind == TypeKind::Secret ? nullptr : types.simple(TypeKind::String);
  case Builtin::Number:
    return first->kind == TypeKind::Bytes || first->kind == TypeKind::Cpu || first->kind == TypeKind::Duration ? types.simple(TypeKind::Int) : nullptr;
  case Builtin::Name: return first->kind == TypeKind::Record ? types.simple(TypeKind::String) : nullptr;
  case Builtin::Keys:
  case Builtin::Values:
    if (first->kind != TypeKind::Map) return nullptr;
    return types.list(builtin == Builtin::Keys ? types.simple(TypeKind::String) : first->inner);
  case Builtin::Join: {
    if (first->kind != TypeKind::List || !isText(plain(types, args[1]))) return nullptr;
    wanted = "the list must hold texts";
    const Type* element = plain(types, first->inner);
    return isSimple(element) || element->kind == TypeKind::Error ? types.simple(TypeKind::String) : nullptr;
  }
  case Builtin::Slice:
    return first->kind == TypeKind::List && plain(types, args[1])->kind == TypeKind::Int && plain(types, args[2])->kind == TypeKind::Int ? first : nullptr;
  case Builtin::Contains:
    if (first->kind == TypeKind::List) return fits(args[1], first->inner) == Fit::No ? nullptr : types.simple(TypeKind::Bool);
    break;
  case Builtin::Min:
  case Builtin::Max:
    if (args.size() == 2) {
      const Type* second = plain(types, args[1]);
      return isAmount(first) && first->kind == second->kind ? first : nullptr;
    }
    break;
  default: break;
  }
  if (first->kind == TypeKind::List && args.size() == 1) return listResult(builtin, first, types);
  if (first->kind == TypeKind::Map && builtin == Builtin::Len) return types.simple(TypeKind::Int);
  if (isText(first)) return textResult(builtin, args, types);
  return nullptr;
}

} // namespace chasi::sema
