// The language server's main loop.
#pragma once

#include "compiler/lower/compile.h"

#include <functional>
#include <istream>
#include <ostream>
#include <set>
#include <string>

namespace chasi::lsp {

struct PinnedImage {
  std::string name, digest;
};

/// Objects of Kubernetes as a declaration has them.
struct RawObjects {
  std::vector<std::string> objects; ///< as JSON, with their namespaces
  std::string cluster;              ///< the name of the one that they go to
  std::string name;                 ///< of the declaration, for what is left
  std::set<std::string> taken;      ///< names that others have in the module
  bool typed = false;               ///< the module names the schemas of std.k8s `k8s`
};

/// What the server must be told about the world. Given by the driver; what is null is not offered.
struct Host {
  /// The compile input for the module that a file belongs to.
  std::function<llvm::Expected<lower::CompileInput>(const std::string& file)> inputFor;
  /// The modules of a workspace, by its root: for each a path that `inputFor` takes.
  std::function<std::vector<std::string>(const std::string& root)> modulesOf = [](const std::string&) { return std::vector<std::string>(); };
  /// Roots of the workspaces in a folder that an editor has open.
  std::function<std::vector<std::string>(const std::string& folder)> workspacesIn = [](const std::string&) { return std::vector<std::string>(); };
  /// The values in a parameters file, as `chasic --params FILE` reads them.
  std::function<llvm::Expected<std::map<std::string, sema::ParamValue>>(const std::string& file)> readParameters = nullptr;
  /// The images that the lock of a workspace has, by their names with tags; empty when it has none, or cannot be read, which compiling reports.
  std::function<std::vector<PinnedImage>(const std::string& root)> pinnedImages = nullptr;
  /// The declarations that say raw objects as systems with components, and what is left of the objects as it is; or why there are none.
  std::function<llvm::Expected<std::string>(const RawObjects& raw)> componentsOf = nullptr;
  /// Where files may lie that can be forgotten; empty: nowhere.
  std::string cacheFolder = "";
};

/// Serves one client until it says exit or its input ends. Returns the exit status of the protocol: 0 after an orderly
/// shutdown, else 1; where the input cannot be read as messages any more it says why in a line to `log`. Requests are answered in order, on the caller's thread; another one reads. Of the modules that were edited last
/// it keeps what it found out (lower/revisions.h), and tidies up once an answer is on its way.
int serve(std::istream& in, std::ostream& out, const Host& host, std::ostream& log);

} // namespace chasi::lsp
