#include "compiler/driver/arguments.h"
#include "compiler/driver/terminal.h"

#include <csignal>

int main(int count, char** words) {
  using namespace chasi::driver;
  // A reader that has seen enough must not end an apply half-way: writing then fails, and finish() tells.
  std::signal(SIGPIPE, SIG_IGN);
  return finish(runProgram({words + 1, words + count}));
}
