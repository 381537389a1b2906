#include "runtime/image/oci_archive.h"

#include "runtime/image/archive_library.h"
#include "runtime/image/attached.h"
#include "runtime/image/json_text.h"
#include "runtime/image/layer.h"
#include "runtime/image/layout_writer.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>
#include <llvm/ADT/STLExtras.h>

#include <cerrno>
#include <cstring>
#include <set>

namespace chasi::image {

using nlohmann::json;

namespace {

constexpr const char* kMarker = R"({"imageLayoutVersion":"1.0.0"})";

llvm::Error damaged(const std::string& file, const std::string& what) { return fault(FaultCode::BadLayout, file + ": " + what, "make or fetch the archive again"); }

/// A tar that is read from front to back: the entries that an OCI layout has, and nothing else.
class ArchiveReader {
public:
  explicit ArchiveReader(const std::string& file) : file_(file) {}

  struct Entry {
    llvm::StringRef name; ///< without a leading "./"
    uint64_t size = 0;
  };
  using Data = llvm::function_ref<llvm::Error(llvm::StringRef)>;
  /// Calls with each regular file; `content(take)` hands over what is in it, or it is passed over.
  llvm::Error each(llvm::function_ref<llvm::Error(const Entry&, llvm::function_ref<llvm::Error(Data)> content)> call) {
    if (!libarchive().why.empty()) return damaged(file_, libarchive().why);
    if (::access(file_.c_str(), R_OK) != 0) return fault(FaultCode::BadLayout, fmt::format("{} cannot be opened: {}", file_, std::strerror(errno)), "name an archive that is there, and may be read");
    reading_.reset(libarchive().read_new());
    libarchive().read_support_filter_gzip(reading_.get());
    libarchive().read_support_filter_zstd(reading_.get());
    libarchive().read_support_format_tar(reading_.get());
    if (libarchive().read_open_filename(reading_.get(), file_.c_str(), 256 * 1024) != ARCHIVE_OK) return failed();
    archive_entry* entry = nullptr;
    for (size_t count = 0;; ++count) {
      const int status = libarchive().read_next_header(reading_.get(), &entry);
      if (status == ARCHIVE_EOF) return llvm::Error::success();
      if (status < ARCHIVE_WARN) return failed();
      if (count > kMostEntries) return damaged(file_, fmt::format("more than {} entries", kMostEntries));
      const char* path = libarchive().entry_pathname(entry);
      llvm::StringRef name = path ? path : "";
      name.consume_front("./");
      if (libarchive().entry_filetype(entry) == AE_IFDIR) continue;
      const bool link = libarchive().entry_hardlink(entry) || libarchive().entry_hardlink_utf8(entry);
      if (libarchive().entry_filetype(entry) != AE_IFREG || link) return damaged(file_, fmt::format("\"{}\" is no regular file", name.str()));
      const Entry it{name, static_cast<uint64_t>(std::max<la_int64_t>(libarchive().entry_size(entry), 0))};
      if (llvm::Error error = call(it, [&](Data take) { return content(it, take); })) return error;
    }
  }

private:
  static constexpr size_t kMostEntries = 400'000;
  const std::string& file_;
  ArchiveReading reading_;

  llvm::Error failed() const {
    const char* why = libarchive().error_string(reading_.get());
    return damaged(file_, why ? why : "it cannot be read");
  }
  llvm::Error content(const Entry& entry, Data take) const {
    uint64_t got = 0;
    for (;;) {
      const void* data = nullptr;
      size_t size = 0;
      la_int64_t offset = 0;
      const int status = libarchive().read_data_block(reading_.get(), &data, &size, &offset);
      if (status == ARCHIVE_EOF) return got == entry.size ? llvm::Error::success() : damaged(file_, fmt::format("\"{}\" is cut off", entry.name.str()));
      if (status < ARCHIVE_WARN) return failed();
      if (static_cast<uint64_t>(offset) != got || size > entry.size - got) return damaged(file_, fmt::format("\"{}\" has holes", entry.name.str()));
      got += size;
      if (llvm::Error error = take({static_cast<const char*>(data), size})) return error;
    }
  }
};

/// "blobs/sha256/…" as a digest; nothing for other names.
std::optional<Digest> blobOf(llvm::StringRef name) {
  if (!name.consume_front("blobs/")) return std::nullopt;
  const auto [algorithm, hex] = name.split('/');
  auto digest = Digest::parse(algorithm.str() + ":" + hex.str());
  if (digest) return std::move(*digest);
  llvm::consumeError(digest.takeError());
  return std::nullopt;
}

bool isFolder(const std::string& path) {
  struct stat info {};
  return ::stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode);
}

/// Whatever a reader has.
struct Had {
  std::vector<std::string> layouts;
  std::set<Digest> digests;

