// A build on its way: what is decided before anything is written. Inside this room only.
#pragma once

#include "runtime/image/base.h"
#include "runtime/image/build.h"
#include "runtime/image/cache.h"

namespace chasi::image {

/// One layer as it goes into one or more platforms.
struct LayerPlan {
  std::vector<LayerEntry> entries;
  std::string key;
  std::string slot;
  std::string title;             ///< for events: "layer 1 of linux/amd64"
  std::optional<LayerBlob> blob; ///< once known
  bool changed = false;          ///< certainly not what the cache remembers
};

struct PlatformDraft {
  Platform platform;
  std::optional<BaseImage> base;
  std::vector<size_t> layers;          ///< into Draft::layers
  std::vector<std::string> createdBy;  ///< one text a layer, for the history
};

/// A small blob that the build makes itself.
struct SmallBlob {
  Descriptor descriptor;
  std::string content;
};

struct CarriedImage {
  std::string ref;               ///< under which it is carried
  std::string layout;
  Descriptor root;
  std::vector<Descriptor> blobs; ///< all that root needs, itself included
  std::optional<SmallBlob> made; ///< the root, when not all of an index travels
  std::optional<RepositoryAddress> from; ///< has the blobs that the layout lacks
};

struct Draft {
  std::vector<LayerPlan> layers; ///< equal layers of several platforms once
  std::vector<PlatformDraft> platforms;
  std::vector<CarriedImage> carried;
};

/// All of an image that is not layers. `blobs` are in writing order.
struct Assembly {
  Descriptor image;
  std::vector<BuiltPlatform> platforms;
  std::vector<SmallBlob> blobs;
};

/// Looks at the workspace, the base and the carried images; known layers get their blob from the cache.
llvm::Expected<Draft> makeDraft(const BuildDescription& description, const BuildOptions& options, const BuildCache& cache);

/// Config, manifest and index; every layer of the draft has its blob.
Assembly assemble(const BuildDescription& description, const Draft& draft);

} // namespace chasi::image
