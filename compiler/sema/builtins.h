// Functions that are part of the language itself, callable as f(x, …) and as x.f(…).
#pragma once

#include "compiler/sema/type.h"

#include <llvm/ADT/ArrayRef.h>

namespace chasi::sema {

enum class Builtin : uint16_t {
  All,      ///< all(kind): every declaration of that kind, in order of names
  Referrers, ///< referrers(declaration, kind): those of that kind with a field that names the declaration
  Len,      ///< of a list, a map, a text (bytes)
  Sum,      ///< of numbers or quantities of one kind
  Min, Max, ///< of a list, or of two values
  Keys, Values,
  Join,     ///< xs.join(", ")
  Split, Trim, Upper, Lower, Replace, StartsWith, EndsWith, Contains, Truncate,
  Number,   ///< an amount as a whole number: bytes, millicores, seconds
  Unique, Sorted, Reverse, Flatten, First, Last, Slice,
  Sha256,   ///< hexadecimal digest of a text
  Base64,
  Name,     ///< the name of a declaration
  Any_, Every, ///< of a list of conditions
  ToJson,   ///< compact JSON of a value
  Text,     ///< text of a file of the workspace
  Secret,
};

struct BuiltinInfo {
  Builtin id;
  const char* name;
  const char* signature; ///< for messages and docs
  uint8_t least, most;   ///< arguments, receiver included
};
const BuiltinInfo* findBuiltin(llvm::StringRef name);
llvm::ArrayRef<BuiltinInfo> allBuiltins();

/// The type of the result, or null when the arguments do not fit; `wanted` then says what was expected.
const Type* builtinResult(Builtin builtin, llvm::ArrayRef<const Type*> arguments, Types& types, std::string& wanted);

} // namespace chasi::sema
