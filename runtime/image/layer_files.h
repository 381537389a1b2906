// The regular files that a layer blob has, with their sums. Nothing is unpacked.
#pragma once

#include "runtime/image/layout.h"

namespace chasi::image {

struct LayerFile {
  std::string path; ///< without a leading slash
  std::string sha1, sha256; ///< hex
};

/// By path. Links, folders and marks of removal are none; a hard link counts as the file that it is another name of.
llvm::Expected<std::vector<LayerFile>> filesOf(const std::string& layout, const Descriptor& layer);

/// Over a text, in hex: SPDX asks for it.
std::string sha1Of(llvm::StringRef text);

} // namespace chasi::image
