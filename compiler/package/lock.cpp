#include "compiler/package/lock.h"

#include "compiler/package/manifest.h"

#include <llvm/Support/FileSystem.h>
#include <llvm/Support/MemoryBuffer.h>
#include <llvm/Support/Path.h>
#include <nlohmann/json.hpp>

namespace chasi::package {

namespace {

using Json = nlohmann::ordered_json;

/// Raised when a later version of the program writes what this one would misread.
constexpr int kFormat = 1;

std::string textAt(const Json& object, const char* key) {
  const auto at = object.find(key);
  return at != object.end() && at->is_string() ? at->get<std::string>() : "";
}

bool isHex(llvm::StringRef text) {
  return llvm::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}
bool isDigest(llvm::StringRef text) { return text.consume_front("sha256:") && text.size() == 64 && isHex(text); }
bool isImageDigest(llvm::StringRef text) { return isDigest(text) || (text.consume_front("sha512:") && text.size() == 128 && isHex(text)); }

std::string readImage(const Json& entry, LockedImage& out) {
  if (!entry.is_object()) return "an image is an object";
  out.name = textAt(entry, "name");
  out.digest = textAt(entry, "digest");
  if (out.name.empty()) return "an image has no name";
  return isImageDigest(out.digest) ? "" : fmt::format("{} has no digest of the form sha256:…", out.name);
}

/// The entry, or what is wrong with it.
std::string readEntry(const Json& entry, Locked& out) {
  if (!entry.is_object()) return "a package is an object";
  out.name = textAt(entry, "name");
  if (!isPackageName(out.name)) return fmt::format("\"{}\" is no name of a package", out.name);
  const auto version = Version::parse(textAt(entry, "version"));
  if (!version) return fmt::format("{} has no version", out.name);
  out.version = *version;
  out.digest = textAt(entry, "digest");
  if (!isDigest(out.digest)) return fmt::format("{} has no digest of the form sha256:…", out.name);
  out.from = textAt(entry, "from");
  const auto needs = entry.find("needs");
  if (needs == entry.end()) return "";
  if (!needs->is_object()) return fmt::format("what {} needs is no object", out.name);
  for (const auto& [name, least] : needs->items()) {
    if (!isPackageName(name) || !least.is_string() || !Requirement::parse(least.get<std::string>())) return fmt::format("{} needs \"{}\", which is no package with a version", out.name, name);
    out.needs[name] = least.get<std::string>();
  }
  return "";
}

} // namespace

const Locked* Lock::find(llvm::StringRef name) const {
  for (const Locked& p : packages)
    if (p.name == name) return &p;
  return nullptr;
}

const LockedImage* Lock::findImage(llvm::StringRef name) const {
  for (const LockedImage& i : images)
    if (i.name == name) return &i;
  return nullptr;
}

llvm::Expected<Lock> parseLock(llvm::StringRef text, const std::string& name) {
  const auto bad = [&](const std::string& why) {
    return workspaceError(source::Code::BadLock, fmt::format("{} cannot be used: {}", name, why), "take it from version control again, or delete it and run `chasic mod vendor` and `chasic image pin`");
  };
  const Json file = Json::parse(text.begin(), text.end(), nullptr, false);
  if (file.is_discarded()) return bad(text.contains("<<<<<<<") ? "it holds a merge conflict" : "it is no JSON");
  if (!file.is_object() || !file.contains("lock") || !file["lock"].is_number_integer()) return bad("it does not say its format");
  if (file["lock"].get<int64_t>() != kFormat) return bad(fmt::format("it has format {}, and this version of chasic reads format {}", file["lock"].get<int64_t>(), kFormat));
  if (!file.contains("packages") || !file["packages"].is_array()) return bad("it has no list of packages");
  Lock out;
  for (const Json& entry : file["packages"]) {
    Locked locked;
    if (const std::string why = readEntry(entry, locked); !why.empty()) return bad(why);
    if (out.find(locked.name)) return bad(fmt::format("it has {} twice", locked.name));
    out.packages.push_back(std::move(locked));
  }
  llvm::sort(out.packages, [](const Locked& a, const Locked& b) { return a.name < b.name; });
  if (!file.contains("images")) return out;
  if (!file["images"].is_array()) return bad("its images are no list");
  for (const Json& entry : file["images"]) {
    LockedImage image;
    if (const std::string why = readImage(entry, image); !why.empty()) return bad(why);
    if (out.findImage(image.name)) return bad(fmt::format("it has {} twice", image.name));
    out.images.push_back(std::move(image));
  }
  llvm::sort(out.images, [](const LockedImage& a, const LockedImage& b) { return a.name < b.name; });
  return out;
}

llvm::Expected<Lock> readLock(const std::string& root) {
  llvm::SmallString<256> path(root);
  llvm::sys::path::append(path, kLockFile);
  if (!llvm::sys::fs::exists(path)) return Lock{};
  auto buffer = llvm::MemoryBuffer::getFile(path, true, false);
  if (!buffer) return workspaceError(source::Code::BadLock, fmt::format("{} cannot be read: {}", kLockFile, buffer.getError().message()));
  return parseLock((*buffer)->getBuffer(), kLockFile);
}

std::string writeLock(const Lock& lock) {
  std::vector<Locked> sorted = lock.packages;
  llvm::sort(sorted, [](const Locked& a, const Locked& b) { return a.name < b.name; });
  Json list = Json::array();
  for (const Locked& p : sorted) {
    Json entry = {{"name", p.name}, {"version", p.version.str()}, {"digest", p.digest}};
    if (!p.from.empty()) entry["from"] = p.from;
    if (!p.needs.empty()) entry["needs"] = p.needs;
    list.push_back(std::move(entry));
  }
  Json file = {{"lock", kFormat}, {"packages", std::move(list)}};
  std::vector<LockedImage> images = lock.images;
  llvm::sort(images, [](const LockedImage& a, const LockedImage& b) { return a.name < b.name; });
  for (const LockedImage& i : images) file["images"].push_back({{"name", i.name}, {"digest", i.digest}});
  return file.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

} // namespace chasi::package
