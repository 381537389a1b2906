// What an Image operation asks for, in the terms of runtime/image.
#pragma once

#include "runtime/engine/engine.h"
#include "runtime/image/build.h"

namespace chasi::engine {

struct ImageJob {
  image::BuildDescription description;
  image::BuildOptions options; ///< folders only
};

/// Reads the payload, {"layout": FOLDER, "image": DESCRIPTION, "render": [OWNER, …]}; what is rendered becomes the last layer (rendered.h). The layout lies below the workspace's root, unless
/// `folders.layoutDir` names one for all images; images of the same specification that this one stands on or carries are then found there.
llvm::Expected<ImageJob> imageJob(const plan::Operation& operation, const plan::Desired& desired, const ImageFolders& folders);

} // namespace chasi::engine
