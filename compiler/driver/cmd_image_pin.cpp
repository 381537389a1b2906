#include "compiler/driver/image_references.h"
#include "compiler/driver/run.h"
#include "compiler/driver/spec.h"
#include "compiler/package/lock.h"

#include <llvm/Support/FileSystem.h>
#include <llvm/Support/Path.h>
#include <nlohmann/json.hpp>

namespace chasi::driver {

namespace {

using source::Code;

/// What a module needs, in one environment or all of them. Broken: something is wrong with it besides parameters that a command line would give.
struct Needs {
  std::map<std::string, ImageReference> images; ///< by name with tag; those that have their digest are pinned by themselves
  bool broken = false, partial = false;
};

llvm::Error add(lower::CompileInput input, Needs& needs, const Terminal* terminal) {
  input.pins = nullptr;
  input.policies = false;
  source::SourceSet sources;
  source::Diagnostics diagnostics;
  const lower::Compiled compiled = lower::compile(sources, diagnostics, input);
  const bool open = llvm::any_of(diagnostics.all(), [](const source::Diagnostic& d) { return d.code == Code::MissingParam; });
  needs.partial |= open;
  if (diagnostics.hasErrors() && !open) {
    needs.broken = true;
    if (terminal) printDiagnostics(diagnostics, sources, *terminal, Form::Text);
    return llvm::Error::success();
  }
  auto found = imageReferences(compiled.desired);
  if (!found) return found.takeError();
  for (ImageReference& each : *found)
    if (each.address.digest.empty()) needs.images.try_emplace(each.address.str(), std::move(each));
  return llvm::Error::success();
}

/// In the environment that the input has, or without one and in each that there is.
llvm::Error addAll(const lower::CompileInput& input, const package::Workspace& workspace, Needs& needs, const Terminal* terminal) {
  if (llvm::Error error = add(input, needs, terminal)) return error;
  if (!input.environment.empty()) return llvm::Error::success();
  for (const auto& [name, file] : workspace.environments) {
    lower::CompileInput other = input;
    other.load.environmentFile = file;
    other.environment = name;
    if (llvm::Error error = add(std::move(other), needs, terminal)) return error;
  }
  return llvm::Error::success();
}

/// All modules of a workspace: what no one of them needs can go.
llvm::Error addWorkspace(const std::string& root, Needs& needs) {
  for (const std::string& folder : package::moduleFolders(root)) {
    auto workspace = package::findWorkspace(folder);
    if (!workspace) return workspace.takeError();
    auto input = inputForFolder(folder);
    if (!input) return input.takeError();
    if (llvm::Error error = addAll(*input, *workspace, needs, nullptr)) return error;
  }
  return llvm::Error::success();
}

llvm::Expected<std::string> digestOf(const image::ImageAddress& address) {
  image::Repository repository(address.repository, image::Repository::Access::Pull);
  auto found = image::manifestAt(repository, address);
  if (!found) return found.takeError();
  return found->digest.str();
}

class Pinning {
public:
  Pinning(const Invocation& invocation, const Terminal& terminal) : invocation_(invocation), terminal_(terminal), json_(invocation.get("--format", "text") == "json") {}

  int run() {
    auto input = describeSpec(invocation_, 0, workspace_, invocation_.get("--env"));
    if (!input) return printError(input.takeError(), terminal_);
    auto lock = package::readLock(workspace_.root);
    if (!lock) return printError(lock.takeError(), terminal_);
    lock_ = std::move(*lock);
    if (llvm::Error error = addAll(*input, workspace_, needs_, &terminal_)) return printError(std::move(error), terminal_);
    if (needs_.broken) return kWrong;
    if (invocation_.has("--check")) return check();
    for (const auto& [name, needed] : needs_.images) pin(name, needed);
    if (llvm::Error error = removeUnused(*input)) return printError(std::move(error), terminal_);
    return write();
  }

private:
  const Invocation& invocation_;
  const Terminal& terminal_;
  const bool json_;
  package::Workspace workspace_;
  package::Lock lock_;
  Needs needs_;
  nlohmann::ordered_json rows_ = nlohmann::ordered_json::array();
  size_t changes_ = 0;
  int exit_ = kDone;