  static llvm::Expected<Had> of(const std::vector<std::string>& places) {
    Had had;
    for (const std::string& place : places) {
      if (isFolder(place)) {
        if (auto index = readIndex(place); !index) return index.takeError();
        had.layouts.push_back(place);
        continue;
      }
      llvm::Error error = ArchiveReader(place).each([&](const ArchiveReader::Entry& entry, auto) {
        if (auto digest = blobOf(entry.name)) had.digests.insert(std::move(*digest));
        return llvm::Error::success();
      });
      if (error) return error;
    }
    return had;
  }
  bool has(const Descriptor& d) const {
    return digests.contains(d.digest) || llvm::any_of(layouts, [&](const std::string& layout) { return hasBlob(layout, d); });
  }
};

LayerEntry folder(std::string path) {
  LayerEntry entry;
  entry.path = std::move(path);
  return entry;
}

LayerEntry text(std::string path, std::string content) {
  LayerEntry entry;
  entry.kind = LayerEntry::Kind::Inline;
  entry.path = std::move(path);
  entry.mode = 0644;
  entry.content = std::move(content);
  return entry;
}

llvm::Expected<LayerEntry> blobEntry(const std::string& layout, const Descriptor& d) {
  LayerEntry entry;
  entry.kind = LayerEntry::Kind::File;
  entry.path = fmt::format("blobs/{}/{}", d.digest.algorithm().str(), d.digest.hex().str());
  entry.mode = 0644;
  entry.source = blobPath(layout, d.digest);
  struct stat info {};
  if (::lstat(entry.source.c_str(), &info) != 0 || !S_ISREG(info.st_mode) || static_cast<uint64_t>(info.st_size) != d.size)
    return fault(FaultCode::BadLayout, fmt::format("{} is missing, or does not have the {} bytes recorded", entry.source, d.size), "`chasic image verify` finds all that is damaged");
  entry.stamp = stampOf(info);
  return entry;
}

llvm::Error writeWhole(const std::vector<LayerEntry>& entries, const std::string& file) {
  const std::string temporary = fmt::format("{}.part-{}", file, ::getpid());
  File out(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0666));
  if (!out) return systemFault(FaultCode::Storage, "create " + temporary, errno);
  llvm::Error error = writeArchive(entries, {}, [&](llvm::StringRef bytes) { return writeAll(out, bytes, temporary); });
  if (!error && ::fsync(out.fd()) != 0) error = systemFault(FaultCode::Storage, "flush " + temporary, errno);
  if (!error && ::rename(temporary.c_str(), file.c_str()) != 0) error = systemFault(FaultCode::Storage, "write " + file, errno);
  if (error) ::unlink(temporary.c_str());
  return error;
}

} // namespace

