#include "runtime/local/lock.h"

#include "runtime/local/access.h"
#include "runtime/plan/fault.h"

#include <fmt/format.h>

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

namespace chasi::local {

static std::string lockPath(const std::string& file) { return file + ".lock"; }

static struct flock wholeFile() {
  struct flock range{};
  range.l_type = F_WRLCK;
  range.l_whence = SEEK_SET;
  return range;
}

static Running readNote(int descriptor) {
  char buffer[1024];
  const ssize_t size = ::pread(descriptor, buffer, sizeof buffer, 0);
  Running running;
  if (size <= 0) return running;
  const Json note = parseTrusted({buffer, static_cast<size_t>(size)});
  running.pid = static_cast<int>(numberAt(note, {"pid"}));
  running.url = textAt(note, {"url"});
  return running;
}

llvm::Expected<Lock> Lock::take(const std::string& file) {
  std::error_code problem;
  const std::filesystem::path folder = std::filesystem::path(file).parent_path();
  if (!folder.empty()) std::filesystem::create_directories(folder, problem);
  const std::string path = lockPath(file);
  // Locks of open file descriptions: a second server of the same process is kept out, too.
  const int descriptor = problem ? -1 : ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (descriptor < 0)
    return plan::fault("CH6302", fmt::format("the cluster's file {} cannot be opened: {}", file, problem ? problem.message() : std::generic_category().message(errno)),
                       "choose a folder that can be written");
  struct flock range = wholeFile();
  if (::fcntl(descriptor, F_OFD_SETLK, &range) == 0) return Lock(descriptor);
  const Running running = readNote(descriptor);
  ::close(descriptor);
  const std::string who = running.pid == 0 ? "another process" : fmt::format("process {} at {}", running.pid, running.url);
  return plan::fault("CH6301", fmt::format("the cluster's file {} is served by {}", file, who),
                     running.pid == 0 ? "wait until it has ended" : fmt::format("use the running one, or end it first (kill {})", running.pid));
}

Lock::~Lock() {
  if (descriptor_ < 0) return;
  (void)::ftruncate(descriptor_, 0);
  ::close(descriptor_);
}

void Lock::note(const std::string& url) const {
  const std::string text = dumpJson({{"pid", ::getpid()}, {"url", url}}) + "\n";
  if (::ftruncate(descriptor_, 0) != 0 || ::pwrite(descriptor_, text.data(), text.size(), 0) < 0) return; // only people miss it
}

llvm::Expected<Running> whoServes(const std::string& file) {
  const int descriptor = ::open(lockPath(file).c_str(), O_RDWR | O_CLOEXEC);
  if (descriptor < 0) {
    if (errno == ENOENT || errno == ENOTDIR) return Running{};
    return plan::fault("CH6302", fmt::format("the lock of the cluster's file {} cannot be read: {}", file, std::generic_category().message(errno)),
                       "check the owner and the permissions of the folder");
  }
  struct flock range = wholeFile();
  // Asks without taking: a server that starts at this moment is not disturbed.
  const bool held = ::fcntl(descriptor, F_OFD_GETLK, &range) == 0 && range.l_type != F_UNLCK;
  const Running running = held ? readNote(descriptor) : Running{};
  ::close(descriptor);
  return running;
}

} // namespace chasi::local
