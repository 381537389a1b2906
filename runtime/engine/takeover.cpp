#include "runtime/engine/takeover.h"

#include "runtime/engine/inventory.h"
#include "runtime/plan/field_path.h"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace chasi::engine {

using nlohmann::json;

namespace {

bool isOurs(const json& entry) { return entry.value("manager", "") == kManager && entry.value("operation", "") == "Apply"; }

bool isMoved(const json& entry, const plan::Operation& op) {
  if (!entry.value("subresource", "").empty() || entry.value("apiVersion", "") != op.object.apiVersion || !entry.contains("fieldsV1")) return false;
  const std::string manager = entry.value("manager", "");
  const bool applies = entry.value("operation", "") == "Apply";
  return manager == "helm" || (manager == "kubectl" && applies) || (manager == "kubectl-client-side-apply" && !applies);
}

void unite(json& fields, const json& more) {
  for (auto& [key, rest] : more.items()) unite(fields[key].is_null() ? fields[key] = json::object() : fields[key], rest);
}

json entriesOf(const json& live) {
  const json::json_pointer place("/metadata/managedFields");
  return live.contains(place) && live.at(place).is_array() ? live.at(place) : json::array();
}

json* partOf(json* value, const std::string& key) {
  if (!value || key.size() < 3) return nullptr;
  const std::string name = key.substr(2);
  if (key[0] == 'f') return value->is_object() && value->contains(name) ? &(*value)[name] : nullptr;
  if (key[0] != 'k' || !value->is_array()) return nullptr;
  std::vector<std::pair<std::string, std::string>> keys;
  const json parts = json::parse(name, nullptr, false); // outlives the loop, unlike a value in its head
  for (auto& [field, wanted] : parts.items()) keys.emplace_back(field, plan::keyText(wanted));
  return plan::findElement(*value, keys);
}

void removePart(json& value, const std::string& key) {
  json* part = partOf(&value, key);
  if (!part) return;
  if (key[0] == 'f') value.erase(key.substr(2));
  else value.erase(value.begin() + (part - &value[0]));
}

/// What Services keep of what they were given when nobody says it any more: addresses and ports that were allocated for them.
bool isAllocated(const plan::Operation& op, const std::string& key) {
  return op.object.kind == "Service" && op.object.apiVersion == "v1" && (key == "f:clusterIP" || key == "f:clusterIPs" || key == "f:nodePort" || key == "f:healthCheckNodePort");
}

/// The same place in an object as it is, in what is sent, and in what the server makes of a new object of that content.
struct Place {
  json& object;
  json* sent;
  json* fresh;
};

struct Removal {
  const plan::Operation* op; ///< whose new object was tried; null when none was

  /// Removes from the object what is in `moved`, not sent, and in no set of `others`; where the server fills something in, that is there
  /// afterwards. True when nothing of it is left.
  bool run(Place at, const json& moved, const std::vector<const json*>& others) const {
    for (auto& [key, rest] : moved.items()) {
      json* there = partOf(&at.object, key);
      if (!there) continue;
      std::vector<const json*> next;
      bool theirs = false;
      for (const json* each : others)
        if (const auto found = each->find(key); found != each->end()) {
          next.push_back(&*found);
          theirs = theirs || found->empty() || found->contains(".");
        }
      const Place below{*there, partOf(at.sent, key), partOf(at.fresh, key)};
      const bool leaf = rest.empty() || (rest.size() == 1 && rest.contains("."));
      if (leaf && !below.sent && next.empty() && below.fresh) {
        if (!isAllocated(*op, key)) *there = *below.fresh;
        continue;
      }
      const bool gone = leaf ? !below.sent && next.empty() : run(below, rest, next) && !below.sent && !theirs && !below.fresh;
      if (gone) removePart(at.object, key);
    }
    if (!at.object.is_object()) return at.object.empty();
    // The keys of an element of a list are no content.
    return at.object.empty() ||
           (moved.contains(".") && !at.sent && std::all_of(at.object.items().begin(), at.object.items().end(), [&](const auto& each) { return moved.contains("f:" + each.key()); }));
  }
};

} // namespace

Takeover takeover(const plan::Operation& op, const std::string& text) {
  Takeover result;
  const json live = json::parse(text, nullptr, false);
  if (!live.is_object()) return result;
  json fields = json::object(), kept = json::array();
  for (const json& entry : entriesOf(live)) {
    const bool moved = isMoved(entry, op);
    if (!moved && !isOurs(entry)) kept.push_back(entry);
    else unite(fields, entry["fieldsV1"]);
    const std::string manager = entry.value("manager", "");
    if (moved && std::find(result.managers.begin(), result.managers.end(), manager) == result.managers.end()) result.managers.push_back(manager);
  }
  if (result.managers.empty()) return result;
  kept.push_back({{"manager", kManager}, {"operation", "Apply"}, {"apiVersion", op.object.apiVersion}, {"fieldsType", "FieldsV1"}, {"fieldsV1", std::move(fields)}});
  const json version = live.value(json::json_pointer("/metadata/resourceVersion"), "");
  // The second line makes the server refuse when somebody wrote in between the first line's look and the write.
  result.patch = json::array({{{"op", "test"}, {"path", "/metadata/resourceVersion"}, {"value", version}},
                              {{"op", "replace"}, {"path", "/metadata/resourceVersion"}, {"value", version}},
                              {{"op", "replace"}, {"path", "/metadata/managedFields"}, {"value", std::move(kept)}}}).dump();
  return result;
}

FreshOne freshOne(const plan::Operation& op, const std::string& payload) {
  FreshOne result{op.object, {}};
  result.object.name = "chasi-dry-run";
  json body = json::parse(payload, nullptr, false);
  if (!body.is_object()) return result;
  body["metadata"]["name"] = result.object.name;
  result.payload = body.dump();
  return result;
}

std::string afterTakeover(const plan::Operation& op, const std::string& payload, const std::string& text, const std::string& answer, const std::string& fresh) {
  const json live = json::parse(text, nullptr, false);
  json sent = json::parse(payload, nullptr, false), filled = json::parse(fresh, nullptr, false), result = json::parse(answer, nullptr, false);
  if (!live.is_object() || !sent.is_object() || !result.is_object()) return answer;
  const json entries = entriesOf(live);
  json moved = json::object();
  std::vector<const json*> others;
  for (const json& entry : entries) {
    if (isMoved(entry, op)) unite(moved, entry["fieldsV1"]);
    else if (entry.contains("fieldsV1") && !isOurs(entry)) others.push_back(&entry["fieldsV1"]);
  }
  if (moved.empty()) return answer;
  Removal{&op}.run({result, &sent, filled.is_object() ? &filled : nullptr}, moved, others);
  return result.dump();
}

void removeUnsaidOfOurs(json& object, const json& live, const json& payload) {
  if (!object.is_object() || !live.is_object() || !payload.is_object()) return;
  const json entries = entriesOf(live);
  json ours = json::object(), sent = payload;
  std::vector<const json*> others;
  for (const json& entry : entries) {
    if (!entry.contains("fieldsV1")) continue;
    if (isOurs(entry)) unite(ours, entry["fieldsV1"]);
    else others.push_back(&entry["fieldsV1"]);
  }
  Removal{nullptr}.run({object, &sent, nullptr}, ours, others);
}

} // namespace chasi::engine
