// Strategic merge patch: a merge patch in which lists with a merge key merge by it, with directives for what JSON alone cannot say.
#include "runtime/local/merge.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace chasi::local {

using k8s::Field;
using k8s::Type;
using k8s::TypeKind;

namespace {

constexpr std::string_view kPatch = "$patch", kRetain = "$retainKeys", kOrder = "$setElementOrder/", kDelete = "$deleteFromPrimitiveList/";

bool starts(std::string_view text, std::string_view prefix) { return text.substr(0, prefix.size()) == prefix; }

/// What is wrong with the patch; empty when it went well. 400 for directives that are not well formed, 500 for elements without their key.
struct Trouble {
  int http = 0;
  std::string message;
  explicit operator bool() const { return http != 0; }
};

const std::string* directive(const Json& patch) {
  static const std::string kUnknown = "?";
  if (!patch.is_object()) return nullptr;
  auto at = patch.find(kPatch);
  if (at == patch.end()) return nullptr;
  return at->is_string() ? &at->get_ref<const std::string&>() : &kUnknown;
}

Json withoutDirectives(const Json& patch) {
  Json out = Json::object();
  for (auto it = patch.begin(); it != patch.end(); ++it)
    if (it.key() != kPatch) out[it.key()] = *it;
  return out;
}

Trouble mergeObject(const Type* type, Json& object, const Json& patch);

const Json* keyOf(const Json& element, std::string_view key) {
  if (!element.is_object()) return nullptr;
  auto at = element.find(key);
  return at == element.end() ? nullptr : &*at;
}

Trouble mergeElements(const Type* element, const std::string& key, Json& list, const Json& patch) {
  bool replaced = false;
  Json fresh = Json::array();
  for (const Json& item : patch) {
    if (!item.is_object()) return {400, fmt::format("a patch of a list that merges by {:?} takes objects", key)};
    const std::string* what = directive(item);
    if (what && *what == "replace") {
      replaced = true;
      if (Json rest = withoutDirectives(item); !rest.empty()) fresh.push_back(std::move(rest));
      continue;
    }
    if (replaced) { fresh.push_back(item); continue; }
    if (what && *what != "delete" && *what != "merge") return {400, fmt::format("unknown patch type found: {}", *what)};
    const Json* value = keyOf(item, key);
    if (!value) return {500, fmt::format("map: {} does not contain declared merge key: {}", item.dump(-1, ' ', false, Json::error_handler_t::replace), key)};
    auto at = std::find_if(list.begin(), list.end(), [&](const Json& e) { const Json* k = keyOf(e, key); return k && *k == *value; });
    if (what && *what == "delete") {
      list.erase(std::remove_if(list.begin(), list.end(), [&](const Json& e) { const Json* k = keyOf(e, key); return k && *k == *value; }), list.end());
      continue;
    }
    if (at == list.end()) {
      list.push_back(Json::object());
      at = list.end() - 1;
    }
    if (Trouble trouble = mergeObject(element, *at, item)) return trouble;
  }
  if (replaced) list = std::move(fresh);
  return {};
}

void mergePrimitives(Json& list, const Json& patch) {
  for (const Json& value : patch)
    if (std::find(list.begin(), list.end(), value) == list.end()) list.push_back(value);
}

/// Puts the elements that the order names into that order; the others stay where they were beside their neighbours.
Trouble reorder(const Field* field, Json& list, const Json& order) {
  if (!order.is_array()) return {400, "$setElementOrder takes a list"};
  if (!list.is_array()) return {};
  std::string key = field ? std::string(field->patchMergeKey) : "";
  auto rank = [&](const Json& element) -> size_t {
    const Json* mine = key.empty() ? &element : keyOf(element, key);
    for (size_t i = 0; mine && i < order.size(); ++i) {
      const Json* given = key.empty() ? &order[i] : keyOf(order[i], key);
      if (given && *given == *mine) return i;
    }
    return order.size();
  };
  std::vector<std::pair<size_t, Json>> ranked, others;
  Json out = Json::array();
  std::vector<size_t> before; // for each element that is not named: how many named ones stood before it
  for (Json& element : list) {
    size_t r = rank(element);
    if (r < order.size()) ranked.emplace_back(r, std::move(element));
    else {
      before.push_back(ranked.size());
      others.emplace_back(r, std::move(element));
    }
  }
  std::stable_sort(ranked.begin(), ranked.end(), [](auto& a, auto& b) { return a.first < b.first; });
  size_t next = 0;
  for (size_t i = 0; i <= ranked.size(); ++i) {
    while (next < others.size() && before[next] <= i) out.push_back(std::move(others[next++].second));
    if (i < ranked.size()) out.push_back(std::move(ranked[i].second));
  }
  list = std::move(out);
  return {};
}

Trouble retain(Json& object, const Json& patch, const Json& keys) {
  if (!keys.is_array()) return {400, "invalid patch format of retainKeys"};
  auto listed = [&](const std::string& key) { return std::find(keys.begin(), keys.end(), key) != keys.end(); };
  for (auto it = patch.begin(); it != patch.end(); ++it)
    if (it.key()[0] != '$' && !it->is_null() && !listed(it.key())) return {422, "patch contains content that conflicts with the retainKeys directive"};
  auto& map = object.get_ref<Json::object_t&>();
  std::erase_if(map, [&](const auto& entry) { return !listed(entry.first); });
  return {};
}

Trouble mergeList(const Field* field, const Type* type, Json& list, const Json& patch) {
  bool merges = field && field->patchMerge;
  if (!merges || !list.is_array()) {
    list = merges ? Json::array() : patch;
    if (!merges) return {};
  }
  if (!field->patchMergeKey.empty()) return mergeElements(type ? type->element : nullptr, std::string(field->patchMergeKey), list, patch);
  mergePrimitives(list, patch);
  return {};
}

Trouble mergeObject(const Type* type, Json& object, const Json& patch) {
  if (!object.is_object()) object = Json::object();
  if (const std::string* what = directive(patch)) {
    if (*what == "replace") { object = withoutDirectives(patch); return {}; }
    if (*what == "delete") { object = Json::object(); return {}; }
    if (*what != "merge") return {400, fmt::format("unknown patch type found: {}", *what)};
  }
  if (const Json* keys = keyOf(patch, kRetain))
    if (Trouble trouble = retain(object, patch, *keys)) return trouble;
  auto& map = object.get_ref<Json::object_t&>();
  auto fieldOf = [&](std::string_view key) { return type ? type->field(key) : nullptr; };
  for (auto it = patch.begin(); it != patch.end(); ++it) {
    const std::string& key = it.key();
    if (starts(key, kDelete)) {
      if (!it->is_array()) return {400, "invalid patch format of primitive list"};
      auto list = map.find(key.substr(kDelete.size()));
      if (list == map.end() || !list->second.is_array()) continue;
      Json& from = list->second;
      from.erase(std::remove_if(from.begin(), from.end(), [&](const Json& v) { return std::find(it->begin(), it->end(), v) != it->end(); }), from.end());
      continue;
    }
    if (key == kPatch || key == kRetain || starts(key, kOrder)) continue;
    if (it->is_null()) { map.erase(key); continue; }
    const Field* field = fieldOf(key);
    const Type* below = field ? field->type : type ? type->member(key) : nullptr;
    if (it->is_object()) {
      const std::string* what = directive(*it);
      if (what && *what == "delete") { map.erase(key); continue; }
      if (Trouble trouble = mergeObject(below, map[key], *it)) return trouble;
    } else if (it->is_array()) {
      if (Trouble trouble = mergeList(field, below, map[key], *it)) return trouble;
    } else map[key] = *it;
  }
  for (auto it = patch.begin(); it != patch.end(); ++it) {
    if (!starts(it.key(), kOrder)) continue;
    std::string name = it.key().substr(kOrder.size());
    auto list = map.find(name);
    if (list == map.end()) continue;
    if (Trouble trouble = reorder(fieldOf(name), list->second, *it)) return trouble;
  }
  return {};
}

} // namespace

Result<Json> strategicPatch(const Type* type, const Json& target, const Json& patch) {
  auto refusal = [](int http, const char* reason, std::string message) { return Refusal{http, reason, std::move(message), Json::object()}; };
  if (!type)
    return refusal(415, "UnsupportedMediaType",
                   "the body of the request was in an unknown format - accepted media types include: application/json-patch+json, "
                   "application/merge-patch+json, application/apply-patch+yaml");
  if (!patch.is_object()) return refusal(400, "BadRequest", "error decoding patch: a strategic merge patch is an object");
  if (tooDeep(patch) || tooDeep(target, kMaxStoredDepth)) return refusal(400, "BadRequest", fmt::format("exceeded max depth of {}", kMaxDepth));
  Json out = target;
  if (Trouble trouble = mergeObject(type, out, patch))
    return refusal(trouble.http, trouble.http == 400 ? "BadRequest" : trouble.http == 422 ? "Invalid" : "InternalError", trouble.message);
  return out;
}

} // namespace chasi::local
