#include "runtime/image/layout_writer.h"

#include "runtime/image/json_text.h"

#include <fmt/format.h>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <thread>

namespace chasi::image {

using nlohmann::json;
namespace fs = std::filesystem;

std::string privateFolder(const std::string& layout) { return layout + "/.chasi"; }

/// An unfinished layout of ours may lack the marker; a folder with anything else in it is not ours to fill.
static llvm::Error checkFillable(const std::string& layout) {
  std::error_code error;
  if (exists(layout + "/oci-layout")) return llvm::Error::success();
  for (fs::directory_iterator it(layout, error), end; !error && it != end; it.increment(error)) {
    const std::string name = it->path().filename().string();
    if (name != ".chasi" && name != "blobs" && name != "index.json")
      return fault(FaultCode::BadLayout, fmt::format("{} is neither empty nor an OCI image layout: it has \"{}\"", layout, name),
                   "choose another folder for the images");
  }
  if (error && error.value() != ENOENT) return systemFault(FaultCode::Storage, "read the folder " + layout, error.value());
  return llvm::Error::success();
}

/// index.json comes before the marker, so that a folder with the marker is a complete layout at any moment.
static llvm::Error initialise(const std::string& layout) {
  if (llvm::Error e = makeFolders(layout + "/blobs/sha256")) return e;
  if (exists(layout + "/oci-layout")) return llvm::Error::success();
  const std::string temporary = privateFolder(layout) + "/tmp-init";
  if (!exists(layout + "/index.json")) {
    const json empty = {{"schemaVersion", 2}, {"mediaType", media::index}, {"manifests", json::array()}};
    if (llvm::Error e = replaceFile(layout + "/index.json", temporary, canonical(empty) + "\n")) return e;
  }
  return replaceFile(layout + "/oci-layout", temporary, canonical(json{{"imageLayoutVersion", "1.0.0"}}) + "\n");
}

/// Nobody has gone on with it for a week.
static bool isForgotten(const fs::path& part) {
  std::error_code error;
  const auto written = fs::last_write_time(part, error);
  return !error && fs::file_time_type::clock::now() - written > std::chrono::hours(24 * 7);
}

static void removeUnfinished(const std::string& layout) {
  std::error_code error;
  for (fs::directory_iterator it(privateFolder(layout), error), end; !error && it != end; it.increment(error))
    if (const std::string name = it->path().filename().string(); name.starts_with("tmp-") || (name.starts_with("part-") && isForgotten(it->path()))) ::unlink(it->path().c_str());
}

llvm::Expected<LayoutLock> LayoutLock::take(const std::string& layout, std::chrono::milliseconds patience,
                                            const std::function<void()>& waiting) {
  if (llvm::Error e = checkFillable(layout)) return e;
  if (llvm::Error e = makeFolders(privateFolder(layout))) return e;
  const std::string path = privateFolder(layout) + "/lock";
  File file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644));
  if (!file) return systemFault(FaultCode::Storage, "open the lock " + path, errno);
  const auto end = std::chrono::steady_clock::now() + patience;
  for (bool told = false; ::flock(file.fd(), LOCK_EX | LOCK_NB) != 0;) {
    if (errno != EWOULDBLOCK && errno != EINTR) return systemFault(FaultCode::Storage, "lock " + path, errno);
    if (!told && waiting) waiting();
    told = true;
    if (std::chrono::steady_clock::now() >= end)
      return fault(FaultCode::Busy, fmt::format("another build is writing into {}", layout), "wait for it to finish and run again");
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  removeUnfinished(layout);
  if (llvm::Error e = initialise(layout)) return e;
  if (auto index = readIndex(layout); !index) return index.takeError();
  return LayoutLock(layout, std::move(file));
}

llvm::Expected<BlobWriter> BlobWriter::open(const LayoutLock& lock) {
  static std::atomic<unsigned> counter{0};
  std::string path = fmt::format("{}/tmp-{}-{}", privateFolder(lock.layout()), ::getpid(), counter++);
  File file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644));
  if (!file) return systemFault(FaultCode::Storage, "create " + path, errno);
  return BlobWriter(lock, std::move(path), std::move(file));
}

