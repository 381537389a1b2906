#include "runtime/image/archive_library.h"
#include "runtime/image/base.h"
#include "runtime/image/file_io.h"
#include "runtime/image/inspect.h"
#include "runtime/image/json_text.h"
#include "runtime/image/referrer.h"

#include <unistd.h>

#include <fmt/format.h>

#include <filesystem>
#include <set>

namespace chasi::image {

using nlohmann::json;
namespace fs = std::filesystem;

namespace {

/// The message of a fault without its code: the file is named by the problem itself.
std::string reason(llvm::Error error, const std::string& path) {
  std::string text = plan::takeText(std::move(error)).message;
  if (llvm::StringRef(text).starts_with(path + ": ")) text.erase(0, path.size() + 2);
  return text;
}

struct Verifier {
  static constexpr int maxDepth = 8;
  const std::string& layout;
  Verification out;
  std::map<Digest, bool> seen; ///< whether the blob is whole

  void problem(const Digest& digest, std::string text) { out.problems.push_back({blobPath(layout, digest), std::move(text)}); }

  /// Size and digest. Reads by pieces: layers are large.
  bool checkBlob(const Descriptor& d) {
    if (const auto it = seen.find(d.digest); it != seen.end()) return it->second;
    bool& good = seen[d.digest];
    const std::string path = blobPath(layout, d.digest);
    auto file = openForReading(path, FaultCode::BadLayout);
    if (!file) return problem(d.digest, reason(file.takeError(), path)), false;
    Hasher hasher(d.digest.algorithm());
    uint64_t size = 0;
    llvm::Error error = readPieces(*file, path, FaultCode::BadLayout, [&](llvm::StringRef bytes) {
      hasher.update(bytes);
      size += bytes.size();
      return llvm::Error::success();
    });
    if (error) return problem(d.digest, reason(std::move(error), path)), false;
    out.blobs += 1;
    out.bytes += size;
    good = true;
    if (size != d.size) problem(d.digest, fmt::format("{} bytes, but its descriptor says {}", size, d.size)), good = false;
    if (const Digest is = hasher.finish(); is != d.digest) problem(d.digest, "the content has the digest " + is.str()), good = false;
    return good;
  }

  void visit(const Descriptor& d, int depth) {
    const bool known = seen.contains(d.digest);
    if (!checkBlob(d) || known) return;
    if (depth > maxDepth) return problem(d.digest, fmt::format("indexes are nested deeper than {} levels", maxDepth));
    if (media::isIndex(d.mediaType)) visitIndex(d, depth);
    if (media::isManifest(d.mediaType)) visitManifest(d, depth);
  }

  void visitIndex(const Descriptor& d, int depth) {
    const std::string path = blobPath(layout, d.digest);
    auto value = readJsonBlob(layout, d, maxManifestSize);
    if (!value) return problem(d.digest, reason(value.takeError(), path));
    each(*value, "manifests", d.digest, path, depth);
  }

  void each(const json& value, const char* key, const Digest& digest, const std::string& path, int depth) {
    if (!value.is_object() || !value.contains(key) || !value[key].is_array()) return problem(digest, fmt::format("a list \"{}\" is missing", key));
    for (const json& item : value[key]) {
      auto child = parseDescriptor(item, key);
      if (child) visit(*child, depth + 1);
      else problem(digest, reason(child.takeError(), path));
    }
  }

  void visitManifest(const Descriptor& d, int depth) {
    const std::string path = blobPath(layout, d.digest);
    auto value = readJsonBlob(layout, d, maxManifestSize);
    if (!value) return problem(d.digest, reason(value.takeError(), path));
    const size_t before = out.problems.size();
    each(*value, "layers", d.digest, path, depth);
    auto config = parseDescriptor(value->is_object() && value->contains("config") ? (*value)["config"] : json(), "config");
    if (!config) return problem(d.digest, reason(config.takeError(), path));
    visit(*config, depth + 1);
    // Manifests also carry things that are no container images (charts, signatures); their configs have no layers.
    if (out.problems.size() != before || config->mediaType != media::config) return;
    auto image = loadManifest(layout, d);
    if (!image) return problem(d.digest, reason(image.takeError(), path));
    for (size_t i = 0; i < image->layers.size(); ++i) checkDiffId(image->layers[i], image->diffIds[i]);
  }

