#include "runtime/image/inspect.h"

#include "runtime/image/base.h"
#include "runtime/image/fault.h"
#include "runtime/image/json_text.h"
#include "runtime/image/referrer.h"

#include <fmt/format.h>
#include <llvm/ADT/STLExtras.h>

namespace chasi::image {

using nlohmann::json;

namespace {

std::map<std::string, std::string> texts(const json& value) {
  std::map<std::string, std::string> out;
  if (value.is_object())
    for (const auto& [key, item] : value.items())
      if (item.is_string()) out[key] = item.get<std::string>();
  return out;
}

json member(const json& value, const char* key) { return value.is_object() && value.contains(key) ? value[key] : json(); }

std::vector<std::string> launchOf(const std::map<std::string, std::string>& annotations) {
  std::vector<std::string> out;
  const auto it = annotations.find(annotation::launch);
  if (it == annotations.end()) return out;
  auto list = parseJson(it->second, annotation::launch);
  if (!list || !list->is_array()) {
    if (!list) llvm::consumeError(list.takeError());
    return {it->second}; // shown as it is written
  }
  for (const json& command : *list) out.push_back(command.is_string() ? command.get<std::string>() : canonical(command));
  return out;
}

std::map<std::string, std::string> parametersOf(const std::map<std::string, std::string>& annotations) {
  const auto it = annotations.find(annotation::parameters);
  auto value = parseJson(it == annotations.end() ? "{}" : it->second, annotation::parameters);
  if (value) return texts(*value);
  llvm::consumeError(value.takeError());
  return {};
}

llvm::Expected<ImageInfo> imageInfo(const std::string& layout, const Descriptor& manifest) {
  auto image = loadManifest(layout, manifest);
  if (!image) return image.takeError();
  auto value = readJsonBlob(layout, manifest, maxManifestSize);
  if (!value) return value.takeError();
  ImageInfo out;
  out.platform = platformOf(image->config);
  out.manifest = manifest;
  out.config = llvm::cantFail(parseDescriptor((*value)["config"], "config")); // loadManifest has read it
  out.layers = image->layers;
  out.size = manifest.size + out.config.size;
  for (const Descriptor& layer : out.layers) out.size += layer.size;
  if (const json created = member(image->config, "created"); created.is_string()) out.created = created.get<std::string>();
  out.settings = member(image->config, "config");
  out.labels = texts(member(out.settings, "Labels"));
  return out;
}

llvm::Expected<CarriedInfo> carriedInfo(const std::string& layout, const Descriptor& d) {
  CarriedInfo out;
  out.ref = d.annotations.at(annotation::carried);
  out.image = d;
  auto blobs = reachable(layout, d);
  if (!blobs) return blobs.takeError();
  for (const Descriptor& blob : *blobs) {
    out.size += blob.size;
    if (media::isManifest(blob.mediaType) && blob.platform) out.platforms.push_back(*blob.platform);
  }
  llvm::sort(out.platforms);
  return out;
}

struct Inspector {
  const std::string& layout;
  ReferenceInfo& out;

  llvm::Error read(const Descriptor& d, int depth) {
    if (depth > 8) return fault(FaultCode::BadLayout, fmt::format("{}: indexes are nested too deeply", blobPath(layout, d.digest)));
    if (media::isManifest(d.mediaType)) {
      auto manifest = readJsonBlob(layout, d, maxManifestSize);
      if (!manifest) return manifest.takeError();
      const std::string type = manifest->is_object() ? manifest->value("artifactType", "") : "";
      if (!type.empty() && type != media::clusterImage) return llvm::Error::success(); // no image, such as a package
      auto info = imageInfo(layout, d);
      if (!info) return info.takeError();
      out.images.push_back(std::move(*info));
      if (!out.sealer) out.sealer = sealerInfo(texts(member(*manifest, "annotations")));
      return llvm::Error::success();
    }
    if (!media::isIndex(d.mediaType)) return llvm::Error::success(); // an artifact that is no image
    auto index = readJsonBlob(layout, d, maxManifestSize);
    if (!index) return index.takeError();
    auto entries = children(*index, blobPath(layout, d.digest));
    if (!entries) return entries.takeError();
    for (const Descriptor& child : *entries) {
      const auto mark = child.annotations.find(annotation::carried);
      llvm::Error e = mark == child.annotations.end() ? read(child, depth + 1) : readCarried(child, mark->second, depth);
      if (e) return e;
    }
    return llvm::Error::success();
  }

