// From a layer's description to the exact list of its tar entries. Looks at the workspace, reads no contents.
#pragma once

#include "runtime/image/tree.h"

#include <sys/stat.h>

namespace chasi::image {

/// What tells whether a file is the one that was looked at before.
struct FileStamp {
  uint64_t device = 0, inode = 0, size = 0;
  int64_t mtime = 0, ctime = 0; ///< nanoseconds since 1970
  bool operator==(const FileStamp&) const = default;
};
FileStamp stampOf(const struct stat& info);

struct LayerEntry {
  enum class Kind : uint8_t { Folder, File, Inline, Symlink, Whiteout };
  Kind kind = Kind::Folder;
  std::string path; ///< in the image, without a leading slash; of a Whiteout: with the .wh. prefix
  uint32_t mode = 0755;
  std::string source;  ///< File: the path to read
  std::string content; ///< Inline: the content; Symlink: the target
  FileStamp stamp;     ///< File
};

struct ScanOptions {
  std::string workspaceRoot;
  std::vector<std::string> outputs; ///< folders that the build writes to; copying them would never come to rest
};

/// The entries in the order of the archive: whiteouts first (layer.md), then by the bytes of the path, parents before
/// children. `tree` is what lies below; the layer is applied to it. Folders that the tree already has get no entry,
/// so that they keep their permissions; missing parents are added with mode 0755.
llvm::Expected<std::vector<LayerEntry>> scanLayer(const LayerDescription& layer, const ScanOptions& options, ImageTree& tree);

} // namespace chasi::image
