#include "compiler/driver/editor_host.h"

#include "compiler/driver/import_trial.h"
#include "compiler/driver/spec.h"
#include "compiler/package/lock.h"

#include <llvm/Support/Path.h>

#include <cstdlib>

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

/// As `chasic import` finds them; whether the module makes the same then, the server asks.
static llvm::Expected<std::string> componentsOf(const lsp::RawObjects& raw) {
  import::ObjectsInput input;
  input.cluster = raw.cluster;
  input.namespaced = isNamespaced;
  if (raw.typed) input.schema = schemaInLibrary;
  input.taken = raw.taken;
  input.group = raw.name;
  std::vector<nlohmann::ordered_json> objects;
  for (const std::string& object : raw.objects) objects.push_back(nlohmann::ordered_json::parse(object));
  const import::ObjectsModule module = import::objectsModule(objects, input);
  if (!module.wrong.empty()) return llvm::createStringError(module.wrong);
  input.components = fittingComponents(module.objects, input);
  if (input.components.empty()) return llvm::createStringError("none of its workloads can be said as a component without writing most of it as patches");
  return import::objectsModule(objects, input).declarations;
}

lsp::Host editorHost() {
  lsp::Host host;
  host.inputFor = inputFor;
  host.modulesOf = package::moduleFolders;
  host.workspacesIn = package::workspacesIn;
  host.readParameters = parametersIn;
  host.pinnedImages = pinnedImages;
  host.componentsOf = componentsOf;
  host.cacheFolder = userCache();
  return host;
}

} // namespace chasi::driver
