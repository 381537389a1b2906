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

/// A version keeps its content: somebody may have locked it.
llvm::Error otherContent(const std::string& where, const package::Manifest& manifest) {
  return workspaceError(Code::BadSource, fmt::format("{} has {} {} already, with other content", where, manifest.name, manifest.version.str()),
                        fmt::format("a published version keeps its content; raise the version in workspace.chasi, which is {}", manifest.version.str()));
}

/// True when that version is there with this content.
llvm::Expected<bool> isInLayout(const std::string& layout, const package::Manifest& manifest, const package::Content& content) {
  if (!llvm::sys::fs::exists(layout + "/oci-layout")) return false;
  auto names = image::artifactNames(layout, kPackageType);
  if (!names) return names.takeError();
  const std::string reference = packageReference(manifest.name, manifest.version);
  if (!llvm::is_contained(*names, reference)) return false;
  auto there = image::readArtifact(layout, reference, kPackageType, {package::kMaxPackageBytes, package::kMaxPackageFiles});
  if (!there) return there.takeError();
  if (there->files == content) return true;
  return otherContent(layout, manifest);
}

llvm::Expected<bool> isInRegistry(image::Repository& repository, const std::string& registry, const package::Manifest& manifest, const package::Content& content) {
  auto there = pullPackage(repository, manifest.version);
  if (!there) return there.takeError();
  if (!*there) return false;
  if ((*there)->files == content) return true;
  return otherContent(registry, manifest);
}

llvm::Error push(image::Repository& repository, const package::Version& version, const image::PackedArtifact& packed) {
  for (const auto& [blob, content] : packed.blobs)
    if (blob.digest != packed.descriptor.digest)
      if (llvm::Error error = repository.pushBlob(blob.digest, content)) return error;
  return repository.pushManifest(version.str(), packed.descriptor.mediaType, packed.blobs.back().second);
}

/// Where a package was put.
struct Placed {
  std::string where;
  bool changed = false;
};

llvm::Expected<Placed> putIntoLayout(const std::string& layout, const package::Manifest& manifest, const package::Content& content) {
  auto there = isInLayout(layout, manifest, content);
  if (!there) return there.takeError();
  auto written = image::writeArtifact(layout, packageReference(manifest.name, manifest.version), packageArtifact(manifest, content));
  if (!written) return written.takeError();
  return Placed{layout, !*there};
}

llvm::Expected<Placed> putIntoRegistry(const std::string& registry, const package::Manifest& manifest, const package::Content& content, const image::PackedArtifact& packed) {
  if (!isRegistry(registry)) return workspaceError(Code::BadSource, fmt::format("\"{}\" is no registry", registry), "it is written oci://HOST/PATH, as in oci://registry.acme.io/platform");
  auto repository = repositoryOf(registry, manifest.name, image::Repository::Access::Push);
  if (!repository) return repository.takeError();
  auto there = isInRegistry(**repository, registry, manifest, content);
  if (!there) return there.takeError();
  if (!*there)
    if (llvm::Error error = push(**repository, manifest.version, packed)) return error;
  return Placed{fmt::format("{}:{}", (*repository)->address().str(), manifest.version.str()), !*there};
}

} // namespace

int runModPack(const Invocation& invocation) {
  const Terminal terminal = terminalFor(invocation);
  if (!invocation.has("--layout") && !invocation.has("--push")) {
    llvm::errs() << "chasic mod pack: where to? `--layout DIR` names a layout, which is made when it is missing; `--push oci://HOST/PATH` a registry\n";
    return kUsage;
  }
  int exit = kDone;
  const auto workspace = ModWorkspace::open(invocation.word(0, "."), terminal, exit);
  if (!workspace) return exit;
  const package::Manifest& manifest = workspace->manifest;
  if (manifest.name.empty())
    return printError(workspaceError(Code::BadManifest, fmt::format("{} names no package", workspace->shown), "write `package \"OWNER.NAME\" { version = \"0.1.0\" }` into it"), terminal);
  if (!checks(workspace->root, terminal)) return kWrong;
  auto content = package::readContent(workspace->root);
  if (!content) return printError(content.takeError(), terminal);
  auto packed = image::packArtifact(packageArtifact(manifest, *content));
  if (!packed) return printError(packed.takeError(), terminal);
  std::vector<Placed> placed;
  for (const char* to : {"--layout", "--push"}) {
    if (!invocation.has(to)) continue;
    auto put = llvm::StringRef(to) == "--layout" ? putIntoLayout(invocation.get(to), manifest, *content) : putIntoRegistry(invocation.get(to), manifest, *content, *packed);
    if (!put) return printError(put.takeError(), terminal);
    placed.push_back(*put);
  }
  const std::string reference = packageReference(manifest.name, manifest.version), &digest = packed->descriptor.digest.str();
  if (invocation.get("--format", "text") == "json") {
    nlohmann::ordered_json places = nlohmann::ordered_json::array();
    for (const Placed& p : placed) places.push_back({{"place", p.where}, {"changed", p.changed}});
    llvm::outs() << nlohmann::ordered_json{{"reference", reference}, {"digest", digest}, {"content", package::digestOf(*content)}, {"files", content->size()}, {"changed", llvm::any_of(placed, [](const Placed& p) { return p.changed; })}, {"places", places}}.dump(2) << '\n';
    return kDone;
  }
  llvm::outs() << fmt::format("{}  {}\n", reference, digest);
  if (!terminal.quiet)
    for (const Placed& p : placed) llvm::errs() << fmt::format("{} files, {} {}\n", content->size(), p.changed ? "packed into" : "unchanged in", p.where);
  return kDone;
}

} // namespace chasi::driver
