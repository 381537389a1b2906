// Finds what a PATH of the command line means: the files of a module, its environments, and the workspace around it.
#pragma once

#include "compiler/package/workspace_error.h"

#include <map>
#include <string>
#include <vector>

namespace chasi::package {

/// Paths are absolute unless said otherwise; symbolic links are kept as they were given.
struct Workspace {
  std::string root;   ///< imports do not leave it, and `.chasi/` lies here
  std::string folder; ///< of the module
  std::string place;  ///< what PATH means: that folder, or the single file
  std::string name;   ///< names the inventory: the module's folder, or the file without its ending
  std::vector<std::string> files;                  ///< of the module, by name; written as the user wrote PATH, so that messages are
  std::map<std::string, std::string> environments; ///< name to file: `env/NAME.chasi` beside the module or above it
};

/// PATH is a folder (one module: its *.chasi, neither those of folders below nor `workspace.chasi`) or a single file.
/// The root is the nearest folder upward with `workspace.chasi`, `.git` or `.chasi`, or else the module's folder.
/// Fails with CH8001 when there is nothing, CH8002 when there is nothing to read in it.
llvm::Expected<Workspace> findWorkspace(const std::string& path);

/// The workspace of the module that a file belongs to, all with full paths: the module of its folder; of an environment file
/// the module beside `env`, or where there is none the first below that uses it.
llvm::Expected<Workspace> findWorkspaceOf(const std::string& file);

/// The root of the workspace that PATH, a folder or a file, belongs to; whether there is anything to read in it or not.
llvm::Expected<std::string> findRoot(const std::string& path);

/// Folders with .chasi files below the root: all modules of the workspace. Left out are `env`, `vendor`, folders whose
/// names begin with a dot, and workspaces inside this one. The root comes first, the rest by path.
std::vector<std::string> moduleFolders(const std::string& root);

/// Roots of workspaces with a `workspace.chasi`: the one that a folder is in, or else those below it. Nobody looks into folders of
/// packages (`vendor`, `node_modules`), of what is built (`build`), and those whose names begin with a dot.
std::vector<std::string> workspacesIn(const std::string& folder);

/// How to get from one folder to a file or folder; both absolute and without dots. "." when they are the same.
std::string relativePath(llvm::StringRef from, llvm::StringRef to);

/// The file of an environment; CH8003 with what there is.
llvm::Expected<std::string> environmentFile(const Workspace& workspace, const std::string& name);

} // namespace chasi::package
