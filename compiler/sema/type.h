// Types. Immutable, in the Program's arena; the simple ones are shared, so most comparisons are of pointers.
#pragma once

#include "compiler/sema/value.h"

#include <llvm/ADT/ArrayRef.h>
#include <llvm/Support/Allocator.h>

#include <string>
#include <unordered_map>
#include <vector>

namespace chasi::sema {

struct Expr;

enum class TypeKind : uint8_t {
  Error, ///< a mistake that was reported; fits everywhere
  Absent, ///< the type of an `if` without else that is not taken; fits every optional
  Bool, Int, Float, String, Cpu, Bytes, Percent, Duration, Version, ImageRef, Path, Secret,
  Any,    ///< data without a schema: what is handed to Kubernetes, checked there
  List, Map, Record, Union, Literal, Optional, Refined, Kind,
  Later,  ///< inner: what it will be; only the cluster knows it, and tells it while applying
  Function, ///< alternatives: what it takes; inner: what it gives. Data never holds one
  Variable, ///< the `T` of a generic function or schema: fits itself and nothing else
};

/// The tag of amounts of this type: Cpu, Bytes, Percent, Duration.
constexpr Tag tagOf(TypeKind amount) { return static_cast<Tag>(static_cast<int>(Tag::Cpu) + static_cast<int>(amount) - static_cast<int>(TypeKind::Cpu)); }

struct Type {
  TypeKind kind = TypeKind::Error;
  const Type* inner = nullptr;           ///< List, Map: element; Optional, Refined, Later: what it is of; Function: its result
  llvm::ArrayRef<const Type*> alternatives; ///< Union; Function: its parameters
  const Schema* schema = nullptr;        ///< Record, Kind
  Value literal;                         ///< Literal
  llvm::StringRef name;                  ///< the name of a `type` declaration, for messages
  const struct Refinement* refinement = nullptr; ///< Refined
  /// Literal, Union: made of values and not written as a type. It is known as precisely, so that it fits a written choice,
  /// but people think of it as what it widens to: comparisons, messages and hovers do as well.
  bool inferred = false;
};

/// `where condition : message`. The expressions see `it` as the only local of their frame.
struct Refinement {
  Expr* condition = nullptr; ///< set once the declaration was checked
  Expr* message = nullptr;   ///< optional
  llvm::StringRef text;      ///< the condition as written
  source::Span span;
};

/// Makes types and shares equal ones.
class Types {
public:
  explicit Types(llvm::BumpPtrAllocator& arena);

  const Type* simple(TypeKind kind) const { return &simple_[static_cast<size_t>(kind)]; }
  const Type* error() const { return simple(TypeKind::Error); }
  const Type* list(const Type* element);
  const Type* map(const Type* value);
  /// T? of an optional is the optional itself.
  const Type* optional(const Type* of);
  /// Of a Later: itself.
  const Type* later(const Type* of);
  const Type* record(const Schema* schema);
  const Type* kind(const Schema* schema);
  const Type* literal(Value value, bool inferred = false);
  const Type* function(llvm::ArrayRef<const Type*> parameters, const Type* result);
  /// A new one each time, different from all others.
  const Type* variable(llvm::StringRef name);
  /// Flattens unions in unions, drops repetitions; one alternative is no union.
  const Type* unionOf(llvm::ArrayRef<const Type*> alternatives, llvm::StringRef name = {});
  Type* refined(const Type* of, llvm::StringRef name, const Refinement* refinement);

private:
  llvm::BumpPtrAllocator& arena_;
  std::vector<Type> simple_;
  std::unordered_multimap<size_t, const Type*> made_; ///< composed types by hash
  const Type* share(Type type);
};

/// As people write it: `List<Port>`, `"dev" | "prod"`, `Bytes?`.
std::string typeName(const Type* type);
/// The type behind names and refinements: Port -> Int. Literals stay.
const Type* strip(const Type* type);
/// Literal -> its String, Int or Bool; refined -> base; a union that was inferred -> what its alternatives widen to; others as
/// they are.
const Type* widen(Types& types, const Type* type);
/// The same for what was inferred and for nothing else.
const Type* widenInferred(Types& types, const Type* type);
/// T for T?, else the type itself.
const Type* present(const Type* type);
bool isOptional(const Type* type);
bool sameType(const Type* a, const Type* b);
/// No functions are in it, so that it can be written down.
bool isData(const Type* type);
/// It is Secret, or a list, a map or a union with one in it. Records are not looked into.
bool holdsSecret(const Type* type);
/// The same of Later.
bool holdsLater(const Type* type);
/// A Later, or an optional one.
bool isLater(const Type* type);
/// Whatever the value is, only the cluster knows it: a Later, or a list or a map of them. A union may hold a known value as well.
bool onlyLater(const Type* type);
/// Schema `derived` is `base` or extends it.
bool extends(const Schema* derived, const Schema* base);

/// How a value of one type gets into a place of another.
enum class Fit : uint8_t {
  No,
  Same,    ///< as it is
  Convert, ///< by Op::Coerce: a conversion or a check while evaluating
};
Fit fits(const Type* from, const Type* to);
bool valuesEqual(const Value& a, const Value& b);

} // namespace chasi::sema