  llvm::Error readCarried(const Descriptor& d, const std::string& mark, int depth) {
    if (mark == "*") return read(d, depth + 1);
    auto info = carriedInfo(layout, d);
    if (!info) return info.takeError();
    out.carried.push_back(std::move(*info));
    return llvm::Error::success();
  }
};

std::string bytes(uint64_t size) {
  if (size < 1024) return fmt::format("{} B", size);
  double value = static_cast<double>(size);
  const char* unit = "B";
  for (const char* next : {"KiB", "MiB", "GiB", "TiB"}) {
    if (value < 1024) break;
    value /= 1024;
    unit = next;
  }
  return fmt::format("{:.1f} {}", value, unit);
}

} // namespace

llvm::Expected<std::vector<ReferenceInfo>> inspect(const std::string& layout, const std::string& ref) {
  std::vector<Descriptor> entries;
  if (!ref.empty()) {
    auto one = findReference(layout, ref);
    if (!one) return one.takeError();
    entries.push_back(std::move(*one));
  } else {
    auto index = readIndex(layout);
    if (!index) return index.takeError();
    auto all = children(*index, layout + "/index.json");
    if (!all) return all.takeError();
    entries = std::move(*all);
  }
  auto referrers = referrersIn(layout);
  if (!referrers) return referrers.takeError();
  std::vector<ReferenceInfo> out;
  for (const Descriptor& d : entries) {
    // What hangs on an image is told with it.
    if (ref.empty() && !d.annotations.contains(annotation::refName) && llvm::any_of(*referrers, [&](const Referrer& r) { return r.manifest.digest == d.digest; })) continue;
    ReferenceInfo info;
    if (const auto name = d.annotations.find(annotation::refName); name != d.annotations.end()) info.name = name->second;
    info.target = d;
    if (pointsAtMore(d)) {
      auto value = readJsonBlob(layout, d, maxManifestSize);
      if (!value) return value.takeError();
      info.annotations = texts(member(*value, "annotations"));
    }
    info.launch = launchOf(info.annotations);
    info.parameters = parametersOf(info.annotations);
    if (llvm::Error e = Inspector{layout, info}.read(d, 0)) return e;
    for (const Referrer& r : hangingOn(*referrers, {d})) info.attached.push_back(r.manifest);
    out.push_back(std::move(info));
  }
  return out;
}

namespace {

/// What it runs, and with what: lists as they are written, maps by their keys (OCI image specification, "Properties" of the config).
std::string settingsText(const json& settings) {
  std::string out;
  for (const auto& [key, label] : {std::pair{"Entrypoint", "entry"}, {"Cmd", "command"}, {"WorkingDir", "workdir"}, {"User", "user"}})
    if (const json value = member(settings, key); value.is_string() ? !value.get<std::string>().empty() : value.is_array() && !value.empty())
      out += fmt::format("    {:<7} {}\n", label, printable(value.is_string() ? value.get<std::string>() : canonical(value)));
  for (const json& variable : member(settings, "Env"))
    if (variable.is_string()) out += fmt::format("    env     {}\n", printable(variable.get<std::string>()));
  for (const auto& [key, label] : {std::pair{"ExposedPorts", "port"}, {"Volumes", "volume"}})
    if (const json value = member(settings, key); value.is_object())
      for (const auto& [name, nothing] : value.items()) out += fmt::format("    {:<7} {}\n", label, printable(name));
  return out;
}

} // namespace

std::string toText(const std::vector<ReferenceInfo>& references) {
  std::string out;
  for (const ReferenceInfo& r : references) {
    out += fmt::format("{}\n  digest    {}\n", r.name.empty() ? "(no name)" : printable(r.name), r.target.digest.str());
    for (const auto& [key, value] : r.annotations)
      if (key != annotation::launch && key != annotation::parameters && !(r.sealer && (key == kSealerExtension || key == kSealerContainers))) out += fmt::format("  note      {} = {}\n", printable(key), printable(value));
    for (const auto& [key, value] : r.parameters) out += fmt::format("  parameter {} = {}\n", printable(key), printable(value));
    for (const std::string& command : r.launch) out += fmt::format("  launch    {}\n", printable(command));
    if (r.sealer) out += toText(*r.sealer);
    for (const ImageInfo& image : r.images) {
      out += fmt::format("  platform  {}  {}  {}\n", printable(image.platform.str()), bytes(image.size), image.manifest.digest.str());
      for (const Descriptor& layer : image.layers) out += fmt::format("    layer   {}  {}\n", layer.digest.str(), bytes(layer.size));
      out += settingsText(image.settings);
      for (const auto& [key, value] : image.labels) out += fmt::format("    label   {} = {}\n", printable(key), printable(value));
    }
    for (const CarriedInfo& c : r.carried) {
      out += fmt::format("  carries   {}  {}  {}", printable(c.ref), bytes(c.size), c.image.digest.str());
      for (const Platform& p : c.platforms) out += " " + printable(p.str());
      out += '\n';
    }
    for (const Descriptor& d : r.attached) out += fmt::format("  attached  {}  {}\n", printable(d.artifactType), d.digest.str());
  }
  return out;
}

json toJson(const std::vector<ReferenceInfo>& references) {
  json list = json::array();
  for (const ReferenceInfo& r : references) {
    json images = json::array();
    for (const ImageInfo& image : r.images) {
      json layers = json::array();
      for (const Descriptor& layer : image.layers) layers.push_back(toJson(layer));
      images.push_back({{"platform", image.platform.str()}, {"manifest", image.manifest.digest.str()}, {"config", image.config.digest.str()},
                        {"layers", std::move(layers)}, {"size", image.size}, {"created", image.created}, {"labels", image.labels}, {"config", image.settings}});
    }
    json carried = json::array();
    for (const CarriedInfo& c : r.carried) {
      json platforms = json::array();
      for (const Platform& p : c.platforms) platforms.push_back(p.str());
      carried.push_back({{"ref", c.ref}, {"digest", c.image.digest.str()}, {"size", c.size}, {"platforms", std::move(platforms)}});
    }
    json attached = json::array();
    for (const Descriptor& d : r.attached) attached.push_back({{"artifactType", d.artifactType}, {"digest", d.digest.str()}});
    list.push_back({{"name", r.name}, {"digest", r.target.digest.str()}, {"mediaType", r.target.mediaType}, {"annotations", r.annotations},
                    {"launch", r.launch}, {"parameters", r.parameters}, {"images", std::move(images)}, {"carried", std::move(carried)}, {"attached", std::move(attached)}});
    if (r.sealer) list.back()["sealer"] = toJson(*r.sealer);
  }
  return {{"references", std::move(list)}};
}

} // namespace chasi::image
