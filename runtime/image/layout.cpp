#include "runtime/image/layout.h"

#include "runtime/image/file_io.h"
#include "runtime/image/json_text.h"

#include <fmt/format.h>

#include <set>

namespace chasi::image {

using nlohmann::json;

bool media::isIndex(llvm::StringRef type) { return type == media::index || type == media::dockerList; }
bool media::isManifest(llvm::StringRef type) { return type == media::manifest || type == media::dockerManifest; }

static llvm::Error damaged(const std::string& where, const std::string& what) {
  return fault(FaultCode::BadLayout, where + ": " + what);
}

static std::optional<Platform> readPlatform(const json& value) {
  Platform p{value.value("os", ""), value.value("architecture", ""), value.value("variant", "")};
  // "unknown/unknown" marks attestations that build tools hang into an index; they are nobody's platform.
  if (p.os.empty() || p.architecture.empty() || p.os == "unknown") return std::nullopt;
  return p;
}

llvm::Expected<Descriptor> parseDescriptor(const json& value, const std::string& where) {
  if (!value.is_object()) return damaged(where, "a descriptor is expected");
  Descriptor d;
  try {
    d.mediaType = value.at("mediaType").get<std::string>();
    auto digest = Digest::parse(value.at("digest").get<std::string>());
    if (!digest) return damaged(where, llvm::toString(digest.takeError()));
    d.digest = std::move(*digest);
    const json& size = value.at("size");
    if (!size.is_number_unsigned() || size.get<uint64_t>() > uint64_t(INT64_MAX))
      return damaged(where, "\"size\" is not a number of bytes");
    d.size = size.get<uint64_t>();
    if (value.contains("platform")) d.platform = readPlatform(value["platform"]);
    if (value.contains("annotations") && !value["annotations"].is_null())
      d.annotations = value["annotations"].get<std::map<std::string, std::string>>();
    d.artifactType = value.value("artifactType", "");
  } catch (const json::exception&) {
    return damaged(where, "a descriptor needs the texts \"mediaType\" and \"digest\", a \"size\", and texts as annotations");
  }
  return d;
}

json toJson(const Descriptor& d) {
  json out = {{"mediaType", d.mediaType}, {"digest", d.digest.str()}, {"size", d.size}};
  if (d.platform) {
    out["platform"] = {{"os", d.platform->os}, {"architecture", d.platform->architecture}};
    if (!d.platform->variant.empty()) out["platform"]["variant"] = d.platform->variant;
  }
  if (!d.annotations.empty()) out["annotations"] = d.annotations;
  if (!d.artifactType.empty()) out["artifactType"] = d.artifactType;
  return out;
}

Descriptor descriptorOf(const std::string& mediaType, llvm::StringRef content) {
  Descriptor d;
  d.mediaType = mediaType;
  d.digest = sha256(content);
  d.size = content.size();
  return d;
}

Descriptor bare(const Descriptor& descriptor) {
  Descriptor out;
  out.mediaType = descriptor.mediaType;
  out.digest = descriptor.digest;
  out.size = descriptor.size;
  return out;
}

bool pointsAtMore(const Descriptor& d) { return media::isIndex(d.mediaType) || media::isManifest(d.mediaType); }

std::string blobPath(const std::string& layout, const Digest& digest) {
  return fmt::format("{}/blobs/{}/{}", layout, digest.algorithm().str(), digest.hex().str());
}

bool hasBlob(const std::string& layout, const Descriptor& descriptor) {
  struct stat info {};
  return ::lstat(blobPath(layout, descriptor.digest).c_str(), &info) == 0 && S_ISREG(info.st_mode) &&
         static_cast<uint64_t>(info.st_size) == descriptor.size;
}

llvm::Expected<json> readIndex(const std::string& layout) {
  const std::string marker = layout + "/oci-layout";
  if (!exists(marker))
    return fault(FaultCode::BadLayout, fmt::format("{} is not an OCI image layout: it has no file oci-layout", layout),
                 "build or copy an image into it first, or check the path");
  auto text = readWhole(marker, 4096, FaultCode::BadLayout);
  if (!text) return text.takeError();
  auto version = parseJson(*text, marker);
  if (!version) return version.takeError();
  if (!version->is_object() || !version->contains("imageLayoutVersion") || (*version)["imageLayoutVersion"] != "1.0.0")
    return damaged(marker, "\"imageLayoutVersion\" is not \"1.0.0\"");
  const std::string path = layout + "/index.json";
  auto indexText = readWhole(path, maxConfigSize, FaultCode::BadLayout);
  if (!indexText) return indexText.takeError();
  auto index = parseJson(*indexText, path);
  if (!index) return index.takeError();
  if (!index->is_object() || !index->contains("manifests") || !(*index)["manifests"].is_array())
    return damaged(path, "a list \"manifests\" is missing");
  if (!index->contains("schemaVersion") || (*index)["schemaVersion"] != 2) return damaged(path, "\"schemaVersion\" is not 2");
  return index;
}

llvm::Expected<std::vector<Descriptor>> children(const json& index, const std::string& where) {
  if (!index.is_object() || !index.contains("manifests") || !index["manifests"].is_array())
    return damaged(where, "a list \"manifests\" is missing");
  std::vector<Descriptor> out;
  for (size_t i = 0; i < index["manifests"].size(); ++i) {
    auto d = parseDescriptor(index["manifests"][i], fmt::format("{}: manifests[{}]", where, i));
    if (!d) return d.takeError();
    out.push_back(std::move(*d));
  }
  return out;
}

llvm::Expected<Descriptor> findReference(const std::string& layout, const std::string& ref) {
  auto index = readIndex(layout);
  if (!index) return index.takeError();
  auto entries = children(*index, layout + "/index.json");
  if (!entries) return entries.takeError();
  std::string known;
  for (Descriptor& d : *entries) {
    const auto name = d.annotations.find(annotation::refName);
    if (ref == "@" + d.digest.str() || (name != d.annotations.end() && name->second == ref)) return std::move(d);
    if (name != d.annotations.end()) known += (known.empty() ? "" : ", ") + name->second;
  }
  return fault(FaultCode::UnknownReference, fmt::format("{} has no image \"{}\"", layout, ref),
               known.empty() ? "it has no named image at all" : "it has: " + known);
}

llvm::Expected<json> readJsonBlob(const std::string& layout, const Descriptor& d, uint64_t limit) {
  const std::string path = blobPath(layout, d.digest);
  if (d.size > limit) return damaged(path, fmt::format("{} bytes are more than a {} may have", d.size, d.mediaType));
  auto text = readWhole(path, limit, FaultCode::BadLayout);
  if (!text) return text.takeError();
  if (text->size() != d.size) return damaged(path, fmt::format("{} bytes, but {} are recorded", text->size(), d.size));
  if (!hasDigest(*text, d.digest)) return damaged(path, "the content does not have the digest of its name");
  return parseJson(*text, path);
}

namespace {

/// Depth first over descriptors. Nested indexes are legal; real ones nest once.
struct Walk {
  static constexpr int maxDepth = 8;
  static constexpr size_t maxBlobs = 200'000;
  const std::string& where;
  llvm::function_ref<llvm::Expected<json>(const Descriptor&)> read;
  std::set<Digest> seen;
  std::vector<Descriptor> out;

