// Archives as sources of builds: unpacked once, into the layout that keeps what was fetched.
#include "runtime/image/cache.h"
#include "runtime/image/layout_writer.h"
#include "runtime/image/oci_archive.h"
#include "runtime/image/sources.h"

#include <sys/stat.h>

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

namespace chasi::image {

namespace {

// On what an archive left in a layout that keeps it: how the file looked, and the name there.
constexpr const char* kStamp = "dev.chasi.archive.stamp";
constexpr const char* kName = "dev.chasi.archive.name";

/// Empty for a file that was changed so lately that it may change again and look the same.
llvm::Expected<std::string> stampOf(const std::string& file) {
  LayerEntry entry;
  entry.kind = LayerEntry::Kind::File;
  struct stat info {};
  if (::stat(file.c_str(), &info) != 0) return fault(FaultCode::BadInput, fmt::format("{} cannot be read: {}", file, std::strerror(errno)), "see whether the path is right; it is taken from the root of the workspace");
  entry.stamp = image::stampOf(info);
  return stampsSettled({entry}, nowNanoseconds()) ? layerKey({entry}, {}) : std::string();
}

std::optional<Descriptor> kept(const std::string& layout, const std::string& slot, const std::string& stamp) {
  if (stamp.empty() || !exists(layout + "/oci-layout")) return std::nullopt;
  auto found = findReference(layout, slot);
  if (!found || !found->annotations.contains(kStamp) || found->annotations[kStamp] != stamp) return llvm::consumeError(found.takeError()), std::nullopt;
  auto all = reachable(layout, *found);
  const bool whole = all && llvm::all_of(*all, [&](const Descriptor& d) { return hasBlob(layout, d); });
  if (!all) llvm::consumeError(all.takeError());
  return whole ? std::optional(std::move(*found)) : std::nullopt;
}

} // namespace

llvm::Expected<std::pair<std::string, Descriptor>> keepArchive(const std::string& file, const std::string& layout, const std::string& name, std::chrono::milliseconds patience) {
  auto stamp = stampOf(file);
  if (!stamp) return stamp.takeError();
  const std::string slot = "archive-" + sha256(std::filesystem::absolute(file).string() + "\n" + name).hex().take_front(16).str();
  std::optional<Descriptor> image = kept(layout, slot, *stamp);
  if (!image) {
    auto lock = LayoutLock::take(layout, patience);
    if (!lock) return lock.takeError();
    auto found = loadOne(file, *lock, name);
    if (!found) return found.takeError();
    image = std::move(*found);
    image->annotations[kName] = name.empty() ? std::exchange(image->annotations[annotation::refName], "") : name;
    image->annotations[kStamp] = *stamp;
    if (auto set = setReference(*lock, slot, *image); !set) return set.takeError();
  }
  std::string own = image->annotations[kName];
  image->annotations.clear();
  return std::pair(std::move(own), std::move(*image));
}

} // namespace chasi::image
