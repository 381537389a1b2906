#include "compiler/driver/provenance.h"

#include "runtime/os/program.h"

#include <llvm/ADT/StringRef.h>
#include <llvm/ADT/SmallString.h>
#include <llvm/Support/FileSystem.h>
#include <llvm/Support/Path.h>

namespace chasi::driver {

static bool inRepository(const std::string& folder) {
  llvm::SmallString<256> path(folder);
  if (llvm::sys::fs::make_absolute(path)) return false;
  for (;;) {
    llvm::SmallString<256> git(path);
    llvm::sys::path::append(git, ".git");
    if (llvm::sys::fs::exists(git)) return true;
    const llvm::StringRef up = llvm::sys::path::parent_path(path);
    if (up.empty() || up == path) return false;
    path.resize(up.size());
  }
}

static os::ProgramOutcome git(const std::string& folder, std::vector<std::string> words) {
  os::Program program;
  program.arguments = {"git", "-C", folder};
  program.arguments.insert(program.arguments.end(), words.begin(), words.end());
  program.environment = {"GIT_OPTIONAL_LOCKS=0", "LC_ALL=C"};
  program.time = std::chrono::seconds(5);
  return os::run(program);
}

Provenance provenanceOf(const std::string& folder) {
  Provenance provenance;
  if (!inRepository(folder)) return provenance;
  const os::ProgramOutcome head = git(folder, {"rev-parse", "--verify", "HEAD"});
  if (!head.why.empty()) return provenance;
  provenance.commit = llvm::StringRef(head.output).trim().str();
  const os::ProgramOutcome status = git(folder, {"status", "--porcelain", "--", "."});
  // Too long to wait for, or too much to read, is no sign of order.
  provenance.dirty = !status.why.empty() || !status.output.empty();
  return provenance;
}

} // namespace chasi::driver
