// Runs a program whose output is the value of a secret.
#pragma once

#include <llvm/Support/Error.h>

#include <chrono>
#include <string>
#include <vector>

namespace chasi::engine {

struct ProgramLimits {
  std::chrono::milliseconds time{30'000}; ///< until the program and its children have closed their output
  size_t output = 1U << 20;               ///< bytes; a Secret holds no more
};

/// What the program prints, without one newline at its end. No shell: `arguments` begins with the program, a path or a name that is
/// looked for in PATH, and is passed on as it is. It has no standard input, and what it says on standard error is dropped: it might
/// quote a value. Blocks. CH6212 when it cannot be started, fails, prints nothing or too much, or does not end; then it and the group
/// of its children are killed.
llvm::Expected<std::string> outputOf(const std::vector<std::string>& arguments, const ProgramLimits& limits = {});

} // namespace chasi::engine
