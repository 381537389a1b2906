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

llvm::Expected<Descriptor> manifestFor(const json& index, const std::string& where, const Platform& platform) {
  auto entries = children(index, where);
  if (!entries) return entries.takeError();
  std::string offered;
  for (Descriptor& d : *entries) {
    if (!d.platform || !media::isManifest(d.mediaType)) continue;
    if (serves(*d.platform, platform)) return std::move(d);
    offered += (offered.empty() ? "" : ", ") + d.platform->str();
  }
  return fault(FaultCode::UnknownReference, fmt::format("{} has no image for {}", where, platform.str()), "it has: " + (offered.empty() ? "no platform at all" : offered));
}

/// The same blob under the name that OCI has for it; nothing for what is no layer of files.
static std::optional<std::string> layerType(llvm::StringRef type) {
  if (type == media::layer || type == media::layerGzip || type == media::layerZstd) return type.str();
  if (!type.consume_front(media::dockerLayer)) return std::nullopt;
  return type.empty() ? std::optional<std::string>(media::layer) : type == ".gzip" ? std::optional<std::string>(media::layerGzip) : type == ".zstd" ? std::optional<std::string>(media::layerZstd) : std::nullopt;
}

llvm::Expected<BaseImage> loadBase(const std::string& layout, const Descriptor& root, const std::string& where, const Platform& platform) {
  if (media::isIndex(root.mediaType)) {
    auto index = readJsonBlob(layout, root, maxManifestSize);
    if (!index) return index.takeError();
    auto manifest = manifestFor(*index, where, platform);
    if (!manifest) return manifest.takeError();
    return loadBase(layout, *manifest, where, platform);
  }
  auto image = loadManifest(layout, root);
  if (!image) return image.takeError();
  const Platform is = platformOf(image->config);
  if (!serves(is, platform))
    return fault(FaultCode::UnknownReference, fmt::format("{} is an image for {}, not for {}", where, is.str(), platform.str()),
                 "drop the platform, or take a base that has it");
  for (Descriptor& layer : image->layers) {
    std::optional<std::string> type = layerType(layer.mediaType);
    if (!type) return fault(FaultCode::BadLayout, fmt::format("{} has a layer of type {}", where, layer.mediaType), "no image can stand on it; take another base");
    layer.mediaType = std::move(*type);
  }
  return image;
}

llvm::Expected<BaseImage> loadBase(const std::string& layout, const std::string& ref, const Platform& platform) {
  auto found = findReference(layout, ref);
  if (!found) return found.takeError();
  return loadBase(layout, *found, layout + ":" + ref, platform);
}

} // namespace chasi::image
