#include "compiler/driver/run.h"
#include "compiler/driver/spec.h"
#include "compiler/driver/value_text.h"


namespace chasi::driver {

int runCheck(const Invocation& invocation) {
  const Terminal terminal = terminalFor(invocation);
  const Form form = formOf(invocation);
  int exit = kDone;
  const auto spec = readSpec(invocation, 0, Depth::Lint, terminal, exit, form != Form::Text);
  if (!spec) return exit;
  if (form != Form::Text) {
    printDiagnostics(spec->diagnostics, spec->sources, terminal, form);
  } else if (!terminal.quiet) {
    const size_t warnings = spec->diagnostics.warningCount();
    const std::string verdict = warnings == 0 ? "nothing wrong" : fmt::format("{} warning{}", warnings, warnings == 1 ? "" : "s");
    llvm::errs() << fmt::format("{}: {} declarations, {} operations, {}\n", spec->compiled.desired.workspace, spec->compiled.evaluator->declarations().size(), spec->compiled.desired.operations.size(), verdict);
  }
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
  const bool text = invocation.get("--format", "text") == "text";
  if (*value == "null" && text) llvm::errs() << "the value is absent\n"; // there is no null in the language, and none in what it prints
  else llvm::outs() << valueText(*value, text) << '\n';
  return kDone;
}

} // namespace chasi::driver
