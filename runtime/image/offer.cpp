#include "runtime/image/offer.h"

#include "runtime/image/fault.h"
#include "runtime/image/referrer.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace chasi::image {

using nlohmann::json;

OfferedName splitName(llvm::StringRef reference) {
  const auto [named, digest] = reference.split('@');
  OfferedName out;
  llvm::StringRef name = named;
  if (const size_t colon = named.rfind(':'); colon != named.npos && !named.drop_front(colon).contains('/')) {
    name = named.take_front(colon);
    out.tag = named.drop_front(colon + 1).str();
  } else if (digest.empty()) {
    out.tag = "latest";
  }
  out.name = name.str();
  const auto [first, rest] = name.split('/');
  const bool hosted = !rest.empty() && (first.contains('.') || first.contains(':') || first == "localhost");
  out.registry = hosted ? first.str() : "docker.io";
  out.path = hosted ? rest.str() : name.str();
  if (out.registry == "docker.io" && !llvm::StringRef(out.path).contains('/')) out.path = "library/" + out.path;
  return out;
}

const OfferedTags* Offer::find(const std::string& ns, const std::string& path) const {
  const auto& from = ns.empty() ? repositories : upstream;
  const auto at = from.find(ns.empty() ? path : (ns == "registry-1.docker.io" || ns == "index.docker.io" ? "docker.io" : ns) + "/" + path);
  return at == from.end() ? nullptr : &at->second;
}

namespace {

struct Reading {
  const std::string& layout;
  Offer out;

  /// A name makes its repository known also when no tag comes with it.
  static void put(OfferedTags& tags, const std::string& tag, const Descriptor& image, Rank rank) {
    if (tag.empty()) return;
    const auto [at, added] = tags.try_emplace(tag, OfferedTag{image, rank, false});
    if (added || at->second.rank < rank) return;
    if (rank < at->second.rank) at->second = {image, rank, false};
    else at->second.ambiguous |= at->second.image.digest != image.digest;
  }

  void name(llvm::StringRef reference, const Descriptor& image, Rank rank) {
    const OfferedName parts = splitName(reference);
    put(out.repositories[parts.name], parts.tag, image, rank);
    if (parts.path != parts.name) put(out.repositories[parts.path], parts.tag, image, Rank::Mirrored);
    put(out.upstream[parts.registry + "/" + parts.path], parts.tag, image, rank);
  }

  llvm::Error entry(const Descriptor& root) {
    auto all = reachable(layout, root, [&](const Descriptor& d) -> llvm::Expected<json> {
      auto value = readJsonBlob(layout, d, maxManifestSize);
      if (!value) return value;
      out.manifests.try_emplace(d.digest, d);
      if (const std::optional<Referrer> referrer = referrerOf(*value, d); referrer && !isThere(*referrer)) out.referrers.emplace(referrer->subject, referrer->manifest);
      if (!media::isIndex(d.mediaType)) return value;
      auto entries = children(*value, blobPath(layout, d.digest));
      if (!entries) return entries.takeError();
      for (const Descriptor& child : *entries)
        if (const auto mark = child.annotations.find(annotation::carried); mark != child.annotations.end() && mark->second != "*") name(mark->second, child, Rank::Carried);
      return value;
    });
    if (!all) return all.takeError();
    if (const auto own = root.annotations.find(annotation::refName); own != root.annotations.end()) name(own->second, root, Rank::Named);
    return llvm::Error::success();
  }

  bool isThere(const Referrer& referrer) const {
    const auto [begin, end] = out.referrers.equal_range(referrer.subject);
    return std::any_of(begin, end, [&](const auto& row) { return row.second.digest == referrer.manifest.digest; });
  }
};

} // namespace

llvm::Expected<Offer> readOffer(const std::string& layout) {
  auto index = readIndex(layout);
  if (!index) return index.takeError();
  auto entries = children(*index, layout + "/index.json");
  if (!entries) return entries.takeError();
  Reading reading{layout, {}};
  for (const Descriptor& root : *entries)
    if (llvm::Error error = reading.entry(root)) reading.out.problems.push_back(plan::takeText(std::move(error)).message);
  return std::move(reading.out);
}

} // namespace chasi::image
