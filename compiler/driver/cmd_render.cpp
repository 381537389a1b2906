#include "compiler/driver/run.h"
#include "compiler/driver/spec.h"
#include "runtime/plan/manifest_text.h"
#include "runtime/plan/secrets.h"

#include <llvm/Support/FileSystem.h>
#include <llvm/Support/Path.h>

namespace chasi::driver {

namespace {

int writeFolder(const Spec& spec, const std::string& folder, bool json, const Terminal& terminal) {
  size_t written = 0, same = 0;
  for (const auto& [name, text] : plan::manifestFiles(spec.compiled.desired.operations, json)) {
    llvm::SmallString<256> path(folder);
    llvm::sys::path::append(path, name);
    if (const std::error_code code = llvm::sys::fs::create_directories(llvm::sys::path::parent_path(path)))
      return printError(plan::fault("CH6008", fmt::format("the folder {} cannot be made: {}", llvm::sys::path::parent_path(path).str(), code.message())), terminal);
    source::SourceSet before;
    if (auto id = before.open(path.str().str()); id && before.text(*id) == text) {
      ++same;
      continue;
    } else if (!id) {
      llvm::consumeError(id.takeError());
    }
    if (llvm::Error error = writeFile(path.str().str(), text)) return printError(std::move(error), terminal);
    ++written;
  }
  if (!terminal.quiet) llvm::errs() << fmt::format("{} files written, {} unchanged in {}\n", written, same, folder);
  return kDone;
}

} // namespace

int runRender(const Invocation& invocation) {
  const Terminal terminal = terminalFor(invocation);
  int exit = kDone;
  const auto spec = readSpec(invocation, 0, Depth::Policies, terminal, exit);
  if (!spec) return exit;
  const bool json = invocation.get("--format", "yaml") == "json";
  for (plan::Operation& op : spec->compiled.desired.operations) {
    plan::sealSecret(op);
    if (llvm::Error error = plan::refuseLater(op)) return printError(std::move(error), terminal);
  }
  if (invocation.has("--out")) return writeFolder(*spec, invocation.get("--out"), json, terminal);
  constexpr size_t kBuffer = 64U << 10; // what a pipe takes at once
  if (!llvm::outs().is_displayed()) llvm::outs().SetBufferSize(kBuffer);
  bool first = true;
  size_t secrets = 0;
  if (json) llvm::outs() << '[';
  for (const plan::Operation& op : spec->compiled.desired.operations) {
    if (op.kind != plan::OpKind::Object) continue;
    secrets += op.secrets.size();
    if (json) {
      // Payloads are canonical JSON already; only secrets make a detour necessary.
      llvm::outs() << (first ? "\n" : ",\n");
      if (op.secrets.empty()) llvm::outs() << op.payload;
      else llvm::outs() << plan::manifestText(op, true);
    } else {
      if (!first) llvm::outs() << "---\n";
      llvm::outs() << plan::manifestText(op, false);
    }
    first = false;
  }
  if (json) llvm::outs() << "\n]\n";
  if (secrets && !terminal.quiet) llvm::errs() << fmt::format("note: {} secret value{} left out; `chasic apply` fills them in\n", secrets, secrets == 1 ? " is" : "s are");
  return kDone;
}

} // namespace chasi::driver
