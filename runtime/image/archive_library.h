// libarchive, loaded when it is first needed: `libarchive().read_new()` is archive_read_new().
#pragma once

#include "runtime/os/lazy_library.h"

#include <archive.h>
#include <archive_entry.h>

#include <memory>

namespace chasi::image {

#define CHASI_ARCHIVE_FUNCTIONS(X) \
  X(archive_, entry_clear) X(archive_, entry_copy_pathname) X(archive_, entry_copy_symlink) X(archive_, entry_filetype) \
  X(archive_, entry_free) X(archive_, entry_hardlink) X(archive_, entry_hardlink_utf8) X(archive_, entry_new) \
  X(archive_, entry_pathname) X(archive_, entry_pathname_utf8) X(archive_, entry_perm) X(archive_, entry_set_filetype) \
  X(archive_, entry_set_gid) X(archive_, entry_set_mtime) X(archive_, entry_set_perm) X(archive_, entry_set_size) \
  X(archive_, entry_set_uid) X(archive_, entry_size) X(archive_, entry_symlink) X(archive_, entry_symlink_utf8) \
  X(archive_, error_string) X(archive_, read_data_block) X(archive_, read_free) X(archive_, read_new) X(archive_, read_next_header) \
  X(archive_, read_open_filename) X(archive_, read_open_memory) X(archive_, read_support_filter_gzip) \
  X(archive_, read_support_filter_zstd) X(archive_, read_support_format_empty) X(archive_, read_support_format_raw) \
  X(archive_, read_support_format_tar) X(archive_, write_add_filter_none) X(archive_, write_close) X(archive_, write_data) \
  X(archive_, write_free) X(archive_, write_header) X(archive_, write_new) X(archive_, write_open) \
  X(archive_, write_set_bytes_in_last_block) X(archive_, write_set_bytes_per_block) X(archive_, write_set_format_option) \
  X(archive_, write_set_format_pax_restricted)

CHASI_LAZY_LIBRARY(Archive, libarchive, CHASI_ARCHIVE_FUNCTIONS, "libarchive.so.13", "libarchive13")

struct ReadDeleter {
  void operator()(archive* a) const { libarchive().read_free(a); }
};
using ArchiveReading = std::unique_ptr<archive, ReadDeleter>;

} // namespace chasi::image