llvm::Expected<BlobWriter> BlobWriter::resume(const LayoutLock& lock, const Descriptor& blob, Hasher& hasher) {
  std::string path = fmt::format("{}/part-{}-{}", privateFolder(lock.layout()), blob.digest.algorithm().str(), blob.digest.hex().str());
  File file(::open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0644));
  if (!file) return systemFault(FaultCode::Storage, "open " + path, errno);
  BlobWriter writer(lock, path, std::move(file));
  writer.kept_ = true;
  llvm::Error error = readPieces(writer.file_, path, FaultCode::Storage, [&](llvm::StringRef bytes) {
    hasher.update(bytes);
    writer.size_ += bytes.size();
    return llvm::Error::success();
  });
  if (error) return error;
  if (writer.size_ <= blob.size) return writer;
  if (::ftruncate(writer.file_.fd(), 0) != 0) return systemFault(FaultCode::Storage, "empty " + path, errno);
  writer.size_ = 0;
  hasher = Hasher(blob.digest.algorithm());
  return writer;
}

BlobWriter::BlobWriter(BlobWriter&& other) noexcept
    : lock_(other.lock_), path_(std::exchange(other.path_, {})), file_(std::move(other.file_)), size_(other.size_), kept_(other.kept_) {}

BlobWriter::~BlobWriter() {
  if (!path_.empty() && !kept_) ::unlink(path_.c_str());
}

llvm::Error BlobWriter::write(llvm::StringRef data) {
  size_ += data.size();
  return writeAll(file_, data, path_);
}

llvm::Expected<bool> BlobWriter::commit(const Digest& digest) {
  Descriptor d;
  d.digest = digest;
  d.size = size_;
  if (hasBlob(lock_->layout(), d)) return kept_ = false; // the destructor removes the copy
  const std::string target = blobPath(lock_->layout(), digest);
  const std::string folder = fs::path(target).parent_path().string();
  if (llvm::Error e = makeFolders(folder)) return e;
  if (::fsync(file_.fd()) != 0) return systemFault(FaultCode::Storage, "flush " + path_, errno);
  if (::rename(path_.c_str(), target.c_str()) != 0) return systemFault(FaultCode::Storage, "write " + target, errno);
  path_.clear();
  if (llvm::Error e = flushFolder(folder)) return e;
  return true;
}

llvm::Expected<bool> putBlob(const LayoutLock& lock, const Digest& digest, llvm::StringRef content) {
  Descriptor d;
  d.digest = digest;
  d.size = content.size();
  if (hasBlob(lock.layout(), d)) return false;
  auto writer = BlobWriter::open(lock);
  if (!writer) return writer.takeError();
  if (llvm::Error e = writer->write(content)) return e;
  return writer->commit(digest);
}

llvm::Expected<bool> copyBlob(const LayoutLock& lock, const std::string& fromLayout, const Descriptor& d) {
  if (hasBlob(lock.layout(), d)) return false;
  const std::string source = blobPath(fromLayout, d.digest);
  auto file = openForReading(source, FaultCode::BadLayout);
  if (!file) return file.takeError();
  auto writer = BlobWriter::open(lock);
  if (!writer) return writer.takeError();
  Hasher hasher(d.digest.algorithm());
  llvm::Error error = readPieces(*file, source, FaultCode::BadLayout, [&](llvm::StringRef bytes) {
    hasher.update(bytes);
    if (writer->size() + bytes.size() > d.size) return fault(FaultCode::BadLayout, fmt::format("{} is longer than the {} bytes recorded", source, d.size));
    return writer->write(bytes);
  });
  if (error) return error;
  if (writer->size() != d.size || hasher.finish() != d.digest)
    return fault(FaultCode::BadLayout, fmt::format("{} does not have the recorded size and digest", source),
                 "fetch the image into that layout again");
  return writer->commit(d.digest);
}

llvm::Expected<bool> setReference(const LayoutLock& lock, const std::string& name, const Descriptor& target) {
  auto index = readIndex(lock.layout());
  if (!index) return index.takeError();
  Descriptor named = target;
  named.annotations[annotation::refName] = name;
  const json entry = toJson(named);
  json before = (*index)["manifests"];
  json after = json::array();
  bool placed = false;
  for (json& old : before) {
    const bool same = old.is_object() && old.contains("annotations") && old["annotations"].is_object() &&
                      old["annotations"].contains(annotation::refName) && old["annotations"][annotation::refName] == name;
    if (!same) after.push_back(old);
    else if (!std::exchange(placed, true)) after.push_back(entry);
  }
  if (!placed) after.push_back(entry);
  if (after == before) return false;
  (*index)["manifests"] = std::move(after);
  if (llvm::Error e = writeIndex(lock, *index)) return e;
  return true;
}

llvm::Error writeIndex(const LayoutLock& lock, const json& index) {
  return replaceFile(lock.layout() + "/index.json", privateFolder(lock.layout()) + "/tmp-index", canonical(index) + "\n");
}

} // namespace chasi::image
