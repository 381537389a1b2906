#include "compiler/import/virtual_cluster.h"

#include "compiler/import/chasi_text.h"

#include <fmt/format.h>

namespace chasi::import {

using nlohmann::ordered_json;

namespace {

void differ(const ordered_json& defaults, const ordered_json& merged, std::vector<std::string>& keys, ordered_json& given, ChartValues& out) {
  for (const auto& [key, value] : merged.items()) {
    const auto below = defaults.find(key);
    if (below == defaults.end() || !below->is_object() || !value.is_object()) {
      if (below == defaults.end() || nlohmann::json(*below) != nlohmann::json(value)) given[key] = value;
      continue;
    }
    ordered_json part = ordered_json::object();
    keys.push_back(key);
    differ(*below, value, keys, part, out);
    keys.pop_back();
    if (!part.empty()) given[key] = std::move(part);
  }
  for (const auto& [key, value] : defaults.items()) {
    if (merged.contains(key)) continue;
    out.removed.push_back(keys);
    out.removed.back().push_back(key);
  }
}

void collectDelicate(const ordered_json& value, const std::string& path, bool (*isDelicate)(std::string_view), std::vector<std::string>& out) {
  for (const auto& [key, below] : value.items()) {
    const std::string here = path.empty() ? key : path + "." + key;
    if (below.is_structured()) collectDelicate(below, here, isDelicate, out);
    else if (below.is_string() && !below.get_ref<const std::string&>().empty() && isDelicate(key)) out.push_back(here);
  }
}

} // namespace

ChartValues chartValues(const ordered_json& defaults, const ordered_json& merged) {
  ChartValues out;
  std::vector<std::string> keys;
  differ(defaults, merged, keys, out.given, out);
  return out;
}

std::vector<std::string> delicateKeys(const ordered_json& given, bool (*isDelicate)(std::string_view)) {
  std::vector<std::string> out;
  collectDelicate(given, "", isDelicate, out);
  return out;
}

std::string tenantOf(const std::string& release) { return llvm::StringRef(nameOf(release)).lower(); }

std::string virtualClusterModule(const ImportedVirtualCluster& found) {
  const std::string tenant = tenantOf(found.release);
  std::string text = fmt::format("// Virtual cluster {} in namespace {}, as version {} of the chart installed it.\n", found.release, found.ns, found.chart);
  text += fmt::format("cluster {} {{\n", found.cluster);
  if (!found.context.empty()) text += fmt::format("context = {}\n", inQuotes(found.context));
  text += fmt::format("kubernetes = {}\n}}\n\n", inQuotes(found.kubernetes));
  text += "/// The namespace stays as its owner made it. Without `existing` the tenant gets quota, rights and walls there.\n";
  text += fmt::format("tenant {} {{\non = {}\n", tenant, found.cluster);
  if (found.ns != tenant) text += fmt::format("namespace = {}\n", inQuotes(found.ns));
  text += fmt::format("existing = true\nvcluster {{\nversion = {}\n", inQuotes(found.chart));
  if (!found.values.given.empty()) text += fmt::format("values = {}\n", literal(found.values.given, 2));
  ordered_json adopted = ordered_json::object();
  if (found.release != tenant) adopted["release"] = found.release;
  if (!found.values.removed.empty()) adopted["removed"] = found.values.removed;
  text += fmt::format("adopted {}\n}}\n}}\n", literal(adopted, 2));
  return laidOut(text);
}

std::string firstDifference(const ordered_json& made, const ordered_json& live) {
  if (made.is_object() && live.is_object()) {
    for (const auto& [key, value] : made.items()) {
      const auto there = live.find(key);
      // An API server loses what is the zero of its type.
      const bool nothing = value.is_null() || (value.is_structured() && value.empty()) || value == "" || value == false || value == 0;
      if (there == live.end() && nothing) continue;
      if (there == live.end()) return key;
      const std::string below = firstDifference(value, *there);
      if (!below.empty()) return below == "." ? key : fmt::format("{}{}{}", key, below[0] == '[' ? "" : ".", below);
    }
    return {};
  }
  if (made.is_array() && live.is_array() && made.size() == live.size()) {
    for (size_t i = 0; i < made.size(); ++i) {
      const std::string below = firstDifference(made[i], live[i]);
      if (!below.empty()) return below == "." ? fmt::format("[{}]", i) : fmt::format("[{}]{}{}", i, below[0] == '[' ? "" : ".", below);
    }
    return {};
  }
  return nlohmann::json(made) == nlohmann::json(live) ? "" : ".";
}

} // namespace chasi::import
