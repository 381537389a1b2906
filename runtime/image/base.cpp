#include "runtime/image/base.h"

#include "runtime/image/fault.h"

#include <fmt/format.h>

namespace chasi::image {

using nlohmann::json;

bool serves(const Platform& offered, const Platform& wanted) {
  return offered.os == wanted.os && offered.architecture == wanted.architecture &&
         (wanted.variant.empty() || offered.variant == wanted.variant);
}

Platform platformOf(const json& config) {
  const auto text = [&](const char* key) {
    return config.contains(key) && config[key].is_string() ? config[key].get<std::string>() : std::string();
  };
  return {text("os"), text("architecture"), text("variant")};
}

static llvm::Error damagedImage(const std::string& where, const std::string& what) {
  return fault(FaultCode::BadLayout, where + ": " + what);
}

static llvm::Error readDiffIds(BaseImage& image, const std::string& where) {
  const json& config = image.config;
  if (!config.is_object()) return damagedImage(where, "the config is not an object");
  const json ids = config.value(json::json_pointer("/rootfs/diff_ids"), json::array());
  if (!ids.is_array() || ids.size() != image.layers.size())
    return damagedImage(where, fmt::format("{} layers, but {} entries in rootfs.diff_ids", image.layers.size(), ids.size()));
  for (const json& id : ids) {
    auto digest = Digest::parse(id.is_string() ? id.get<std::string>() : "");
    if (!digest) return damagedImage(where, "rootfs.diff_ids: " + llvm::toString(digest.takeError()));
    image.diffIds.push_back(std::move(*digest));
  }
  return llvm::Error::success();
}

llvm::Expected<BaseImage> loadManifest(const std::string& layout, const Descriptor& manifest) {
  BaseImage image;
  image.layout = layout;
  image.manifest = manifest;
  const std::string where = blobPath(layout, manifest.digest);
  if (!media::isManifest(manifest.mediaType)) return damagedImage(where, fmt::format("\"{}\" is not an image manifest", manifest.mediaType));
  auto value = readJsonBlob(layout, manifest, maxManifestSize);
  if (!value) return value.takeError();
  if (!value->is_object() || !value->contains("config") || !value->contains("layers") || !(*value)["layers"].is_array())
    return damagedImage(where, "a manifest needs \"config\" and a list \"layers\"");
  auto config = parseDescriptor((*value)["config"], where + ": config");
  if (!config) return config.takeError();
  for (const json& layer : (*value)["layers"]) {
    auto d = parseDescriptor(layer, where + ": layers");
    if (!d) return d.takeError();
    image.layers.push_back(std::move(*d));
  }
  auto configValue = readJsonBlob(layout, *config, maxConfigSize);
  if (!configValue) return configValue.takeError();
  image.config = std::move(*configValue);
  try {
    if (llvm::Error e = readDiffIds(image, where)) return e;
  } catch (const json::exception&) {
    return damagedImage(where, "\"rootfs\" of the config is not an object");
  }
  return image;
}

static llvm::Expected<Descriptor> choose(const std::string& layout, const std::string& ref, const Platform& platform) {
  auto found = findReference(layout, ref);
  if (!found || !media::isIndex(found->mediaType)) return found;
  auto index = readJsonBlob(layout, *found, maxManifestSize);
  if (!index) return index.takeError();
  auto entries = children(*index, blobPath(layout, found->digest));
  if (!entries) return entries.takeError();
  std::string offered;
  for (Descriptor& d : *entries) {
    if (!d.platform || !media::isManifest(d.mediaType)) continue;
    if (serves(*d.platform, platform)) return std::move(d);
    offered += (offered.empty() ? "" : ", ") + d.platform->str();
  }
  return fault(FaultCode::UnknownReference, fmt::format("{}:{} has no image for {}", layout, ref, platform.str()),
               "it has: " + (offered.empty() ? "no platform at all" : offered));
}

llvm::Expected<BaseImage> loadBase(const std::string& layout, const std::string& ref, const Platform& platform) {
  auto manifest = choose(layout, ref, platform);
  if (!manifest) return manifest.takeError();
  auto image = loadManifest(layout, *manifest);
  if (!image) return image.takeError();
  const Platform is = platformOf(image->config);
  if (!serves(is, platform))
    return fault(FaultCode::UnknownReference, fmt::format("{}:{} is an image for {}, not for {}", layout, ref, is.str(), platform.str()),
                 "drop the platform, or take a base that has it");
  for (const Descriptor& layer : image->layers)
    if (layer.mediaType != media::layer && layer.mediaType != media::layerGzip && layer.mediaType != media::layerZstd)
      return fault(FaultCode::BadLayout, fmt::format("{}:{} has a layer of type {}", layout, ref, layer.mediaType),
                   "convert the image to OCI first: skopeo copy --format oci …");
  return image;
}

} // namespace chasi::image
