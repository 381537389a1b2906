#include "compiler/sema/builtins.h"

#include "compiler/sema/program.h"

namespace chasi::sema {

static constexpr BuiltinInfo kBuiltins[] = {
#define CHASI_BUILTIN(id, name, signature, least, most, shape, doc, example, gives) {Builtin::id, name, signature, least, most, shape, doc, example, gives},
#include "compiler/sema/builtins.def"
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

/// `si?s>s`: whether the arguments fit, and what comes of them.
static const Type* shaped(llvm::StringRef shape, llvm::ArrayRef<const Type*> args, Types& types) {
  const auto [takes, gives] = shape.split('>');
  size_t i = 0;
  for (const char c : takes) {
    if (c == '?') continue;
    if (i == args.size()) break; // those behind a `?` may be left out; how many there are was checked
    const Type* arg = plain(types, args[i++]);
    const bool fits = c == 's' ? isText(arg) : c == 'i' ? arg->kind == TypeKind::Int : c == 'f' ? arg->kind == TypeKind::Int || arg->kind == TypeKind::Float : false;
    if (!fits) return nullptr;
  }
  const Type* text = types.simple(TypeKind::String);
  switch (gives.front()) {
  case 'i': return types.simple(TypeKind::Int);
  case 'b': return types.simple(TypeKind::Bool);
  case 'l': return types.list(text);
  case 'S': return types.optional(text);
  case 'I': return types.optional(types.simple(TypeKind::Int));
  case 'F': return types.optional(types.simple(TypeKind::Float));
  case 'L': return types.optional(types.list(text));
  default: return text;
  }
}

/// What is made of a secret is one: these can be worked out while applying.
static bool worksOnSecret(Builtin builtin) {
  return builtin == Builtin::Base64 || builtin == Builtin::UrlEncode || builtin == Builtin::Sha256 || builtin == Builtin::Trim || builtin == Builtin::ToJson;
}

/// Texts, secrets and facts.
static bool joins(const Type* element) {
  element = strip(element);
  if (element->kind == TypeKind::Union) return std::all_of(element->alternatives.begin(), element->alternatives.end(), joins);
  if (element->kind == TypeKind::Later) return joins(element->inner);
  return element->kind == TypeKind::Secret || element->kind == TypeKind::Literal || isSimple(element);
}

const Type* builtinResult(Builtin builtin, llvm::ArrayRef<const Type*> args, Types& types, std::string& wanted) {
  if (args.empty()) return nullptr; // operations() has a check of its own
  const Type* first = plain(types, args[0]);
  if (first->kind == TypeKind::Secret) {
    wanted = "of a secret there are only base64, urlEncode, sha256, trim and toJson, and texts with it inside";
    return worksOnSecret(builtin) ? first : nullptr;
  }
  if (first->kind == TypeKind::Later) {
    if (builtin == Builtin::ToJson) return types.later(types.simple(TypeKind::String));
    return worksOnSecret(builtin) && isText(plain(types, first->inner)) ? types.later(types.simple(TypeKind::String)) : nullptr;
  }
  if (const char* shape = kBuiltins[static_cast<size_t>(builtin)].shape; *shape) return shaped(shape, args, types);
  switch (builtin) {
  case Builtin::All:
    wanted = "name a kind: all(tenant)";
    return first->kind == TypeKind::Kind ? types.list(types.record(first->schema)) : nullptr;
  case Builtin::Referrers: {
    const Type* kind = strip(args[1]);
    return first->kind == TypeKind::Record && first->schema && kind->kind == TypeKind::Kind ? types.list(types.record(kind->schema)) : nullptr;
  }
  case Builtin::ToJson: {
    const Type* text = types.simple(TypeKind::String);
    return !isData(first) ? nullptr : holdsSecret(first) ? types.simple(TypeKind::Secret) : holdsLater(first) ? types.later(text) : text;
  }
  case Builtin::Later:
    wanted = "the object is one that the specification makes, an `Object` of std.core";
    if (first->kind != TypeKind::Record || (first->schema->name != "Object" && first->schema->name != "ImageBuild") || !first->schema->module->library || !isText(plain(types, args[1]))) return nullptr;
    return types.later(types.simple(TypeKind::Any));
  case Builtin::ToYaml:
    wanted = "what is known only while applying cannot be part of a text that is known before";
    return isData(first) && !holdsSecret(first) && !holdsLater(first) ? types.simple(TypeKind::String) : nullptr;
  case Builtin::FromYaml: return isText(first) ? types.optional(types.list(types.simple(TypeKind::Any))) : nullptr;
  case Builtin::Overlay:
    wanted = "both are data, and hold nothing that is known only while applying";
    for (const Type* arg : args)
      if (!isData(plain(types, arg)) || holdsSecret(arg) || holdsLater(arg)) return nullptr;
    return types.simple(TypeKind::Any);
  case Builtin::Yaml:
  case Builtin::Json: return isText(first) ? types.simple(TypeKind::Any) : nullptr;
  case Builtin::YamlStream: return isText(first) ? types.list(types.simple(TypeKind::Any)) : nullptr;
  case Builtin::Abs: return isAmount(first) ? first : nullptr;
  case Builtin::Number:
    return first->kind == TypeKind::Bytes || first->kind == TypeKind::Cpu || first->kind == TypeKind::Duration ? types.simple(TypeKind::Int) : nullptr;
  case Builtin::Name: return first->kind == TypeKind::Record ? types.simple(TypeKind::String) : nullptr;
  case Builtin::At:
  case Builtin::Texts:
  case Builtin::Ints:
  case Builtin::Flags: {
    wanted = "it looks into data without a schema, such as the `object` of an operation";
    if (first->kind != TypeKind::Any || !isText(plain(types, args[1]))) return nullptr;
    const TypeKind element = builtin == Builtin::At ? TypeKind::Any : builtin == Builtin::Texts ? TypeKind::String : builtin == Builtin::Ints ? TypeKind::Int : TypeKind::Bool;
    return types.list(types.simple(element));
  }
  case Builtin::Keys:
  case Builtin::Values:
    if (first->kind != TypeKind::Map) return nullptr;
    return types.list(builtin == Builtin::Keys ? types.simple(TypeKind::String) : first->inner);
  case Builtin::Join: {
    if (first->kind != TypeKind::List || !isText(plain(types, args[1]))) return nullptr;
    wanted = "the list must hold texts";
    const Type* element = plain(types, first->inner);
    if (holdsSecret(element) && joins(element)) return types.simple(TypeKind::Secret);
    if (holdsLater(element) && joins(element)) return types.later(types.simple(TypeKind::String));
    return isSimple(element) || element->kind == TypeKind::Error ? types.simple(TypeKind::String) : nullptr;
  }
  case Builtin::Take:
  case Builtin::Drop:
  case Builtin::Chunk:
    if (first->kind != TypeKind::List || plain(types, args[1])->kind != TypeKind::Int) return nullptr;
    return builtin == Builtin::Chunk ? types.list(first) : first;
  case Builtin::Slice:
    return first->kind == TypeKind::List && plain(types, args[1])->kind == TypeKind::Int && plain(types, args[2])->kind == TypeKind::Int ? first : nullptr;
  case Builtin::Contains:
    if (first->kind == TypeKind::List && (onlyLater(first) || onlyLater(args[1]))) return nullptr;
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

bool goesThrough(Builtin builtin, const Type* type) {
  const bool map = type->kind == TypeKind::Map;
  if (builtin == Builtin::MapValues) return map;
  return type->kind == TypeKind::List || (map && (builtin == Builtin::Map || builtin == Builtin::Filter));
}

bool worksOn(Builtin builtin, const Type* receiver, Types& types) {
  const BuiltinInfo& info = kBuiltins[static_cast<size_t>(builtin)];
  const Type* of = strip(present(receiver));
  if (isHigher(builtin) && goesThrough(builtin, of)) return true;
  if (isHigher(builtin) && info.least > 1) return false;
  std::string wanted;
  if (*info.shape) return builtinResult(builtin, {of}, types, wanted) != nullptr; // a shape is held against what is there
  // What stands behind it is a text, a number, an element, or the same again.
  for (const Type* other : {types.simple(TypeKind::String), types.simple(TypeKind::Int), of, of->inner}) {
    if (!other) continue;
    for (size_t count : {info.least, info.most}) {
      std::vector<const Type*> args(std::max<size_t>(count, 1), other);
      args.front() = of;
      if (builtinResult(builtin, args, types, wanted)) return true;
    }
  }
  return false;
}

} // namespace chasi::sema
