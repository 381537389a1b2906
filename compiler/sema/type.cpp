#include "compiler/sema/type.h"

#include "compiler/sema/program.h"
#include "compiler/sema/quantity.h"

#include <fmt/format.h>
#include <llvm/ADT/Hashing.h>
#include <llvm/ADT/STLExtras.h>
#include <llvm/ADT/SmallPtrSet.h>
#include <llvm/ADT/StringExtras.h>

#include <set>

namespace chasi::sema {

Types::Types(llvm::BumpPtrAllocator& arena) : arena_(arena) {
  simple_.resize(static_cast<size_t>(TypeKind::Variable) + 1);
  for (size_t i = 0; i < simple_.size(); ++i) simple_[i].kind = static_cast<TypeKind>(i);
}

/// Types share their parts, so that a short text can make one with more paths through it than can be walked: only the parts
/// near the top count. Those that are alike there are told apart by sameType, which stops at the first difference.
static size_t hashOf(const Type& type, int depth = 3) {
  if (depth == 0) return static_cast<size_t>(type.kind);
  size_t h = llvm::hash_combine(static_cast<int>(type.kind), type.name, type.schema, type.inferred);
  if (type.inner) h = llvm::hash_combine(h, hashOf(*type.inner, depth - 1));
  for (const Type* a : type.alternatives) h = llvm::hash_combine(h, hashOf(*a, depth - 1));
  if (type.kind != TypeKind::Literal) return h;
  return type.literal.isText() ? llvm::hash_combine(h, type.literal.str()) : llvm::hash_combine(h, type.literal.integer);
}

const Type* Types::share(Type type) {
  const size_t hash = hashOf(type);
  const auto [begin, end] = made_.equal_range(hash);
  for (auto it = begin; it != end; ++it)
    if (it->second->name == type.name && it->second->inferred == type.inferred && sameType(it->second, &type)) return it->second;
  const Type* made = new (arena_) Type(type);
  made_.emplace(hash, made);
  return made;
}

const Type* Types::list(const Type* element) { return share({.kind = TypeKind::List, .inner = element}); }
const Type* Types::map(const Type* value) { return share({.kind = TypeKind::Map, .inner = value}); }

const Type* Types::optional(const Type* of) {
  if (of->kind == TypeKind::Optional || of->kind == TypeKind::Error || of->kind == TypeKind::Absent) return of;
  return share({.kind = TypeKind::Optional, .inner = of});
}

const Type* Types::later(const Type* of) {
  return of->kind == TypeKind::Later || of->kind == TypeKind::Error ? of : share({.kind = TypeKind::Later, .inner = of});
}

const Type* Types::record(const Schema* schema) { return share({.kind = TypeKind::Record, .schema = schema}); }
const Type* Types::kind(const Schema* schema) { return share({.kind = TypeKind::Kind, .schema = schema}); }
const Type* Types::literal(Value value, bool inferred) { return share({.kind = TypeKind::Literal, .literal = value, .inferred = inferred}); }

const Type* Types::unionOf(llvm::ArrayRef<const Type*> alternatives, llvm::StringRef name) {
  std::vector<const Type*> flat;
  std::set<std::string> texts; // of literals, which can be many
  bool optional = false;
  auto add = [&](auto&& self, const Type* t) -> void {
    if (t->kind == TypeKind::Union) {
      for (const Type* a : t->alternatives) self(self, a);
    } else if (t->kind == TypeKind::Optional) {
      optional = true;
      self(self, t->inner);
    } else if (t->kind == TypeKind::Absent) {
      optional = true;
    } else if (t->kind == TypeKind::Literal && t->literal.isText()) {
      if (texts.insert(t->literal.str().str()).second) flat.push_back(t);
    } else if (std::none_of(flat.begin(), flat.end(), [&](const Type* f) { return sameType(f, t); })) {
      flat.push_back(t);
    }
  };
  for (const Type* t : alternatives) {
    if (t->kind == TypeKind::Error) return t;
    add(add, t);
  }
  const Type* result = nullptr;
  if (flat.empty()) return simple(TypeKind::Absent);
  if (flat.size() == 1) {
    result = flat.front();
  } else {
    auto* copy = arena_.Allocate<const Type*>(flat.size());
    std::copy(flat.begin(), flat.end(), copy);
    const bool inferred = name.empty() && llvm::any_of(flat, [](const Type* a) { return a->inferred; });
    result = share({.kind = TypeKind::Union, .alternatives = {copy, flat.size()}, .name = name, .inferred = inferred});
  }
  return optional ? this->optional(result) : result;
}

const Type* Types::function(llvm::ArrayRef<const Type*> parameters, const Type* result) {
  auto* copy = arena_.Allocate<const Type*>(parameters.size());
  std::copy(parameters.begin(), parameters.end(), copy);
  return share({.kind = TypeKind::Function, .inner = result, .alternatives = {copy, parameters.size()}});
}

const Type* Types::variable(llvm::StringRef name) { return new (arena_) Type{.kind = TypeKind::Variable, .name = name}; }

Type* Types::refined(const Type* of, llvm::StringRef name, const Refinement* refinement) {
  return new (arena_) Type{.kind = TypeKind::Refined, .inner = of, .name = name, .refinement = refinement};
}

static const char* simpleName(TypeKind kind) {
  switch (kind) {
  case TypeKind::Error: return "…"; // something that is not known
  case TypeKind::Absent: return "(absent)";
  case TypeKind::Bool: return "Bool";
  case TypeKind::Int: return "Int";
  case TypeKind::Float: return "Float";
  case TypeKind::String: return "String";
  case TypeKind::Cpu: return "Cpu";
  case TypeKind::Bytes: return "Bytes";
  case TypeKind::Percent: return "Percent";
  case TypeKind::Duration: return "Duration";
  case TypeKind::Version: return "Version";
  case TypeKind::ImageRef: return "ImageRef";
  case TypeKind::Path: return "Path";
  case TypeKind::Secret: return "Secret";
  default: return "Any";
  }
}

static std::string wideName(const Type* type) {
  if (type->kind != TypeKind::Literal || !type->inferred) return typeName(type);
  return simpleName(type->literal.tag == Tag::Bool ? TypeKind::Bool : type->literal.tag == Tag::Int ? TypeKind::Int : TypeKind::String);
}

std::string typeName(const Type* type) {
  if (!type->name.empty()) return type->name.str();
  switch (type->kind) {
  case TypeKind::List: return fmt::format("List<{}>", typeName(type->inner));
  case TypeKind::Map: return fmt::format("Map<String, {}>", typeName(type->inner));
  case TypeKind::Later: return fmt::format("Later<{}>", typeName(type->inner));
  case TypeKind::Record: return type->schema->fullName();
  case TypeKind::Kind: return fmt::format("kind {}", type->schema->name.str());
  case TypeKind::Optional:
    return type->inner->kind == TypeKind::Union && type->inner->name.empty() && typeName(type->inner).find(" | ") != std::string::npos ? fmt::format("({})?", typeName(type->inner))
                                                                             : wideName(type->inner) + "?";
  case TypeKind::Refined: return typeName(type->inner);
  case TypeKind::Function: {
    std::string text;
    for (const Type* a : type->alternatives) text += (text.empty() ? "" : ", ") + typeName(a);
    return fmt::format("({}) -> {}", text, typeName(type->inner));
  }
  case TypeKind::Literal: return describe(type->literal);
  case TypeKind::Union: {
    constexpr size_t kShown = 16;
    std::string text;
    if (type->inferred) {
      std::vector<std::string> names;
      for (const Type* a : type->alternatives)
        if (const std::string name = wideName(a); !llvm::is_contained(names, name)) names.push_back(name);
      return llvm::join(names, " | ");
    }
    for (const Type* a : type->alternatives.take_front(kShown)) text += (text.empty() ? "" : " | ") + typeName(a);
    if (type->alternatives.size() > kShown) text += fmt::format(" | … ({} more)", type->alternatives.size() - kShown);
    return text;
  }
  default: return simpleName(type->kind);
  }
}

const Type* strip(const Type* type) {
  while (type->kind == TypeKind::Refined) type = type->inner;
  return type;
}

const Type* widen(Types& types, const Type* type) {
  type = strip(type);
  if (type->kind == TypeKind::Union && type->inferred) {
    std::vector<const Type*> wide;
    for (const Type* a : type->alternatives) wide.push_back(widenInferred(types, a));
    return types.unionOf(wide);
  }
  if (type->kind != TypeKind::Literal) return type;
  switch (type->literal.tag) {
  case Tag::Bool: return types.simple(TypeKind::Bool);
  case Tag::Int: return types.simple(TypeKind::Int);
  default: return types.simple(TypeKind::String);
  }
}

const Type* widenInferred(Types& types, const Type* type) {
  if (type->kind == TypeKind::Optional) return types.optional(widenInferred(types, type->inner));
  return type->inferred ? widen(types, type) : type;
}

const Type* present(const Type* type) { return type->kind == TypeKind::Optional ? type->inner : type; }
bool isOptional(const Type* type) { return type->kind == TypeKind::Optional || type->kind == TypeKind::Absent; }

bool sameType(const Type* a, const Type* b) {
  if (a == b) return true;
  if (a->kind != b->kind) return false;
  switch (a->kind) {
  case TypeKind::List:
  case TypeKind::Map:
  case TypeKind::Later:
  case TypeKind::Optional: return sameType(a->inner, b->inner);
  case TypeKind::Record:
  case TypeKind::Kind: return a->schema == b->schema;
  case TypeKind::Literal: return valuesEqual(a->literal, b->literal);
  case TypeKind::Refined: return a->refinement == b->refinement;
  case TypeKind::Variable: return false; // a and b are two
  case TypeKind::Function:
    if (!sameType(a->inner, b->inner)) return false;
    [[fallthrough]];
  case TypeKind::Union:
    return a->alternatives.size() == b->alternatives.size() &&
           std::equal(a->alternatives.begin(), a->alternatives.end(), b->alternatives.begin(), sameType);
  default: return true;
  }
}

using SeenTypes = llvm::SmallPtrSet<const Type*, 16>;

/// Whether a part of a type is of that kind; each is looked at once.
static bool holdsKind(const Type* type, llvm::function_ref<bool(TypeKind)> wanted, SeenTypes& seen) {
  if (wanted(type->kind)) return true;
  if ((!type->inner && type->alternatives.empty()) || !seen.insert(type).second) return false;
  if (type->inner && holdsKind(type->inner, wanted, seen)) return true;
  return llvm::any_of(type->alternatives, [&](const Type* a) { return holdsKind(a, wanted, seen); });
}

static bool holdsKind(const Type* type, llvm::function_ref<bool(TypeKind)> wanted) {
  SeenTypes seen;
  return holdsKind(type, wanted, seen);
}

bool isData(const Type* type) {
  return !holdsKind(type, [](TypeKind kind) { return kind == TypeKind::Function || kind == TypeKind::Variable; });
}

bool holdsSecret(const Type* type) {
  return holdsKind(type, [](TypeKind kind) { return kind == TypeKind::Secret; });
}

bool holdsLater(const Type* type) {
  return holdsKind(type, [](TypeKind kind) { return kind == TypeKind::Later; });
}

bool isLater(const Type* type) { return strip(present(strip(type)))->kind == TypeKind::Later; }

bool onlyLater(const Type* type) {
  type = strip(type);
  if (type->kind == TypeKind::Union) return std::all_of(type->alternatives.begin(), type->alternatives.end(), onlyLater);
  const bool around = type->kind == TypeKind::List || type->kind == TypeKind::Map || type->kind == TypeKind::Optional;
  return type->kind == TypeKind::Later || (around && onlyLater(type->inner));
}

bool extends(const Schema* derived, const Schema* base) {
  for (; derived; derived = derived->base)
    if (derived == base) return true;
  return false;
}

static bool literalIs(const Type* literal, TypeKind kind) {
  const Tag tag = literal->literal.tag;
  return (tag == Tag::Bool && kind == TypeKind::Bool) || (tag == Tag::Int && kind == TypeKind::Int) ||
         (tag == Tag::String && kind == TypeKind::String);
}

static bool textual(TypeKind kind) {
  return kind == TypeKind::Version || kind == TypeKind::ImageRef || kind == TypeKind::Path;
}

static Fit fitsUnion(const Type* from, const Type* to) {
  if (from->kind == TypeKind::Union) {
    for (const Type* a : from->alternatives)
      if (fits(a, to) != Fit::Same) return Fit::No;
    return Fit::Same;
  }
  Fit best = Fit::No;
  for (const Type* a : to->alternatives) {
    const Fit f = fits(from, a);
    if (f == Fit::Same) return f;
    if (f == Fit::Convert) best = f;
  }
  return best;
}

static Fit fitsFunction(const Type* from, const Type* to) {
  if (from->kind != to->kind || from->alternatives.size() != to->alternatives.size()) return Fit::No;
  for (size_t i = 0; i < to->alternatives.size(); ++i)
    if (fits(to->alternatives[i], from->alternatives[i]) != Fit::Same) return Fit::No; // it must take what it will be given
  return fits(from->inner, to->inner) == Fit::Same ? Fit::Same : Fit::No;
}

/// What is known already is a fact that is there. What the cluster tells cannot be converted or checked any more, so it must be the same.
static Fit fitsLater(const Type* from, const Type* to) {
  if (from->kind == TypeKind::Later) return fits(from->inner, to->inner) == Fit::Same ? Fit::Same : Fit::No;
  if (from->kind != TypeKind::Union) return fits(from, to->inner);
  return std::all_of(from->alternatives.begin(), from->alternatives.end(), [to](const Type* a) { return fits(a, to) == Fit::Same; }) ? Fit::Same : Fit::No;
}

/// Between two simple types, or a literal and a simple type.
static Fit fitsSimple(const Type* from, const Type* to) {
  if (from->kind == TypeKind::Literal) {
    if (to->kind == TypeKind::Literal) return valuesEqual(from->literal, to->literal) ? Fit::Same : Fit::No;
    if (literalIs(from, to->kind)) return Fit::Same;
    if (from->literal.tag == Tag::String && textual(to->kind)) return Fit::Convert;
    if (from->literal.tag == Tag::Int && (to->kind == TypeKind::Float || to->kind == TypeKind::Cpu)) return Fit::Convert;
    return Fit::No;
  }
  if (from->kind == to->kind) return to->kind == TypeKind::Literal ? Fit::No : Fit::Same;
  if (from->kind == TypeKind::Int && (to->kind == TypeKind::Float || to->kind == TypeKind::Cpu)) return Fit::Convert;
  if (from->kind == TypeKind::Float && to->kind == TypeKind::Cpu) return Fit::Convert; // cpu = 0.5
  if (from->kind == TypeKind::String && textual(to->kind)) return Fit::Convert;
  if (to->kind == TypeKind::String && textual(from->kind)) return Fit::Convert;
  return Fit::No;
}

Fit fits(const Type* from, const Type* to) {
  if (from == to || from->kind == TypeKind::Error || to->kind == TypeKind::Error) return Fit::Same;
  if (to->kind == TypeKind::Refined)
    return sameType(from, to) ? Fit::Same : (fits(from, to->inner) == Fit::No ? Fit::No : Fit::Convert);
  if (to->kind == TypeKind::Any) return from->kind == TypeKind::Kind || !isData(from) ? Fit::No : Fit::Same;
  if (to->kind == TypeKind::Optional) return from->kind == TypeKind::Absent ? Fit::Same : fits(present(from), to->inner);
  if (isOptional(from)) return Fit::No;
  if (to->kind == TypeKind::Later) return fitsLater(from, to);
  if (from->kind == TypeKind::Refined) {
    if (to->kind == TypeKind::Union)
      for (const Type* a : to->alternatives)
        if (sameType(from, a)) return Fit::Same;
    return fits(from->inner, to);
  }
  if (to->kind == TypeKind::Union || from->kind == TypeKind::Union) {
    if (to->kind == TypeKind::Union) return fitsUnion(from, to);
    for (const Type* a : from->alternatives)
      if (fits(a, to) != Fit::Same) return Fit::No;
    return Fit::Same;
  }
  switch (to->kind) {
  case TypeKind::List:
  case TypeKind::Map: return from->kind == to->kind ? fits(from->inner, to->inner) : Fit::No;
  case TypeKind::Record:
    return from->kind == TypeKind::Record && extends(from->schema, to->schema) ? Fit::Same : Fit::No;
  case TypeKind::Kind: return from->kind == TypeKind::Kind ? Fit::Same : Fit::No;
  case TypeKind::Function: return fitsFunction(from, to);
  case TypeKind::Variable: return sameType(from, to) ? Fit::Same : Fit::No;
  default: return fitsSimple(from, to);
  }
}

} // namespace chasi::sema

namespace chasi::sema {

bool valuesEqual(const Value& a, const Value& b) {
  if (a.tag != b.tag) return false;
  if (a.isText()) return a.str() == b.str();
  if (a.isQuantity()) return a.quantity->amount == b.quantity->amount;
  if (a.tag == Tag::Bool) return a.boolean == b.boolean;
  if (a.tag == Tag::Float) return a.number == b.number;
  return a.integer == b.integer;
}

} // namespace chasi::sema
