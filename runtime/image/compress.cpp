#include "runtime/image/compress.h"

#include "runtime/image/fault.h"
#include "runtime/image/layout.h"

#include <libdeflate.h>
#include <zstd.h>

#include <fmt/format.h>

#include <deque>
#include <future>

namespace chasi::image {

namespace {

/// gzip is there for tools that read nothing else, and packs as closely as theirs do; who wants small layers has zstd, which is quicker as well.
constexpr int gzipLevel = 1;
constexpr int zstdLevel = 3;

/// Changing one of these numbers changes the digest of every image.
constexpr size_t gzipBlock = 1024 * 1024;
constexpr size_t zstdBlock = 2 * 1024 * 1024;

unsigned workers(unsigned threads) { return threads != 0 ? threads : std::clamp(std::thread::hardware_concurrency(), 1u, 16u); }

class Plain : public Compressor {
public:
  explicit Plain(Sink out) : out_(std::move(out)) {}
  llvm::Error write(llvm::StringRef data) override { return out_(data); }
  llvm::Error finish() override { return llvm::Error::success(); }

private:
  Sink out_;
};

using Packer = std::unique_ptr<libdeflate_compressor, decltype(&libdeflate_free_compressor)>;

/// Whether packing is worth its time: some pieces of the block must get smaller by a thirtieth. What is packed already, as most of what is in images,
/// takes the longest and gains nothing.
bool packs(libdeflate_compressor* packer, llvm::StringRef block) {
  constexpr size_t pieces = 8, size = 8 * 1024;
  if (block.size() < 2 * pieces * size) return true;
  std::string out(libdeflate_deflate_compress_bound(packer, size), '\0');
  size_t total = 0;
  for (size_t i = 0; i < pieces; ++i) total += libdeflate_deflate_compress(packer, block.data() + i * (block.size() / pieces), size, out.data(), out.size());
  return total < pieces * size - pieces * size / 30;
}

/// A gzip member of its own: members in a row are one gzip file (RFC 1952, 2.2). The header has no name and no time, and does not say on what
/// system it was made. Empty when there is no memory for it, as below.
std::string gzipMember(const std::string& block) {
  Packer packer(libdeflate_alloc_compressor(gzipLevel), libdeflate_free_compressor);
  if (packer && !packs(packer.get(), block)) packer.reset(libdeflate_alloc_compressor(0));
  if (!packer) return {};
  std::string out(libdeflate_gzip_compress_bound(packer.get(), block.size()), '\0');
  out.resize(libdeflate_gzip_compress(packer.get(), block.data(), block.size(), out.data(), out.size()));
  return out;
}

/// A frame of its own, with its length and a checksum: frames in a row are one file (RFC 8878, 3.1). Workers of the library would do the same, but
/// Debian's archive of it has none.
std::string zstdFrame(const std::string& block) {
  const std::unique_ptr<ZSTD_CCtx, decltype(&ZSTD_freeCCtx)> context(ZSTD_createCCtx(), ZSTD_freeCCtx);
  if (!context) return {};
  ZSTD_CCtx_setParameter(context.get(), ZSTD_c_compressionLevel, zstdLevel);
  ZSTD_CCtx_setParameter(context.get(), ZSTD_c_checksumFlag, 1);
  std::string out(ZSTD_compressBound(block.size()), '\0');
  const size_t size = ZSTD_compress2(context.get(), out.data(), out.size(), block.data(), block.size());
  out.resize(ZSTD_isError(size) ? 0 : size);
  return out;
}

/// Cuts what comes into blocks that do not wait for one another; whoever unpacks sees one stream.
class Blocks : public Compressor {
public:
  using Pack = std::string (*)(const std::string& block);

  Blocks(Sink out, unsigned threads, size_t size, Pack pack)
      : out_(std::move(out)), threads_(workers(threads)), size_(size), pack_(pack) {}

  llvm::Error write(llvm::StringRef data) override {
    while (!data.empty()) {
      if (pending_.size() == size_)
        if (llvm::Error e = dispatch()) return e;
      const size_t take = std::min(size_ - pending_.size(), data.size());
      pending_.append(data.data(), take);
      data = data.drop_front(take);
    }
    return llvm::Error::success();
  }

  llvm::Error finish() override {
    if (llvm::Error e = dispatch()) return e;
    while (!running_.empty())
      if (llvm::Error e = collect()) return e;
    return llvm::Error::success();
  }

private:
  llvm::Error dispatch() {
    // Some more than there are processors, since blocks take unlike times and come out in their order.
    if (running_.size() > threads_ + 3)
      if (llvm::Error e = collect()) return e;
    std::string block = std::exchange(pending_, {});
    // A thread costs more than a small block.
    if (threads_ == 1 || (running_.empty() && block.size() < size_)) {
      std::promise<std::string> now;
      now.set_value(pack_(block));
      running_.push_back(now.get_future());
      return llvm::Error::success();
    }
    pending_.reserve(size_);
    try {
      running_.push_back(std::async(std::launch::async, [pack = pack_, block = std::move(block)] { return pack(block); }));
    } catch (const std::system_error& e) {
      return fault(FaultCode::Storage, fmt::format("cannot start a thread to compress: {}", e.what()),
                   "raise the limit of processes (ulimit -u)");
    }
    return llvm::Error::success();
  }

  llvm::Error collect() {
    const std::string done = running_.front().get();
    running_.pop_front();
    return done.empty() ? fault(FaultCode::Storage, "a block could not be compressed: out of memory") : out_(done);
  }

  Sink out_;
  unsigned threads_;
  size_t size_;
  Pack pack_;
  std::string pending_;
  std::deque<std::future<std::string>> running_;
};

} // namespace

std::unique_ptr<Compressor> makeCompressor(Compression compression, Sink out, unsigned threads) {
  switch (compression) {
  case Compression::None: return std::make_unique<Plain>(std::move(out));
  case Compression::Gzip: return std::make_unique<Blocks>(std::move(out), threads, gzipBlock, gzipMember);
  case Compression::Zstd: return std::make_unique<Blocks>(std::move(out), threads, zstdBlock, zstdFrame);
  }
  return nullptr;
}

std::string compressionTag(Compression compression) {
  switch (compression) {
  case Compression::None: return "none";
  case Compression::Gzip: return fmt::format("gzip-{}-{}-probed-libdeflate-{}", gzipLevel, gzipBlock, LIBDEFLATE_VERSION_STRING);
  case Compression::Zstd: return fmt::format("zstd-{}-{}-frames-{}", zstdLevel, zstdBlock, ZSTD_versionString());
  }
  return {};
}

const char* layerMediaType(Compression compression) {
  switch (compression) {
  case Compression::None: return media::layer;
  case Compression::Gzip: return media::layerGzip;
  case Compression::Zstd: return media::layerZstd;
  }
  return media::layer;
}

} // namespace chasi::image
