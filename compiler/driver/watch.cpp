#include "compiler/driver/watch.h"

#include "compiler/driver/planning.h"

#include <llvm/Support/FileSystem.h>
#include <llvm/Support/Path.h>

#include <chrono>
#include <thread>

namespace chasi::driver {

namespace {

namespace fs = llvm::sys::fs;

/// Workspaces are folders of text; one that is not shall not keep the disk busy.
constexpr size_t kMaxFiles = 20'000;
constexpr std::chrono::milliseconds kPause{250};

void add(const std::string& path, FileStates& out) {
  fs::file_status status;
  if (fs::status(path, status) || !fs::is_regular_file(status)) return;
  out[path] = {status.getSize(), status.getLastModificationTime().time_since_epoch().count()};
}

} // namespace

FileStates fileStates(const package::Workspace& workspace, const std::vector<std::string>& others) {
  FileStates out;
  std::error_code code;
  for (fs::recursive_directory_iterator it(workspace.root, code), end; it != end && !code && out.size() < kMaxFiles; it.increment(code)) {
    const bool hidden = llvm::sys::path::filename(it->path()).starts_with(".");
    if (hidden && it->type() == fs::file_type::directory_file) it.no_push();
    else if (!hidden) add(it->path(), out);
  }
  for (const std::string& file : others) add(file, out);
  return out;
}

bool waitForChange(const package::Workspace& workspace, const std::vector<std::string>& others, const FileStates& before) {
  FileStates last = before;
  while (interrupts().load() == 0) {
    std::this_thread::sleep_for(kPause);
    FileStates now = fileStates(workspace, others);
    if (now == last && now != before) return true; // whoever was writing has stopped
    last = std::move(now);
  }
  return false;
}

} // namespace chasi::driver
