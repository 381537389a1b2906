#include "compiler/driver/mod_workspace.h"
#include "compiler/driver/run.h"
#include "compiler/driver/spec.h"

#include <llvm/Support/FileSystem.h>
#include <nlohmann/json.hpp>

namespace chasi::driver {

namespace {

using package::workspaceError;
using source::Code;

/// Every module of the package, as those who import it would find it. What is wrong is printed.
bool checks(const std::string& root, const Terminal& terminal) {
  bool right = true;
  for (const std::string& folder : package::moduleFolders(root)) {
    Spec spec;
    auto input = inputForFolder(folder);
    if (!input) {
      printError(input.takeError(), terminal);
      return false;
    }
    spec.compiled = lower::compile(spec.sources, spec.diagnostics, *input);
    if (!spec.diagnostics.all().empty()) printDiagnostics(spec.diagnostics, spec.sources, terminal, false);
    right = right && !spec.diagnostics.hasErrors();
  }
  return right;
}

/// The same version with other content is refused: somebody may have locked it.
llvm::Expected<bool> isThere(const std::string& layout, const std::string& reference, const package::Manifest& manifest, const package::Content& content) {
  if (!llvm::sys::fs::exists(layout + "/oci-layout")) return false;
  auto names = image::artifactNames(layout, kPackageType);
  if (!names) return names.takeError();
  if (!llvm::is_contained(*names, reference)) return false;
  auto there = image::readArtifact(layout, reference, kPackageType, {package::kMaxPackageBytes, package::kMaxPackageFiles});
  if (!there) return there.takeError();
  if (there->files == content) return true;
  return workspaceError(Code::BadSource, fmt::format("{} has {} already, with other content", layout, reference),
                        fmt::format("a published version keeps its content; raise the version in workspace.chasi, which is {}", manifest.version.str()));
}

} // namespace

int runModPack(const Invocation& invocation) {
  const Terminal terminal = terminalFor(invocation);
  if (!invocation.has("--layout")) {
    llvm::errs() << "chasic mod pack: which layout? `--layout DIR` names it; it is made when it is missing\n";
    return kUsage;
  }
  const std::string layout = invocation.get("--layout");
  int exit = kDone;
  const auto workspace = ModWorkspace::open(invocation.word(0, "."), terminal, exit);
  if (!workspace) return exit;
  const package::Manifest& manifest = workspace->manifest;
  if (manifest.name.empty())
    return printError(workspaceError(Code::BadManifest, fmt::format("{} names no package", workspace->shown), "write `package \"OWNER.NAME\" { version = \"0.1.0\" }` into it"), terminal);
  if (!checks(workspace->root, terminal)) return kWrong;
  auto content = package::readContent(workspace->root);
  if (!content) return printError(content.takeError(), terminal);
  const std::string reference = packageReference(manifest.name, manifest.version);
  auto there = isThere(layout, reference, manifest, *content);
  if (!there) return printError(there.takeError(), terminal);
  auto written = image::writeArtifact(layout, reference, packageArtifact(manifest, *content));
  if (!written) return printError(written.takeError(), terminal);
  if (invocation.get("--format", "text") == "json") {
    llvm::outs() << nlohmann::ordered_json{{"reference", reference}, {"digest", written->digest.str()}, {"content", package::digestOf(*content)}, {"files", content->size()}, {"changed", !*there}}.dump(2) << '\n';
    return kDone;
  }
  llvm::outs() << fmt::format("{}  {}\n", reference, written->digest.str());
  if (!terminal.quiet) llvm::errs() << fmt::format("{} files, {}\n", content->size(), *there ? "unchanged" : "packed into " + layout);
  return kDone;
}

} // namespace chasi::driver
