// Functions that are part of the language itself, callable as f(x, …) and as x.f(…).
#pragma once

#include "compiler/sema/type.h"

#include <llvm/ADT/ArrayRef.h>

namespace chasi::sema {

enum class Builtin : uint16_t {
#define CHASI_BUILTIN(id, name, signature, least, most, shape, doc, example, gives) id,
#include "compiler/sema/builtins.def"
};

struct BuiltinInfo {
  Builtin id;
  const char* name;
  const char* signature; ///< for messages and docs
  uint8_t least, most;   ///< arguments, receiver included
  const char* shape;     ///< see builtins.def; empty: worked out by the checker
  const char* doc;
  const char* example;   ///< an expression, or empty
  const char* gives;     ///< the example's value as compact JSON
};
const BuiltinInfo* findBuiltin(llvm::StringRef name);
llvm::ArrayRef<BuiltinInfo> allBuiltins();
/// It takes a function for the elements; `any` and `every` do when they are given two arguments.
constexpr bool isHigher(Builtin id) { return id >= Builtin::Map && id <= Builtin::Fold; }
/// Whether one that takes a function goes through a value of this type: a list, some a map.
bool goesThrough(Builtin builtin, const Type* type);

/// The type of the result, or null when the arguments do not fit; `wanted` then says what was expected.
const Type* builtinResult(Builtin builtin, llvm::ArrayRef<const Type*> arguments, Types& types, std::string& wanted);
/// Whether `x.f(…)` means something for an `x` of this type, with the right arguments behind it.
bool worksOn(Builtin builtin, const Type* receiver, Types& types);

} // namespace chasi::sema
