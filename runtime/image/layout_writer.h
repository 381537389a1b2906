// Writing into a layout: under its lock, every file under a temporary name first, index.json last.
#pragma once

#include "runtime/image/file_io.h"
#include "runtime/image/layout.h"

namespace chasi::image {

/// The private folder for the lock and unfinished blobs, inside the layout so that renames stay on one file system.
std::string privateFolder(const std::string& layout);

/// The right to write into a layout, held until destruction, between processes and between threads (flock).
/// Taking it makes the folder a layout if it is missing or empty, and removes what a killed writer left unfinished.
class LayoutLock {
public:
  /// Waits up to `patience`, then gives up with Busy; `waiting` is called once before waiting.
  static llvm::Expected<LayoutLock> take(const std::string& layout, std::chrono::milliseconds patience,
                                         const std::function<void()>& waiting = {});
  const std::string& layout() const { return layout_; }

private:
  LayoutLock(std::string layout, File file) : layout_(std::move(layout)), file_(std::move(file)) {}
  std::string layout_;
  File file_;
};

/// A blob that is being written; without `commit` nothing of it stays.
class BlobWriter {
public:
  static llvm::Expected<BlobWriter> open(const LayoutLock& lock);
  /// For a blob that comes from far away: what came of it before stays beside the layout's blobs, also when this process is killed, and is
  /// read into `hasher` here. `size()` tells how much that is. Not for two writers of one digest.
  static llvm::Expected<BlobWriter> resume(const LayoutLock& lock, const Descriptor& blob, Hasher& hasher);
  BlobWriter(BlobWriter&& other) noexcept;
  BlobWriter& operator=(BlobWriter&&) = delete;
  ~BlobWriter();

  llvm::Error write(llvm::StringRef data);
  /// Flushes and gives the blob its name; `true` when it was not there before. The content must have this digest.
  llvm::Expected<bool> commit(const Digest& digest);
  uint64_t size() const { return size_; }
  /// What came so far is of no use.
  void discard() { kept_ = false; }

private:
  BlobWriter(const LayoutLock& lock, std::string path, File file) : lock_(&lock), path_(std::move(path)), file_(std::move(file)) {}
  const LayoutLock* lock_;
  std::string path_; ///< empty when committed or moved from
  File file_;
  uint64_t size_ = 0;
  bool kept_ = false; ///< stays without `commit`
};

/// Writes a small blob unless it is there.
llvm::Expected<bool> putBlob(const LayoutLock& lock, const Digest& digest, llvm::StringRef content);

/// Copies a blob from another layout unless it is there; its size and digest are checked on the way.
llvm::Expected<bool> copyBlob(const LayoutLock& lock, const std::string& fromLayout, const Descriptor& descriptor);

/// Replaces index.json.
llvm::Error writeIndex(const LayoutLock& lock, const nlohmann::json& index);

/// Sets the entry of `name` in index.json, keeping all others as they are; `true` when the file changed.
llvm::Expected<bool> setReference(const LayoutLock& lock, const std::string& name, const Descriptor& target);

} // namespace chasi::image
