// libarchive, loaded when it is first needed: `libarchive().read_new()` is archive_read_new().
#pragma once

#include "runtime/plan/lazy_library.h"

#include <archive.h>
#include <archive_entry.h>

namespace chasi::image {

#define CHASI_ARCHIVE_FUNCTIONS(X) \
  X(entry_clear) X(entry_copy_pathname) X(entry_copy_symlink) X(entry_filetype) X(entry_free) X(entry_hardlink) \
  X(entry_hardlink_utf8) X(entry_new) X(entry_pathname) X(entry_pathname_utf8) X(entry_perm) X(entry_set_filetype) \
  X(entry_set_gid) X(entry_set_mtime) X(entry_set_perm) X(entry_set_size) X(entry_set_uid) X(entry_size) X(entry_symlink) \
  X(entry_symlink_utf8) X(error_string) X(read_data_block) X(read_free) X(read_new) X(read_next_header) X(read_open_filename) X(read_open_memory) \
  X(read_support_filter_gzip) X(read_support_filter_zstd) X(read_support_format_empty) X(read_support_format_raw) \
  X(read_support_format_tar) X(write_add_filter_none) X(write_close) X(write_data) X(write_free) X(write_header) X(write_new) \
  X(write_open) X(write_set_bytes_in_last_block) X(write_set_bytes_per_block) X(write_set_format_option) \
  X(write_set_format_pax_restricted)

struct Archive {
#define CHASI_ARCHIVE(name) decltype(&::archive_##name) name = nullptr;
  CHASI_ARCHIVE_FUNCTIONS(CHASI_ARCHIVE)
#undef CHASI_ARCHIVE
  std::string why; ///< it cannot be used; empty when it can
};

inline const Archive& libarchive() {
  static const Archive loaded = [] {
    static plan::LazyLibrary library("libarchive.so.13", "libarchive13");
    Archive a;
#define CHASI_ARCHIVE(name) library.bind(a.name, "archive_" #name);
    CHASI_ARCHIVE_FUNCTIONS(CHASI_ARCHIVE)
#undef CHASI_ARCHIVE
    a.why = library.why();
    return a;
  }();
  return loaded;
}

} // namespace chasi::image
