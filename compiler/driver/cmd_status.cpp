#include "compiler/driver/clusters.h"
#include "compiler/driver/run.h"
#include "runtime/engine/engine.h"

namespace chasi::driver {

int runStatus(const Invocation& invocation) {
  const Terminal terminal = terminalFor(invocation);
  const bool json = invocation.get("--format", "text") == "json";
  int exit = kDone;
  const auto spec = readSpec(invocation, 0, Depth::Lower, terminal, exit);
  if (!spec) return exit;
  auto clusters = openClusters(invocation, spec->compiled.desired.targets, spec->state);
  if (!clusters) return printError(clusters.takeError(), terminal, json);
  auto report = engine::status(spec->compiled.desired, (*clusters)->connections);
  if (!report) return printError(report.takeError(), terminal, json);
  if (json) engine::printStatusJson(*report, llvm::outs());
  else engine::printStatus(*report, terminal.outColor, llvm::outs());
  return report->healthy() ? kDone : kIncomplete;
}

} // namespace chasi::driver
