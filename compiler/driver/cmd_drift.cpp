#include "compiler/driver/planning.h"
#include "compiler/driver/run.h"
#include "runtime/engine/drift.h"

namespace chasi::driver {

int runDrift(const Invocation& invocation) {
  const Terminal terminal = terminalFor(invocation);
  const bool json = invocation.get("--format", "text") == "json";
  int exit = kDone;
  const auto session = Session::open(invocation, terminal, exit, json, Depth::Lower);
  if (!session) return exit;
  auto report = engine::drift(session->spec->compiled.desired, session->clusters->connections, session->compareOptions(invocation));
  if (!report) return printError(report.takeError(), terminal, json);
  if (json) engine::printDriftJson(*report, llvm::outs());
  else engine::printDrift(*report, terminal.outColor, llvm::outs());
  return report->any() && invocation.has("--detailed-exitcode") ? kChanges : kDone;
}

} // namespace chasi::driver
