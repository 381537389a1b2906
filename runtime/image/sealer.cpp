#include "runtime/image/sealer.h"

#include "runtime/image/json_text.h"

#include <fmt/format.h>

namespace chasi::image {

using nlohmann::json;

namespace {

json noteOf(const std::map<std::string, std::string>& annotations, const char* key) {
  const auto at = annotations.find(key);
  if (at == annotations.end()) return nullptr;
  auto value = parseJson(at->second, key);
  if (value) return std::move(*value);
  llvm::consumeError(value.takeError());
  return nullptr;
}

json fieldOf(const json& value, const char* key) { return value.is_object() && value.contains(key) ? value[key] : json(); }

std::string textOf(const json& value, const char* key) {
  const json found = fieldOf(value, key);
  return found.is_string() ? found.get<std::string>() : "";
}

std::vector<std::string> textsOf(const json& value) {
  std::vector<std::string> out;
  if (value.is_array())
    for (const json& item : value)
      if (item.is_string()) out.push_back(item.get<std::string>());
  return out;
}

} // namespace

std::optional<SealerInfo> sealerInfo(const std::map<std::string, std::string>& annotations) {
  const json extension = noteOf(annotations, kSealerExtension);
  if (!extension.is_object()) return std::nullopt;
  SealerInfo out;
  out.type = textOf(extension, "type");
  out.schema = textOf(extension, "schemaVersion");
  out.builder = textOf(fieldOf(extension, "buildClient"), "sealerVersion");
  if (const json apps = fieldOf(extension, "applications"); apps.is_array())
    for (const json& app : apps) out.apps.push_back({textOf(app, "name"), textOf(app, "type"), textOf(app, "version"), textsOf(fieldOf(app, "cmds"))});
  const json launch = fieldOf(extension, "launch");
  out.launch = textsOf(fieldOf(launch, "cmds"));
  if (out.launch.empty()) out.launch = textsOf(fieldOf(launch, "app_names"));
  const json containers = noteOf(annotations, kSealerContainers);
  out.complete = containers.is_array();
  if (out.complete)
    for (const json& each : containers) out.containers.push_back({textOf(each, "image"), textOf(each, "appName")});
  return out;
}

std::string toText(const SealerInfo& info) {
  std::string out = fmt::format("  sealer    {}  {}{}\n", printable(info.type.empty() ? "cluster image" : info.type), printable(info.schema), info.builder.empty() ? "" : "  built by " + printable(info.builder));
  for (const SealerInfo::App& app : info.apps) {
    out += fmt::format("  app       {}  {}{}\n", printable(app.name), printable(app.type), app.version.empty() ? "" : "  " + printable(app.version));
    for (const std::string& command : app.commands) out += fmt::format("    runs    {}\n", printable(command));
  }
  for (const std::string& command : info.launch) out += fmt::format("  launch    {}\n", printable(command));
  for (const SealerInfo::Container& each : info.containers) out += fmt::format("  container {}{}\n", printable(each.image), each.app.empty() ? "" : "  of " + printable(each.app));
  if (!info.complete) out += "  container (sealer wrote no list of them)\n";
  return out;
}

json toJson(const SealerInfo& info) {
  json apps = json::array(), containers = json::array();
  for (const SealerInfo::App& app : info.apps) apps.push_back({{"name", app.name}, {"type", app.type}, {"version", app.version}, {"commands", app.commands}});
  for (const SealerInfo::Container& each : info.containers) containers.push_back({{"image", each.image}, {"app", each.app}});
  return {{"type", info.type}, {"schemaVersion", info.schema}, {"builder", info.builder}, {"apps", std::move(apps)}, {"launch", info.launch}, {"containers", std::move(containers)}, {"containersListed", info.complete}};
}

} // namespace chasi::image
