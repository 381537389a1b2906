// Reads layer blobs through libarchive. Nothing is ever unpacked to disk.
#include "runtime/image/archive_library.h"
#include "runtime/image/fault.h"
#include "runtime/image/tree.h"

#include <clocale>

#include <fmt/format.h>

#include <set>

namespace chasi::image {

namespace {

/// libarchive turns names in pax headers into the locale's characters and mangles them in "C"; C.UTF-8 keeps them.
/// Only this thread is affected.
class Utf8Names {
public:
  Utf8Names() : locale_(::newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr)) {
    if (locale_) before_ = ::uselocale(locale_);
  }
  ~Utf8Names() {
    if (!locale_) return;
    ::uselocale(before_);
    ::freelocale(locale_);
  }
  Utf8Names(const Utf8Names&) = delete;
  Utf8Names& operator=(const Utf8Names&) = delete;

private:
  locale_t locale_;
  locale_t before_ = nullptr;
};

constexpr uint64_t maxEntries = 10'000'000;
constexpr size_t maxPath = 64 * 1024;

llvm::Error damagedLayer(const std::string& path, const std::string& what) {
  return fault(FaultCode::BadLayout, path + ": " + what);
}

std::string orEmpty(const char* text) { return text ? text : ""; }

/// The name as bytes, whichever way the archive spelled it.
std::string pathOf(archive_entry* entry) {
  const char* path = libarchive().entry_pathname(entry);
  return orEmpty(path ? path : libarchive().entry_pathname_utf8(entry));
}

llvm::Expected<Digest> hashContent(archive* a, const std::string& path) {
  Hasher hasher;
  const void* data = nullptr;
  size_t size = 0;
  la_int64_t offset = 0;
  la_int64_t position = 0;
  static const std::array<char, 65536> zeros{};
  for (;;) {
    const int status = libarchive().read_data_block(a, &data, &size, &offset);
    if (status == ARCHIVE_EOF) return hasher.finish();
    if (status < ARCHIVE_WARN) return damagedLayer(path, orEmpty(libarchive().error_string(a)));
    while (position < offset) { // holes of sparse entries
      const auto gap = std::min<la_int64_t>(offset - position, static_cast<la_int64_t>(zeros.size()));
      hasher.update(zeros.data(), static_cast<size_t>(gap));
      position += gap;
    }
    hasher.update(data, size);
    position += static_cast<la_int64_t>(size);
  }
}

/// One layer over the tree so far.
class LayerReader {
public:
  LayerReader(ImageTree& tree, std::string path, bool contents) : tree_(tree), path_(std::move(path)), contents_(contents) {}

  llvm::Error read() {
    if (!libarchive().why.empty()) return damagedLayer(path_, libarchive().why);
    ArchiveReading a(libarchive().read_new());
    libarchive().read_support_filter_gzip(a.get());
    libarchive().read_support_filter_zstd(a.get());
    libarchive().read_support_format_tar(a.get());
    libarchive().read_support_format_empty(a.get());
    if (libarchive().read_open_filename(a.get(), path_.c_str(), 256 * 1024) != ARCHIVE_OK)
      return damagedLayer(path_, orEmpty(libarchive().error_string(a.get())));
    archive_entry* entry = nullptr;
    for (uint64_t count = 0;; ++count) {
      const int status = libarchive().read_next_header(a.get(), &entry);
      if (status == ARCHIVE_EOF) return llvm::Error::success();
      if (status < ARCHIVE_WARN) return damagedLayer(path_, orEmpty(libarchive().error_string(a.get())));
      if (count >= maxEntries) return damagedLayer(path_, fmt::format("more than {} entries", maxEntries));
      if (llvm::Error e = apply(a.get(), entry)) return e;
    }
  }

private:
  llvm::Error apply(archive* a, archive_entry* entry) {
    const std::string raw = pathOf(entry);
    if (raw.size() > maxPath) return damagedLayer(path_, "an entry with a name of more than 64 KiB");
    auto path = cleanPath(raw);
    if (!path) return damagedLayer(path_, llvm::toString(path.takeError()));
    if (path->empty()) return llvm::Error::success();
    const auto [folder, name] = llvm::StringRef(*path).contains('/') ? llvm::StringRef(*path).rsplit('/')
                                                                      : std::pair<llvm::StringRef, llvm::StringRef>("", *path);
    if (name == ".wh..wh..opq") return hideBelow(folder.str()), llvm::Error::success();
    if (name.starts_with(".wh..wh.")) return llvm::Error::success(); // AUFS metadata
    if (name.starts_with(".wh.")) return hide((folder.empty() ? "" : folder.str() + "/") + name.substr(4).str()), llvm::Error::success();
    return addNode(a, entry, *path);
  }

