// A desired state as a run leaves it behind: what a rollback brings back. It holds no value of a secret.
#pragma once

#include "runtime/plan/operation.h"

#include <llvm/ADT/STLFunctionalExtras.h>
#include <llvm/Support/Error.h>

#include <string>
#include <vector>

namespace chasi::plan {

/// The chosen operations, one JSON object a line behind a line about all of them. Images are left out: they are built from files
/// that nobody kept. The line about all names the virtual clusters that they go to.
std::string writeState(const Desired& desired, llvm::function_ref<bool(const Operation&)> chosen);

/// Several of them together, such as those of several clusters; of two operations with one id the first counts. What needs something that is in
/// none of them does not wait for it. Of the targets it knows the virtual clusters; the others are left to the caller. CH6001 for what is no state.
llvm::Expected<Desired> readStates(const std::vector<std::string>& states);

/// Ids of the operations whose secrets stood in the specification itself, and were not kept.
std::vector<std::string> withheldIn(const Desired& desired);

} // namespace chasi::plan
