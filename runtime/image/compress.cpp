#include "runtime/image/compress.h"

#include "runtime/image/fault.h"
#include "runtime/image/layout.h"

#include <zlib.h>
#include <zstd.h>

#include <fmt/format.h>

#include <deque>
#include <future>

namespace chasi::image {

namespace {

constexpr int gzipLevel = 6;
constexpr int zstdLevel = 3;

/// Changing any of these numbers changes the digest of every image.
constexpr size_t blockSize = 512 * 1024;
constexpr size_t windowSize = 32 * 1024; // deflate looks back no further (RFC 1951)

class Plain : public Compressor {
public:
  explicit Plain(Sink out) : out_(std::move(out)) {}
  llvm::Error write(llvm::StringRef data) override { return out_(data); }
  llvm::Error finish() override { return llvm::Error::success(); }

private:
  Sink out_;
};

struct Block {
  std::string window; ///< the end of the block before, as a dictionary
  std::string data;
  bool last = false;
};

struct Deflated {
  std::string bytes;
  uLong crc = 0;
  size_t rawSize = 0;
  bool ok = false;
};

/// One block as raw deflate that continues where the block before ended: a sync flush ends on a byte border, and the
/// dictionary stands in for the common history. The concatenation is one valid deflate stream.
Deflated deflateBlock(const Block& block) {
  Deflated out;
  z_stream z{};
  if (deflateInit2(&z, gzipLevel, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY) != Z_OK) return out;
  const auto bytes = [](const std::string& s) { return reinterpret_cast<Bytef*>(const_cast<char*>(s.data())); };
  if (!block.window.empty()) deflateSetDictionary(&z, bytes(block.window), static_cast<uInt>(block.window.size()));
  out.bytes.resize(deflateBound(&z, static_cast<uLong>(block.data.size())) + 16);
  z.next_in = bytes(block.data);
  z.avail_in = static_cast<uInt>(block.data.size());
  z.next_out = bytes(out.bytes);
  z.avail_out = static_cast<uInt>(out.bytes.size());
  const int status = deflate(&z, block.last ? Z_FINISH : Z_SYNC_FLUSH);
  out.ok = z.avail_in == 0 && status == (block.last ? Z_STREAM_END : Z_OK);
  out.bytes.resize(z.total_out);
  deflateEnd(&z);
  out.crc = crc32(0, bytes(block.data), static_cast<uInt>(block.data.size()));
  out.rawSize = block.data.size();
  return out;
}

class Gzip : public Compressor {
public:
  Gzip(Sink out, unsigned threads)
      : out_(std::move(out)), threads_(threads != 0 ? threads : std::clamp(std::thread::hardware_concurrency(), 1u, 16u)) {}

  llvm::Error write(llvm::StringRef data) override {
    while (!data.empty()) {
      if (pending_.size() == blockSize)
        if (llvm::Error e = dispatch(false)) return e;
      const size_t take = std::min(blockSize - pending_.size(), data.size());
      pending_.append(data.data(), take);
      data = data.drop_front(take);
    }
    return llvm::Error::success();
  }

  llvm::Error finish() override {
    if (llvm::Error e = dispatch(true)) return e;
    while (!running_.empty())
      if (llvm::Error e = collect()) return e;
    std::string trailer;
    for (const uint32_t number : {static_cast<uint32_t>(crc_), static_cast<uint32_t>(total_)})
      for (unsigned shift = 0; shift < 32; shift += 8) trailer += static_cast<char>((number >> shift) & 0xff);
    return out_(trailer);
  }

private:
  llvm::Error dispatch(bool last) {
    if (running_.size() > threads_)
      if (llvm::Error e = collect()) return e;
    Block block{window_, std::move(pending_), last};
    window_ = block.data.size() > windowSize ? block.data.substr(block.data.size() - windowSize) : block.data;
    pending_.clear();
    pending_.reserve(blockSize);
    if (threads_ == 1 || (last && running_.empty())) {
      std::promise<Deflated> now;
      now.set_value(deflateBlock(block));
      running_.push_back(now.get_future());
      return llvm::Error::success();
    }
    try {
      running_.push_back(std::async(std::launch::async, [b = std::move(block)] { return deflateBlock(b); }));
    } catch (const std::system_error& e) {
      return fault(FaultCode::Storage, fmt::format("cannot start a thread to compress: {}", e.what()),
                   "raise the limit of processes (ulimit -u)");
    }
    return llvm::Error::success();
  }

  llvm::Error collect() {
    const Deflated done = running_.front().get();
    running_.pop_front();
    if (!done.ok) return fault(FaultCode::Storage, "zlib could not compress a block: out of memory");
    if (!std::exchange(started_, true)) {
      // RFC 1952: deflate, no name, no time, no flags, operating system unknown.
      static constexpr char header[] = {'\x1f', '\x8b', 8, 0, 0, 0, 0, 0, 0, '\xff'};
      if (llvm::Error e = out_({header, sizeof header})) return e;
    }
    crc_ = crc32_combine(crc_, done.crc, static_cast<z_off_t>(done.rawSize));
    total_ += done.rawSize;
    return out_(done.bytes);
  }

  Sink out_;
  unsigned threads_;
  std::string pending_;
  std::string window_;
  std::deque<std::future<Deflated>> running_;
  bool started_ = false;
  uLong crc_ = 0;
  uint64_t total_ = 0;
};

class Zstd : public Compressor {
public:
  explicit Zstd(Sink out) : out_(std::move(out)), context_(ZSTD_createCCtx()), buffer_(ZSTD_CStreamOutSize()) {
    if (!context_) return;
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
  case Compression::Zstd: return std::make_unique<Zstd>(std::move(out));
  }
  return nullptr;
}

std::string compressionTag(Compression compression) {
  switch (compression) {
  case Compression::None: return "none";
  case Compression::Gzip: return fmt::format("gzip-{}-{}-zlib-{}", gzipLevel, blockSize, zlibVersion());
  case Compression::Zstd: return fmt::format("zstd-{}-{}", zstdLevel, ZSTD_versionString());
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