  llvm::Error addNode(archive* a, archive_entry* entry, const std::string& path) {
    TreeNode node;
    node.mode = static_cast<uint32_t>(libarchive().entry_perm(entry)) & 07777;
    const char* hardlink = libarchive().entry_hardlink(entry);
    if (!hardlink) hardlink = libarchive().entry_hardlink_utf8(entry);
    if (hardlink) {
      auto target = cleanPath(hardlink);
      if (!target) return damagedLayer(path_, llvm::toString(target.takeError()));
      const TreeNode* original = tree_.find(*target);
      if (!original || target->empty()) return damagedLayer(path_, fmt::format("/{} is a hard link to /{}, which is not there", path, *target));
      node = *original;
    } else if (libarchive().entry_filetype(entry) == AE_IFDIR) {
      node.kind = TreeNode::Kind::Folder;
    } else if (libarchive().entry_filetype(entry) == AE_IFLNK) {
      node.kind = TreeNode::Kind::Symlink;
      const char* link = libarchive().entry_symlink(entry);
      node.link = orEmpty(link ? link : libarchive().entry_symlink_utf8(entry));
    } else if (libarchive().entry_filetype(entry) == AE_IFREG) {
      node.kind = TreeNode::Kind::Regular;
      node.size = static_cast<uint64_t>(std::max<la_int64_t>(libarchive().entry_size(entry), 0));
      if (contents_) {
        auto digest = hashContent(a, path_);
        if (!digest) return digest.takeError();
        node.content = *digest;
      }
    } else {
      node.kind = TreeNode::Kind::Other;
    }
    // Layers may leave parents out; they exist all the same.
    for (size_t slash = path.find('/'); slash != std::string::npos; slash = path.find('/', slash + 1)) {
      const std::string parent = path.substr(0, slash);
      if (!tree_.find(parent)) tree_.set(parent, {});
      own_.insert(parent);
    }
    tree_.set(path, std::move(node));
    own_.insert(path);
    return llvm::Error::success();
  }

  /// A whiteout hides what lower layers brought, never what its own layer brings.
  void hide(const std::string& path) {
    hideBelow(path);
    if (!own_.contains(path)) tree_.nodes.erase(path);
  }
  void hideBelow(const std::string& folder) {
    const std::string prefix = folder.empty() ? "" : folder + "/";
    for (auto it = tree_.nodes.lower_bound(prefix); it != tree_.nodes.end() && it->first.starts_with(prefix);)
      it = own_.contains(it->first) ? std::next(it) : tree_.nodes.erase(it);
  }

  ImageTree& tree_;
  std::string path_;
  bool contents_;
  std::set<std::string> own_;
};

} // namespace

llvm::Expected<ImageTree> readTree(const std::string& layout, const std::vector<Descriptor>& layers, bool contents) {
  Utf8Names names;
  ImageTree tree;
  for (const Descriptor& layer : layers)
    if (llvm::Error e = LayerReader(tree, blobPath(layout, layer.digest), contents).read()) return e;
  return tree;
}

} // namespace chasi::image
