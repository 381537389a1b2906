#include "runtime/image/layer.h"

#include "runtime/image/archive_library.h"
#include "runtime/image/file_io.h"

#include <fmt/format.h>

namespace chasi::image {

namespace {

struct WriteDeleter {
  void operator()(archive* a) const { libarchive().write_free(a); }
};
struct EntryDeleter {
  void operator()(archive_entry* e) const { libarchive().entry_free(e); }
};

/// What libarchive hands back to us. The error of the sink is kept here, since a C callback can only say "failed".
struct Client {
  const Sink& out;
  llvm::Error error = llvm::Error::success();

  explicit Client(const Sink& sink) : out(sink) {}
  ~Client() { llvm::consumeError(std::move(error)); }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  static la_ssize_t write(archive*, void* self, const void* data, size_t size) {
    auto& client = *static_cast<Client*>(self);
    if (client.error) return -1;
    client.error = client.out({static_cast<const char*>(data), size});
    return client.error ? -1 : static_cast<la_ssize_t>(size);
  }
};

llvm::Error changed(const std::string& path) {
  return fault(FaultCode::InputChanged, fmt::format("{} changed while the image was built", path), "run again when nothing writes to it");
}

class ArchiveWriter {
public:
  ArchiveWriter(const LayerOptions& options, const Sink& out) : options_(options), client_(out), archive_(libarchive().write_new()), entry_(libarchive().entry_new()) {}

  llvm::Error run(const std::vector<LayerEntry>& entries) {
    archive* a = archive_.get();
    // ustar, with a pax header only for what ustar cannot say. BINARY passes the bytes of names through; otherwise
    // libarchive would translate them from the locale, and the digest would depend on LANG.
    libarchive().write_set_format_pax_restricted(a);
    libarchive().write_set_format_option(a, "pax", "hdrcharset", "BINARY");
    libarchive().write_add_filter_none(a);
    libarchive().write_set_bytes_per_block(a, 256 * 1024);
    libarchive().write_set_bytes_in_last_block(a, 1);
    if (libarchive().write_open(a, &client_, nullptr, &Client::write, nullptr) != ARCHIVE_OK) return failed("the archive");
    for (const LayerEntry& entry : entries)
      if (llvm::Error e = add(entry)) return e;
    if (libarchive().write_close(a) != ARCHIVE_OK) return failed("the end of the archive");
    return llvm::Error::success();
  }

private:
  llvm::Error failed(const std::string& path) {
    if (client_.error) return std::exchange(client_.error, llvm::Error::success());
    const char* text = libarchive().error_string(archive_.get());
    return fault(FaultCode::BadInput, fmt::format("cannot archive {}: {}", path, text ? text : "unknown reason"));
  }

  llvm::Error header(const LayerEntry& entry, unsigned type, uint64_t size) {
    archive_entry* e = libarchive().entry_clear(entry_.get());
    libarchive().entry_copy_pathname(e, entry.path.c_str());
    libarchive().entry_set_filetype(e, type);
    libarchive().entry_set_perm(e, static_cast<__LA_MODE_T>(entry.mode));
    libarchive().entry_set_size(e, static_cast<la_int64_t>(size));
    libarchive().entry_set_mtime(e, options_.time, 0);
    libarchive().entry_set_uid(e, 0);
    libarchive().entry_set_gid(e, 0);
    if (type == AE_IFLNK) libarchive().entry_copy_symlink(e, entry.content.c_str());
    if (libarchive().write_header(archive_.get(), e) < ARCHIVE_WARN) return failed("/" + entry.path);
    return llvm::Error::success();
  }

  llvm::Error data(llvm::StringRef bytes, const std::string& path) {
    while (!bytes.empty()) {
      const la_ssize_t done = libarchive().write_data(archive_.get(), bytes.data(), bytes.size());
      if (done <= 0) return failed("/" + path);
      bytes = bytes.drop_front(static_cast<size_t>(done));
    }
    return llvm::Error::success();
  }

  llvm::Error add(const LayerEntry& entry) {
    switch (entry.kind) {
    case LayerEntry::Kind::Folder: return header(entry, AE_IFDIR, 0);
    case LayerEntry::Kind::Symlink: return header(entry, AE_IFLNK, 0);
    case LayerEntry::Kind::Whiteout: return header(entry, AE_IFREG, 0);
    case LayerEntry::Kind::Inline:
      if (llvm::Error e = header(entry, AE_IFREG, entry.content.size())) return e;
      return data(entry.content, entry.path);
    case LayerEntry::Kind::File: return file(entry);
    }
    return llvm::Error::success();
  }

  llvm::Error file(const LayerEntry& entry) {
    auto opened = openForReading(entry.source, FaultCode::BadInput);
    if (!opened) return opened.takeError();
    const auto same = [&] {
      struct stat info {};
      return ::fstat(opened->fd(), &info) == 0 && stampOf(info) == entry.stamp;
    };
    if (!same()) return changed(entry.source);
    if (llvm::Error e = header(entry, AE_IFREG, entry.stamp.size)) return e;
    for (uint64_t rest = entry.stamp.size; rest != 0;) {
      auto got = readSome(*opened, buffer_.data(), std::min<uint64_t>(buffer_.size(), rest), entry.source, FaultCode::BadInput);
      if (!got) return got.takeError();
      if (*got == 0) return changed(entry.source);
      rest -= *got;
      if (llvm::Error e = data({buffer_.data(), *got}, entry.path)) return e;
    }
    return same() ? llvm::Error::success() : changed(entry.source);
  }

  const LayerOptions& options_;
  Client client_; // before the archive: freeing that may still flush into this
  std::unique_ptr<archive, WriteDeleter> archive_;
  std::unique_ptr<archive_entry, EntryDeleter> entry_;
  std::vector<char> buffer_ = std::vector<char>(256 * 1024);
};

} // namespace

llvm::Error writeArchive(const std::vector<LayerEntry>& entries, const LayerOptions& options, const Sink& out) {
  if (!libarchive().why.empty()) return fault(FaultCode::BadInput, fmt::format("no layer can be made: {}", libarchive().why));
  return ArchiveWriter(options, out).run(entries);
}

llvm::Expected<LayerBlob> writeLayer(const std::vector<LayerEntry>& entries, const LayerOptions& options, const Sink& out) {
  LayerBlob blob;
  Hasher raw, packed;
  auto compressor = makeCompressor(options.compression, [&](llvm::StringRef bytes) -> llvm::Error {
    packed.update(bytes);
    blob.descriptor.size += bytes.size();
    return out ? out(bytes) : llvm::Error::success();
  });
  llvm::Error error = writeArchive(entries, options, [&](llvm::StringRef bytes) {
    raw.update(bytes);
    blob.rawSize += bytes.size();
    return compressor->write(bytes);
  });
  if (error) return error;
  if (llvm::Error e = compressor->finish()) return e;
  blob.diffId = raw.finish();
  blob.descriptor.digest = packed.finish();
  blob.descriptor.mediaType = layerMediaType(options.compression);
  return blob;
}

llvm::Expected<Digest> computeDiffId(const std::vector<LayerEntry>& entries, const LayerOptions& options) {
  Hasher raw;
  llvm::Error error = writeArchive(entries, options, [&](llvm::StringRef bytes) -> llvm::Error {
    raw.update(bytes);
    return llvm::Error::success();
  });
  if (error) return error;
  return raw.finish();
}

} // namespace chasi::image
