// The file tree of an image: what a container would see after all layers are applied (layer.md, "Applying Changesets").
#pragma once

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

/// "/a//b/./c/" → "a/b/c"; ".." is a fault, since it means another place depending on links.
llvm::Expected<std::string> cleanPath(llvm::StringRef path);

/// Applies the layers in order, whiteouts included. With `contents` every regular file is hashed.
llvm::Expected<ImageTree> readTree(const std::string& layout, const std::vector<Descriptor>& layers, bool contents);

} // namespace chasi::image
