// Applies layer blobs to a tree.
#include "runtime/image/layer_entries.h"
#include "runtime/image/tree.h"

#include <fmt/format.h>

#include <set>

namespace chasi::image {

namespace {

constexpr uint64_t maxEntries = 10'000'000;
constexpr size_t maxPath = 64 * 1024;

/// One layer over the tree so far.
class LayerReader {
public:
  LayerReader(ImageTree& tree, std::string path, bool contents, TreeSink* sink) : tree_(tree), path_(std::move(path)), contents_(contents), sink_(sink) {}

  llvm::Error read() {
    return readEntries(path_, maxEntries, [this](archive* a, archive_entry* entry) { return apply(a, entry); });
  }

private:
  llvm::Error apply(archive* a, archive_entry* entry) {
    const std::string raw = nameOf(entry);
    if (raw.size() > maxPath) return damagedLayer(path_, "an entry with a name of more than 64 KiB");
    auto path = cleanPath(raw);
    if (!path) return damagedLayer(path_, llvm::toString(path.takeError()));
    if (path->empty()) return llvm::Error::success();
    const auto [folder, name] = llvm::StringRef(*path).contains('/') ? llvm::StringRef(*path).rsplit('/')
                                                                      : std::pair<llvm::StringRef, llvm::StringRef>("", *path);
    if (name == ".wh..wh..opq") return hideBelow(folder.str());
    if (name.starts_with(".wh..wh.")) return llvm::Error::success(); // AUFS metadata
    if (name.starts_with(".wh.")) return hide((folder.empty() ? "" : folder.str() + "/") + name.substr(4).str());
    return addNode(a, entry, *path);
  }

  llvm::Error addNode(archive* a, archive_entry* entry, const std::string& path) {
    TreeNode node;
    std::string original;
    node.mode = static_cast<uint32_t>(libarchive().entry_perm(entry)) & 07777;
    if (const std::optional<std::string> hardlink = hardLinkOf(entry)) {
      auto target = cleanPath(*hardlink);
      if (!target) return damagedLayer(path_, llvm::toString(target.takeError()));
      const TreeNode* there = tree_.find(*target);
      if (!there || target->empty()) return damagedLayer(path_, fmt::format("/{} is a hard link to /{}, which is not there", path, *target));
      node = *there;
      original = std::move(*target);
    } else if (libarchive().entry_filetype(entry) == AE_IFDIR) {
      node.kind = TreeNode::Kind::Folder;
    } else if (libarchive().entry_filetype(entry) == AE_IFLNK) {
      node.kind = TreeNode::Kind::Symlink;
      const char* link = libarchive().entry_symlink(entry);
      if (!link) link = libarchive().entry_symlink_utf8(entry);
      node.link = link ? link : "";
    } else if (libarchive().entry_filetype(entry) == AE_IFREG) {
      node.kind = TreeNode::Kind::Regular;
      node.size = static_cast<uint64_t>(std::max<la_int64_t>(libarchive().entry_size(entry), 0));
      if (contents_) {
        Hasher hasher;
        if (llvm::Error e = contentOf(a, path_, [&](llvm::StringRef bytes) { return hasher.update(bytes), llvm::Error::success(); })) return e;
        node.content = hasher.finish();
      }
    } else {
      node.kind = TreeNode::Kind::Other;
    }
    // Layers may leave parents out; they exist all the same.
    for (size_t slash = path.find('/'); slash != std::string::npos; slash = path.find('/', slash + 1)) {
      const std::string parent = path.substr(0, slash);
      if (!tree_.find(parent)) {
        tree_.set(parent, {});
        if (llvm::Error e = sink_ ? sink_->add(tree_, parent, {}) : llvm::Error::success()) return e;
      }
      own_.insert(parent);
    }
    const TreeNode added = node;
    tree_.set(path, std::move(node));
    own_.insert(path);
    if (!sink_) return llvm::Error::success();
    return original.empty() ? sink_->add(tree_, path, added, [&](const Sink& out) { return contentOf(a, path_, out); }) : sink_->link(tree_, path, original);
  }

  /// A whiteout hides what lower layers brought, never what its own layer brings.
  llvm::Error hide(const std::string& path) {
    if (llvm::Error e = hideBelow(path)) return e;
    return own_.contains(path) || !tree_.find(path) ? llvm::Error::success() : gone(path);
  }
  llvm::Error hideBelow(const std::string& folder) {
    const std::string prefix = folder.empty() ? "" : folder + "/";
    std::vector<std::string> hidden;
    for (auto it = tree_.nodes.lower_bound(prefix); it != tree_.nodes.end() && it->first.starts_with(prefix); ++it)
      if (!own_.contains(it->first)) hidden.push_back(it->first);
    for (const std::string& path : llvm::reverse(hidden)) // what is in a folder before the folder
      if (llvm::Error e = gone(path)) return e;
    return llvm::Error::success();
  }
  llvm::Error gone(const std::string& path) {
    llvm::Error e = sink_ ? sink_->remove(tree_, path) : llvm::Error::success();
    tree_.nodes.erase(path);
    return e;
  }

  ImageTree& tree_;
  std::string path_;
  bool contents_;
  TreeSink* sink_;
  std::set<std::string> own_;
};

} // namespace

llvm::Expected<ImageTree> readTree(const std::string& layout, const std::vector<Descriptor>& layers, bool contents, TreeSink* sink) {
  ImageTree tree;
  for (const Descriptor& layer : layers)
    if (llvm::Error e = LayerReader(tree, blobPath(layout, layer.digest), contents, sink).read()) return e;
  return tree;
}

} // namespace chasi::image
