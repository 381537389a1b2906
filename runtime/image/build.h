// Builds images into OCI layouts, reproducibly, and tells without writing what a build would give.
#pragma once

#include "runtime/image/layout.h"

namespace chasi::image {

/// What happens during a build, for progress and logs.
struct Event {
  enum class Kind : uint8_t {
    Waiting,      ///< another build holds the layout
    LayerKnown,   ///< unchanged since the last build
    LayerBuilt,   ///< a new layer was written
    BlobFetched,  ///< from a registry
    BlobCopied,   ///< from the base or a carried image
    ReferenceSet, ///< index.json names the image
  };
  Kind kind;
  std::string text;   ///< for people: "layer 2 of linux/arm64"
  uint64_t bytes = 0; ///< size of the blob
};

struct BuildOptions {
  std::string workspaceRoot = ".";
  std::string layoutDir; ///< the OCI layout to write; created when missing. For computeDigest it may be missing or empty
  std::string cacheDir;  ///< may be shared by builds; empty: nothing is remembered. Best outside of the layout
  std::chrono::milliseconds lockPatience = std::chrono::minutes(10);
  std::function<void(const Event&)> event; ///< one at a time; from the thread that builds, and those that fetch for it
  std::string fetchedDir = {}; ///< an OCI layout that keeps what registries and archives gave, for the next builds. Needed only for images from there
  bool offline = false;        ///< no registry is asked; what is not there is a fault
};

struct BuiltLayer {
  Descriptor descriptor;
  Digest diffId;
  uint64_t rawSize = 0; ///< bytes uncompressed
};

struct BuiltPlatform {
  Platform platform;
  Descriptor manifest;
  Descriptor config;
  std::vector<BuiltLayer> layers; ///< without those of the base
};

struct BuildResult {
  std::string reference; ///< the name in index.json
  Descriptor image;      ///< what the name points at: an image manifest, or an index for several platforms or carried images
  std::vector<BuiltPlatform> platforms;
  bool changed = false; ///< anything was written; false: the layout had the image already and was not touched
  uint64_t blobsWritten = 0;
  uint64_t bytesWritten = 0;
};

/// Makes the layout contain the image. An unchanged image writes nothing at all. Safe against kill -9 at any moment and
/// against other builds into the same layout, from other threads too. Errors are Faults.
llvm::Expected<BuildResult> build(const BuildDescription& description, const BuildOptions& options);

struct PlannedImage {
  std::string reference;
  Descriptor image;
  bool upToDate = false;           ///< the layout has exactly this image under this name, with all blobs
  std::optional<Digest> inLayout;  ///< what the name points at now
};

/// The digest that `build` would give; writes nothing but the cache. Cheap for unchanged input.
llvm::Expected<PlannedImage> computeDigest(const BuildDescription& description, const BuildOptions& options);

} // namespace chasi::image
