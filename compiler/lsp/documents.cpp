#include "compiler/lsp/documents.h"

#include <llvm/Support/FileSystem.h>
#include <llvm/Support/MemoryBuffer.h>
#include <llvm/Support/Path.h>

namespace chasi::lsp {

/// Modules of which everything is kept; of those that were asked about longest ago nothing is.
static constexpr size_t kMost = 3;

llvm::Expected<const lower::CompileInput*> Documents::inputFor(const std::string& path) {
  if (const auto at = inputs_.find(path); at != inputs_.end()) return &at->second;
  auto input = host_.inputFor(path);
  if (!input) return input.takeError();
  for (const auto& [file, document] : open) input->load.overlay[file] = document.text;
  input->load.known = known_;
  if (input->load.environmentFile.empty() && !choice.environment.empty())
    if (const auto at = input->load.environments.find(choice.environment); at != input->load.environments.end()) {
      input->load.environmentFile = at->second;
      input->environment = at->first;
    }
  for (const auto& [name, value] : choice.params) input->load.params.try_emplace(name, value);
  return &inputs_.emplace(path, std::move(*input)).first->second;
}

static std::string nameOf(const lower::CompileInput& input) { return input.load.folder + "\n" + input.load.environmentFile; }

Edited& Documents::editedOf(const std::string& name) {
  auto at = llvm::find_if(edited_, [&](const auto& e) { return e->name == name; });
  if (at == edited_.end()) {
    if (edited_.size() == kMost) {
      compiled_.erase(edited_.back()->name);
      edited_.pop_back();
    }
    edited_.push_back(std::make_unique<Edited>());
    edited_.back()->name = name;
    at = edited_.end() - 1;
  }
  std::rotate(edited_.begin(), at, at + 1);
  return *edited_.front();
}

/// Warnings as `chasic check` gives them, by the switches of the workspace.
static void warn(const lower::Revision& revision, lint::Kept& kept) {
  const lint::Settings settings = lint::workspaceSettings(revision.program);
  if (!revision.diagnostics.hasErrors()) lint::run(revision.program, revision.evaluator, &kept);
  lint::settle(revision.diagnostics, settings);
  revision.diagnostics.sort();
}

llvm::Expected<Edited*> Documents::compile(const std::string& path) {
  auto input = inputFor(path);
  if (!input) return input.takeError();
  Edited& edited = editedOf(nameOf(**input));
  if (const auto at = compiled_.find(edited.name); at != compiled_.end() && at->second == changes_) return &edited;
  const lower::Revision revision = edited.revisions.compile(**input);
  if (std::exchange(edited.number, revision.number) != revision.number) edited.kept = lint::Kept();
  warn(revision, edited.kept);
  compiled_[edited.name] = changes_;
  return &edited;
}

std::optional<Snapshot> Documents::snapshot(const std::string& path, bool fresh) {
  Edited* edited = nullptr;
  auto input = inputFor(path);
  if (!input) {
    llvm::consumeError(input.takeError());
    return std::nullopt;
  }
  if (!fresh && compiled_.contains(nameOf(**input))) edited = &editedOf(nameOf(**input));
  else if (auto made = compile(path)) edited = *made;
  else llvm::consumeError(made.takeError());
  if (!edited) return std::nullopt;
  const lower::Revision revision = edited->revisions.current();
  const auto file = fileNamed(revision.sources, path);
  if (!file) return std::nullopt;
  return Snapshot{revision, *file};
}

/// Folders below one with a file that has the word, and a file of each.
static void searchFolders(const std::string& root, llvm::StringRef word, std::map<std::string, std::string>& found) {
  std::error_code code;
  for (llvm::sys::fs::recursive_directory_iterator it(root, code), end; it != end && !code; it.increment(code)) {
    const llvm::StringRef path = it->path(), name = llvm::sys::path::filename(path);
    if (name.starts_with(".") || name == "vendor" || name == "build" || name == "node_modules") {
      it.no_push();
      continue;
    }
    if (!name.ends_with(".chasi") || found.contains(llvm::sys::path::parent_path(path).str())) continue;
    const auto buffer = llvm::MemoryBuffer::getFile(path, false, false);
    if (buffer && (*buffer)->getBuffer().contains(word)) found.emplace(llvm::sys::path::parent_path(path).str(), path.str());
  }
}

void Documents::others(const std::string& path, llvm::StringRef word, llvm::function_ref<void(const Snapshot&)> show) {
  auto own = inputFor(path);
  if (!own) {
    llvm::consumeError(own.takeError());
    return;
  }
  std::map<std::string, std::string> found;
  searchFolders((*own)->load.workspaceRoot, word, found);
  for (const auto& [file, document] : open)
    if (llvm::StringRef(document.text).contains(word)) found.emplace(llvm::sys::path::parent_path(file).str(), file);
  std::set<std::string> seen = {nameOf(**own)};
  for (const auto& [folder, file] : found) {
    auto known = inputFor(file);
    if (!known) {
      llvm::consumeError(known.takeError());
      continue;
    }
    if (!seen.insert(nameOf(**known)).second) continue;
    lower::CompileInput input = **known;
    input.operations = input.policies = false; // names are all that is asked for
    lower::Revisions once;
    const lower::Revision revision = once.compile(input);
    show(Snapshot{revision, fileNamed(revision.sources, file).value_or(0)});
  }
}

std::vector<std::string> Documents::environments(const std::string& path) {
  std::vector<std::string> names;
  auto input = host_.inputFor(path);
  if (!input) {
    llvm::consumeError(input.takeError());
    return names;
  }
  for (const auto& [name, file] : input->load.environments) names.push_back(name);
  return names;
}

} // namespace chasi::lsp
