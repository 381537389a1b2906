#include "runtime/image/referrer.h"

#include "runtime/image/artifact.h"
#include "runtime/image/json_text.h"

#include <fmt/format.h>
#include <llvm/ADT/STLExtras.h>

#include <set>

namespace chasi::image {

using nlohmann::json;

static std::string textField(const json& value, const char* key) {
  const auto at = value.is_object() ? value.find(key) : value.end();
  return value.is_object() && at != value.end() && at->is_string() ? at->get<std::string>() : "";
}

std::optional<Referrer> referrerOf(const json& manifest, const Descriptor& descriptor) {
  if (!manifest.is_object() || !manifest.contains("subject")) return std::nullopt;
  auto subject = parseDescriptor(manifest["subject"], "subject");
  if (!subject) return llvm::consumeError(subject.takeError()), std::nullopt;
  Referrer out;
  out.subject = subject->digest;
  out.manifest = bare(descriptor);
  out.manifest.artifactType = textField(manifest, "artifactType");
  // distribution-spec: where a manifest says no type, that of its config is one.
  if (out.manifest.artifactType.empty() && manifest.contains("config")) out.manifest.artifactType = textField(manifest["config"], "mediaType");
  if (manifest.contains("annotations") && manifest["annotations"].is_object())
    for (const auto& [key, value] : manifest["annotations"].items())
      if (value.is_string()) out.manifest.annotations[key] = value.get<std::string>();
  return out;
}

llvm::Expected<std::vector<Referrer>> takeReferrers(const std::string& layout, std::vector<Descriptor>& entries) {
  std::vector<Referrer> out;
  std::vector<Descriptor> rest;
  for (Descriptor& d : entries) {
    std::optional<Referrer> found;
    if (!d.annotations.contains(annotation::refName) && pointsAtMore(d)) {
      auto manifest = readJsonBlob(layout, d, maxManifestSize);
      if (!manifest) return manifest.takeError();
      found = referrerOf(*manifest, d);
    }
    if (found) out.push_back(std::move(*found));
    else rest.push_back(std::move(d));
  }
  entries = std::move(rest);
  return out;
}

llvm::Expected<std::vector<Referrer>> referrersIn(const std::string& layout) {
  auto index = readIndex(layout);
  if (!index) return index.takeError();
  auto entries = children(*index, layout + "/index.json");
  if (!entries) return entries.takeError();
  return takeReferrers(layout, *entries);
}

std::vector<Referrer> hangingOn(const std::vector<Referrer>& all, const std::vector<Descriptor>& subjects) {
  std::set<Digest> known;
  for (const Descriptor& d : subjects) known.insert(d.digest);
  std::vector<Referrer> out;
  std::set<Digest> taken;
  for (bool more = true; std::exchange(more, false);)
    for (const Referrer& r : all) {
      if (!known.contains(r.subject) || !taken.insert(r.manifest.digest).second) continue;
      known.insert(r.manifest.digest);
      out.push_back(r);
      more = true;
    }
  return out;
}

PackedAttachment packAttachment(const Descriptor& subject, const Attachment& attachment) {
  const Descriptor layer = descriptorOf(attachment.layerType, attachment.content), config = descriptorOf(media::empty, "{}");
  json manifest = {{"schemaVersion", 2}, {"mediaType", media::manifest}, {"artifactType", attachment.artifactType},
                   {"config", toJson(config)}, {"layers", json::array({toJson(layer)})}, {"subject", toJson(bare(subject))}};
  if (!attachment.annotations.empty()) manifest["annotations"] = attachment.annotations;
  std::string words = canonical(manifest);
  PackedAttachment out;
  out.descriptor = descriptorOf(media::manifest, words);
  out.descriptor.artifactType = attachment.artifactType;
  out.blobs = {{layer, attachment.content}, {config, "{}"}, {out.descriptor, std::move(words)}};
  return out;
}

llvm::Expected<bool> changeReferrers(const LayoutLock& lock, const std::vector<Descriptor>& put, const std::vector<Digest>& gone) {
  auto index = readIndex(lock.layout());
  if (!index) return index.takeError();
  const json before = (*index)["manifests"];
  json after = json::array();
  std::set<std::string> there;
  for (const json& entry : before) {
    const std::string digest = textField(entry, "digest");
    const bool named = entry.contains("annotations") && entry["annotations"].contains(annotation::refName);
    if (!named && llvm::any_of(gone, [&](const Digest& d) { return d.str() == digest; })) continue;
    there.insert(digest);
    after.push_back(entry);
  }
  for (const Descriptor& d : put) {
    Descriptor entry = d;
    entry.annotations.clear();
    if (there.insert(d.digest.str()).second) after.push_back(toJson(entry));
  }
  if (after == before) return false;
  (*index)["manifests"] = std::move(after);
  if (llvm::Error error = writeIndex(lock, *index)) return error;
  return true;
}

std::string fallbackTag(const Digest& subject) { return fmt::format("{}-{}", subject.algorithm().str(), subject.hex().str()); }

json referrersIndex(const std::vector<Descriptor>& manifests) {
  json rows = json::array();
  for (const Descriptor& d : manifests) rows.push_back(toJson(d));
  return {{"schemaVersion", 2}, {"mediaType", media::index}, {"manifests", std::move(rows)}};
}

} // namespace chasi::image
