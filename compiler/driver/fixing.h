// Moves a workspace to the newest edition: applies the changes that diagnostics offer, and formats. In memory; whoever asked
// writes the files.
#pragma once

#include "compiler/lower/compile.h"

#include <llvm/Support/Error.h>

#include <map>
#include <string>

namespace chasi::driver {

struct FixedFile {
  std::string before, after; ///< before is empty for one that was not there
};

struct FixResult {
  std::map<std::string, FixedFile> files; ///< those that change, by the name under which they are opened
  size_t fixes = 0;     ///< changes that diagnostics offered
  size_t formatted = 0; ///< files of which only the layout changes
  size_t left = 0;      ///< errors that nothing mended
};

/// All modules and environments of the workspace with this root. With `suggestions`, also what a person most likely meant.
/// A change that brings new errors is undone, and so are those that came with it; a file never parses worse than before.
llvm::Expected<FixResult> fixWorkspace(const std::string& root, bool suggestions);

} // namespace chasi::driver
