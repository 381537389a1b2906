#include "compiler/driver/mod_workspace.h"
#include "compiler/driver/run.h"
#include "compiler/driver/spec.h"
#include "compiler/syntax/parse.h"

#include <llvm/Support/FileSystem.h>
#include <llvm/Support/Path.h>
#include <nlohmann/json.hpp>

#include <set>

namespace chasi::driver {

namespace {

using package::workspaceError;
using source::Code;

/// A source as it was typed, relative to where people are, becomes relative to the workspace.
llvm::Expected<std::string> sourceFrom(const std::string& typed, const std::string& root) {
  if (const std::string problem = package::notYetASource(typed); !problem.empty())
    return workspaceError(Code::BadSource, problem, package::kSourcesHint);
  if (isRegistry(typed)) {
    auto address = image::parseRepository(typed);
    if (!address) return address.takeError();
    return typed;
  }
  llvm::SmallString<256> absolute(typed);
  if (const std::error_code code = llvm::sys::fs::make_absolute(absolute)) return workspaceError(Code::BadSource, fmt::format("cannot tell the current folder: {}", code.message()));
  llvm::sys::path::remove_dots(absolute, true);
  if (!llvm::sys::fs::is_directory(absolute)) return workspaceError(Code::BadSource, fmt::format("{} is no folder", typed), "a source is the folder of a package, or an OCI layout with packages");
  return package::relativePath(root, absolute);
}

/// The newest version that the requirement admits; without one, the newest release, or the newest of all.
std::optional<package::Version> newest(const std::vector<package::Version>& versions, const std::optional<package::Requirement>& within) {
  std::optional<package::Version> out;
  for (const bool releases : {true, false}) {
    for (const package::Version& v : versions) {
      if (within ? !within->admits(v) : releases && !v.pre.empty()) continue;
      if (!out || v > *out) out = v;
    }
    if (out || within) break;
  }
  return out;
}

/// "NAME" or "NAME@VERSION".
struct Asked {
  std::string name;
  std::optional<package::Requirement> version;
};

llvm::Expected<Asked> parseAsked(llvm::StringRef word) {
  const auto [name, version] = word.split('@');
  if (!package::isPackageName(name)) return workspaceError(Code::BadManifest, fmt::format("\"{}\" is no name of a package", name.str()), "a package is named OWNER.NAME, as in `chasic mod add acme.platform@1.4 --from packages`");
  Asked out{name.str(), std::nullopt};
  if (!word.contains('@')) return out;
  out.version = package::Requirement::parse(version);
  if (out.version) return out;
  const std::string here = package::spelledHere(version);
  return workspaceError(Code::BadManifest, fmt::format("\"{}\" is no version", version.str()), here.empty() ? "a version is MAJOR.MINOR.PATCH; MAJOR.MINOR is its lowest" : fmt::format("write {}@{}: {}", name.str(), here, package::Requirement::parse(here)->words()));
}

int add(ModWorkspace& workspace, const Asked& asked, const Invocation& invocation, const Terminal& terminal) {
  std::string from;
  const package::Required* old = workspace.manifest.find(asked.name);
  if (invocation.has("--from")) {
    auto given = sourceFrom(invocation.get("--from"), workspace.root);
    if (!given) return printError(given.takeError(), terminal);
    from = *given;
  } else if (old) {
    from = old->from;
  } else if (const package::Locked* locked = workspace.lock.find(asked.name)) {
    from = locked->from;
  }
  if (from == package::relativePath(workspace.root, package::vendorFolder(workspace.root, asked.name))) from.clear();
  PackageSources sources(workspace.root, workspace.lock);
  std::optional<package::Version> least;
  if (asked.version) {
    least = asked.version->least;
  } else {
    auto versions = sources.versions(asked.name, from);
    if (!versions) return printError(versions.takeError(), terminal);
    least = newest(*versions, std::nullopt);
  }
  workspace.require(asked.name, *least, from);
  if (llvm::Error error = workspace.settle({asked.name}, terminal)) return printError(std::move(error), terminal);
  return kDone;
}

/// Where the newest versions beyond what the requirement admits are told.
llvm::Error raise(ModWorkspace& workspace, const package::Required& r, const Terminal& terminal) {
  PackageSources sources(workspace.root, {});
  auto versions = sources.versions(r.name, r.from);
  if (!versions) return versions.takeError();
  const auto within = newest(*versions, r.least), beyond = newest(*versions, std::nullopt);
  if (beyond && beyond->pre.empty() && *beyond > r.least.least && !r.least.admits(*beyond) && !terminal.quiet)
    llvm::errs() << fmt::format("  {} {} is there too, and may break what works with {}: `chasic mod add {}@{}`\n", r.name, beyond->str(), r.least.str(), r.name, beyond->str());
  if (within && *within > r.least.least) workspace.require(r.name, *within, r.from);
  return llvm::Error::success();
}

std::string requiredBy(const ModWorkspace& workspace, const std::string& name) {
  std::vector<std::string> who;
  if (workspace.manifest.find(name)) who.emplace_back("this workspace");
  for (const package::Locked& p : workspace.lock.packages)
    if (p.needs.contains(name)) who.push_back(p.name);
  return who.empty() ? "nobody" : fmt::format("{}", fmt::join(who, ", "));
}

} // namespace

int runModAdd(const Invocation& invocation) {
  const Terminal terminal = terminalFor(invocation);
  auto asked = parseAsked(invocation.word(0));
  if (!asked) return printError(asked.takeError(), terminal);
  int exit = kDone;
  const auto workspace = ModWorkspace::open(invocation.word(1, "."), terminal, exit);
  return workspace ? add(*workspace, *asked, invocation, terminal) : exit;
}

int runModUpdate(const Invocation& invocation) {
  const Terminal terminal = terminalFor(invocation);
  int exit = kDone;
  const auto workspace = ModWorkspace::open(".", terminal, exit);
  if (!workspace) return exit;
  std::vector<std::string> names = invocation.words;
  if (names.empty())
    for (const package::Required& r : workspace->manifest.requires_) names.push_back(r.name);
  for (const std::string& name : names) {
    const package::Required* r = workspace->manifest.find(name);
    if (!r) {
      const bool indirect = workspace->lock.find(name) != nullptr;
      return printError(workspaceError(Code::BadManifest, fmt::format("this workspace does not require {}", name), indirect ? fmt::format("{} requires it; `chasic mod add {}@VERSION` asks for a newer one", requiredBy(*workspace, name), name) : fmt::format("`chasic mod add {} --from SOURCE` adds it", name)), terminal);
    }
    if (llvm::Error error = raise(*workspace, package::Required(*r), terminal)) return printError(std::move(error), terminal);
  }
  if (llvm::Error error = workspace->settle(names, terminal)) return printError(std::move(error), terminal);
  return kDone;
}

int runModVendor(const Invocation& invocation) {
  const Terminal terminal = terminalFor(invocation);
  int exit = kDone;
  const auto workspace = ModWorkspace::open(invocation.word(0, "."), terminal, exit);
  if (!workspace) return exit;
  if (llvm::Error error = workspace->settle({}, terminal)) return printError(std::move(error), terminal);
  return kDone;
}

int runModVerify(const Invocation& invocation) {
  const Terminal terminal = terminalFor(invocation);
  int exit = kDone;
  const auto workspace = ModWorkspace::open(invocation.word(0, "."), terminal, exit);
  if (!workspace) return exit;
  source::SourceSet sources;
  source::Diagnostics diagnostics;
  const source::FileId id = sources.add(workspace->shown, workspace->text);
  const syntax::Tree tree = syntax::parse(sources, id, diagnostics);
  const package::VendoredPackages found = package::vendoredPackages(workspace->root, package::readManifest(tree.root(), diagnostics), diagnostics);
  diagnostics.sort();
  size_t wrong = diagnostics.errorCount();
  if (wrong) printDiagnostics(diagnostics, sources, terminal, false);
  PackageSources vendored(workspace->root, workspace->lock);
  for (const package::Locked& p : workspace->lock.packages) {
    if (!found.all.contains(p.name)) {
      ++wrong;
      printError(workspaceError(Code::LockStale, fmt::format("chasi.lock has {} {}, and nobody requires it", p.name, p.version.str()), "`chasic mod vendor` takes it out"), terminal);
      continue;
    }
    if (found.all.at(p.name).folder.empty()) continue; // told
    // The content is what the lock says; that the lock says what the content means is left to see.
    auto needs = vendored.needs(p.name, p.version, p.from);
    std::map<std::string, std::string> has;
    if (needs)
      for (const auto& [name, need] : *needs) has[name] = need.least.str();
    if (needs && has == p.needs) continue;
    ++wrong;
    if (!needs) printError(needs.takeError(), terminal);
    else printError(workspaceError(Code::LockStale, fmt::format("chasi.lock does not have what {} {} requires", p.name, p.version.str()), "`chasic mod vendor` writes it anew"), terminal);
  }
  if (!terminal.quiet) llvm::errs() << fmt::format("{} package{}, {}\n", workspace->lock.packages.size(), workspace->lock.packages.size() == 1 ? "" : "s", wrong == 0 ? "nothing wrong" : fmt::format("{} wrong", wrong));
  return wrong == 0 ? kDone : kWrong;
}

int runModList(const Invocation& invocation) {
  const Terminal terminal = terminalFor(invocation);
  int exit = kDone;
  const auto workspace = ModWorkspace::open(invocation.word(0, "."), terminal, exit);
  if (!workspace) return exit;
  if (invocation.get("--format", "text") == "json") {
    nlohmann::ordered_json list = nlohmann::ordered_json::array();
    for (const package::Locked& p : workspace->lock.packages)
      list.push_back({{"name", p.name}, {"version", p.version.str()}, {"digest", p.digest}, {"from", p.from}, {"needs", p.needs}, {"direct", workspace->manifest.find(p.name) != nullptr}});
    llvm::outs() << list.dump(2) << '\n';
    return kDone;
  }
  size_t name = 0, version = 0;
  for (const package::Locked& p : workspace->lock.packages) {
    name = std::max(name, p.name.size());
    version = std::max(version, p.version.str().size());
  }
  for (const package::Locked& p : workspace->lock.packages)
    llvm::outs() << fmt::format("{:<{}}  {:<{}}  {}  required by {}\n", p.name, name, p.version.str(), version, p.from.empty() ? "vendor" : p.from, requiredBy(*workspace, p.name));
  return kDone;
}

} // namespace chasi::driver