llvm::Expected<SaveResult> save(const std::string& layout, std::vector<std::string> names, const std::string& file, const SaveOptions& options) {
  auto index = readIndex(layout);
  if (!index) return index.takeError();
  if (names.empty()) {
    auto entries = children(*index, layout + "/index.json");
    if (!entries) return entries.takeError();
    for (const Descriptor& d : *entries)
      if (const auto at = d.annotations.find(annotation::refName); at != d.annotations.end()) names.push_back(at->second);
    if (names.empty()) return fault(FaultCode::UnknownReference, fmt::format("{} has no named image", layout), "build or pull one into it");
  }
  llvm::sort(names);
  names.erase(std::unique(names.begin(), names.end()), names.end());
  auto had = Had::of(options.without);
  if (!had) return had.takeError();
  SaveResult result;
  json rows = json::array();
  std::map<Digest, Descriptor> blobs, hanging;
  for (const std::string& name : names) {
    auto root = findReference(layout, name);
    if (!root) return root.takeError();
    auto all = reachable(layout, *root);
    if (!all) return all.takeError();
    auto attached = attachedIn(layout, *all);
    if (!attached) return attached.takeError();
    for (Attached& each : *attached) {
      hanging.try_emplace(each.referrer.manifest.digest, each.referrer.manifest);
      for (Descriptor& d : each.blobs) blobs.try_emplace(d.digest, std::move(d));
    }
    for (Descriptor& d : *all) blobs.try_emplace(d.digest, std::move(d));
    rows.push_back(toJson(*root));
    result.images.push_back(std::move(*root));
  }
  for (auto& [digest, d] : hanging) {
    d.annotations.clear();
    rows.push_back(toJson(d));
  }
  std::vector<LayerEntry> entries = {folder("blobs")};
  std::string algorithm;
  for (const auto& [digest, d] : blobs) { // in the order of their names
    // What points at others always travels: it says what is needed.
    if (!pointsAtMore(d) && had->has(d)) {
      ++result.left;
      continue;
    }
    if (std::exchange(algorithm, digest.algorithm().str()) != digest.algorithm()) entries.push_back(folder("blobs/" + algorithm));
    auto entry = blobEntry(layout, d);
    if (!entry) return entry.takeError();
    entries.push_back(std::move(*entry));
    ++result.blobs;
    result.bytes += d.size;
  }
  entries.push_back(text("index.json", canonical(json{{"schemaVersion", 2}, {"mediaType", media::index}, {"manifests", std::move(rows)}})));
  entries.push_back(text("oci-layout", kMarker));
  if (llvm::Error error = writeWhole(entries, file)) return error;
  return result;
}

namespace {

std::string nameOf(const Descriptor& d) {
  const auto at = d.annotations.find(annotation::refName);
  return at == d.annotations.end() ? "" : at->second;
}

class Loading {
public:
  Loading(const std::string& file, const LayoutLock& lock) : file_(file), lock_(lock) {}
  LoadResult result;

  llvm::Error read() {
    bool marked = false;
    llvm::Error error = ArchiveReader(file_).each([&](const ArchiveReader::Entry& entry, llvm::function_ref<llvm::Error(ArchiveReader::Data)> content) -> llvm::Error {
      if (entry.name == "index.json") return words(entry, content, index_);
      if (entry.name == "oci-layout") {
        std::string marker;
        marked = true;
        return words(entry, content, marker);
      }
      if (const std::optional<Digest> digest = blobOf(entry.name)) return blob(entry, *digest, content);
      if (entry.name.starts_with("blobs/")) return damaged(file_, fmt::format("\"{}\" is named by no digest", entry.name.str()));
      if (entry.name == "manifest.json" || entry.name == "repositories") return llvm::Error::success(); // docker's own, beside a layout
      return damaged(file_, fmt::format("\"{}\" is no part of an OCI layout", entry.name.str()));
    });
    if (error) return error;
    if (marked && !index_.empty()) return llvm::Error::success();
    return fault(FaultCode::BadLayout, file_ + " holds no OCI layout", "`docker save` of old versions writes another format: skopeo copy docker-archive:FILE oci-archive:FILE");
  }

  llvm::Expected<std::vector<Descriptor>> entries() const {
    auto document = parseJson(index_, file_ + ": index.json");
    if (!document) return document.takeError();
    return children(*document, file_ + ": index.json");
  }

  /// The only image, or the one of this name; all that it needs is there.
  llvm::Expected<Descriptor> one(const std::string& name) const {
    auto all = entries();
    if (!all) return all.takeError();
    if (auto hanging = takeReferrers(lock_.layout(), *all); !hanging) return hanging.takeError(); // they are no images
    std::string known;
    std::vector<Descriptor> needed;
    for (Descriptor& d : *all) {
      const std::string own = nameOf(d);
      if (!own.empty()) known += (known.empty() ? "" : ", ") + own;
      if (name.empty() ? all->size() > 1 : own != name && !(own.empty() && all->size() == 1)) continue;
      if (llvm::Error error = complete(d, name.empty() ? own : name, needed)) return error;
      return std::move(d);
    }
    return fault(FaultCode::UnknownReference, name.empty() ? fmt::format("{} holds {} images", file_, all->size()) : fmt::format("{} holds no image \"{}\"", file_, name), (name.empty() && !all->empty() ? "say which with `ref`; it has: " : "it has: ") + (known.empty() ? "none with a name" : known));
  }

