// Whether an image in a registry is whole, without fetching its layers.
#pragma once

#include "runtime/image/inspect.h"
#include "runtime/image/transfer.h"

namespace chasi::image {

struct RegistryVerification {
  Digest image;
  Verification result; ///< bytes: of all blobs, as recorded
};

/// Manifests and indexes are fetched and compared with their digests; of everything else, carried images included, the registry is asked
/// whether it is there. CH7103 when the image is not.
llvm::Expected<RegistryVerification> verifyInRegistry(Repository& repository, const ImageAddress& address);

} // namespace chasi::image
