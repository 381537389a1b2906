#include "compiler/driver/run.h"
#include "compiler/driver/spec.h"
#include "compiler/lsp/check.h"
#include "compiler/lsp/server.h"
#include "compiler/package/lock.h"

#include <llvm/Support/FileSystem.h>
#include <llvm/Support/Path.h>

#include <iostream>

namespace chasi::driver {

/// A lock that cannot be read has none here: compiling tells.
static std::vector<lsp::PinnedImage> pinnedImages(const std::string& root) {
  std::vector<lsp::PinnedImage> out;
  auto lock = package::readLock(root);
  if (!lock) return llvm::consumeError(lock.takeError()), out;
  for (const package::LockedImage& image : lock->images) out.push_back({image.name, image.digest});
  return out;
}

/// The user's, by the XDG Base Directory Specification, which wants paths that are not absolute to be ignored.
static std::string userCache() {
  llvm::SmallString<256> path;
  if (const char* given = std::getenv("XDG_CACHE_HOME"); given && llvm::sys::path::is_absolute(given)) path = given;
  else if (llvm::sys::path::home_directory(path)) llvm::sys::path::append(path, ".cache");
  else return "";
  llvm::sys::path::append(path, "chasi");
  return path.str().str();
}

static lsp::Host editorHost() {
  lsp::Host host;
  host.inputFor = inputFor;
  host.modulesOf = package::moduleFolders;
  host.workspacesIn = package::workspacesIn;
  host.readParameters = parametersIn;
  host.pinnedImages = pinnedImages;
  host.cacheFolder = userCache();
  return host;
}

int runLsp(const Invocation& invocation) {
  if (invocation.has("--check")) {
    constexpr double kMost = 1000; // milliseconds; twenty times what an editor should wait for
    llvm::SmallString<256> path(invocation.get("--check"));
    if (const std::error_code code = llvm::sys::fs::make_absolute(path)) {
      llvm::errs() << "error: " << code.message() << '\n';
      return kWrong;
    }
    llvm::sys::path::remove_dots(path, true);
    return lsp::checkFeatures(path.str().str(), editorHost(), kMost, llvm::outs()) ? kDone : kWrong;
  }
  std::ios::sync_with_stdio(false);
  return lsp::serve(std::cin, std::cout, editorHost()) == 0 ? kDone : kWrong;
}

} // namespace chasi::driver
