// The entries of a layer blob, read through libarchive from front to back. Inside this room only.
#pragma once

#include "runtime/image/archive_library.h"
#include "runtime/image/compress.h"

#include <llvm/ADT/STLFunctionalExtras.h>

namespace chasi::image {

llvm::Error damagedLayer(const std::string& path, const std::string& what);
/// What libarchive says, or nothing.
std::string reasonOf(archive* a);

/// The name as bytes, whichever way the archive spelled it.
std::string nameOf(archive_entry* entry);
/// What a hard link is another name of; nothing when it is none.
std::optional<std::string> hardLinkOf(archive_entry* entry);

/// Calls `each` for every entry of the blob at `path`, packed or not; the first error ends it. A blob that is damaged, or has more than
/// `most` entries, is a fault. Names are taken as they are, whatever the locale.
llvm::Error readEntries(const std::string& path, uint64_t most, llvm::function_ref<llvm::Error(archive*, archive_entry*)> each);

/// Hands over the content of the entry that was just given; holes of sparse entries are zeros.
llvm::Error contentOf(archive* a, const std::string& path, llvm::function_ref<llvm::Error(llvm::StringRef)> out);

} // namespace chasi::image
