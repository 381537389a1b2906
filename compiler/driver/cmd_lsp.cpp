#include "compiler/driver/editor_host.h"
#include "compiler/driver/run.h"
#include "compiler/driver/terminal.h"
#include "compiler/lsp/check.h"
#include "compiler/lsp/server.h"

#include <llvm/Support/FileSystem.h>
#include <llvm/Support/Path.h>

#include <iostream>

namespace chasi::driver {

int runLsp(const Invocation& invocation) {
  if (invocation.has("--check")) {
    llvm::SmallString<256> path(invocation.get("--check"));
    if (const std::error_code code = llvm::sys::fs::make_absolute(path)) {
      llvm::errs() << "error: " << code.message() << '\n';
      return kWrong;
    }
    llvm::sys::path::remove_dots(path, true);
    const Terminal terminal = terminalFor(invocation);
    // The most is twenty times what an editor should wait for.
    return lsp::checkFeatures(path.str().str(), editorHost(), {.most = 1000, .progress = terminal.live && !terminal.quiet ? &llvm::errs() : nullptr}, llvm::outs()) ? kDone : kWrong;
  }
  std::ios::sync_with_stdio(false);
  return lsp::serve(std::cin, std::cout, editorHost(), std::cerr) == 0 ? kDone : kWrong;
}

} // namespace chasi::driver
