// Quantities: exact amounts with a unit. Reading them, printing them, arithmetic with them.
//
// Units follow Kubernetes' quantities (apimachinery, "resource.Quantity": m, k, M, G, T, P, E, Ki … Ei) and add
// durations. `m` is milli, so minutes are `min`.
#pragma once

#include "compiler/sema/value.h"

#include <llvm/ADT/SmallVector.h>
#include <llvm/Support/Allocator.h>

#include <optional>
#include <string>

namespace chasi::sema {

/// Products of two 64-bit amounts. A compiler extension, which GCC and Clang share.
__extension__ typedef __int128 Wide;

/// Reads a literal such as `500m`, `1.5Gi`, `20%`, `14d`. On failure the value is absent and `error` says why.
std::optional<Value> readQuantity(llvm::StringRef text, llvm::BumpPtrAllocator& arena, std::string& error);

/// Makes a computed quantity; it prints in canonical form.
Value makeQuantity(Tag tag, int64_t amount, llvm::BumpPtrAllocator& arena);

/// As written, or in canonical form: Cpu `2` `500m`, Bytes `64Gi` `10M`, Percent `20%`, Duration `6h` `90s`.
std::string printQuantity(const Value& value);
/// The same, into `room` when it does not stand somewhere already.
llvm::StringRef printQuantity(const Value& value, llvm::SmallVectorImpl<char>& room);

/// How messages and hovers show a simple value: strings quoted, quantities with their unit.
std::string describe(const Value& value);

/// What to write in place of a bare number where an amount of this kind stands; "" where a number does.
std::string unitHint(Tag tag, int64_t number);

} // namespace chasi::sema
