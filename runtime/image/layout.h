// An OCI image layout on disk (image-layout.md): oci-layout, index.json, blobs/<algorithm>/<hex>.
// Reading needs no lock: blobs never change and index.json is replaced by a rename. Writing does: see LayoutLock.
#pragma once

#include "runtime/image/description.h"
#include "runtime/image/digest.h"

#include <llvm/ADT/STLFunctionalExtras.h>
#include <nlohmann/json_fwd.hpp>

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace chasi::image {

namespace media {
inline constexpr const char* index = "application/vnd.oci.image.index.v1+json";
inline constexpr const char* clusterImage = "application/vnd.chasi.cluster-image.v1"; ///< artifactType of images that carry a cluster
inline constexpr const char* manifest = "application/vnd.oci.image.manifest.v1+json";
inline constexpr const char* config = "application/vnd.oci.image.config.v1+json";
inline constexpr const char* layer = "application/vnd.oci.image.layer.v1.tar";
inline constexpr const char* layerGzip = "application/vnd.oci.image.layer.v1.tar+gzip";
inline constexpr const char* layerZstd = "application/vnd.oci.image.layer.v1.tar+zstd";
// Registries still serve the older types; they appear in carried images.
inline constexpr const char* dockerList = "application/vnd.docker.distribution.manifest.list.v2+json";
inline constexpr const char* dockerManifest = "application/vnd.docker.distribution.manifest.v2+json";
inline constexpr const char* dockerConfig = "application/vnd.docker.container.image.v1+json";
inline constexpr const char* dockerLayer = "application/vnd.docker.image.rootfs.diff.tar"; ///< also with .gzip and .zstd behind it
bool isIndex(llvm::StringRef mediaType);
bool isManifest(llvm::StringRef mediaType);
} // namespace media

namespace annotation {
inline constexpr const char* refName = "org.opencontainers.image.ref.name";
inline constexpr const char* carried = "dev.chasi.carried"; ///< on a descriptor: the name of a carried image, or "*" on their index
inline constexpr const char* origin = "dev.chasi.origin";   ///< on an index: the digest of the one that it was taken from, less what is for other platforms
inline constexpr const char* launch = "dev.chasi.launch";   ///< JSON list of commands
inline constexpr const char* parameters = "dev.chasi.parameters"; ///< JSON object of texts
} // namespace annotation

/// Manifests and indexes are read whole; registries refuse larger ones (distribution-spec: 4 MiB).
inline constexpr uint64_t maxManifestSize = 4u << 20;
inline constexpr uint64_t maxConfigSize = 16u << 20;

/// Points at a blob (descriptor.md).
struct Descriptor {
  std::string mediaType;
  Digest digest;
  uint64_t size = 0; ///< bytes
  std::optional<Platform> platform;
  std::map<std::string, std::string> annotations;
  std::string artifactType;
};
llvm::Expected<Descriptor> parseDescriptor(const nlohmann::json& value, const std::string& where);
nlohmann::json toJson(const Descriptor& descriptor);
/// Of a blob with this content.
Descriptor descriptorOf(const std::string& mediaType, llvm::StringRef content);
/// Type, digest and size alone: platform and annotations belong to the place that points at it.
Descriptor bare(const Descriptor& descriptor);
/// An index or a manifest, in either format.
bool pointsAtMore(const Descriptor& descriptor);

std::string blobPath(const std::string& layout, const Digest& digest);
/// A regular file of this size is there. Its content is not read; `verify` does that.
bool hasBlob(const std::string& layout, const Descriptor& descriptor);

/// The parsed index.json; a folder that is no layout, or of another version, is a fault.
llvm::Expected<nlohmann::json> readIndex(const std::string& layout);
/// The entry of index.json with this reference name, or with "@sha256:…" as digest. A fault lists what there is.
llvm::Expected<Descriptor> findReference(const std::string& layout, const std::string& ref);
/// The descriptors in "manifests" of an index.
llvm::Expected<std::vector<Descriptor>> children(const nlohmann::json& index, const std::string& where);

/// A JSON blob; size and digest are checked.
llvm::Expected<nlohmann::json> readJsonBlob(const std::string& layout, const Descriptor& descriptor, uint64_t limit);

/// Everything that `root` needs, itself included, each digest once, what is pointed at before what points.
llvm::Expected<std::vector<Descriptor>> reachable(const std::string& layout, const Descriptor& root);
/// The same where manifests and indexes come from elsewhere: `read` gives each of them once, digest and size compared.
llvm::Expected<std::vector<Descriptor>> reachable(const std::string& where, const Descriptor& root, llvm::function_ref<llvm::Expected<nlohmann::json>(const Descriptor&)> read);

} // namespace chasi::image
