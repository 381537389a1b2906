#include "runtime/image/layer_files.h"

#include "runtime/image/archive_library.h"
#include "runtime/image/fault.h"
#include "runtime/image/tree.h"

#include <array>

namespace chasi::image {

namespace {

class FilesReading {
public:
  explicit FilesReading(std::string path) : path_(std::move(path)) {}

  llvm::Expected<std::vector<LayerFile>> all() {
    if (const std::string& why = libarchive().why; !why.empty()) return damaged(why);
    archive_.reset(libarchive().read_new());
    archive* a = archive_.get();
    libarchive().read_support_filter_gzip(a);
    libarchive().read_support_filter_zstd(a);
    libarchive().read_support_format_tar(a);
    libarchive().read_support_format_empty(a);
    if (libarchive().read_open_filename(a, path_.c_str(), 256 * 1024) != ARCHIVE_OK) return damaged(reason());
    archive_entry* entry = nullptr;
    for (;;) {
      const int status = libarchive().read_next_header(a, &entry);
      if (status == ARCHIVE_EOF) break;
      if (status < ARCHIVE_WARN) return damaged(reason());
      if (llvm::Error error = add(entry)) return error;
    }
    std::vector<LayerFile> out;
    for (auto& [path, file] : files_) out.push_back(std::move(file));
    return out;
  }

private:
  static constexpr size_t kMost = 1'000'000;
  std::string path_;
  ArchiveReading archive_;
  std::map<std::string, LayerFile> files_;

  std::string reason() const {
    const char* text = libarchive().error_string(archive_.get());
    return text ? text : "it is no tar";
  }
  llvm::Error damaged(const std::string& what) const { return fault(FaultCode::BadLayout, path_ + ": " + what); }

  static llvm::Expected<std::string> nameOf(const char* plain, const char* utf8) { return cleanPath(plain ? plain : utf8 ? utf8 : ""); }

  llvm::Error add(archive_entry* entry) {
    auto path = nameOf(libarchive().entry_pathname(entry), libarchive().entry_pathname_utf8(entry));
    if (!path) return path.takeError();
    if (llvm::StringRef(*path).rsplit('/').second.starts_with(".wh.") || llvm::StringRef(*path).starts_with(".wh.")) return llvm::Error::success();
    if (libarchive().entry_hardlink(entry) || libarchive().entry_hardlink_utf8(entry)) {
      auto target = nameOf(libarchive().entry_hardlink(entry), libarchive().entry_hardlink_utf8(entry));
      if (!target) return target.takeError();
      if (const auto at = files_.find(*target); at != files_.end()) files_[*path] = {*path, at->second.sha1, at->second.sha256};
      return llvm::Error::success();
    }
    if (libarchive().entry_filetype(entry) != AE_IFREG) return llvm::Error::success();
    if (files_.size() >= kMost) return damaged("it has more than a million files");
    return content(files_[*path] = {*path, {}, {}});
  }

  llvm::Error content(LayerFile& file) {
    Sha1 sha1;
    Hasher sha256;
    const auto update = [&](const void* data, size_t size) {
      sha1.update(data, size);
      sha256.update(data, size);
    };
    static const std::array<char, 65536> zeros{};
    la_int64_t position = 0;
    for (;;) {
      const void* data = nullptr;
      size_t size = 0;
      la_int64_t offset = 0;
      const int status = libarchive().read_data_block(archive_.get(), &data, &size, &offset);
      if (status == ARCHIVE_EOF) break;
      if (status < ARCHIVE_WARN) return damaged(reason());
      for (; position < offset; position += std::min<la_int64_t>(offset - position, zeros.size())) // holes of sparse entries
        update(zeros.data(), static_cast<size_t>(std::min<la_int64_t>(offset - position, zeros.size())));
      update(data, size);
      position += static_cast<la_int64_t>(size);
    }
    file.sha1 = sha1.finish();
    file.sha256 = sha256.finish().hex().str();
    return llvm::Error::success();
  }
};

} // namespace

llvm::Expected<std::vector<LayerFile>> filesOf(const std::string& layout, const Descriptor& layer) { return FilesReading(blobPath(layout, layer.digest)).all(); }

std::string sha1Of(llvm::StringRef text) {
  Sha1 sum;
  sum.update(text.data(), text.size());
  return sum.finish();
}

} // namespace chasi::image
