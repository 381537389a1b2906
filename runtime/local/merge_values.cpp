// Changing an object: merging a configuration into it, taking fields out of it.
#include "runtime/local/merge_typed.h"

#include <algorithm>

namespace chasi::local {

using k8s::Type;
using Node = FieldSet::Node;

namespace {

/// Holds nothing that could merge.
bool hollow(Shape shape, const Json& v) { return (shape == Shape::Map ? !v.is_object() : !v.is_array()) || v.empty(); }

bool mergeMap(const Type* type, Json& object, const Json& config, Texts& texts) {
  auto& map = object.get_ref<Json::object_t&>();
  bool changed = false;
  for (auto it = config.begin(); it != config.end(); ++it) {
    auto [at, fresh] = map.try_emplace(it.key());
    if (fresh) {
      at->second = *it;
      changed = true;
    } else if (mergeInto(memberType(type, it.key()), at->second, *it, texts)) changed = true;
  }
  return changed;
}

/// The order of the merged list, as pairs of places in the object's and the configuration's list (-1: not there). What is in both comes in
/// the configuration's order; what only the object has stays behind the neighbour it had.
std::vector<std::pair<int, int>> mergedOrder(const Elements& l, const Elements& r) {
  std::vector<std::pair<int, int>> out;
  auto place = [](const Elements& e, const Step& step) {
    auto [first, last] = e.find(step);
    return first == last ? -1 : static_cast<int>(e.order[first]);
  };
  std::vector<size_t> shared; // places in r
  for (size_t i = 0; i < r.steps.size(); ++i)
    if (place(l, r.steps[i]) >= 0) shared.push_back(i);
  std::vector<bool> merged(r.steps.size());
  size_t next = 0, i = 0, j = 0;
  while (i < l.steps.size() || j < r.steps.size()) {
    bool both = i < l.steps.size() && j < r.steps.size();
    int there = i < l.steps.size() ? place(r, l.steps[i]) : -1;
    if (both && l.steps[i] == r.steps[j]) {
      merged[j] = true;
      out.emplace_back(static_cast<int>(i++), static_cast<int>(j++));
      if (next < shared.size()) ++next;
      continue;
    }
    if (both && there >= 0 && next < shared.size() && !(r.steps[shared[next]] == l.steps[i])) { ++i; continue; }
    if (i < l.steps.size()) {
      if (there < 0) { out.emplace_back(static_cast<int>(i++), -1); continue; }
      if (merged[static_cast<size_t>(there)]) ++i;
    }
    if (j < r.steps.size()) {
      merged[j] = true;
      out.emplace_back(place(l, r.steps[j]), static_cast<int>(j));
      if (next < shared.size() && r.steps[shared[next]] == r.steps[j]) ++next;
      ++j;
    }
  }
  return out;
}

bool mergeList(const Type& type, Json& object, const Json& config, Texts& texts) {
  if (object.size() == config.size() && std::equal(object.begin(), object.end(), config.begin(), [&](const Json& a, const Json& b) { return sameElement(type, a, b); })) {
    bool any = false;
    for (size_t i = 0; i < config.size(); ++i)
      if (mergeInto(type.element, object[i], config[i], texts)) any = true;
    return any;
  }
  Elements l = elementsOf(type, object, texts), r = elementsOf(type, config, texts);
  auto order = mergedOrder(l, r);
  bool changed = order.size() != object.size();
  for (size_t i = 0; i < order.size(); ++i) changed = changed || order[i].first != static_cast<int>(i);
  if (!changed) {
    for (auto [i, j] : order)
      if (j >= 0 && mergeInto(type.element, object[static_cast<size_t>(i)], config[static_cast<size_t>(j)], texts)) changed = true;
    return changed;
  }
  Json out = Json::array();
  for (auto [i, j] : order) {
    // An element that is there twice is replaced by the one that is applied.
    bool once = i >= 0 && (j < 0 || !l.twice(l.steps[static_cast<size_t>(i)]));
    if (!once) { out.push_back(config[static_cast<size_t>(j)]); continue; }
    out.push_back(object[static_cast<size_t>(i)]);
    if (j >= 0) mergeInto(type.element, out.back(), config[static_cast<size_t>(j)], texts);
  }
  changed = out != object;
  object = std::move(out);
  return changed;
}

} // namespace

bool settled(const Type* type, const Json& object, const Json& config) {
  Shape shape = shapeOf(type, config.is_null() ? object : config);
  bool apart = shape != shapeOf(type, object);
  if (apart || shape == Shape::Leaf || hollow(shape, object)) return object == config;
  if (hollow(shape, config)) return true;
  if (shape == Shape::Map) {
    for (auto it = config.begin(); it != config.end(); ++it) {
      auto at = object.find(it.key());
      if (at == object.end() || !settled(memberType(type, it.key()), *at, *it)) return false;
    }
    return true;
  }
  // Lists of other lengths may be settled, too, but that is for the merge to find out.
  if (object.size() != config.size()) return false;
  for (size_t i = 0; i < config.size(); ++i)
    if (!sameElement(*type, object[i], config[i]) || !settled(type->element, object[i], config[i])) return false;
  return true;
}

bool mergeInto(const Type* type, Json& object, const Json& config, Texts& texts) {
  Shape shape = shapeOf(type, config.is_null() ? object : config);
  bool apart = shape != shapeOf(type, object);
  if (!apart && shape != Shape::Leaf) {
    bool fill = !hollow(shape, config), hold = !hollow(shape, object);
    if (!fill && hold) return false;
    if (fill && hold) return shape == Shape::Map ? mergeMap(type, object, config, texts) : mergeList(*type, object, config, texts);
  }
  if (object == config) return false;
  object = config;
  return true;
}

void removeFields(const Type* type, Json& object, const FieldSet& set, Texts& texts) {
  Shape shape = shapeOf(type, object);
  if (shape == Shape::Map && object.is_object() && !object.empty()) {
    auto& map = object.get_ref<Json::object_t&>();
    for (const Node& node : set.nodes) {
      if (node.step.kind != Step::Kind::Field) continue;
      auto at = map.find(node.step.text);
      if (at == map.end()) continue;
      if (node.member) map.erase(at);
      else removeFields(memberType(type, node.step.text), at->second, node.below, texts);
    }
    if (map.empty()) object = nullptr;
  } else if (shape == Shape::List && object.is_array() && !object.empty()) {
    Elements elements = elementsOf(*type, object, texts);
    Json out = Json::array();
    for (size_t i = 0; i < elements.steps.size(); ++i) {
      const Node* node = set.find(elements.steps[i]);
      if (node && node->member) continue;
      if (node) removeFields(type->element, object[i], node->below, texts);
      out.push_back(std::move(object[i]));
    }
    object = out.empty() ? Json(nullptr) : std::move(out);
  }
}

} // namespace chasi::local