  llvm::Error setNames(const std::string& name) {
    auto entries = this->entries();
    if (!entries) return entries.takeError();
    auto hanging = takeReferrers(lock_.layout(), *entries);
    if (!hanging) return hanging.takeError();
    std::string known;
    std::vector<Descriptor> images;
    for (Descriptor& d : *entries) {
      const std::string own = nameOf(d);
      if (!own.empty()) known += (known.empty() ? "" : ", ") + own;
      if (!name.empty() && !own.empty() && own != name && entries->size() > 1) continue;
      const std::string wanted = name.empty() ? own : name;
      if (wanted.empty()) return fault(FaultCode::UnknownReference, fmt::format("the image in {} has no name", file_), "name it: chasic image load FILE LAYOUT NAME");
      if (llvm::Error error = complete(d, wanted, images)) return error;
      auto set = setReference(lock_, wanted, d);
      if (!set) return set.takeError();
      result.images.emplace_back(wanted, std::move(d));
    }
    if (result.images.empty()) return fault(FaultCode::UnknownReference, name.empty() ? fmt::format("{} holds no image", file_) : fmt::format("{} holds no image \"{}\"", file_, name), known.empty() ? "" : "it has: " + known);
    std::vector<Descriptor> put;
    for (const Referrer& r : hangingOn(*hanging, images)) {
      if (llvm::Error error = complete(r.manifest, "what hangs on " + r.subject.str(), images)) return error;
      put.push_back(r.manifest);
    }
    return changeReferrers(lock_, put).takeError();
  }

private:
  const std::string& file_;
  const LayoutLock& lock_;
  std::string index_;

  llvm::Error words(const ArchiveReader::Entry& entry, llvm::function_ref<llvm::Error(ArchiveReader::Data)> content, std::string& out) const {
    if (entry.size > maxManifestSize) return damaged(file_, fmt::format("\"{}\" has {} bytes", entry.name.str(), entry.size));
    out.clear();
    return content([&](llvm::StringRef bytes) { return out.append(bytes), llvm::Error::success(); });
  }

  llvm::Error blob(const ArchiveReader::Entry& entry, const Digest& digest, llvm::function_ref<llvm::Error(ArchiveReader::Data)> content) {
    Descriptor d;
    d.digest = digest;
    d.size = entry.size;
    if (hasBlob(lock_.layout(), d)) return ++result.there, llvm::Error::success();
    auto writer = BlobWriter::open(lock_);
    if (!writer) return writer.takeError();
    Hasher hasher(digest.algorithm());
    llvm::Error error = content([&](llvm::StringRef bytes) {
      hasher.update(bytes);
      return writer->write(bytes);
    });
    if (error) return error;
    if (hasher.finish() != digest) return damaged(file_, fmt::format("\"{}\" does not have the digest of its name", entry.name.str()));
    if (auto done = writer->commit(digest); !done) return done.takeError();
    ++result.blobs;
    result.bytes += entry.size;
    return llvm::Error::success();
  }

  /// All that it needs is there; what that is, is added to `seen`.
  llvm::Error complete(const Descriptor& root, const std::string& name, std::vector<Descriptor>& seen) const {
    auto all = reachable(lock_.layout(), root);
    if (!all) return all.takeError();
    seen.insert(seen.end(), all->begin(), all->end());
    std::vector<std::string> missing;
    for (const Descriptor& d : *all)
      if (!hasBlob(lock_.layout(), d)) missing.push_back(d.digest.str());
    if (missing.empty()) return llvm::Error::success();
    return fault(FaultCode::BadLayout, fmt::format("{} lacks {} blobs of {}, {} first", file_, missing.size(), name, missing.front()), "it was saved without what another layout or archive has: load that one before, into the same layout");
  }
};

} // namespace

llvm::Expected<LoadResult> load(const std::string& file, const std::string& layout, const std::string& name, std::chrono::milliseconds patience) {
  auto lock = LayoutLock::take(layout, patience);
  if (!lock) return lock.takeError();
  Loading loading(file, *lock);
  if (llvm::Error error = loading.read()) return error;
  if (llvm::Error error = loading.setNames(name)) return error;
  return std::move(loading.result);
}

llvm::Expected<Descriptor> loadOne(const std::string& file, const LayoutLock& lock, const std::string& name) {
  Loading loading(file, lock);
  if (llvm::Error error = loading.read()) return error;
  return loading.one(name);
}

} // namespace chasi::image
