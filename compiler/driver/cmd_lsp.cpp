#include "compiler/driver/run.h"
#include "compiler/driver/spec.h"
#include "compiler/lsp/server.h"

#include <iostream>

namespace chasi::driver {

int runLsp(const Invocation&) {
  std::ios::sync_with_stdio(false);
  return lsp::serve(std::cin, std::cout, {.inputFor = inputFor}) == 0 ? kDone : kWrong;
}

} // namespace chasi::driver
