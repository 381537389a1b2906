// Config, manifest and index as JSON (config.md, manifest.md, image-index.md).
#include "runtime/image/draft.h"
#include "runtime/image/json_text.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <time.h>

namespace chasi::image {

using nlohmann::json;

static std::string rfc3339(int64_t seconds) {
  const time_t t = seconds;
  tm parts{};
  ::gmtime_r(&t, &parts);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec);
}

/// The base's variables keep their places; ours replace them or follow, by name.
static json mergeEnv(const json& base, const std::map<std::string, std::string>& ours) {
  json out = json::array();
  std::map<std::string, std::string> rest = ours;
  if (base.is_array())
    for (const json& item : base) {
      if (!item.is_string()) continue;
      const std::string text = item.get<std::string>();
      const std::string key = text.substr(0, text.find('='));
      const auto it = rest.find(key);
      out.push_back(it == rest.end() ? text : key + "=" + it->second);
      if (it != rest.end()) rest.erase(it);
    }
  for (const auto& [key, value] : rest) out.push_back(key + "=" + value);
  return out;
}

static json runConfig(const RunConfig& config, const json& base) {
  json out = base.is_object() ? base : json::object();
  if (json env = mergeEnv(out.value("Env", json()), config.env); !env.empty()) out["Env"] = std::move(env);
  if (config.entrypoint) {
    out["Entrypoint"] = *config.entrypoint;
    out.erase("Cmd"); // the base's arguments belong to the base's program
  }
  if (config.cmd) out["Cmd"] = *config.cmd;
  if (!config.workdir.empty()) out["WorkingDir"] = config.workdir;
  if (!config.user.empty()) out["User"] = config.user;
  const auto object = [&](const char* key) -> json& {
    if (!out.contains(key) || !out[key].is_object()) out[key] = json::object();
    return out[key];
  };
  for (const auto& [key, value] : config.labels) object("Labels")[key] = value;
  for (const std::string& port : config.exposedPorts) object("ExposedPorts")[port] = json::object();
  for (const std::string& volume : config.volumes) object("Volumes")[volume] = json::object();
  return out;
}

static std::string configText(const BuildDescription& d, const Draft& draft, const PlatformDraft& platform) {
  const std::string created = rfc3339(d.created);
  const json base = platform.base ? platform.base->config : json::object();
  json diffIds = json::array();
  if (platform.base)
    for (const Digest& id : platform.base->diffIds) diffIds.push_back(id.str());
  json history = base.contains("history") && base["history"].is_array() ? base["history"] : json::array();
  for (size_t i = 0; i < platform.layers.size(); ++i) {
    diffIds.push_back(draft.layers[platform.layers[i]].blob->diffId.str());
    history.push_back({{"created", created}, {"created_by", platform.createdBy[i]}});
  }
  json out = {{"created", created},
              {"architecture", platform.platform.architecture},
              {"os", platform.platform.os},
              {"rootfs", {{"type", "layers"}, {"diff_ids", std::move(diffIds)}}},
              {"history", std::move(history)}};
  if (!platform.platform.variant.empty()) out["variant"] = platform.platform.variant;
  for (const char* key : {"os.version", "os.features", "variant"})
    if (base.contains(key) && !out.contains(key)) out[key] = base[key];
  if (json config = runConfig(d.config, base.value("config", json())); !config.empty()) out["config"] = std::move(config);
  return canonical(out);
}

static json annotations(const BuildDescription& d) {
  json out = d.annotations;
  if (!d.launch.empty()) out[annotation::launch] = canonical(d.launch);
  if (!d.parameters.empty()) out[annotation::parameters] = canonical(d.parameters);
  return out;
}

/// Images that start something or carry images are cluster images; registries and people can tell them apart by this.
static void markImage(json& value, const BuildDescription& d) {
  if (json notes = annotations(d); !notes.empty()) value["annotations"] = std::move(notes);
  if (!d.launch.empty() || !d.carry.empty()) value["artifactType"] = media::clusterImage;
}

static void addPlatform(const BuildDescription& d, const Draft& draft, const PlatformDraft& platform, Assembly& out) {
  BuiltPlatform built;
  built.platform = platform.platform;
  std::string config = configText(d, draft, platform);
  built.config = descriptorOf(media::config, config);
  json layers = json::array();
  if (platform.base)
    for (const Descriptor& layer : platform.base->layers) layers.push_back(toJson(layer));
  for (const size_t i : platform.layers) {
    const LayerBlob& blob = *draft.layers[i].blob;
    layers.push_back(toJson(blob.descriptor));
    built.layers.push_back({blob.descriptor, blob.diffId, blob.rawSize});
  }
  json manifest = {{"schemaVersion", 2}, {"mediaType", media::manifest}, {"config", toJson(built.config)}, {"layers", std::move(layers)}};
  markImage(manifest, d);
  std::string text = canonical(manifest);
  built.manifest = descriptorOf(media::manifest, text);
  built.manifest.platform = platform.platform;
  out.blobs.push_back({built.config, std::move(config)});
  out.blobs.push_back({built.manifest, std::move(text)});
  out.platforms.push_back(std::move(built));
}

static Descriptor addIndex(json entries, const BuildDescription* d, Assembly& out) {
  json index = {{"schemaVersion", 2}, {"mediaType", media::index}, {"manifests", std::move(entries)}};
  if (d) markImage(index, *d);
  std::string text = canonical(index);
  Descriptor descriptor = descriptorOf(media::index, text);
  out.blobs.push_back({descriptor, std::move(text)});
  return descriptor;
}

Assembly assemble(const BuildDescription& description, const Draft& draft) {
  Assembly out;
  for (const PlatformDraft& platform : draft.platforms) addPlatform(description, draft, platform, out);
  if (out.platforms.size() == 1 && draft.carried.empty()) {
    out.image = out.platforms.front().manifest;
    return out;
  }
  json entries = json::array();
  for (const BuiltPlatform& platform : out.platforms) entries.push_back(toJson(platform.manifest));
  if (!draft.carried.empty()) {
    json carried = json::array();
    for (const CarriedImage& image : draft.carried) carried.push_back(toJson(image.root));
    Descriptor nested = addIndex(std::move(carried), nullptr, out);
    nested.annotations[annotation::carried] = "*";
    entries.push_back(toJson(nested));
  }
  out.image = addIndex(std::move(entries), &description, out);
  return out;
}

} // namespace chasi::image
