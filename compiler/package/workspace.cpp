#include "compiler/package/workspace.h"

#include <llvm/Support/FileSystem.h>
#include <llvm/Support/Path.h>

namespace chasi::package {

namespace {

namespace fs = llvm::sys::fs;
namespace path = llvm::sys::path;
using source::Code;

std::string inFolder(llvm::StringRef folder, llvm::StringRef name) {
  if (folder.empty() || folder == ".") return name.str();
  llvm::SmallString<256> out(folder);
  path::append(out, name);
  return out.str().str();
}

/// Names of the *.chasi files in a folder, sorted.
llvm::Expected<std::vector<std::string>> chasiFiles(const std::string& folder) {
  std::vector<std::string> names;
  std::error_code code;
  for (fs::directory_iterator it(folder, code), end; it != end && !code; it.increment(code)) {
    const llvm::StringRef name = path::filename(it->path());
    if (!name.ends_with(".chasi") || name == "workspace.chasi" || name.starts_with(".")) continue;
    if (!fs::is_directory(it->path())) names.push_back(name.str());
  }
  if (code) return workspaceError(Code::NoSuchPath, fmt::format("cannot read the folder {}: {}", folder, code.message()));
  std::sort(names.begin(), names.end());
  return names;
}

std::string rootOf(const std::string& folder) {
  for (llvm::StringRef at = folder; !at.empty(); at = path::parent_path(at))
    for (const char* mark : {"workspace.chasi", ".git", ".chasi"})
      if (fs::exists(inFolder(at, mark))) return at.str();
  return folder;
}

/// The nearest `env` folder from the module up to the root.
std::map<std::string, std::string> findEnvironments(const std::string& folder, const std::string& root) {
  std::map<std::string, std::string> out;
  for (llvm::StringRef at = folder; at.size() >= root.size(); at = path::parent_path(at)) {
    const std::string env = inFolder(at, "env");
    if (fs::is_directory(env)) {
      auto names = chasiFiles(env);
      if (!names) {
        llvm::consumeError(names.takeError()); // an unreadable folder has no environments; asking for one says what there is
        return out;
      }
      for (const std::string& name : *names) out[path::stem(name).str()] = inFolder(env, name);
      return out;
    }
    if (at.size() == 1) break;
  }
  return out;
}

llvm::Error noFiles(const std::string& shown, const std::string& folder) {
  std::string below;
  std::error_code code;
  std::vector<std::string> candidates;
  for (fs::directory_iterator it(folder, code), end; it != end && !code; it.increment(code)) {
    if (path::filename(it->path()) == "env" || !fs::is_directory(it->path())) continue;
    auto names = chasiFiles(it->path());
    if (names && !names->empty()) candidates.push_back(inFolder(shown, path::filename(it->path())));
    if (!names) llvm::consumeError(names.takeError());
  }
  std::sort(candidates.begin(), candidates.end());
  if (candidates.size() > 5) candidates.resize(5);
  return workspaceError(Code::NothingToRead, fmt::format("the folder {} holds no .chasi file", shown),
                        candidates.empty() ? "`chasic init` makes a small working specification"
                                           : fmt::format("a module is one folder; there is {}", fmt::join(candidates, ", ")));
}

} // namespace

char WorkspaceError::ID = 0;

void WorkspaceError::log(llvm::raw_ostream& out) const {
  out << source::info(code).id << ": " << message;
  if (!hint.empty()) out << " (" << hint << ')';
}

llvm::Error workspaceError(Code code, std::string message, std::string hint) {
  return llvm::make_error<WorkspaceError>(code, std::move(message), std::move(hint));
}

namespace {

/// PATH with its status, absolute and without dots.
llvm::Expected<std::string> absolutePath(const std::string& shown, fs::file_status& status) {
  if (const std::error_code code = fs::status(shown, status))
    return workspaceError(Code::NoSuchPath, fmt::format("cannot read {}: {}", shown, code.message()),
                          code == std::errc::no_such_file_or_directory ? "PATH is a folder with .chasi files, or one such file" : "");
  llvm::SmallString<256> absolute(shown);
  if (const std::error_code code = fs::make_absolute(absolute))
    return workspaceError(Code::NoSuchPath, fmt::format("cannot tell the current folder: {}", code.message()));
  path::remove_dots(absolute, true);
  // "a/b/" names the folder b.
  while (absolute.size() > 1 && path::is_separator(absolute.back())) absolute.pop_back();
  return absolute.str().str();
}

void addModules(const std::string& folder, bool root, std::vector<std::string>& out) {
  if (!root && fs::exists(inFolder(folder, "workspace.chasi"))) return;
  auto names = chasiFiles(folder);
  if (!names) return llvm::consumeError(names.takeError()); // what cannot be listed cannot be imported either
  if (!names->empty()) out.push_back(folder);
  std::error_code code;
  std::vector<std::string> below;
  for (fs::directory_iterator it(folder, code, false), end; it != end && !code; it.increment(code)) {
    const llvm::StringRef name = path::filename(it->path());
    if (!name.starts_with(".") && name != "env" && name != "vendor" && it->type() == fs::file_type::directory_file) below.push_back(it->path());
  }
  std::sort(below.begin(), below.end());
  for (const std::string& each : below) addModules(each, false, out);
}

} // namespace

llvm::Expected<std::string> findRoot(const std::string& given) {
  fs::file_status status;
  auto absolute = absolutePath(given.empty() ? "." : given, status);
  if (!absolute) return absolute.takeError();
  return rootOf(fs::is_directory(status) ? *absolute : path::parent_path(*absolute).str());
}

std::vector<std::string> moduleFolders(const std::string& root) {
  std::vector<std::string> out;
  addModules(root, true, out);
  return out;
}

std::vector<std::string> workspacesIn(const std::string& folder) {
  const auto isRoot = [](llvm::StringRef at) { return fs::exists(inFolder(at, "workspace.chasi")); };
  for (llvm::StringRef at = folder; !at.empty(); at = path::parent_path(at))
    if (isRoot(at)) return {at.str()};
  std::vector<std::string> out;
  std::error_code code;
  for (fs::recursive_directory_iterator it(folder, code, false), end; it != end && !code; it.increment(code)) {
    if (it->type() != fs::file_type::directory_file) continue;
    const llvm::StringRef name = path::filename(it->path());
    const bool root = isRoot(it->path());
    if (root) out.push_back(it->path());
    if (root || name.starts_with(".") || name == "vendor" || name == "node_modules" || name == "build") it.no_push();
  }
  std::sort(out.begin(), out.end());
  return out;
}

std::string relativePath(llvm::StringRef from, llvm::StringRef to) {
  llvm::SmallString<256> out;
  while (to != from && !(to.starts_with(from) && (from == "/" || to.drop_front(from.size()).starts_with("/")))) {
    from = path::parent_path(from);
    path::append(out, "..");
  }
  path::append(out, to.drop_front(from.size()).ltrim('/'));
  return out.empty() ? "." : out.str().str();
}

llvm::Expected<Workspace> findWorkspace(const std::string& given) {
  const std::string shown = given.empty() ? "." : given;
  fs::file_status status;
  auto absolute = absolutePath(shown, status);
  if (!absolute) return absolute.takeError();

  Workspace out;
  out.place = *absolute;
  if (fs::is_directory(status)) {
    out.folder = *absolute;
    out.name = path::filename(out.folder).str();
    auto names = chasiFiles(out.folder);
    if (!names) return names.takeError();
    if (names->empty()) return noFiles(shown, out.folder);
    llvm::StringRef prefix = shown;
    while (prefix.starts_with("./")) prefix = prefix.drop_front(2).ltrim('/');
    for (const std::string& name : *names) out.files.push_back(inFolder(prefix, name));
  } else {
    if (path::extension(*absolute) != ".chasi")
      return workspaceError(Code::NothingToRead, fmt::format("{} is no .chasi file", shown), "PATH is a folder with .chasi files, or one such file");
    out.folder = path::parent_path(*absolute).str();
    out.name = path::stem(*absolute).str();
    out.files.push_back(shown);
  }
  if (out.name.empty() || out.name == "/") out.name = "root";
  out.root = rootOf(out.folder);
  out.environments = findEnvironments(out.folder, out.root);
  return out;
}

llvm::Expected<Workspace> findWorkspaceOf(const std::string& file) {
  const llvm::StringRef folder = path::parent_path(file);
  if (path::filename(folder) != "env") return findWorkspace(folder.str());
  for (const std::string& module : moduleFolders(path::parent_path(folder).str())) {
    auto found = findWorkspace(module);
    if (!found) llvm::consumeError(found.takeError()); // what cannot be read uses no environment
    else if (llvm::any_of(found->environments, [&](const auto& e) { return e.second == file; })) return found;
  }
  return findWorkspace(folder.str());
}

llvm::Expected<std::string> environmentFile(const Workspace& workspace, const std::string& name) {
  if (const auto it = workspace.environments.find(name); it != workspace.environments.end()) return it->second;
  std::vector<std::string> names;
  for (const auto& [known, file] : workspace.environments) names.push_back(known);
  const std::string near = source::nearest(name, names);
  return workspaceError(Code::UnknownEnvironment, fmt::format("there is no environment `{}`", name),
                        !near.empty()    ? fmt::format("did you mean `{}`?", near)
                        : names.empty()  ? fmt::format("environments are files: env/{}.chasi beside the module", name)
                                         : fmt::format("there are {}", fmt::join(names, ", ")));
}

} // namespace chasi::package
