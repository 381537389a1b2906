#include "compiler/driver/fixing.h"
#include "compiler/source/line_diff.h"
#include "compiler/driver/report.h"
#include "compiler/driver/run.h"
#include "compiler/package/workspace.h"

namespace chasi::driver {

namespace {

std::string counted(size_t n, const char* what) { return fmt::format("{} {}{}", n, what, n == 1 ? "" : "s"); }

std::string summary(const FixResult& result, bool written) {
  std::string text = result.files.empty() ? "nothing to change" : fmt::format("{} {}: {}, {} only formatted", counted(result.files.size(), "file"), written ? "changed" : "would change", result.fixes == 1 ? "1 fix" : fmt::format("{} fixes", result.fixes), result.formatted);
  if (result.left) text += fmt::format("; {} left, which `chasic check` tells of", counted(result.left, "error"));
  return text;
}

} // namespace

int runFix(const Invocation& invocation) {
  const Terminal terminal = terminalFor(invocation);
  auto root = package::findRoot(invocation.word(0, "."));
  if (!root) return printError(root.takeError(), terminal);
  auto result = fixWorkspace(*root, invocation.has("--suggestions"));
  if (!result) return printError(result.takeError(), terminal);
  const bool check = invocation.has("--check"), write = !check && !invocation.has("--dry-run");
  for (const auto& [name, file] : result->files) {
    if (check) llvm::outs() << name << '\n';
    else llvm::outs() << source::lineDiff(name, file.before, file.after, terminal.outColor);
    if (!write) continue;
    if (llvm::Error error = writeFile(name, file.after)) return printError(std::move(error), terminal);
  }
  if (!terminal.quiet) llvm::errs() << summary(*result, write) << '\n';
  return result->left || (check && !result->files.empty()) ? kWrong : kDone;
}

} // namespace chasi::driver
