// Carries out one step on one object.
#pragma once

#include "runtime/engine/run.h"

#include <llvm/ADT/FunctionExtras.h>

namespace chasi::engine {

struct Written {
  enum class How : uint8_t { Created, Updated, Replaced, Unchanged } how = How::Unchanged;
  std::string object; ///< as the server has it now
  std::vector<std::string> warnings;
};
const char* name(Written::How how);

/// Applies with the guards of the plan. When the object moved since, it is compared once more: the same difference goes on, anything
/// else is CH6007. Errors: CH6202, CH6203, CH6205, CH6208, CH6212, CH6216 and those of the client. The loop calls `answer`.
using WriteAnswer = llvm::unique_function<void(llvm::Expected<Written>)>;
void writeObject(Run& run, SiteRun& site, uint32_t index, WriteAnswer answer);

} // namespace chasi::engine
