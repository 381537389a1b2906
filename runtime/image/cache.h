// Remembers what layers came out as, so that unchanged input need not be read again. Only ever an optimisation: an
// entry that is torn, foreign or older than the input is not used, and a cache that cannot be written is no error.
#pragma once

#include "runtime/image/layer.h"

namespace chasi::image {

struct CachedLayer {
  std::string key; ///< `layerKey` of the entries; empty when their stamps cannot be trusted yet
  LayerBlob blob;
};

/// A folder, or no cache at all when `folder` is empty. Stores by slot, so that it does not grow with every change.
class BuildCache {
public:
  explicit BuildCache(std::string folder) : folder_(std::move(folder)) {}

  std::optional<CachedLayer> findLayer(const std::string& slot) const;
  void storeLayer(const std::string& slot, const CachedLayer& layer) const;

  /// Folders and links of a base image, by the digest of its manifest.
  std::optional<ImageTree> findTree(const Digest& manifest) const;
  void storeTree(const Digest& manifest, const ImageTree& tree) const;

private:
  std::optional<nlohmann::json> read(const std::string& name) const;
  void write(const std::string& name, const nlohmann::json& value) const;
  std::string folder_;
};

/// A digest over everything that decides the blob, with stamps in place of file contents.
std::string layerKey(const std::vector<LayerEntry>& entries, const LayerOptions& options);

/// Nanoseconds since 1970.
int64_t nowNanoseconds();

/// False when a file was changed so shortly before `now` (nanoseconds since 1970) that another change could leave the
/// same stamp: file times move in ticks.
bool stampsSettled(const std::vector<LayerEntry>& entries, int64_t now);

} // namespace chasi::image
