// What a layout has, as a registry shows it: repositories with their tags, manifests by digest, and what hangs on them.
#pragma once

#include "runtime/image/layout.h"

namespace chasi::image {

/// Where an image is found by name. The nearer one wins; two of the same rank that are not the same image are none.
enum class Rank : uint8_t {
  Named,   ///< index.json has the name
  Carried, ///< an image of the layout carries it under this name
  Mirrored ///< its name without the registry, as mirrors are asked: "library/nginx" for docker.io/library/nginx
};

struct OfferedTag {
  Descriptor image;
  Rank rank = Rank::Named;
  bool ambiguous = false;
};
using OfferedTags = std::map<std::string, OfferedTag>;

/// A picture of the layout at one moment. Values; may be read by several threads.
struct Offer {
  std::map<std::string, OfferedTags> repositories; ///< by name, with and without the registry
  std::map<std::string, OfferedTags> upstream;     ///< by "docker.io/library/nginx", for mirrors that are asked with ?ns=
  std::map<Digest, Descriptor> manifests;          ///< all that hang on entries of index.json
  std::multimap<Digest, Descriptor> referrers;     ///< by subject; with artifactType and the manifest's own annotations
  std::vector<std::string> problems;               ///< images that cannot be read, and are left out

  /// The tags of a repository; null when there is none of this name. `ns` is the registry that is mirrored, or empty.
  const OfferedTags* find(const std::string& ns, const std::string& path) const;
};

/// An error only when there is no layout to read.
llvm::Expected<Offer> readOffer(const std::string& layout);

/// "registry.acme.io/nginx:1.27@sha256:…" in its parts, as far as it has them; docker.io and library/ are added where Docker means them.
struct OfferedName {
  std::string name;     ///< as it is written, without tag and digest
  std::string registry; ///< "docker.io" when none is written
  std::string path;     ///< in that registry
  std::string tag;      ///< "latest" when neither tag nor digest is written
};
OfferedName splitName(llvm::StringRef reference);

} // namespace chasi::image
