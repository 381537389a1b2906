#include "compiler/import/repeated.h"

#include "compiler/import/chasi_text.h"

#include <fmt/format.h>

namespace chasi::import {

using nlohmann::ordered_json;

namespace {

constexpr size_t kOften = 3; ///< a value that is written so often gets a name

bool isLabels(const std::string& key, const ordered_json& value) {
  if ((key != "labels" && key != "matchLabels" && key != "selector") || !value.is_object() || value.size() < 2) return false;
  for (const ordered_json& entry : value)
    if (!entry.is_string()) return false;
  return true;
}

bool isNamespace(const std::string& key, const ordered_json& value) { return key == "namespace" && value.is_string(); }

/// Maps with the same entries are the same, in whatever order.
std::string keyOf(const ordered_json& value) { return nlohmann::json(value).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace); }

/// What a set of labels is called: after the component, the application, or just labels.
std::string wishFor(const ordered_json& labels) {
  for (const char* label : {"app.kubernetes.io/component", "app.kubernetes.io/name", "app.kubernetes.io/instance", "app", "k8s-app"})
    if (labels.contains(label)) return nameOf(labels[label].get<std::string>()) + "Labels";
  return "labels";
}

} // namespace

void Repeated::parameter(const std::string& name, const std::string& value) {
  parameter_ = name;
  value_ = value;
  taken_.insert(name);
}

void Repeated::look(const ordered_json& value) {
  if (!value.is_structured()) return;
  for (const auto& [key, entry] : value.items()) {
    if (value.is_object() && (isLabels(key, entry) || isNamespace(key, entry))) ++uses_[keyOf(entry)];
    else look(entry);
  }
}

void Repeated::count(llvm::ArrayRef<ordered_json> objects) {
  for (const ordered_json& object : objects) look(object);
}

std::string Repeated::nameFor(const std::string& key, const ordered_json& value, const std::string& wish) {
  std::string& name = names_[key];
  if (!name.empty()) return name;
  name = wish;
  for (size_t i = 2; !taken_.insert(name).second; ++i) name = fmt::format("{}{}", wish, i);
  lets_.push_back(fmt::format("let {} = {}\n", name, literal(value, 0)));
  return name;
}

void Repeated::replace(ordered_json& value) {
  if (!value.is_structured()) return;
  for (auto& [key, entry] : value.items()) {
    const bool labels = value.is_object() && isLabels(key, entry), ns = value.is_object() && isNamespace(key, entry);
    if (!labels && !ns) {
      replace(entry);
      continue;
    }
    const std::string id = keyOf(entry);
    if (uses_[id] >= kOften) entry = expression(nameFor(id, entry, labels ? wishFor(entry) : nameOf(entry.get<std::string>()) + "Namespace"));
  }
}

ordered_json Repeated::named(ordered_json object, bool placed) {
  if (placed) object["metadata"]["namespace"] = expression(parameter_);
  replace(object);
  return object;
}

std::string Repeated::text() const {
  std::string out;
  if (!parameter_.empty()) out += fmt::format("/// Where objects go that name no namespace.\nparam {}: String = {}\n\n", parameter_, inQuotes(value_));
  for (const std::string& let : lets_) out += let;
  return out;
}

} // namespace chasi::import