  void checkDiffId(const Descriptor& layer, const Digest& diffId) {
    const std::string path = blobPath(layout, layer.digest);
    if (!libarchive().why.empty()) return problem(layer.digest, libarchive().why);
    std::unique_ptr<archive, int (*)(archive*)> a(libarchive().read_new(), libarchive().read_free);
    if (layer.mediaType == media::layerGzip || llvm::StringRef(layer.mediaType).ends_with("tar.gzip")) libarchive().read_support_filter_gzip(a.get());
    else if (layer.mediaType == media::layerZstd) libarchive().read_support_filter_zstd(a.get());
    libarchive().read_support_format_raw(a.get());
    libarchive().read_support_format_empty(a.get());
    archive_entry* entry = nullptr;
    Hasher hasher(diffId.algorithm());
    int status = libarchive().read_open_filename(a.get(), path.c_str(), 256 * 1024);
    if (status == ARCHIVE_OK) status = libarchive().read_next_header(a.get(), &entry);
    const void* data = nullptr;
    size_t size = 0;
    la_int64_t offset = 0;
    while (status == ARCHIVE_OK && (status = libarchive().read_data_block(a.get(), &data, &size, &offset)) == ARCHIVE_OK) hasher.update(data, size);
    if (status != ARCHIVE_EOF) {
      const char* text = libarchive().error_string(a.get());
      return problem(layer.digest, fmt::format("cannot be decompressed: {}", text ? text : "unknown reason"));
    }
    if (const Digest is = hasher.finish(); is != diffId)
      problem(layer.digest, fmt::format("the archive inside has the digest {}, but the config says {}", is.str(), diffId.str()));
  }
};

/// The files below blobs/ that are named like digests but not among `needed`.
std::vector<std::pair<std::string, uint64_t>> otherBlobs(const std::string& layout, const std::set<std::string>& needed) {
  std::vector<std::pair<std::string, uint64_t>> out;
  for (const char* algorithm : {"sha256", "sha512"}) {
    std::error_code error;
    for (fs::directory_iterator it(layout + "/blobs/" + algorithm, error), end; !error && it != end; it.increment(error)) {
      auto digest = Digest::parse(algorithm + std::string(":") + it->path().filename().string());
      if (!digest) {
        llvm::consumeError(digest.takeError());
        continue;
      }
      std::error_code ignored;
      if (!needed.contains(digest->str()) && it->symlink_status().type() == fs::file_type::regular)
        out.emplace_back(blobPath(layout, *digest), it->file_size(ignored));
    }
  }
  llvm::sort(out);
  return out;
}

struct Needed {
  std::vector<Descriptor> blobs;
  std::vector<Digest> hangingOnNothing; ///< referrers whose subject is gone
};

llvm::Expected<Needed> neededRoots(const std::string& layout, const std::vector<Descriptor>& entries) {
  auto referrers = referrersIn(layout);
  if (!referrers) return referrers.takeError();
  std::map<Digest, bool> hanging; ///< whether what it hangs on stays
  for (const Referrer& r : *referrers) hanging[r.manifest.digest] = false;
  Needed out;
  const auto take = [&](const Descriptor& root) -> llvm::Error {
    auto blobs = reachable(layout, root);
    if (!blobs) return blobs.takeError();
    out.blobs.insert(out.blobs.end(), blobs->begin(), blobs->end());
    return llvm::Error::success();
  };
  for (const Descriptor& root : entries)
    if (root.annotations.contains(annotation::refName) || !hanging.contains(root.digest))
      if (llvm::Error error = take(root)) return error;
  for (const Referrer& r : hangingOn(*referrers, out.blobs)) {
    hanging[r.manifest.digest] = true;
    if (llvm::Error error = take(r.manifest)) return error;
  }
  for (const auto& [digest, stays] : hanging)
    if (!stays) out.hangingOnNothing.push_back(digest);
  return out;
}

} // namespace

llvm::Expected<Verification> verify(const std::string& layout, const std::string& ref) {
  auto index = readIndex(layout);
  if (!index) return index.takeError();
  Verifier verifier{layout, {}, {}};
  if (!ref.empty()) {
    auto root = findReference(layout, ref);
    if (!root) return root.takeError();
    verifier.visit(*root, 0);
    if (verifier.out.problems.empty()) {
      auto all = reachable(layout, *root);
      if (!all) return all.takeError();
      auto referrers = referrersIn(layout);
      if (!referrers) return referrers.takeError();
      for (const Referrer& r : hangingOn(*referrers, *all)) verifier.visit(r.manifest, 0);
    }
    return std::move(verifier.out);
  }
  const json& entries = (*index)["manifests"];
  for (size_t i = 0; i < entries.size(); ++i) {
    auto d = parseDescriptor(entries[i], fmt::format("manifests[{}]", i));
    if (d) verifier.visit(*d, 0);
    else verifier.out.problems.push_back({layout + "/index.json", reason(d.takeError(), layout)});
  }
  std::set<std::string> needed;
  for (const auto& [digest, good] : verifier.seen) needed.insert(digest.str());
  for (auto& [path, size] : otherBlobs(layout, needed)) verifier.out.unreferenced.push_back(path);
  return std::move(verifier.out);
}

llvm::Expected<Garbage> collectGarbage(const std::string& layout, bool dryRun, std::chrono::milliseconds patience) {
  if (auto index = readIndex(layout); !index) return index.takeError(); // a wrong path must not become a layout
  auto lock = LayoutLock::take(layout, patience);
  if (!lock) return lock.takeError();
  auto index = readIndex(layout);
  if (!index) return index.takeError();
  auto entries = children(*index, layout + "/index.json");
  if (!entries) return entries.takeError();
  auto roots = neededRoots(layout, *entries);
  if (!roots) return roots.takeError();
  std::set<std::string> needed;
  for (const Descriptor& d : roots->blobs) needed.insert(d.digest.str());
  // What hung on nothing that is left leaves the index first: nothing in it points at what is not there.
  if (!dryRun && !roots->hangingOnNothing.empty())
    if (auto changed = changeReferrers(*lock, {}, roots->hangingOnNothing); !changed) return changed.takeError();
  Garbage out;
  for (auto& [path, size] : otherBlobs(layout, needed)) {
    if (!dryRun && ::unlink(path.c_str()) != 0) return systemFault(FaultCode::Storage, "delete " + path, errno);
    out.bytes += size;
    out.files.push_back(path);
  }
  return out;
}

} // namespace chasi::image
