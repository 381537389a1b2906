#include "runtime/image/entries.h"

#include "runtime/image/file_io.h"

#include <fmt/format.h>

#include <dirent.h>
#include <fnmatch.h>
#include <unistd.h>

#include <cerrno>
#include <climits>

namespace chasi::image {

FileStamp stampOf(const struct stat& info) {
  const auto nanoseconds = [](const timespec& t) { return int64_t(t.tv_sec) * 1'000'000'000 + t.tv_nsec; };
  return {info.st_dev, info.st_ino, static_cast<uint64_t>(info.st_size), nanoseconds(info.st_mtim), nanoseconds(info.st_ctim)};
}

namespace {

constexpr int maxFolderDepth = 256;

std::string join(const std::string& a, const std::string& b) { return a.empty() || b.empty() ? a + b : a + "/" + b; }

std::string realPath(const std::string& path) {
  std::unique_ptr<char, decltype(&::free)> real(::realpath(path.c_str(), nullptr), &::free);
  return real ? real.get() : "";
}

uint32_t fileMode(const FileItem& item, const struct stat& info) {
  return item.mode ? *item.mode : (info.st_mode & 0111) != 0 ? 0755 : 0644;
}

/// Places entries one after the other over the tree of the lower layers.
class Scanner {
public:
  Scanner(const ScanOptions& options, ImageTree& tree) : options_(options), root_(realPath(options.workspaceRoot)), tree_(tree) {
    for (const std::string& output : options.outputs)
      if (struct stat info {}; ::stat(output.c_str(), &info) == 0) outputs_.emplace_back(info.st_dev, info.st_ino);
  }

  llvm::Error remove(const std::string& written) {
    auto path = cleanPath(written);
    if (!path) return path.takeError();
    if (path->empty() || !tree_.remove(*path))
      return fault(FaultCode::BadDescription, fmt::format("nothing to remove at {} in the layers below", written), "check the path, or drop the removal");
    const auto slash = path->rfind('/') + 1; // npos + 1 is 0: a name at the top
    add({LayerEntry::Kind::Whiteout, path->substr(0, slash) + ".wh." + path->substr(slash), 0644, {}, {}, {}});
    return llvm::Error::success();
  }

  llvm::Error place(const FileItem& item) {
    auto to = cleanPath(item.to);
    if (!to) return to.takeError();
    switch (item.kind) {
    case FileItem::Kind::Inline: return put({LayerEntry::Kind::Inline, *to, item.mode.value_or(0644), {}, item.content, {}});
    case FileItem::Kind::Symlink: return put({LayerEntry::Kind::Symlink, *to, 0777, {}, item.link, {}});
    case FileItem::Kind::Folder: return put({LayerEntry::Kind::Folder, *to, item.mode.value_or(0755), {}, {}, {}});
    case FileItem::Kind::Copy: return copy(item, *to);
    }
    return llvm::Error::success();
  }

  std::vector<LayerEntry> take() {
    std::vector<LayerEntry> out;
    for (auto& [key, entry] : entries_) out.push_back(std::move(entry));
    return out;
  }

private:
  void add(LayerEntry entry) {
    const auto key = std::pair(entry.kind != LayerEntry::Kind::Whiteout, entry.path);
    entries_.insert_or_assign(key, std::move(entry));
  }

  /// Adds an entry below its resolved parent, which is created when missing.
  llvm::Error put(LayerEntry entry) {
    if (entry.path.empty()) return fault(FaultCode::BadDescription, "the root of the image cannot be replaced", "give a path below /");
    const auto slash = entry.path.rfind('/');
    const std::string name = entry.path.substr(slash + 1);
    if (llvm::StringRef(name).starts_with(".wh."))
      return fault(FaultCode::BadInput, fmt::format("/{}: names that begin with .wh. mean removals in image layers", entry.path),
                   "rename the file, or use \"remove\" to take something away");
    auto parent = folder(slash == std::string::npos ? "" : entry.path.substr(0, slash));
    if (!parent) return parent.takeError();
    entry.path = join(*parent, name);
    const auto isFolder = entry.kind == LayerEntry::Kind::Folder;
    if (const TreeNode* there = tree_.find(entry.path); there && (there->kind == TreeNode::Kind::Folder) != isFolder)
      return fault(FaultCode::BadInput, fmt::format("/{} is {} in the image already", entry.path, isFolder ? "not a folder" : "a folder"),
                   "remove it in a layer before, or copy to another path");
    if (!placed_.insert(entry.path).second)
      return fault(FaultCode::BadDescription, fmt::format("two things of one layer go to /{}", entry.path), "keep one of them");
    TreeNode node;
    node.mode = entry.mode;
    if (entry.kind == LayerEntry::Kind::Symlink) node.kind = TreeNode::Kind::Symlink, node.link = entry.content;
    else if (!isFolder) node.kind = TreeNode::Kind::Regular;
    tree_.set(entry.path, std::move(node));
    add(std::move(entry));
    return llvm::Error::success();
  }

  /// The folder that `path` names in the image, through links, created with its parents when missing.
  llvm::Expected<std::string> folder(const std::string& path) {
    auto real = tree_.resolve(path);
    if (!real) return real.takeError();
    for (size_t slash = real->find('/'); !real->empty(); slash = real->find('/', slash + 1)) {
      const std::string part = real->substr(0, slash);
      const TreeNode* node = tree_.find(part);
      if (node && node->kind != TreeNode::Kind::Folder)
        return fault(FaultCode::BadInput, fmt::format("/{} needs a folder /{}, which is a file in the image", path, part));
      if (!node) {
        tree_.set(part, {});
        add({LayerEntry::Kind::Folder, part, 0755, {}, {}, {}});
      }
      if (slash == std::string::npos) break;
    }
    return real;
  }

  llvm::Error copy(const FileItem& item, const std::string& to) {
    if (root_.empty()) return systemFault(FaultCode::BadInput, "open the workspace " + options_.workspaceRoot, ENOENT);
    const std::string named = root_ + "/" + item.from;
    const std::string source = realPath(named);
    if (source.empty()) return systemFault(FaultCode::BadInput, "copy " + named, errno);
    if (source != root_ && !llvm::StringRef(source).starts_with(root_ == "/" ? root_ : root_ + "/"))
      return fault(FaultCode::BadInput, fmt::format("{} leads to {}, outside of the workspace {}", item.from, source, root_),
                   "copy the file into the workspace");
    struct stat info {};
    if (::lstat(source.c_str(), &info) != 0) return systemFault(FaultCode::BadInput, "look at " + source, errno);
    if (!S_ISDIR(info.st_mode)) {
      const bool into = llvm::StringRef(item.to).ends_with("/");
      return copyNode(item, source, info, into ? join(to, named.substr(named.rfind('/') + 1)) : to, "", 0);
    }
    return copyFolder(item, source, info, to, "", 0);
  }

  bool excluded(const FileItem& item, const std::string& relative, const std::string& name) const {
    return llvm::any_of(item.exclude, [&](const std::string& pattern) {
      const bool wholePath = llvm::StringRef(pattern).contains('/');
      return ::fnmatch(pattern.c_str(), wholePath ? relative.c_str() : name.c_str(), wholePath ? FNM_PATHNAME : 0) == 0;
    });
  }

  llvm::Error copyFolder(const FileItem& item, const std::string& source, const struct stat& info, const std::string& to,
                         const std::string& relative, int depth) {
    if (depth > maxFolderDepth) return fault(FaultCode::BadInput, fmt::format("{} is nested deeper than {} folders", source, maxFolderDepth));
    if (llvm::is_contained(outputs_, std::pair(info.st_dev, info.st_ino)))
      return fault(FaultCode::BadInput, fmt::format("{} is where the build writes to; copying it would make the image contain itself", source),
                   "exclude it, or put the layout outside of the copied folder");
    auto real = folder(to);
    if (!real) return real.takeError();
    std::unique_ptr<DIR, int (*)(DIR*)> dir(::opendir(source.c_str()), &::closedir);
    if (!dir) return systemFault(FaultCode::BadInput, "read the folder " + source, errno);
    std::vector<std::string> names;
    errno = 0;
    while (const dirent* e = ::readdir(dir.get()))
      if (llvm::StringRef(e->d_name) != "." && llvm::StringRef(e->d_name) != "..") names.emplace_back(e->d_name);
    if (errno != 0) return systemFault(FaultCode::BadInput, "read the folder " + source, errno);
    dir.reset();
    llvm::sort(names); // links placed early decide where later files go, so the order must not be the disk's
    for (const std::string& name : names) {
      const std::string inside = join(relative, name);
      if (excluded(item, inside, name)) continue;
      struct stat child {};
      const std::string path = source + "/" + name;
      if (::lstat(path.c_str(), &child) != 0) return systemFault(FaultCode::BadInput, "look at " + path, errno);
      if (llvm::Error e = copyNode(item, path, child, join(*real, name), inside, depth)) return e;
    }
    return llvm::Error::success();
  }

  llvm::Error copyNode(const FileItem& item, const std::string& source, const struct stat& info, const std::string& to,
                       const std::string& relative, int depth) {
    if (S_ISDIR(info.st_mode)) return copyFolder(item, source, info, to, relative, depth + 1);
    if (S_ISREG(info.st_mode)) return put({LayerEntry::Kind::File, to, fileMode(item, info), source, {}, stampOf(info)});
    if (!S_ISLNK(info.st_mode))
      return fault(FaultCode::BadInput, fmt::format("{} is a socket, pipe or device; images hold files, folders and links", source),
                   "remove it from the folder or exclude it");
    std::array<char, PATH_MAX> target{};
    const ssize_t size = ::readlink(source.c_str(), target.data(), target.size());
    if (size < 0) return systemFault(FaultCode::BadInput, "read the link " + source, errno);
    return put({LayerEntry::Kind::Symlink, to, 0777, {}, std::string(target.data(), static_cast<size_t>(size)), {}});
  }

  const ScanOptions& options_;
  std::string root_;
  ImageTree& tree_;
  std::vector<std::pair<dev_t, ino_t>> outputs_;
  std::map<std::pair<bool, std::string>, LayerEntry> entries_;
  std::set<std::string> placed_;
};

} // namespace

llvm::Expected<std::vector<LayerEntry>> scanLayer(const LayerDescription& layer, const ScanOptions& options, ImageTree& tree) {
  Scanner scanner(options, tree);
  for (const std::string& path : layer.remove)
    if (llvm::Error e = scanner.remove(path)) return e;
  for (const FileItem& item : layer.files)
    if (llvm::Error e = scanner.place(item)) return e;
  return scanner.take();
}

} // namespace chasi::image
