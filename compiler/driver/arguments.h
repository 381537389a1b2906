// From the words of a command line to an Invocation.
#pragma once

#include "compiler/driver/command.h"

#include <optional>

namespace chasi::driver {

struct Parsed {
  std::optional<Invocation> invocation; ///< absent: `code` is the program's exit code, and everything was said
  int code = kDone;
};
/// Prints help where it was asked for, and what is wrong with a command line (exit 64).
Parsed parseArguments(const std::vector<std::string>& arguments);

} // namespace chasi::driver
