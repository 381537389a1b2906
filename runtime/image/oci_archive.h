// Images in one file: an OCI layout as a tar (image-layout.md), for what has to be carried where no registry is reached.
#pragma once

#include "runtime/image/layout.h"

namespace chasi::image {

struct SaveOptions {
  std::vector<std::string> without; ///< layouts or archives whose blobs the reader has: they are left out
};

struct SaveResult {
  std::vector<Descriptor> images; ///< in the order of the names
  size_t blobs = 0, left = 0;     ///< in the file; left out
  uint64_t bytes = 0;             ///< of the blobs in it
};

/// The named images of a layout, or all named ones. The same images give the same bytes. The file appears when it is complete.
llvm::Expected<SaveResult> save(const std::string& layout, std::vector<std::string> names, const std::string& file, const SaveOptions& options);

struct LoadResult {
  std::vector<std::pair<std::string, Descriptor>> images; ///< by their names
  size_t blobs = 0, there = 0;                            ///< new; that the layout had
  uint64_t bytes = 0;
};

/// The images of an archive into a layout. Those that other tools left without a name get `name`, which else chooses one of several. No
/// name is set before everything that hangs on it is there; an archive that was saved `without` something needs a layout that has it.
/// Paths that lead elsewhere, links, devices and blobs of another digest are faults.
llvm::Expected<LoadResult> load(const std::string& file, const std::string& layout, const std::string& name = {}, std::chrono::milliseconds patience = std::chrono::minutes(10));

/// The only image of an archive, or the one named, into a layout that is held; it gets no name there.
llvm::Expected<Descriptor> loadOne(const std::string& file, const class LayoutLock& lock, const std::string& name);

} // namespace chasi::image
