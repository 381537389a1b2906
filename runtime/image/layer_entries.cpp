#include "runtime/image/layer_entries.h"

#include "runtime/image/fault.h"

#include <clocale>

#include <fmt/format.h>

#include <array>

namespace chasi::image {

namespace {

/// libarchive turns names in pax headers into the locale's characters and mangles them in "C"; C.UTF-8 keeps them.
/// Only this thread is affected.
class Utf8Names {
public:
  Utf8Names() : locale_(::newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr)) {
    if (locale_) before_ = ::uselocale(locale_);
  }
  ~Utf8Names() {
    if (!locale_) return;
    ::uselocale(before_);
    ::freelocale(locale_);
  }
  Utf8Names(const Utf8Names&) = delete;
  Utf8Names& operator=(const Utf8Names&) = delete;

private:
  locale_t locale_;
  locale_t before_ = nullptr;
};

std::string orEmpty(const char* text) { return text ? text : ""; }

} // namespace

llvm::Error damagedLayer(const std::string& path, const std::string& what) {
  return fault(FaultCode::BadLayout, path + ": " + what);
}

std::string reasonOf(archive* a) { return orEmpty(libarchive().error_string(a)); }

std::string nameOf(archive_entry* entry) {
  const char* path = libarchive().entry_pathname(entry);
  return orEmpty(path ? path : libarchive().entry_pathname_utf8(entry));
}

std::optional<std::string> hardLinkOf(archive_entry* entry) {
  const char* target = libarchive().entry_hardlink(entry);
  if (!target) target = libarchive().entry_hardlink_utf8(entry);
  return target ? std::optional<std::string>(target) : std::nullopt;
}

llvm::Error readEntries(const std::string& path, uint64_t most, llvm::function_ref<llvm::Error(archive*, archive_entry*)> each) {
  if (!libarchive().why.empty()) return damagedLayer(path, libarchive().why);
  const Utf8Names names;
  ArchiveReading a(libarchive().read_new());
  libarchive().read_support_filter_gzip(a.get());
  libarchive().read_support_filter_zstd(a.get());
  libarchive().read_support_format_tar(a.get());
  libarchive().read_support_format_empty(a.get());
  if (libarchive().read_open_filename(a.get(), path.c_str(), 256 * 1024) != ARCHIVE_OK) return damagedLayer(path, reasonOf(a.get()));
  archive_entry* entry = nullptr;
  for (uint64_t count = 0;; ++count) {
    const int status = libarchive().read_next_header(a.get(), &entry);
    if (status == ARCHIVE_EOF) return llvm::Error::success();
    if (status < ARCHIVE_WARN) return damagedLayer(path, reasonOf(a.get()));
    if (count >= most) return damagedLayer(path, fmt::format("more than {} entries", most));
    if (llvm::Error e = each(a.get(), entry)) return e;
  }
}

llvm::Error contentOf(archive* a, const std::string& path, llvm::function_ref<llvm::Error(llvm::StringRef)> out) {
  const void* data = nullptr;
  size_t size = 0;
  la_int64_t offset = 0;
  la_int64_t position = 0;
  static const std::array<char, 65536> zeros{};
  for (;;) {
    const int status = libarchive().read_data_block(a, &data, &size, &offset);
    if (status == ARCHIVE_EOF) return llvm::Error::success();
    if (status < ARCHIVE_WARN) return damagedLayer(path, reasonOf(a));
    while (position < offset) {
      const auto gap = std::min<la_int64_t>(offset - position, static_cast<la_int64_t>(zeros.size()));
      if (llvm::Error e = out({zeros.data(), static_cast<size_t>(gap)})) return e;
      position += gap;
    }
    if (llvm::Error e = out({static_cast<const char*>(data), size})) return e;
    position += static_cast<la_int64_t>(size);
  }
}

} // namespace chasi::image
