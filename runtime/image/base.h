// Images that a build starts from or carries along, read from other layouts.
#pragma once

#include "runtime/image/registry.h"
#include "runtime/image/tree.h"

#include <nlohmann/json.hpp>

namespace chasi::image {

struct BaseImage {
  std::string layout;             ///< folder that has the blobs
  Descriptor manifest;
  nlohmann::json config;          ///< the whole config blob
  std::vector<Descriptor> layers; ///< bottom first
  std::vector<Digest> diffIds;    ///< of the layers
  std::optional<RepositoryAddress> from; ///< has the layers that the folder lacks
};

/// The image `ref` of a layout for one platform; an index is searched, a single image must be for that platform.
llvm::Expected<BaseImage> loadBase(const std::string& layout, const std::string& ref, const Platform& platform);

/// The manifest that an index has for a platform. `where` names the image in messages.
llvm::Expected<Descriptor> manifestFor(const nlohmann::json& index, const std::string& where, const Platform& platform);
/// The same of the image or index `root`. The types that docker gave to layers become those of OCI: the blobs are the same.
llvm::Expected<BaseImage> loadBase(const std::string& layout, const Descriptor& root, const std::string& where, const Platform& platform);

/// A platform asks for another when system and processor agree and a variant, where asked for, is the same.
bool serves(const Platform& offered, const Platform& wanted);

/// The config and layers of a manifest blob, checked for consistency.
llvm::Expected<BaseImage> loadManifest(const std::string& layout, const Descriptor& manifest);

/// The platform a config blob states.
Platform platformOf(const nlohmann::json& config);

} // namespace chasi::image
