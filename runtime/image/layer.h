// Turns entries into a layer: the archive, its compression and both digests, in one pass with bounded memory.
#pragma once

#include "runtime/image/compress.h"
#include "runtime/image/entries.h"

namespace chasi::image {

struct LayerBlob {
  Descriptor descriptor; ///< of the compressed blob
  Digest diffId;         ///< of the archive inside (config.md, "Layer DiffID")
  uint64_t rawSize = 0;  ///< bytes of the archive
};

struct LayerOptions {
  Compression compression = Compression::Gzip;
  int64_t time = 0; ///< the modification time of every entry, seconds since 1970
};

/// Writes the archive only. Every file must still be what its stamp says, before and after reading.
llvm::Error writeArchive(const std::vector<LayerEntry>& entries, const LayerOptions& options, const Sink& out);

/// Writes the compressed layer to `out` (may be empty: then only the digests are computed).
llvm::Expected<LayerBlob> writeLayer(const std::vector<LayerEntry>& entries, const LayerOptions& options, const Sink& out);

/// The digest of the archive alone, without the cost of compressing.
llvm::Expected<Digest> computeDiffId(const std::vector<LayerEntry>& entries, const LayerOptions& options);

} // namespace chasi::image
