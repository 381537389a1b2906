#include "runtime/image/verify_registry.h"

#include "runtime/image/json_text.h"

#include <fmt/format.h>

namespace chasi::image {

using nlohmann::json;

llvm::Expected<RegistryVerification> verifyInRegistry(Repository& repository, const ImageAddress& address) {
  auto found = repository.fetchManifest(address.reference());
  if (!found) return found.takeError();
  if (!*found) return fault(FaultCode::RegistryUnknown, fmt::format("there is no image {}", address.str()), "see whether name and tag are right; a registry may also answer so to whoever is not logged in");
  RegistryVerification out;
  Descriptor root;
  root.mediaType = (*found)->mediaType;
  root.digest = out.image = (*found)->digest;
  root.size = (*found)->text.size();
  const std::string where = repository.address().str();
  const auto read = [&](const Descriptor& d) -> llvm::Expected<json> {
    if (d.digest == root.digest) return parseJson((*found)->text, where + "@" + d.digest.str(), FaultCode::RegistryAnswer);
    auto manifest = repository.fetchManifest(d.digest.str());
    if (!manifest) return manifest.takeError();
    if (!*manifest || (*manifest)->text.size() != d.size) {
      out.result.problems.push_back({where + "@" + d.digest.str(), *manifest ? "does not have the size recorded" : "is missing"});
      // Something that points at nothing, so that the search for problems goes on.
      return media::isIndex(d.mediaType) ? json{{"manifests", json::array()}} : json{{"config", toJson(root)}, {"layers", json::array()}};
    }
    return parseJson((*manifest)->text, where + "@" + d.digest.str(), FaultCode::RegistryAnswer);
  };
  auto all = reachable(where, root, read);
  if (!all) return all.takeError();
  for (const Descriptor& d : *all) {
    ++out.result.blobs;
    out.result.bytes += d.size;
    if (media::isIndex(d.mediaType) || media::isManifest(d.mediaType)) continue;
    auto there = repository.hasBlob(d.digest);
    if (!there) return there.takeError();
    if (!*there) out.result.problems.push_back({where + "@" + d.digest.str(), "is missing"});
  }
  return out;
}

} // namespace chasi::image
