#include "runtime/image/verify_registry.h"

#include "runtime/image/json_text.h"

#include <fmt/format.h>

namespace chasi::image {

using nlohmann::json;

llvm::Expected<RegistryVerification> verifyInRegistry(Repository& repository, const ImageAddress& address) {
  auto found = manifestAt(repository, address);
  if (!found) return found.takeError();
  RegistryVerification out;
  const Descriptor root = found->descriptor();
  out.image = root.digest;
  const std::string where = repository.address().str();
  const auto read = [&](const Descriptor& d) -> llvm::Expected<json> {
    if (d.digest == root.digest) return parseJson(found->text, where + "@" + d.digest.str(), FaultCode::RegistryAnswer);
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
    if (pointsAtMore(d)) continue;
    auto there = repository.hasBlob(d.digest);
    if (!there) return there.takeError();
    if (!*there) out.result.problems.push_back({where + "@" + d.digest.str(), "is missing"});
  }
  return out;
}

} // namespace chasi::image
