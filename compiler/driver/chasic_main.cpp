#include "compiler/driver/arguments.h"
#include "compiler/driver/spec.h"
#include "compiler/driver/terminal.h"

#include <csignal>

int main(int count, char** words) {
  using namespace chasi::driver;
  // A reader that has seen enough must not end an apply half-way: writing then fails, and finish() tells.
  std::signal(SIGPIPE, SIG_IGN);
#ifndef __SANITIZE_ADDRESS__ // which would call it a leak
  const llvm::StringRef command = count > 1 ? words[1] : "";
  if (command != "lsp" && command != "repl" && command != "test") leaveSpecsToTheSystem();
#endif
  return finish(runProgram({words + 1, words + count}));
}
