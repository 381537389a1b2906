// Files, as far as images need them: whole small files, atomic replacement, file descriptors that close themselves.
#pragma once

#include "runtime/image/fault.h"

#include <llvm/ADT/ArrayRef.h>
#include <llvm/ADT/STLFunctionalExtras.h>
#include <llvm/ADT/StringRef.h>
#include <llvm/Support/Error.h>

#include <sys/stat.h>

#include <string>
#include <utility>

namespace chasi::image {

/// Owns a file descriptor.
class File {
public:
  File() = default;
  explicit File(int fd) : fd_(fd) {}
  File(File&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  File& operator=(File&& other) noexcept;
  ~File();

  int fd() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }

private:
  int fd_ = -1;
};

/// Opens for reading; a symbolic link as the last component is refused, a FIFO does not block.
llvm::Expected<File> openForReading(const std::string& path, FaultCode code);

/// Reads up to `limit` bytes; a longer file is a fault.
llvm::Expected<std::string> readWhole(const std::string& path, uint64_t limit, FaultCode code);

/// Reads what is there, at most `size` bytes; 0 at the end.
llvm::Expected<size_t> readSome(const File& file, char* buffer, size_t size, const std::string& path, FaultCode code);

/// Hands over all that comes, in pieces; the first error of `take` ends it.
llvm::Error readPieces(const File& file, const std::string& path, FaultCode code, llvm::function_ref<llvm::Error(llvm::StringRef)> take);

/// Writes all; a full disk or a limit is a Storage fault.
llvm::Error writeAll(const File& file, llvm::StringRef data, const std::string& path);

/// Replaces or creates `path`: written to `temporary` (same file system), flushed to the disk, renamed, and the folder flushed.
llvm::Error replaceFile(const std::string& path, const std::string& temporary, llvm::StringRef data);

/// Flushes the entries of a folder, so that a rename survives a power cut.
llvm::Error flushFolder(const std::string& path);

/// Creates a folder and its parents.
llvm::Error makeFolders(const std::string& path);

bool exists(const std::string& path);

} // namespace chasi::image
