// Declarations that travel in an image: their objects as manifests, and a plan that `chasic apply` carries out where it arrives.
#pragma once

#include "runtime/engine/engine.h"
#include "runtime/image/description.h"

namespace chasi::engine {

/// The desired state with the digests of those images that `owners` and what they need run by what is built here (image_facts.h), as far as no
/// other image must be built first. `within` are the images that are being worked out, by their ids: CH7015 when one would carry itself.
llvm::Expected<plan::Desired> withDigests(const plan::Desired& desired, const std::vector<std::string>& owners, const ImageFolders& folders, const std::vector<std::string>& within);

/// The layer with what `owners` and all that they need ask for: a plan compared with nothing, /plan.json, and its objects below /manifests, as
/// `plan::manifestFiles` names them. The plan has a workspace name of its own: where it arrives, the image says what there is, and what other
/// images or this workspace have put there is left alone. Places in the sources are left out, so that the same objects give the same image.
/// CH7015 for what cannot travel: an owner that makes nothing, a secret whose value the specification holds, something that only an image which is
/// built along with it tells; CH6010 for what is known only while applying.
llvm::Expected<image::LayerDescription> renderedLayer(const plan::Desired& desired, const std::vector<std::string>& owners, const plan::Operation& image);

} // namespace chasi::engine