  int check() {
    for (const auto& [name, needed] : needs_.images) {
      if (lock_.findImage(name)) continue;
      exit_ = kWrong;
      printFault(source::info(Code::UnpinnedImage).id, fmt::format("{} is not pinned to a digest", name), "run `chasic image pin`, which asks the registry, and commit chasi.lock", {}, needed.source, terminal_, llvm::errs());
    }
    if (exit_ == kDone && !terminal_.quiet) llvm::errs() << fmt::format("{} image{} of registries, all pinned\n", needs_.images.size(), needs_.images.size() == 1 ? "" : "s");
    return exit_;
  }

  void tell(const std::string& name, const std::string& digest, const char* what, const std::string& before) {
    if (llvm::StringRef(what) != "unchanged") ++changes_;
    if (json_) {
      rows_.push_back({{"image", name}, {"digest", digest}, {"what", what}});
      if (!before.empty()) rows_.back()["before"] = before;
      return;
    }
    if (before.empty()) llvm::outs() << fmt::format("{}  {}  {}\n", name, digest, what);
    else llvm::outs() << fmt::format("{}  {} -> {}\n", name, before, digest);
  }

  /// What one registry does not tell keeps the others from nothing.
  void pin(const std::string& name, const ImageReference& needed) {
    const package::LockedImage* old = lock_.findImage(name);
    if (old && !invocation_.has("--update")) return tell(name, old->digest, "unchanged", "");
    auto digest = digestOf(needed.address);
    if (!digest) {
      const plan::FaultText why = plan::takeText(digest.takeError());
      printFault(why.code, why.message, why.hint, {}, needed.source, terminal_, llvm::errs());
      if (exit_ == kDone) exit_ = exitOf(why.code);
      return;
    }
    if (!old) lock_.images.push_back({name, *digest});
    const std::string before = old ? std::exchange(lock_.images[static_cast<size_t>(old - lock_.images.data())].digest, *digest) : "";
    tell(name, *digest, before == *digest ? "unchanged" : old ? "changed" : "pinned", before == *digest ? "" : before);
  }

  /// Other modules and environments of the workspace share the lock: only what none of them needs goes, and nothing when one of them cannot be read.
  llvm::Error removeUnused(const lower::CompileInput& input) {
    const auto unused = [&](const Needs& needs) { return [&needs](const package::LockedImage& i) { return !needs.images.contains(i.name); }; };
    if (!llvm::any_of(lock_.images, unused(needs_))) return llvm::Error::success();
    Needs all = needs_;
    if (llvm::Error error = addWorkspace(workspace_.root, all)) return error;
    // A single file beside others is a module of its own.
    if (llvm::Error error = addAll(input, workspace_, all, nullptr)) return error;
    if (all.broken || all.partial) {
      const auto left = llvm::count_if(lock_.images, unused(all));
      if (left && !terminal_.quiet) llvm::errs() << fmt::format("note: {} pin{} that may be unused {} kept: not every module of the workspace could be read in every environment\n", left, left == 1 ? "" : "s", left == 1 ? "is" : "are");
      return llvm::Error::success();
    }
    for (const package::LockedImage& i : lock_.images)
      if (unused(all)(i)) tell(i.name, i.digest, "removed: nothing uses it", "");
    std::erase_if(lock_.images, unused(all));
    return llvm::Error::success();
  }

  int write() {
    llvm::SmallString<256> file(workspace_.root);
    llvm::sys::path::append(file, package::kLockFile);
    if (changes_)
      if (llvm::Error error = writeFile(file.str().str(), package::writeLock(lock_))) return printError(std::move(error), terminal_);
    if (json_) llvm::outs() << rows_.dump(2) << '\n';
    else if (!terminal_.quiet) llvm::errs() << fmt::format("{} image{} of registries{}\n", needs_.images.size(), needs_.images.size() == 1 ? "" : "s", changes_ == 0 ? ", nothing changed" : "");
    return exit_;
  }
};

} // namespace

int runImagePin(const Invocation& invocation) {
  const Terminal terminal = terminalFor(invocation);
  return Pinning(invocation, terminal).run();
}

} // namespace chasi::driver
