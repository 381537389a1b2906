#include "runtime/image/unpack.h"

#include "runtime/image/base.h"
#include "runtime/image/file_io.h"

#include <fmt/format.h>
#include <llvm/ADT/ScopeExit.h>
#include <nlohmann/json.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <cstring>

namespace chasi::image {

namespace {

namespace fs = std::filesystem;

llvm::Error cannot(const std::string& what, const std::string& path, const std::string& why) {
  return fault(FaultCode::Storage, fmt::format("{} cannot be {}: {}", path, what, why), "see whether the disk is full, and whether the folder may be written");
}

/// Whether the blob is what its name says; a layer is not taken apart before.
llvm::Error checkBlob(const std::string& layout, const Descriptor& blob) {
  const std::string path = blobPath(layout, blob.digest);
  auto file = openForReading(path, FaultCode::BadLayout);
  if (!file) return file.takeError();
  Hasher hasher(blob.digest.algorithm());
  if (llvm::Error e = readPieces(*file, path, FaultCode::BadLayout, [&](llvm::StringRef bytes) { return hasher.update(bytes), llvm::Error::success(); })) return e;
  if (hasher.finish() == blob.digest) return llvm::Error::success();
  return fault(FaultCode::BadLayout, path + ": the content does not have the digest of its name", "`chasic image verify` finds all that is damaged");
}

/// Writes each file where a process in the container would see it.
class Unpacker : public TreeSink {
public:
  explicit Unpacker(std::string root) : root_(std::move(root)) {}

  llvm::Error add(const ImageTree&, const std::string& path, const TreeNode& node, llvm::function_ref<llvm::Error(const Sink&)> content) override {
    auto place = prepare(path, node.kind == TreeNode::Kind::Folder);
    if (!place) return place.takeError();
    switch (node.kind) {
    case TreeNode::Kind::Folder: return folder(*place, node.mode);
    case TreeNode::Kind::Regular: return file(*place, node.mode, content);
    case TreeNode::Kind::Symlink: return ::symlink(node.link.c_str(), place->c_str()) == 0 ? llvm::Error::success() : cannot("made", *place, std::strerror(errno));
    case TreeNode::Kind::Other: break;
    }
    return fault(FaultCode::BadLayout, fmt::format("/{} is a device, a pipe or a socket", path), "an image with such files is unpacked by a tool that runs as root");
  }

  llvm::Error link(const ImageTree& tree, const std::string& path, const std::string& original) override {
    const TreeNode* node = tree.find(original);
    auto from = placeOf(original);
    if (!from) return from.takeError();
    if (!node || node->kind != TreeNode::Kind::Regular) return add(tree, path, node ? *node : TreeNode{}, nullptr);
    if (path == original) return llvm::Error::success();
    auto opened = openForReading(*from, FaultCode::BadLayout);
    if (!opened) return opened.takeError();
    auto place = prepare(path, false);
    if (!place) return place.takeError();
    return file(*place, node->mode, [&](const Sink& out) { return readPieces(*opened, *from, FaultCode::Storage, out); });
  }

  llvm::Error remove(const ImageTree&, const std::string& path) override {
    auto place = placeOf(path);
    if (!place) return place.takeError();
    std::error_code code;
    fs::remove(*place, code); // a folder that holds what its own layer brought stays
    return llvm::Error::success();
  }

  /// Last of all: a folder that nobody may write into would take no files.
  llvm::Error finish() {
    for (const auto& [place, mode] : modes_)
      if (fs::is_directory(fs::symlink_status(place)) && ::chmod(place.c_str(), mode) != 0) return cannot("given its permissions", place, std::strerror(errno));
    return llvm::Error::success();
  }

private:
  std::string root_;
  std::map<std::string, uint32_t, std::greater<>> modes_; ///< of folders; what is in one before the one

