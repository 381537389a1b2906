// What pushed images tell those that use them: their address by digest, which follows from what is in them.
#pragma once

#include "runtime/engine/engine.h"

namespace chasi::engine {

/// Works the digests out of the images that somebody asks, as far as that goes without building others first.
void tellImages(const plan::Desired& desired, Connections& connections, const ImageFolders& folders);

/// The desired state with what images tell filled in: a rollback builds none, and brings back the digests that ran. Nothing when no image tells
/// anything.
std::optional<plan::Desired> withPushed(const plan::Desired& desired, const plan::SecretReader& reader);

} // namespace chasi::engine
