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
  for (auto& [field, wanted] : json::parse(name, nullptr, false).items()) keys.emplace_back(field, plan::keyText(wanted));
  return plan::findElement(*value, keys);
}

void removePart(json& value, const std::string& key) {
  json* part = partOf(&value, key);
  if (!part) return;
  if (key[0] == 'f') value.erase(key.substr(2));
  else value.erase(value.begin() + (part - &value[0]));
}

/// Removes from `object` what is in `moved`, not in `sent`, and in no set of `others`. True when nothing of it is left.
bool removeUnsaid(json& object, const json& moved, json* sent, const std::vector<const json*>& others) {
  for (auto& [key, rest] : moved.items()) {
    json* there = partOf(&object, key);
    if (!there) continue;
    std::vector<const json*> next;
    bool theirs = false;
    for (const json* each : others)
      if (const auto found = each->find(key); found != each->end()) {
        next.push_back(&*found);
        theirs = theirs || found->empty() || found->contains(".");
      }
    json* said = partOf(sent, key);
    const bool leaf = rest.empty() || (rest.size() == 1 && rest.contains("."));
    const bool gone = leaf ? !said && next.empty() : removeUnsaid(*there, rest, said, next) && !said && !theirs;
    if (gone) removePart(object, key);
  }
  if (!object.is_object()) return object.empty();
  // The keys of an element of a list are no content.
  return object.empty() || (moved.contains(".") && !sent && std::all_of(object.items().begin(), object.items().end(), [&](const auto& each) { return moved.contains("f:" + each.key()); }));
}

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

std::string afterTakeover(const plan::Operation& op, const std::string& payload, const std::string& text, const std::string& answer) {
  const json live = json::parse(text, nullptr, false);
  json sent = json::parse(payload, nullptr, false), result = json::parse(answer, nullptr, false);
  if (!live.is_object() || !sent.is_object() || !result.is_object()) return answer;
  const json entries = entriesOf(live);
  json moved = json::object();
  std::vector<const json*> others;
  for (const json& entry : entries) {
    if (isMoved(entry, op)) unite(moved, entry["fieldsV1"]);
    else if (entry.contains("fieldsV1") && !isOurs(entry)) others.push_back(&entry["fieldsV1"]);
  }
  if (moved.empty()) return answer;
  removeUnsaid(result, moved, &sent, others);
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
  removeUnsaid(object, ours, &sent, others);
}

} // namespace chasi::engine
