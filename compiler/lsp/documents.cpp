#include "compiler/lsp/documents.h"
#include "compiler/sema/file_text.h"

#include <llvm/Support/FileSystem.h>
#include <llvm/Support/Path.h>

namespace chasi::lsp {

/// Modules of which everything is kept; of those that were asked about longest ago nothing is.
static constexpr size_t kMost = 3;

/// A document without a place: a module of one file, which can import the standard library.
static lower::CompileInput alone(const std::string& path) {
  const std::string folder = llvm::sys::path::parent_path(path).str();
  lower::CompileInput input;
  input.load = {.workspaceRoot = folder, .modulePath = path, .folder = folder, .files = {path}};
  return input;
}

llvm::Expected<const lower::CompileInput*> Documents::inputFor(const std::string& path) {
  if (const auto at = inputs_.find(path); at != inputs_.end()) return &at->second;
  if (library.has(path)) return llvm::createStringError("%s belongs to the standard library", path.c_str());
  auto input = isUntitled(path) ? llvm::Expected<lower::CompileInput>(alone(path)) : host_.inputFor(path);
  if (!input) return input.takeError();
  for (const auto& [file, document] : open) input->load.overlay[file] = document.text;
  input->load.known = known_;
  if (input->load.environmentFile.empty() && !choice.environment.empty())
    if (const auto at = input->load.environments.find(choice.environment); at != input->load.environments.end()) {
      input->load.environmentFile = at->second;
      input->environment = at->first;
    }
  addParameters(*input, path);
  return &inputs_.emplace(path, std::move(*input)).first->second;
}

static std::string moduleName(const lower::CompileInput& input) { return input.load.folder + "\n" + input.load.environmentFile; }

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
static void warn(const lower::Revision& revision, const lower::CompileInput& input, lint::Kept& kept) {
  const lint::Settings settings = lint::workspaceSettings(revision.program);
  if (!revision.diagnostics.hasErrors()) lint::run(revision.program, revision.evaluator, input.load, &kept);
  lint::settle(revision.diagnostics, settings);
  revision.diagnostics.sort();
}

llvm::Expected<Edited*> Documents::compile(const std::string& path, lower::Revisions::Show checked) {
  auto input = inputFor(path);
  if (!input) return input.takeError();
  Edited& edited = editedOf(moduleName(**input));
  if (const auto at = compiled_.find(edited.name); at != compiled_.end() && at->second == changes_) return &edited;
  const lower::Revision revision = edited.revisions.compile(**input, checked);
  if (std::exchange(edited.number, revision.number) != revision.number) edited.kept = lint::Kept();
  warn(revision, **input, edited.kept);
  compiled_[edited.name] = changes_;
  return &edited;
}

std::optional<Snapshot> Documents::snapshot(const std::string& path, bool fresh) {
  if (library.has(path)) return librarySnapshot(path);
  Edited* edited = nullptr;
  auto input = inputFor(path);
  if (!input) {
    llvm::consumeError(input.takeError());
    return std::nullopt;
  }
  if (!fresh && compiled_.contains(moduleName(**input))) edited = &editedOf(moduleName(**input));
  else if (auto made = compile(path)) edited = *made;
  else llvm::consumeError(made.takeError());
  if (!edited) return std::nullopt;
  const lower::Revision revision = edited->revisions.current();
  const auto file = fileNamed(revision.sources, path);
  if (!file) return std::nullopt;
  return Snapshot{revision, *file};
}

std::vector<std::string> Documents::modules() const {
  std::vector<std::string> out;
  std::set<std::string> roots;
  for (const std::string& folder : folders)
    for (std::string& root : host_.workspacesIn(folder)) roots.insert(std::move(root));
  for (const std::string& root : roots)
    for (std::string& module : host_.modulesOf(root)) out.push_back(std::move(module));
  return out;
}

std::string Documents::nameOf(const std::string& path) {
  if (const auto at = names_.find(path); at != names_.end()) return at->second;
  auto input = inputFor(path);
  if (input) return names_[path] = moduleName(**input);
  llvm::consumeError(input.takeError());
  return "";
}

void Documents::glance(const std::string& path, llvm::function_ref<void(const lower::Revision&)> show) {
  auto input = inputFor(path);
  if (!input) return llvm::consumeError(input.takeError());
  lower::Revisions once;
  const lower::Revision revision = once.compile(**input);
  lint::Kept kept;
  warn(revision, **input, kept);
  show(revision);
}

void Documents::read(const std::string& path, llvm::function_ref<void(const source::SourceSet&, source::FileId, const syntax::Tree&)> show) {
  auto input = inputFor(path);
  if (!input) return llvm::consumeError(input.takeError());
  for (const std::string& name : (*input)->load.files) {
    source::SourceSet sources;
    source::Diagnostics diagnostics;
    sema::withText((*input)->load, name, [&](llvm::StringRef text) { // whoever checks one that cannot be read is told so
      const source::FileId file = sources.add(name, text.str());
      show(sources, file, known_->parse(sources, file, diagnostics));
    });
  }
}

/// A file of the module or of its environment, as it is open or on the disk, has the word. Of a module that was asked already the environment alone counts.
static bool mentions(const lower::CompileInput& input, bool asked, llvm::StringRef word) {
  std::vector<std::string> files = asked ? std::vector<std::string>() : input.load.files;
  if (!input.load.environmentFile.empty()) files.push_back(input.load.environmentFile);
  return llvm::any_of(files, [&](const std::string& file) {
    bool found = false;
    sema::withText(input.load, file, [&](llvm::StringRef text) { found = text.contains(word); });
    return found;
  });
}

void Documents::others(const std::string& path, llvm::StringRef word, llvm::function_ref<void(const Snapshot&)> show) {
  constexpr size_t kMostOthers = 32;
  auto own = inputFor(path);
  if (!own) return llvm::consumeError(own.takeError());
  std::vector<std::string> paths = host_.modulesOf((*own)->load.workspaceRoot);
  for (const auto& [file, document] : open) paths.push_back(file);
  const auto addEnvironments = [&](const lower::CompileInput& of) {
    for (const auto& [environment, file] : of.load.environments) paths.push_back(file);
  };
  addEnvironments(**own);
  std::set<std::string> seen = {moduleName(**own)}, known = {(*own)->load.folder};
  for (size_t i = 0; i < paths.size(); ++i) {
    const std::string other = paths[i];
    auto input = inputFor(other);
    if (!input) {
      llvm::consumeError(input.takeError());
      continue;
    }
    const std::string name = moduleName(**input);
    if (!seen.insert(name).second) continue;
    const bool asked = !known.insert((*input)->load.folder).second;
    if (!asked) addEnvironments(**input);
    if (!mentions(**input, asked, word)) continue;
    if (others_.size() == kMostOthers && !others_.contains(name)) others_.clear();
    const auto [at, fresh] = others_.try_emplace(name);
    if (fresh) {
      lower::CompileInput names = **input;
      names.operations = names.policies = false; // names are all that is asked for
      at->second.compile(names);
    }
    const lower::Revision revision = at->second.current();
    show(Snapshot{revision, fileNamed(revision.sources, other).value_or(0)});
  }
}

std::vector<std::string> Documents::environments(const std::string& path) {
  std::vector<std::string> names;
  if (library.has(path)) return names;
  auto input = host_.inputFor(path);
  if (!input) {
    llvm::consumeError(input.takeError());
    return names;
  }
  for (const auto& [name, file] : input->load.environments) names.push_back(name);
  return names;
}

} // namespace chasi::lsp
