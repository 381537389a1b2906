// OCI artifacts: content in a layout or registry that is no container image (manifest.md, "Guidelines for Artifact Usage").
// One layer, an uncompressed tar of files; the config is the empty one.
#pragma once

#include "runtime/image/layout.h"

#include <llvm/ADT/STLFunctionalExtras.h>

namespace chasi::image {

namespace media {
inline constexpr const char* empty = "application/vnd.oci.empty.v1+json";
} // namespace media

struct Artifact {
  std::string type;      ///< artifactType
  std::string layerType; ///< media type of the tar
  std::map<std::string, std::string> annotations;
  std::map<std::string, std::string> files; ///< content by path
};

struct ArtifactLimits {
  uint64_t bytes = 64u << 20; ///< of all files together
  size_t files = 10'000;
};

/// Writes it into the layout, which is made when missing, under this name. The same artifact gives the same digest on every
/// machine. Gives its descriptor.
llvm::Expected<Descriptor> writeArtifact(const std::string& layout, const std::string& name, const Artifact& artifact,
                                         std::chrono::milliseconds patience = std::chrono::minutes(1));

/// An artifact as it lies in a layout or a registry: what points at it, and the blobs, each before what points at it.
struct PackedArtifact {
  Descriptor descriptor; ///< of the manifest, which is the last blob
  std::vector<std::pair<Descriptor, std::string>> blobs;
};
llvm::Expected<PackedArtifact> packArtifact(const Artifact& artifact);

/// Names of the artifacts of this type, as index.json has them.
llvm::Expected<std::vector<std::string>> artifactNames(const std::string& layout, const std::string& type);

/// Reads it; every blob is compared with its digest. Anything but regular files and folders in the tar is a fault, so are
/// paths that lead out of it.
llvm::Expected<Artifact> readArtifact(const std::string& layout, const std::string& name, const std::string& type, const ArtifactLimits& limits = {});

/// The same of one that lies elsewhere. `where` names it in messages; `blob` gives the content of a blob, size and digest compared.
llvm::Expected<Artifact> readArtifact(const std::string& where, const nlohmann::json& manifest, const std::string& type, const ArtifactLimits& limits,
                                      llvm::function_ref<llvm::Expected<std::string>(const Descriptor&, uint64_t most)> blob);

} // namespace chasi::image
