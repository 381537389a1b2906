#include "runtime/image/attached.h"

#include "runtime/image/signature.h"

#include <fmt/format.h>
#include <llvm/ADT/STLExtras.h>

#include <set>

namespace chasi::image {

using nlohmann::json;

llvm::Expected<json> keptManifest(Repository& repository, const Descriptor& d, const LayoutLock& lock) {
  if (!hasBlob(lock.layout(), d)) {
    auto found = repository.fetchManifest(d.digest.str());
    if (!found) return found.takeError();
    if (!*found || (*found)->text.size() != d.size) return fault(FaultCode::RegistryAnswer, fmt::format("{} lacks {}, which an image of it points at", repository.address().str(), d.digest.str()), "push the image anew");
    if (auto put = putBlob(lock, d.digest, (*found)->text); !put) return put.takeError();
  }
  return readJsonBlob(lock.layout(), d, maxManifestSize);
}

llvm::Expected<std::vector<Attached>> attachedIn(const std::string& layout, const std::vector<Descriptor>& subjects) {
  auto all = referrersIn(layout);
  if (!all) return all.takeError();
  std::vector<Attached> out;
  for (Referrer& r : hangingOn(*all, subjects)) {
    auto blobs = reachable(layout, r.manifest);
    if (!blobs) return blobs.takeError();
    out.push_back({std::move(r), std::move(*blobs)});
  }
  return out;
}

namespace {

class Fetching {
public:
  Fetching(Repository& repository, const LayoutLock& lock) : repository_(repository), lock_(lock) {}
  std::vector<Attached> out;

  llvm::Error hangingOn(const Digest& subject, int depth) {
    auto rows = repository_.referrers(subject);
    if (!rows) return rows.takeError();
    for (const Descriptor& row : *rows)
      if (llvm::Error error = take(row, subject, depth)) return error;
    return llvm::Error::success();
  }

  /// Classic signatures have no subject: they become one that has.
  llvm::Error taggedSignature(const Descriptor& root) {
    auto found = repository_.fetchManifest(signatureTag(root.digest));
    if (!found) return found.takeError();
    if (!*found || taken_.contains((*found)->digest)) return llvm::Error::success();
    const PackedAttachment packed = signatureManifest(root, signatureLayers((*found)->text));
    if (packed.blobs.empty()) return llvm::Error::success();
    for (const auto& [d, content] : packed.blobs)
      if (auto put = putBlob(lock_, d.digest, content); !put) return put.takeError();
    return take(packed.descriptor, root.digest, kDepth);
  }

private:
  static constexpr int kDepth = 2; ///< signatures of a list of contents, and no further
  Repository& repository_;
  const LayoutLock& lock_;
  std::set<Digest> taken_;

  llvm::Error take(const Descriptor& row, const Digest& subject, int depth) {
    if (!pointsAtMore(row) || !taken_.insert(row.digest).second) return llvm::Error::success();
    Attached one;
    auto manifest = keptManifest(repository_, row, lock_);
    if (!manifest) return manifest.takeError();
    std::optional<Referrer> referrer = referrerOf(*manifest, row);
    if (!referrer || referrer->subject != subject) return llvm::Error::success(); // a list says what it likes; the manifest counts
    one.referrer = std::move(*referrer);
    auto blobs = reachable(repository_.address().str(), one.referrer.manifest, [&](const Descriptor& d) { return keptManifest(repository_, d, lock_); });
    if (!blobs) return blobs.takeError();
    one.blobs = std::move(*blobs);
    out.push_back(std::move(one));
    return depth < kDepth ? hangingOn(row.digest, depth + 1) : llvm::Error::success();
  }
};

} // namespace

llvm::Expected<std::vector<Attached>> fetchAttached(Repository& repository, const std::vector<Descriptor>& subjects, const Descriptor& root, const LayoutLock& lock) {
  Fetching fetching(repository, lock);
  for (const Descriptor& d : subjects)
    if (pointsAtMore(d))
      if (llvm::Error error = fetching.hangingOn(d.digest, 0)) return error;
  if (llvm::Error error = fetching.taggedSignature(root)) return error;
  return std::move(fetching.out);
}

llvm::Expected<std::vector<Attached>> missingAt(Repository& repository, std::vector<Attached> attached) {
  std::map<Digest, std::set<Digest>> known;
  for (const Attached& one : attached) {
    if (known.contains(one.referrer.subject)) continue;
    auto rows = repository.referrers(one.referrer.subject);
    if (!rows) return rows.takeError();
    for (const Descriptor& d : *rows) known[one.referrer.subject].insert(d.digest);
  }
  llvm::erase_if(attached, [&](const Attached& one) { return known[one.referrer.subject].contains(one.referrer.manifest.digest); });
  return attached;
}

llvm::Error sendAttached(Repository& repository, const std::string& layout, const std::vector<Attached>& attached) {
  for (const Attached& one : attached)
    for (const Descriptor& d : one.blobs) {
      if (!pointsAtMore(d)) continue;
      auto text = readWhole(blobPath(layout, d.digest), maxManifestSize, FaultCode::BadLayout);
      if (!text) return text.takeError();
      const bool last = d.digest == one.referrer.manifest.digest;
      if (llvm::Error error = last ? repository.pushReferrer(one.referrer.subject, one.referrer.manifest, *text) : repository.pushManifest(d.digest.str(), d.mediaType, *text)) return error;
      if (last && one.referrer.manifest.artifactType == media::signature)
        if (llvm::Error error = tagSignature(repository, one.referrer.subject, *text)) return error;
    }
  return llvm::Error::success();
}

std::vector<Descriptor> contentOf(const std::vector<Attached>& attached) {
  std::vector<Descriptor> out;
  std::set<Digest> seen;
  for (const Attached& one : attached)
    for (const Descriptor& d : one.blobs)
      if (!pointsAtMore(d) && seen.insert(d.digest).second) out.push_back(d);
  return out;
}

std::vector<Descriptor> manifestsOf(const std::vector<Attached>& attached) {
  std::vector<Descriptor> out;
  for (const Attached& one : attached) out.push_back(one.referrer.manifest);
  return out;
}

} // namespace chasi::image
