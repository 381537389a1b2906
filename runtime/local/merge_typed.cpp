#include "runtime/local/merge_typed.h"

#include <fmt/format.h>

#include <algorithm>

namespace chasi::local {

using k8s::Type;
using k8s::TypeKind;
using Node = FieldSet::Node;

Shape shapeOf(const Type* type, const Json& value) {
  if (!type || type->kind == TypeKind::FreeObject) return value.is_object() ? Shape::Map : Shape::Leaf;
  switch (type->kind) {
  case TypeKind::Object:
  case TypeKind::Map: return type->atomic ? Shape::Leaf : Shape::Map;
  case TypeKind::List: return type->listType == k8s::ListType::Atomic ? Shape::Leaf : Shape::List;
  default: return Shape::Leaf;
  }
}

const Type* memberType(const Type* type, std::string_view key) { return type ? type->member(key) : nullptr; }

bool declares(const Type* type, std::string_view key) { return type && type->field(key); }

bool alwaysWritten(const Type* type, std::string_view key) {
  const k8s::Field* field = type ? type->field(key) : nullptr;
  if (!field || !field->type) return false;
  if (field->type->kind == TypeKind::List) return field->required;
  if (field->type->kind != TypeKind::Object) return false;
  // The published schema does not tell pointers from structs; these are the structs that objects hold, read off the API's types.
  static constexpr std::string_view kStructs[] = {"acceptedNames", "backend",    "deprecatedSource", "jobTemplate", "loadBalancer", "metadata",
                                                  "names",         "port",       "resources",        "source",      "spec",         "status",
                                                  "strategy",      "updateStrategy", "template"};
  if (std::find(std::begin(kStructs), std::end(kStructs), key) == std::end(kStructs)) return false;
  if (key == "template") return type->name != "core.v1.ReplicationControllerSpec";
  if (key == "resources") return type->name != "core.v1.PodSpec";
  if (key == "backend" || key == "port") return type->name.substr(0, 11) == "networking.";
  return true;
}

std::pair<size_t, size_t> Elements::find(const Step& step) const {
  auto first = std::lower_bound(order.begin(), order.end(), step, [&](uint32_t i, const Step& s) { return steps[i] < s; });
  auto last = first;
  while (last != order.end() && steps[*last] == step) ++last;
  return {static_cast<size_t>(first - order.begin()), static_cast<size_t>(last - order.begin())};
}

bool Elements::twice(const Step& step) const {
  auto [first, last] = find(step);
  return last - first > 1;
}

namespace {

/// Writes the keys of an element; says what is wrong with it otherwise.
std::string keysOf(const Type& list, const Json& element, std::string& out) {
  if (element.is_null()) return "associative list with keys may not have a null element";
  if (!element.is_object()) return "associative list with keys may not have non-map elements";
  llvm::SmallVector<std::string_view, 4> names(list.mapKeys.begin(), list.mapKeys.end());
  std::sort(names.begin(), names.end());
  out = "{";
  for (std::string_view name : names) {
    auto given = element.find(name);
    const k8s::Field* field = list.element ? list.element->field(name) : nullptr;
    bool has = given != element.end();
    // A key that must be there has the zero of its type in the documents of the API server.
    const std::string_view zero = !field || !field->required ? "" : field->type->kind == k8s::TypeKind::String ? "\"\"" : field->type->kind == k8s::TypeKind::Integer ? "0" : "";
    const std::string_view fallback = field && !field->defaultJson.empty() ? field->defaultJson : zero;
    if (!has && fallback.empty()) continue;
    if (has && given->is_structured()) return fmt::format("associative list with keys has an element with a key field {:?} that is no scalar", name);
    if (out.size() > 1) out += ',';
    out += '"';
    out += name;
    out += "\":";
    if (has) appendScalar(out, *given);
    else out += fallback;
  }
  if (out.size() == 1) {
    std::string all;
    for (std::string_view name : list.mapKeys) all += fmt::format("{}{:?}", all.empty() ? "" : " ", name);
    return fmt::format("associative list with keys has an element that omits all key fields [{}] (and doesn't have default values for any key fields)", all);
  }
  out += '}';
  return "";
}

std::string valueOf(const Json& element, std::string& out) {
  if (element.is_object()) return "associative list without keys has an element that's a map type";
  if (element.is_array()) return "not supported: associative list with lists as elements";
  if (element.is_null()) return "associative list without keys has an element that's an explicit null";
  out.clear();
  appendScalar(out, element);
  return "";
}

} // namespace

bool sameElement(const Type& list, const Json& a, const Json& b) {
  if (list.listType != k8s::ListType::Map) return a == b;
  if (!a.is_object() || !b.is_object()) return false;
  for (std::string_view name : list.mapKeys) {
    auto x = a.find(name), y = b.find(name);
    if (x == a.end() || y == b.end()) {
      if (x == a.end() && y == b.end()) continue;
      const k8s::Field* field = list.element ? list.element->field(name) : nullptr;
      if (!field || field->defaultJson.empty()) return false;
      // Written out only where one side leaves the default away.
      std::string text;
      appendScalar(text, x == a.end() ? *y : *x);
      if (text != field->defaultJson) return false;
    } else if (*x != *y) return false;
  }
  return true;
}

Elements elementsOf(const Type& list, const Json& value, Texts& texts) {
  Elements out;
  if (!value.is_array()) return out;
  bool keyed = list.listType == k8s::ListType::Map;
  out.steps.reserve(value.size());
  std::string text;
  for (const Json& element : value) {
    std::string problem = keyed ? keysOf(list, element, text) : valueOf(element, text);
    if (!problem.empty()) {
      out.problem = fmt::format("element {}: {}", out.steps.size(), problem);
      // Such lists do not come from a checked client; each element then stands for itself.
      text = fmt::format("\x01{}", out.steps.size());
    }
    out.steps.push_back({keyed ? Step::Kind::Key : Step::Kind::Value, texts.keep(text)});
  }
  out.order.resize(out.steps.size());
  for (uint32_t i = 0; i < out.order.size(); ++i) out.order[i] = i;
  std::stable_sort(out.order.begin(), out.order.end(), [&](uint32_t a, uint32_t b) { return out.steps[a] < out.steps[b]; });
  return out;
}

FieldSet withNamedFields(const Type* type, const FieldSet& set) {
  FieldSet out;
  out.nodes.reserve(set.nodes.size());
  for (const Node& node : set.nodes) {
    const Type* below = nullptr;
    bool member = node.member;
    if (node.step.kind == Step::Kind::Field) {
      below = memberType(type, node.step.text);
      member = member || declares(type, node.step.text);
    } else if (node.step.kind == Step::Kind::Key && type && type->kind == TypeKind::List) below = type->element;
    out.nodes.push_back({node.step, member, withNamedFields(below, node.below)});
  }
  return out;
}

void dropNulls(Json& value) {
  if (value.is_object()) {
    auto& map = value.get_ref<Json::object_t&>();
    for (auto it = map.begin(); it != map.end();) {
      if (it->second.is_null()) { it = map.erase(it); continue; }
      dropNulls(it->second);
      ++it;
    }
  } else if (value.is_array())
    for (Json& element : value) dropNulls(element);
}

bool tooDeep(const Json& value, size_t limit) {
  if (!value.is_structured()) return false;
  if (limit == 0) return true;
  for (const Json& below : value)
    if (tooDeep(below, limit - 1)) return true;
  return false;
}

} // namespace chasi::local
