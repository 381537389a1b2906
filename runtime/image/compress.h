// Compression of layers as a stream whose bytes depend on the input only: not on the clock, the number of processors or
// the sizes in which the input arrives. They do depend on the release of libdeflate or zstd; see `compressionTag`.
#pragma once

#include "runtime/image/description.h"

#include <functional>
#include <memory>

namespace chasi::image {

/// Takes the next bytes of a stream; the first error ends it.
using Sink = std::function<llvm::Error(llvm::StringRef)>;

class Compressor {
public:
  virtual ~Compressor() = default;
  virtual llvm::Error write(llvm::StringRef data) = 0;
  /// Writes the rest; call once, at the end.
  virtual llvm::Error finish() = 0;
};

/// Works on `threads` threads (0: one for each processor); memory is bounded by about 3 MiB for each, with zstd by some 15 MiB.
std::unique_ptr<Compressor> makeCompressor(Compression compression, Sink out, unsigned threads = 0);

/// Names everything besides the input that decides the compressed bytes: format, level, library release.
std::string compressionTag(Compression compression);

const char* layerMediaType(Compression compression);

} // namespace chasi::image
