// Files that may hold Kubernetes objects, wherever they lie.
#pragma once

#include "compiler/eval/manifest_text.h"
#include "runtime/plan/operation.h"

#include <llvm/Support/Error.h>

#include <string>
#include <vector>

namespace chasi::driver {

/// A file is itself, whatever its name; a folder stands for the files below that eval::isManifestName means, by path. Hidden folders and
/// symbolic links are left out. CH0001 when there is nothing to read.
llvm::Expected<std::vector<std::string>> manifestFiles(const std::string& path);

/// The text of one; CH0001 when it cannot be read or is too large.
llvm::Expected<std::string> readManifestFile(const std::string& path);

/// Line and column of a byte.
plan::SourceRef placeIn(const std::string& file, llvm::StringRef text, uint32_t offset);

} // namespace chasi::driver