  llvm::Error visit(const Descriptor& d, int depth) {
    if (!seen.insert(d.digest).second) return llvm::Error::success();
    const std::string path = where + "/blobs/" + d.digest.algorithm().str() + "/" + d.digest.hex().str();
    if (depth > maxDepth) return damaged(path, fmt::format("indexes are nested deeper than {} levels", maxDepth));
    if (seen.size() > maxBlobs) return damaged(where, fmt::format("more than {} blobs hang on one image", maxBlobs));
    if (pointsAtMore(d)) {
      auto value = read(d);
      if (!value) return value.takeError();
      if (llvm::Error e = media::isIndex(d.mediaType) ? visitIndex(*value, path, depth) : visitManifest(*value, path, depth)) return e;
    }
    out.push_back(d);
    return llvm::Error::success();
  }
  llvm::Error visitIndex(const json& value, const std::string& path, int depth) {
    auto entries = children(value, path);
    if (!entries) return entries.takeError();
    for (const Descriptor& child : *entries)
      if (llvm::Error e = visit(child, depth + 1)) return e;
    return llvm::Error::success();
  }
  llvm::Error visitManifest(const json& value, const std::string& path, int depth) {
    if (!value.is_object() || !value.contains("config") || !value.contains("layers") || !value["layers"].is_array())
      return damaged(path, "a manifest needs \"config\" and a list \"layers\"");
    auto config = parseDescriptor(value["config"], path + ": config");
    if (!config) return config.takeError();
    if (llvm::Error e = visit(*config, depth + 1)) return e;
    for (const json& layer : value["layers"]) {
      auto d = parseDescriptor(layer, path + ": layers");
      if (!d) return d.takeError();
      if (llvm::Error e = visit(*d, depth + 1)) return e;
    }
    return llvm::Error::success();
  }
};

} // namespace

llvm::Expected<std::vector<Descriptor>> reachable(const std::string& where, const Descriptor& root, llvm::function_ref<llvm::Expected<json>(const Descriptor&)> read) {
  Walk walk{where, read, {}, {}};
  if (llvm::Error e = walk.visit(root, 0)) return e;
  return std::move(walk.out);
}

llvm::Expected<std::vector<Descriptor>> reachable(const std::string& layout, const Descriptor& root) {
  return reachable(layout, root, [&](const Descriptor& d) { return readJsonBlob(layout, d, maxManifestSize); });
}

} // namespace chasi::image
