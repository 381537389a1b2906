#include "runtime/image/layer_files.h"

#include "runtime/image/layer_entries.h"
#include "runtime/image/tree.h"

namespace chasi::image {

namespace {

class FilesReading {
public:
  explicit FilesReading(std::string path) : path_(std::move(path)) {}

  llvm::Expected<std::vector<LayerFile>> all() {
    if (llvm::Error error = readEntries(path_, UINT64_MAX, [this](archive* a, archive_entry* entry) { return add(a, entry); })) return error;
    std::vector<LayerFile> out;
    for (auto& [path, file] : files_) out.push_back(std::move(file));
    return out;
  }

private:
  static constexpr size_t kMost = 1'000'000;
  std::string path_;
  std::map<std::string, LayerFile> files_;

  llvm::Error add(archive* a, archive_entry* entry) {
    auto path = cleanPath(nameOf(entry));
    if (!path) return path.takeError();
    if (llvm::StringRef(*path).rsplit('/').second.starts_with(".wh.") || llvm::StringRef(*path).starts_with(".wh.")) return llvm::Error::success();
    if (const std::optional<std::string> hardlink = hardLinkOf(entry)) {
      auto target = cleanPath(*hardlink);
      if (!target) return target.takeError();
      if (const auto at = files_.find(*target); at != files_.end()) files_[*path] = {*path, at->second.sha1, at->second.sha256};
      return llvm::Error::success();
    }
    if (libarchive().entry_filetype(entry) != AE_IFREG) return llvm::Error::success();
    if (files_.size() >= kMost) return damagedLayer(path_, "it has more than a million files");
    return sums(a, files_[*path] = {*path, {}, {}});
  }

  llvm::Error sums(archive* a, LayerFile& file) const {
    Sha1 sha1;
    Hasher sha256;
    llvm::Error error = contentOf(a, path_, [&](llvm::StringRef bytes) {
      sha1.update(bytes.data(), bytes.size());
      sha256.update(bytes);
      return llvm::Error::success();
    });
    if (error) return error;
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
