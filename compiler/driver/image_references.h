// The addresses of registries that a specification needs images from.
#pragma once

#include "runtime/image/transfer.h"
#include "runtime/plan/operation.h"

namespace chasi::driver {

struct ImageReference {
  image::ImageAddress address;
  plan::SourceRef source; ///< of the operation that needs it
};

/// Each once, in the order of the operations. This is the one place that knows where operations name such images.
llvm::Expected<std::vector<ImageReference>> imageReferences(const plan::Desired& desired);

} // namespace chasi::driver
