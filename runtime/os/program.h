// Runs a program for what it prints: a secret, credentials.
#pragma once

#include <chrono>
#include <string>
#include <vector>

namespace chasi::os {

struct Program {
  std::vector<std::string> arguments;   ///< the program first, a path or a name that is looked for in PATH; no shell looks at them
  std::vector<std::string> environment; ///< "NAME=VALUE", beside what this process has
  std::string input;                    ///< what it reads, 4,096 bytes at most
  bool complains = false;               ///< what it says on standard error is shown; otherwise dropped, for it might quote a value
  std::chrono::milliseconds time{30'000}; ///< until it and its children have closed their output
  size_t output = 1U << 20;               ///< bytes that it may print
};

struct ProgramOutcome {
  std::string output; ///< what it printed, also when it failed
  std::string why;    ///< "failed with exit code 1"; empty when it ended well
};

/// Blocks until the program ends. One that does not, or prints too much, is killed with the group of its children. Any thread.
ProgramOutcome run(const Program& program);

} // namespace chasi::os
