#include "compiler/driver/carrying.h"
#include "compiler/driver/run.h"

namespace chasi::driver {

static int execute(const Invocation& invocation, bool destroys) {
  const Terminal terminal = terminalFor(invocation);
  const bool json = invocation.get("--format", "text") == "json";
  catchInterrupts();
  int exit = kDone;
  const std::string path = invocation.word(0, ".");
  auto session = !destroys && looksLikePlan(path) ? Session::openPlan(invocation, path, terminal, exit, json)
                                                  : Session::open(invocation, terminal, exit, json, destroys ? Depth::Lower : Depth::Policies);
  if (!session) return exit;
  if (const std::string changed = session->changedSources(); !changed.empty()) {
    if (json) session->saved->notices.push_back({"", changed}); // an event of the run
    else if (!terminal.quiet) llvm::errs() << "note: " << changed << '\n';
  }
  const plan::Desired& desired = session->saved ? session->saved->desired : session->spec->compiled.desired;
  if (llvm::Error error = destroys ? llvm::Error::success() : Session::checkPrograms(desired, invocation)) return printError(std::move(error), terminal, json);
  llvm::Expected<plan::Plan> plan = session->plan(invocation, destroys);
  if (!plan) return printError(plan.takeError(), terminal, json);
  return carryOut(*plan, *session, invocation, terminal, json, destroys ? "Delete" : "Apply");
}

int runApply(const Invocation& invocation) { return execute(invocation, false); }
int runDestroy(const Invocation& invocation) { return execute(invocation, true); }

} // namespace chasi::driver