  /// Where a process in the container would see it: links on the way are followed, never out of the image. What counts is what is on the
  /// disk: layers may reach one folder by several names.
  llvm::Expected<std::string> placeOf(const std::string& path) const {
    const auto [parent, name] = llvm::StringRef(path).contains('/') ? llvm::StringRef(path).rsplit('/') : std::pair<llvm::StringRef, llvm::StringRef>("", path);
    const auto place = resolveLinks(parent.str(), [&](const std::string& at) -> std::optional<std::string> {
      std::error_code code;
      const std::string here = root_ + "/" + at;
      return fs::is_symlink(fs::symlink_status(here, code)) ? std::optional(fs::read_symlink(here, code).string()) : std::nullopt;
    });
    if (!place) return fault(FaultCode::BadLayout, fmt::format("/{} leads through more than {} symbolic links", path, maxLinks));
    return fmt::format("{}/{}{}{}", root_, *place, place->empty() ? "" : "/", name.str());
  }

  /// The place with its parents there and itself free, but for a folder that becomes one again.
  llvm::Expected<std::string> prepare(const std::string& path, bool isFolder) {
    auto place = placeOf(path);
    if (!place) return place;
    std::error_code code;
    fs::create_directories(fs::path(*place).parent_path(), code);
    if (code) return cannot("made", fs::path(*place).parent_path().string(), code.message());
    const fs::file_status there = fs::symlink_status(*place, code);
    if (fs::exists(there) && !(isFolder && fs::is_directory(there))) fs::remove_all(*place, code);
    return place;
  }

  llvm::Error folder(const std::string& place, uint32_t mode) {
    if (::mkdir(place.c_str(), 0700) != 0 && errno != EEXIST) return cannot("made", place, std::strerror(errno));
    modes_[place] = mode & 0777;
    return llvm::Error::success();
  }

  llvm::Error file(const std::string& place, uint32_t mode, llvm::function_ref<llvm::Error(const Sink&)> content) {
    const File made(::open(place.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!made) return cannot("written", place, std::strerror(errno));
      if (llvm::Error error = content ? content([&](llvm::StringRef bytes) { return writeAll(made, bytes, place); }) : llvm::Error::success()) return error;
    return ::fchmod(made.fd(), mode & 0777) == 0 ? llvm::Error::success() : cannot("given its permissions", place, std::strerror(errno));
  }
};

} // namespace

llvm::Expected<Unpacked> unpack(const std::string& layout, const std::string& name, const Platform& platform, const std::string& folder) {
  std::error_code code;
  const std::string whole = fs::absolute(folder).lexically_normal().string();
  if (fs::exists(fs::symlink_status(whole, code)) && !(fs::is_directory(whole, code) && fs::is_empty(whole, code)))
    return fault(FaultCode::Storage, folder + " is there already and not empty", "name a folder that does not exist yet");
  auto image = loadBase(layout, name, platform);
  if (!image) return image.takeError();
  for (const Descriptor& layer : image->layers)
    if (llvm::Error e = checkBlob(layout, layer)) return e;
  std::string partial = (whole.ends_with('/') ? whole.substr(0, whole.size() - 1) : whole) + ".partial-XXXXXX";
  if (llvm::Error e = makeFolders(fs::path(partial).parent_path().string())) return e;
  if (!::mkdtemp(partial.data())) return cannot("made", partial, std::strerror(errno));
  auto clean = llvm::make_scope_exit([&] {
    std::error_code ignored;
    for (auto it = fs::recursive_directory_iterator(partial, ignored); it != fs::recursive_directory_iterator(); it.increment(ignored))
      if (it->is_directory(ignored) && !it->is_symlink(ignored)) ::chmod(it->path().c_str(), 0700);
    fs::remove_all(partial, ignored);
  });
  Unpacker unpacker(partial);
  auto tree = readTree(layout, image->layers, false, &unpacker);
  if (!tree) return tree.takeError();
  if (llvm::Error e = unpacker.finish()) return e;
  ::chmod(partial.c_str(), 0755);
  if (::rename(partial.c_str(), whole.c_str()) != 0) return cannot("named " + whole, partial, std::strerror(errno));
  clean.release();
  Unpacked out{image->manifest, 0, 0};
  for (const auto& [path, node] : tree->nodes) {
    if (node.kind != TreeNode::Kind::Regular) continue;
    ++out.files;
    out.bytes += node.size;
  }
  return out;
}

} // namespace chasi::image
