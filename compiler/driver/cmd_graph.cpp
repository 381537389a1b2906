#include "compiler/driver/run.h"
#include "compiler/driver/spec.h"
#include "runtime/plan/graph.h"

namespace chasi::driver {

int runGraph(const Invocation& invocation) {
  const Terminal terminal = terminalFor(invocation);
  auto format = plan::graphFormat(invocation.get("--format", "dot"));
  if (!format) {
    printError(format.takeError(), terminal);
    return kUsage;
  }
  int exit = kDone;
  const auto spec = readSpec(invocation, 0, Depth::Lower, terminal, exit);
  if (!spec) return exit;
  auto network = plan::Network::read(spec->compiled.desired);
  if (!network) {
    printError(network.takeError(), terminal);
    return kWrong;
  }
  plan::printGraph(spec->compiled.desired, network->links(), *format, llvm::outs());
  return kDone;
}

} // namespace chasi::driver
