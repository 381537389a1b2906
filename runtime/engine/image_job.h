// What an Image operation asks for, in the terms of runtime/image.
#pragma once

#include "runtime/engine/engine.h"
#include "runtime/image/build.h"
#include "runtime/image/transfer.h"

namespace chasi::engine {

struct ImageJob {
  image::BuildDescription description;
  image::BuildOptions options; ///< folders only
  std::optional<image::ImageAddress> push; ///< with its tag
};

/// What a pushed image tells those that use it, as the JSON that facts are read from: {"pushed": "registry.acme.io/team/tools@sha256:…"}.
std::string tellPushed(const image::ImageAddress& address, const image::Digest& digest);

/// What the tag leads to in the registry; nothing when there is no such image.
llvm::Expected<std::optional<image::Digest>> pushedDigest(const image::ImageAddress& address);

/// Reads the payload, {"layout": FOLDER, "push": ADDRESS, "image": DESCRIPTION, "render": [OWNER, …]}; most have neither `push` nor `render`. What is rendered
/// becomes the last layer (rendered.h). The layout lies below the workspace's root, unless
/// `folders.layoutDir` names one for all images; images of the same specification that this one stands on or carries are then found there.
/// `within` are the images that this one is worked out for, by their ids.
llvm::Expected<ImageJob> imageJob(const plan::Operation& operation, const plan::Desired& desired, const ImageFolders& folders, std::vector<std::string> within = {});

} // namespace chasi::engine
