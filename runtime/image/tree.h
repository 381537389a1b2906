// The file tree of an image: what a container would see after all layers are applied (layer.md, "Applying Changesets").
#pragma once

#include "runtime/image/compress.h"
#include "runtime/image/layout.h"

namespace chasi::image {

struct TreeNode {
  enum class Kind : uint8_t { Folder, Regular, Symlink, Other };
  Kind kind = Kind::Folder;
  uint32_t mode = 0755; ///< permission bits
  uint64_t size = 0;    ///< Regular: bytes
  std::string link;     ///< Symlink: its target
  Digest content;       ///< Regular, only when asked for
  bool operator==(const TreeNode&) const = default;
};

/// Paths without a leading slash and without "." and ".."; the root itself is not listed.
class ImageTree {
public:
  std::map<std::string, TreeNode> nodes;

  const TreeNode* find(const std::string& path) const;
  /// Removes the node and all below it; false when there was nothing.
  bool remove(const std::string& path);
  /// Sets a node; what was below it goes unless both are folders.
  void set(const std::string& path, TreeNode node);
  /// Follows symbolic links in every component of `path`, staying inside the image as chroot would, so that files
  /// land where a process in the container would see them. Fails on link loops.
  llvm::Expected<std::string> resolve(const std::string& path) const;
};

inline constexpr int maxLinks = 40; ///< on one way; as Linux has it (ELOOP)

/// Follows the links in every component of `path`, staying inside as chroot would. `linkAt` gives what a place without links on the way points
/// at, when it is a link. Nothing for more than `maxLinks`.
std::optional<std::string> resolveLinks(const std::string& path, llvm::function_ref<std::optional<std::string>(const std::string&)> linkAt);

/// "/a//b/./c/" → "a/b/c"; ".." is a fault, since it means another place depending on links.
llvm::Expected<std::string> cleanPath(llvm::StringRef path);

/// Is told what happens to a tree while layers are applied, each time after it happened to the tree; the first error ends it.
class TreeSink {
public:
  virtual ~TreeSink() = default;
  /// `content` gives that of a regular file, once; empty for parents that a layer left out.
  virtual llvm::Error add(const ImageTree& tree, const std::string& path, const TreeNode& node, llvm::function_ref<llvm::Error(const Sink&)> content = nullptr) = 0;
  /// A hard link to what is there under another path.
  virtual llvm::Error link(const ImageTree& tree, const std::string& path, const std::string& original) = 0;
  /// Hidden by a layer; before it goes from the tree. What is in a folder goes before the folder.
  virtual llvm::Error remove(const ImageTree& tree, const std::string& path) = 0;
};

/// Applies the layers in order, whiteouts included. With `contents` every regular file is hashed; not together with a sink that takes contents.
llvm::Expected<ImageTree> readTree(const std::string& layout, const std::vector<Descriptor>& layers, bool contents, TreeSink* sink = nullptr);

} // namespace chasi::image
