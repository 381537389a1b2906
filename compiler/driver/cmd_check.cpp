#include "compiler/driver/run.h"
#include "compiler/driver/spec.h"
#include "compiler/driver/value_text.h"


namespace chasi::driver {

int runCheck(const Invocation& invocation) {
  const Terminal terminal = terminalFor(invocation);
  const bool json = invocation.get("--format", "text") == "json";
  int exit = kDone;
  const auto spec = readSpec(invocation, 0, Depth::Policies, terminal, exit, json);
  if (!spec) return exit;
  if (json) printDiagnostics(spec->diagnostics, spec->sources, terminal, true);
  else if (!terminal.quiet)
    llvm::errs() << fmt::format("{}: {} declarations, {} operations, nothing wrong\n", spec->workspace.name, spec->compiled.evaluator->declarations().size(), spec->compiled.desired.operations.size());
  return kDone;
}

int runEval(const Invocation& invocation) {
  const Terminal terminal = terminalFor(invocation);
  int exit = kDone;
  const auto spec = readSpec(invocation, 1, Depth::Check, terminal, exit);
  if (!spec) return exit;
  const size_t before = spec->diagnostics.all().size();
  const auto value = lower::evaluate(spec->compiled, invocation.word(0));
  if (!value) {
    source::Diagnostics fresh;
    for (const source::Diagnostic& d : spec->diagnostics.all())
      if (d.severity == source::Severity::Error || before == 0) fresh.report(d.code, d.span, d.message) = d;
    printDiagnostics(fresh, spec->sources, terminal, false);
    return kWrong;
  }
  llvm::outs() << valueText(*value, invocation.get("--format", "text") == "text") << '\n';
  return kDone;
}

} // namespace chasi::driver
