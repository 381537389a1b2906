#include "compiler/driver/carrying.h"
#include "compiler/driver/run.h"

#include <llvm/Support/raw_ostream.h>

namespace chasi::driver {

/// What a plan says, and how the run ends for it.
static int show(const plan::Plan& plan, const Invocation& invocation, const Terminal& terminal, bool json) {
  if (json) plan::writePlan(plan, llvm::outs());
  else if (invocation.get("--format") == "markdown") plan::printPlanMarkdown(plan, plan::kMarkdownLimit, llvm::outs());
  else plan::printPlan(plan, {.color = terminal.outColor, .unchanged = terminal.verbose}, llvm::outs());
  if (invocation.has("--out") && !json && !terminal.quiet)
    llvm::errs() << fmt::format("saved; `chasic apply {}` {}\n", invocation.get("--out"), plan.offline ? "compares this with what is there, and carries it out" : "carries out exactly this");
  const plan::Counts counts = plan::count(plan);
  if (counts.problems) return exitOfProblems(plan, kWrong);
  if (!plan.missing.empty()) return kUnreachable;
  return invocation.has("--detailed-exitcode") && counts.changes() ? kChanges : kDone;
}

int runPlan(const Invocation& invocation) {
  if (invocation.has("--schema")) {
    llvm::outs() << plan::planSchema() << '\n';
    return kDone;
  }
  const Terminal terminal = terminalFor(invocation);
  const bool json = invocation.get("--format", "text") == "json";
  int exit = kDone;
  const std::string path = invocation.word(0, ".");
  auto session = looksLikePlan(path) ? Session::openPlan(invocation, path, terminal, exit, json) : Session::open(invocation, terminal, exit, json);
  if (!session) return exit;
  if (session->saved && session->saved->offline && invocation.has("--offline")) return show(*session->saved, invocation, terminal, json);
  auto plan = session->plan(invocation, false);
  if (!plan) return printError(plan.takeError(), terminal, json);
  if (invocation.has("--out") || json) session->addProvenance(*plan);
  if (invocation.has("--out")) {
    std::string text;
    llvm::raw_string_ostream out(text);
    plan::writePlan(*plan, out);
    if (llvm::Error error = writeFile(invocation.get("--out"), text)) return printError(std::move(error), terminal, json);
  }
  return show(*plan, invocation, terminal, json);
}

} // namespace chasi::driver
