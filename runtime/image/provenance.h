// How an image was made: an in-toto statement with SLSA provenance (in-toto.io/Statement/v1, slsa.dev/spec/v1.0/provenance). Neither clock nor
// machine is in it, so that the same input gives the same text.
#pragma once

#include "runtime/image/draft.h"

namespace chasi::image {

inline constexpr const char* kInTotoType = "application/vnd.in-toto+json";

std::string provenanceOf(const BuildDescription& description, const Draft& draft, const Assembly& assembly);

} // namespace chasi::image
