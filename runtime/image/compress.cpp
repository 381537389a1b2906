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

constexpr int gzipLevel = 6;
constexpr int zstdLevel = 3;

/// Changing one of these numbers changes the digest of every image.
constexpr size_t blockSize = 1024 * 1024;
constexpr int zstdJob = 4 * 1024 * 1024;

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

/// Whether packing is worth its time: some pieces of the block, packed quickly, must get smaller by a thirtieth. What is packed already, as most of
/// what is in images, takes the longest and gains nothing.
bool packs(llvm::StringRef block) {
  constexpr size_t pieces = 8, size = 8 * 1024;
  if (block.size() < 2 * pieces * size) return true;
  const Packer packer(libdeflate_alloc_compressor(1), libdeflate_free_compressor);
  if (!packer) return true;
  std::string out(libdeflate_deflate_compress_bound(packer.get(), size), '\0');
  size_t total = 0;
  for (size_t i = 0; i < pieces; ++i) total += libdeflate_deflate_compress(packer.get(), block.data() + i * (block.size() / pieces), size, out.data(), out.size());
  return total < pieces * size - pieces * size / 30;
}

/// One block as a gzip member of its own: members in a row are one gzip file (RFC 1952, 2.2), and no block waits for another. The header
/// has no name and no time, and does not say on what system it was made.
std::string packedBlock(const std::string& block) {
  const Packer packer(libdeflate_alloc_compressor(packs(block) ? gzipLevel : 0), libdeflate_free_compressor);
  if (!packer) return {};
  std::string out(libdeflate_gzip_compress_bound(packer.get(), block.size()), '\0');
  out.resize(libdeflate_gzip_compress(packer.get(), block.data(), block.size(), out.data(), out.size()));
  return out;
}

class Gzip : public Compressor {
public:
  Gzip(Sink out, unsigned threads)
      : out_(std::move(out)), threads_(workers(threads)) {}

  llvm::Error write(llvm::StringRef data) override {
    while (!data.empty()) {
      if (pending_.size() == blockSize)
        if (llvm::Error e = dispatch()) return e;
      const size_t take = std::min(blockSize - pending_.size(), data.size());
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
    if (running_.size() > threads_)
      if (llvm::Error e = collect()) return e;
    std::string block = std::exchange(pending_, {});
    // A thread costs more than a small block.
    if (threads_ == 1 || (running_.empty() && block.size() < blockSize)) {
      std::promise<std::string> now;
      now.set_value(packedBlock(block));
      running_.push_back(now.get_future());
      return llvm::Error::success();
    }
    pending_.reserve(blockSize);
    try {
      running_.push_back(std::async(std::launch::async, [block = std::move(block)] { return packedBlock(block); }));
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
  std::string pending_;
  std::deque<std::future<std::string>> running_;
};

class Zstd : public Compressor {
public:
  Zstd(Sink out, unsigned threads) : out_(std::move(out)), context_(ZSTD_createCCtx()), buffer_(ZSTD_CStreamOutSize()) {
    if (!context_) return;
    // With workers the bytes depend on the size of a job, and not on how many there are; without any they would be others.
    ZSTD_CCtx_setParameter(context_, ZSTD_c_nbWorkers, static_cast<int>(workers(threads)));
    ZSTD_CCtx_setParameter(context_, ZSTD_c_jobSize, zstdJob);
    ZSTD_CCtx_setParameter(context_, ZSTD_c_compressionLevel, zstdLevel);
    ZSTD_CCtx_setParameter(context_, ZSTD_c_checksumFlag, 1);
  }
  ~Zstd() override { ZSTD_freeCCtx(context_); }
  Zstd(const Zstd&) = delete;
  Zstd& operator=(const Zstd&) = delete;

  llvm::Error write(llvm::StringRef data) override { return run(data, ZSTD_e_continue); }
  llvm::Error finish() override { return run({}, ZSTD_e_end); }

private:
  llvm::Error run(llvm::StringRef data, ZSTD_EndDirective directive) {
    if (!context_) return fault(FaultCode::Storage, "zstd could not start: out of memory");
    ZSTD_inBuffer in{data.data(), data.size(), 0};
    for (;;) {
      ZSTD_outBuffer out{buffer_.data(), buffer_.size(), 0};
      const size_t rest = ZSTD_compressStream2(context_, &out, &in, directive);
      if (ZSTD_isError(rest)) return fault(FaultCode::Storage, fmt::format("zstd could not compress: {}", ZSTD_getErrorName(rest)));
      if (out.pos != 0)
        if (llvm::Error e = out_({buffer_.data(), out.pos})) return e;
      if (directive == ZSTD_e_end ? rest == 0 : in.pos == in.size) return llvm::Error::success();
    }
  }

  Sink out_;
  ZSTD_CCtx* context_;
  std::vector<char> buffer_;
};

} // namespace

std::unique_ptr<Compressor> makeCompressor(Compression compression, Sink out, unsigned threads) {
  switch (compression) {
  case Compression::None: return std::make_unique<Plain>(std::move(out));
  case Compression::Gzip: return std::make_unique<Gzip>(std::move(out), threads);
  case Compression::Zstd: return std::make_unique<Zstd>(std::move(out), threads);
  }
  return nullptr;
}

std::string compressionTag(Compression compression) {
  switch (compression) {
  case Compression::None: return "none";
  case Compression::Gzip: return fmt::format("gzip-{}-{}-probed-libdeflate-{}", gzipLevel, blockSize, LIBDEFLATE_VERSION_STRING);
  case Compression::Zstd: return fmt::format("zstd-{}-{}-{}", zstdLevel, zstdJob, ZSTD_versionString());
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
