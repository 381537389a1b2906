// What is in an image, as SPDX 2.3 in JSON (spdx.github.io/spdx-spec/v2.3).
#pragma once

#include "runtime/image/layout.h"

#include <set>

namespace chasi::image {

inline constexpr const char* kSpdxType = "application/spdx+json";

struct SbomBase {
  std::string name;
  Digest image;
  std::vector<Digest> layers;
};

/// The image with its platforms, their layers, the files of layers, what it stands on and what it carries. A function of the image and
/// `base` alone: its time is that of the image's config, its namespace has the digest. Files of layers of `base` are not listed.
llvm::Expected<std::string> spdxOf(const std::string& layout, const std::string& name, const Descriptor& image, const std::vector<SbomBase>& base = {});

} // namespace chasi::image
