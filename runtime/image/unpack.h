// The files of an image on disk, for whoever wants to look at them or run what an image brings.
#pragma once

#include "runtime/image/layout.h"

namespace chasi::image {

struct Unpacked {
  Descriptor manifest;
  size_t files = 0;
  uint64_t bytes = 0;
};

/// What a container of the image would see for this platform, into a folder that does not exist or is empty; it appears when it is
/// complete. All belongs to whoever calls; bits that would make a program run as somebody else are dropped. Links that lead out of the image lead
/// nowhere else while unpacking: they are resolved inside, as for a container. A device file is a fault (CH7004): only root could make it.
llvm::Expected<Unpacked> unpack(const std::string& layout, const std::string& name, const Platform& platform, const std::string& folder);

} // namespace chasi::image
