// Snapshots of tests: values as they were when somebody looked at them, as YAML files beside the module.
#pragma once

#include "compiler/driver/terminal.h"
#include "compiler/lower/test.h"

#include <string>
#include <vector>

namespace chasi::driver {

/// Where the snapshots of a module lie, and what to do about them.
struct SnapshotFolder {
  std::string folder;  ///< `__snapshots__` beside the module, named as the user named the module
  std::string command; ///< what writes them, for messages
  bool update = false;
  size_t written = 0;
};

/// The file of the nth snapshot (from 0) of a test.
std::string snapshotFile(const SnapshotFolder& snapshots, const std::string& slug, size_t n);

/// Compares what a test took with its files, or writes them. Differences go to the failures of the run; errors are of files.
llvm::Error compareSnapshots(SnapshotFolder& snapshots, const lower::TestName& test, lower::TestRun& run);

/// Files in the folder that none of the tests takes.
std::vector<std::string> strayFiles(const SnapshotFolder& snapshots, const std::vector<lower::TestName>& tests);

/// Lines as `diff` shows them: "-" only before, "+" only after, " " around them; "…" for what is left out.
std::vector<std::string> differingLines(llvm::StringRef before, llvm::StringRef after);

} // namespace chasi::driver
