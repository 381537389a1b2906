#include "compiler/driver/run.h"
#include "compiler/driver/spec.h"
#include "runtime/plan/text.h"

namespace chasi::driver {

int runDiff(const Invocation& invocation) {
  const Terminal terminal = terminalFor(invocation);
  const bool json = invocation.get("--format", "text") == "json";
  const std::vector<std::string> names = invocation.all("--env");
  if (names.size() != 2) {
    llvm::errs() << "chasic: `chasic diff` compares two environments: --env A --env B\n";
    return kUsage;
  }
  std::array<plan::DesiredSide, 2> sides;
  for (size_t i = 0; i < 2; ++i) {
    Spec spec;
    auto input = describeSpec(invocation, 0, spec.workspace, names[i]);
    if (!input) return printError(input.takeError(), terminal, json);
    input->policies = false; // `chasic check --env` asks them
    spec.compiled = lower::compile(spec.sources, spec.diagnostics, *input);
    sides[i].name = names[i];
    if (!spec.diagnostics.hasErrors()) sides[i].declarations = lower::declarationsOf(spec.compiled);
    if (spec.diagnostics.hasErrors()) {
      if (!json) llvm::errs() << fmt::format("with --env {}:\n", names[i]);
      printDiagnostics(spec.diagnostics, spec.sources, terminal, json);
      return kWrong;
    }
    sides[i].desired = std::move(spec.compiled.desired);
  }
  const plan::Difference difference = plan::differenceOf(std::move(sides[0]), std::move(sides[1]));
  if (json) plan::writeDifference(difference, llvm::outs());
  else plan::printDifference(difference, {.color = terminal.outColor, .unchanged = terminal.verbose}, llvm::outs());
  return invocation.has("--detailed-exitcode") && difference.any() ? kChanges : kDone;
}

} // namespace chasi::driver
