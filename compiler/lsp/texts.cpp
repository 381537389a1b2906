// Texts that belong to no module that is being edited: those of a workspace as they lie there, and the standard library.
#include "compiler/lower/stack.h"
#include "compiler/lsp/documents.h"
#include "compiler/sema/file_text.h"

#include <llvm/Support/Path.h>

namespace chasi::lsp {

void Documents::eachText(const std::string& path, llvm::function_ref<void(const std::string&, llvm::StringRef)> show) {
  auto own = inputFor(path);
  if (!own) return llvm::consumeError(own.takeError());
  std::vector<std::string> modules = host_.modulesOf((*own)->load.workspaceRoot);
  modules.push_back(path);
  std::set<std::string> files;
  for (const std::string& module : modules) {
    auto input = inputFor(module);
    if (!input) {
      llvm::consumeError(input.takeError());
      continue;
    }
    files.insert((*input)->load.files.begin(), (*input)->load.files.end());
    for (const auto& [name, file] : (*input)->load.environments) files.insert(file);
  }
  for (const std::string& file : files) sema::withText((*own)->load, file, [&](llvm::StringRef text) { show(file, text); });
}

/// "./databases", "../shared/base"; both folders are absolute.
static std::string relative(llvm::StringRef from, llvm::StringRef to) {
  std::string up;
  while (!(to.starts_with(from) && (from == "/" || to.drop_front(from.size()).starts_with("/")))) {
    if (to == from) return up.empty() ? "." : llvm::StringRef(up).drop_back().str();
    from = llvm::sys::path::parent_path(from);
    up += "../";
  }
  return (up.empty() ? "./" : up) + to.drop_front(from.size()).ltrim('/').str();
}

std::vector<std::string> Documents::importable(const std::string& path) {
  std::vector<std::string> out;
  auto own = inputFor(path);
  if (!own) {
    llvm::consumeError(own.takeError());
    return out;
  }
  for (const std::string& module : host_.modulesOf((*own)->load.workspaceRoot))
    if (module != (*own)->load.folder) out.push_back(relative((*own)->load.folder, module));
  return out;
}

std::vector<PinnedImage> Documents::pinnedImages(const std::string& path) {
  auto own = inputFor(path);
  if (own && host_.pinnedImages) return host_.pinnedImages((*own)->load.workspaceRoot);
  if (!own) llvm::consumeError(own.takeError());
  return {};
}

std::optional<Snapshot> Documents::librarySnapshot(const std::string& path) {
  constexpr size_t kMostKept = 3;
  const std::string name = library.nameOf(path);
  const auto text = LibraryFiles::textOf(name);
  const auto document = open.find(path);
  if (!text || (document != open.end() && document->second.text != *text)) return std::nullopt; // of another version
  std::string module = llvm::sys::path::parent_path(name).str();
  std::replace(module.begin(), module.end(), '/', '.');
  auto at = llvm::find_if(libraryModules_, [&](const auto& m) { return m.first == module; });
  if (at == libraryModules_.end()) {
    if (libraryModules_.size() == kMostKept) libraryModules_.pop_back();
    libraryModules_.emplace_back(module, std::make_unique<lower::Revisions>());
    at = libraryModules_.end() - 1;
    lower::CompileInput input;
    input.load.files = {"(nothing)"};
    input.load.overlay["(nothing)"] = "";
    input.operations = input.policies = false;
    const lower::Revision made = at->second->compile(input);
    lower::withLargeStack([&] { sema::loadLibrary(made.program, module); });
  }
  std::rotate(libraryModules_.begin(), at, at + 1);
  const lower::Revision revision = libraryModules_.front().second->current();
  const auto file = fileNamed(revision.sources, name);
  return file ? std::optional(Snapshot{revision, *file}) : std::nullopt;
}

} // namespace chasi::lsp
