#include "runtime/image/signature.h"

#include "runtime/image/json_text.h"

#include <fmt/format.h>
#include <llvm/ADT/STLExtras.h>
#include <llvm/Support/Base64.h>

#include <set>

namespace chasi::image {

using nlohmann::json;

namespace {

constexpr const char* kNote = "dev.cosignproject.cosign/signature";
constexpr const char* kType = "cosign container image signature";
constexpr uint64_t kMaxPayload = 1 << 20;

/// The same payload may be signed by several keys.
std::pair<std::string, std::string> identityOf(const Descriptor& layer) { return {layer.digest.str(), layer.annotations.at(kNote)}; }

std::vector<Descriptor> united(std::vector<Descriptor> first, const std::vector<Descriptor>& second) {
  std::set<std::pair<std::string, std::string>> seen;
  for (const Descriptor& d : first) seen.insert(identityOf(d));
  llvm::copy_if(second, std::back_inserter(first), [&](const Descriptor& d) { return seen.insert(identityOf(d)).second; });
  return first;
}

std::vector<Descriptor> layersOf(const std::vector<Signature>& signatures) {
  std::vector<Descriptor> out;
  for (const Signature& s : signatures) out.push_back(s.layer);
  return united(std::move(out), {});
}

/// The digest that a payload is about; empty for what is no payload.
std::string signedDigest(llvm::StringRef payload) {
  auto value = parseJson(payload, "the payload");
  if (!value) return llvm::consumeError(value.takeError()), "";
  const json::json_pointer type("/critical/type"), digest("/critical/image/docker-manifest-digest");
  const bool right = value->is_object() && value->contains(digest) && (*value)[digest].is_string() && value->contains(type) && (*value)[type] == kType;
  return right ? (*value)[digest].get<std::string>() : "";
}

bool isMadeWith(const Key& key, const Signature& s) {
  std::vector<char> raw;
  if (llvm::Error error = llvm::decodeBase64(s.layer.annotations.at(kNote), raw)) return llvm::consumeError(std::move(error)), false;
  return key.verifies(s.payload, {raw.data(), raw.size()});
}

/// A new layer with its payload; nothing when this key has signed the image already.
llvm::Expected<std::optional<Signature>> signOnce(const Digest& image, const std::string& identity, const Key& key, const std::vector<Signature>& there) {
  if (llvm::any_of(there, [&](const Signature& s) { return isMadeWith(key, s) && signedDigest(s.payload) == image.str(); })) return std::nullopt;
  Signature out;
  out.payload = canonical(json{{"critical", {{"identity", {{"docker-reference", identity}}}, {"image", {{"docker-manifest-digest", image.str()}}}, {"type", kType}}}, {"optional", nullptr}});
  auto made = key.sign(out.payload);
  if (!made) return made.takeError();
  out.layer = descriptorOf(media::simpleSigning, out.payload);
  out.layer.annotations[kNote] = llvm::encodeBase64(*made);
  return out;
}

} // namespace

std::vector<Descriptor> signatureLayers(llvm::StringRef manifest) {
  std::vector<Descriptor> out;
  auto value = parseJson(manifest, "a manifest");
  if (!value) return llvm::consumeError(value.takeError()), out;
  if (!value->is_object() || !value->contains("layers") || !(*value)["layers"].is_array()) return out;
  for (const json& item : (*value)["layers"]) {
    auto layer = parseDescriptor(item, "layers");
    if (!layer) llvm::consumeError(layer.takeError());
    else if (layer->mediaType == media::simpleSigning && layer->annotations.contains(kNote)) out.push_back(std::move(*layer));
  }
  return out;
}

PackedAttachment signatureManifest(const Descriptor& subject, const std::vector<Descriptor>& layers) {
  PackedAttachment out;
  if (layers.empty()) return out;
  // The config is that of an image, but for its type, which is the type of the artifact: cosign adds to it when it signs too.
  json ids = json::array(), rows = json::array();
  for (const Descriptor& d : layers) {
    ids.push_back(d.digest.str());
    rows.push_back(toJson(d));
  }
  std::string config = canonical(json{{"architecture", ""}, {"os", ""}, {"config", json::object()}, {"rootfs", {{"type", "layers"}, {"diff_ids", std::move(ids)}}}});
  std::string text = canonical(json{{"schemaVersion", 2}, {"mediaType", media::manifest}, {"config", toJson(descriptorOf(media::signature, config))}, {"layers", std::move(rows)}, {"subject", toJson(bare(subject))}});
  out.descriptor = descriptorOf(media::manifest, text);
  out.descriptor.artifactType = media::signature;
  out.blobs = {{descriptorOf(media::signature, config), std::move(config)}, {out.descriptor, std::move(text)}};
  return out;
}

std::string signatureTag(const Digest& subject) { return fallbackTag(subject) + ".sig"; }

llvm::Error tagSignature(Repository& repository, const Digest& subject, llvm::StringRef manifest) {
  const std::string tag = signatureTag(subject);
  auto there = repository.fetchManifest(tag);
  if (!there) return there.takeError();
  const std::vector<Descriptor> ours = signatureLayers(manifest);
  if (!*there) return repository.pushManifest(tag, media::manifest, manifest);
  const std::vector<Descriptor> theirs = signatureLayers((*there)->text), all = united(theirs, ours);
  if (all.size() == theirs.size()) return llvm::Error::success();
  auto value = parseJson(manifest, tag);
  if (!value) return value.takeError();
  auto image = parseDescriptor((*value)["subject"], tag);
  if (!image) return image.takeError();
  const PackedAttachment merged = signatureManifest(*image, all);
  if (llvm::Error error = repository.pushBlob(merged.blobs.front().first.digest, merged.blobs.front().second)) return error;
  return repository.pushManifest(tag, media::manifest, merged.blobs.back().second);
}

llvm::Expected<std::vector<Signature>> signaturesIn(const std::string& layout, const Digest& image) {
  auto all = referrersIn(layout);
  if (!all) return all.takeError();
  std::vector<Signature> out;
  for (const Referrer& r : *all) {
    if (r.subject != image || r.manifest.artifactType != media::signature) continue;
    auto manifest = readJsonBlob(layout, r.manifest, maxManifestSize);
    if (!manifest) return manifest.takeError();
    for (Descriptor& layer : signatureLayers(canonical(*manifest))) {
      const std::string path = blobPath(layout, layer.digest);
      auto payload = readWhole(path, kMaxPayload, FaultCode::BadLayout);
      if (!payload) return payload.takeError();
      if (payload->size() != layer.size || !hasDigest(*payload, layer.digest)) return fault(FaultCode::BadLayout, path + ": a signed payload does not have the recorded digest", "somebody changed the layout; fetch the image again");
      out.push_back({std::move(layer), std::move(*payload)});
    }
  }
  return out;
}

llvm::Expected<std::vector<Signature>> signaturesAt(Repository& repository, const Digest& image) {
  auto rows = repository.referrers(image);
  if (!rows) return rows.takeError();
  std::vector<std::string> references;
  for (const Descriptor& d : *rows)
    if (d.artifactType == media::signature) references.push_back(d.digest.str());
  references.push_back(signatureTag(image));
  std::vector<Descriptor> layers;
  for (const std::string& reference : references) {
    auto manifest = repository.fetchManifest(reference);
    if (!manifest) return manifest.takeError();
    if (*manifest) layers = united(std::move(layers), signatureLayers((*manifest)->text));
  }
  std::vector<Signature> out;
  for (Descriptor& layer : layers) {
    auto payload = repository.blob(layer, kMaxPayload);
    if (!payload) return payload.takeError();
    out.push_back({std::move(layer), std::move(*payload)});
  }
  return out;
}

llvm::Error checkSigned(const std::string& name, const Digest& image, const std::vector<Signature>& signatures, const Key& key) {
  const auto wrong = [&](const std::string& message, const std::string& hint) { return fault(FaultCode::NotSigned, message, hint); };
  if (signatures.empty()) return wrong(fmt::format("{} is not signed", name), "`chasic image sign` signs it; a copy made by a tool that leaves signatures behind has none");
  std::string other;
  for (const Signature& s : signatures) {
    if (!isMadeWith(key, s)) continue;
    const std::string digest = signedDigest(s.payload);
    if (digest == image.str()) return llvm::Error::success();
    other = digest.empty() ? "no image" : digest;
  }
  if (!other.empty()) return wrong(fmt::format("the signature of {} is over {}, and not over {}", name, other, image.str()), "somebody hung the signature of another image on this one: do not use it");
  return wrong(fmt::format("{} has {} signature{}, but none that was made with {}", name, signatures.size(), signatures.size() == 1 ? "" : "s", key.where()), "another key signed it, or the signature was changed on its way");
}

llvm::Expected<SignResult> sign(const std::string& layout, const std::string& name, const std::string& identity, const Key& key) {
  if (auto image = findReference(layout, name); !image) return image.takeError(); // a wrong path must not become a layout
  auto lock = LayoutLock::take(layout, std::chrono::minutes(1));
  if (!lock) return lock.takeError();
  auto image = findReference(layout, name);
  if (!image) return image.takeError();
  auto there = signaturesIn(layout, image->digest);
  if (!there) return there.takeError();
  auto made = signOnce(image->digest, identity, key, *there);
  if (!made) return made.takeError();
  if (!*made) return SignResult{image->digest, false};
  // One manifest has all signatures: whoever reads only the last one finds them.
  const PackedAttachment packed = signatureManifest(*image, united(layersOf(*there), {(*made)->layer}));
  if (auto put = putBlob(*lock, (*made)->layer.digest, (*made)->payload); !put) return put.takeError();
  for (const auto& [d, content] : packed.blobs)
    if (auto put = putBlob(*lock, d.digest, content); !put) return put.takeError();
  auto all = referrersIn(layout);
  if (!all) return all.takeError();
  std::vector<Digest> gone;
  for (const Referrer& r : *all)
    if (r.subject == image->digest && r.manifest.artifactType == media::signature) gone.push_back(r.manifest.digest);
  auto changed = changeReferrers(*lock, {packed.descriptor}, gone);
  if (!changed) return changed.takeError();
  return SignResult{image->digest, true};
}

llvm::Expected<SignResult> sign(const ImageAddress& address, const std::string& identity, const Key& key) {
  Repository repository(address.repository, Repository::Access::Push);
  auto found = manifestAt(repository, address);
  if (!found) return found.takeError();
  const Descriptor image = found->descriptor();
  auto there = signaturesAt(repository, image.digest);
  if (!there) return there.takeError();
  auto made = signOnce(image.digest, identity, key, *there);
  if (!made) return made.takeError();
  if (!*made) return SignResult{image.digest, false};
  const PackedAttachment packed = signatureManifest(image, united(layersOf(*there), {(*made)->layer}));
  if (llvm::Error error = repository.pushBlob((*made)->layer.digest, (*made)->payload)) return error;
  if (llvm::Error error = repository.pushBlob(packed.blobs.front().first.digest, packed.blobs.front().second)) return error;
  if (llvm::Error error = repository.pushReferrer(image.digest, packed.descriptor, packed.blobs.back().second)) return error;
  if (llvm::Error error = tagSignature(repository, image.digest, packed.blobs.back().second)) return error;
  return SignResult{image.digest, true};
}

} // namespace chasi::image
