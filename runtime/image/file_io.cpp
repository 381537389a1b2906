#include "runtime/image/file_io.h"

#include <fmt/format.h>

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

namespace chasi::image {

File& File::operator=(File&& other) noexcept {
  if (fd_ >= 0 && fd_ != other.fd_) ::close(fd_);
  fd_ = std::exchange(other.fd_, -1);
  return *this;
}

File::~File() {
  if (fd_ >= 0) ::close(fd_);
}

llvm::Expected<File> openForReading(const std::string& path, FaultCode code) {
  File file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (!file) return systemFault(code, "open " + path, errno);
  return file;
}

llvm::Expected<size_t> readSome(const File& file, char* buffer, size_t size, const std::string& path, FaultCode code) {
  for (;;) {
    const ssize_t got = ::read(file.fd(), buffer, size);
    if (got >= 0) return static_cast<size_t>(got);
    if (errno != EINTR) return systemFault(code, "read " + path, errno);
  }
}

llvm::Error readPieces(const File& file, const std::string& path, FaultCode code, llvm::function_ref<llvm::Error(llvm::StringRef)> take) {
  std::vector<char> buffer(256 * 1024);
  for (;;) {
    auto got = readSome(file, buffer.data(), buffer.size(), path, code);
    if (!got) return got.takeError();
    if (*got == 0) return llvm::Error::success();
    if (llvm::Error e = take({buffer.data(), *got})) return e;
  }
}

llvm::Expected<std::string> readWhole(const std::string& path, uint64_t limit, FaultCode code) {
  auto file = openForReading(path, code);
  if (!file) return file.takeError();
  std::string text;
  std::array<char, 65536> buffer;
  for (;;) {
    auto got = readSome(*file, buffer.data(), buffer.size(), path, code);
    if (!got) return got.takeError();
    if (*got == 0) return text;
    text.append(buffer.data(), *got);
    if (text.size() > limit) return fault(code, fmt::format("{} is larger than {} bytes", path, limit));
  }
}

llvm::Error writeAll(const File& file, llvm::StringRef data, const std::string& path) {
  while (!data.empty()) {
    const ssize_t done = ::write(file.fd(), data.data(), data.size());
    if (done < 0 && errno == EINTR) continue;
    if (done < 0) return systemFault(FaultCode::Storage, "write " + path, errno);
    data = data.drop_front(static_cast<size_t>(done));
  }
  return llvm::Error::success();
}

llvm::Error replaceFile(const std::string& path, const std::string& temporary, llvm::StringRef data) {
  File file(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644));
  if (!file) return systemFault(FaultCode::Storage, "create " + temporary, errno);
  llvm::Error error = writeAll(file, data, temporary);
  if (!error && ::fsync(file.fd()) != 0) error = systemFault(FaultCode::Storage, "flush " + temporary, errno);
  if (!error && ::rename(temporary.c_str(), path.c_str()) != 0)
    error = systemFault(FaultCode::Storage, "replace " + path, errno);
  if (error) {
    ::unlink(temporary.c_str());
    return error;
  }
  return flushFolder(std::filesystem::path(path).parent_path().string());
}

llvm::Error flushFolder(const std::string& path) {
  File folder(::open(path.empty() ? "." : path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder) return systemFault(FaultCode::Storage, "open " + path, errno);
  // Some network file systems do not flush folders (EINVAL); there is nothing more to do then.
  if (::fsync(folder.fd()) != 0 && errno != EINVAL) return systemFault(FaultCode::Storage, "flush " + path, errno);
  return llvm::Error::success();
}

llvm::Error makeFolders(const std::string& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (error) return systemFault(FaultCode::Storage, "create the folder " + path, error.value());
  return llvm::Error::success();
}

bool exists(const std::string& path) {
  struct stat info {};
  return ::lstat(path.c_str(), &info) == 0;
}

} // namespace chasi::image
