// Inside of import: looking into JSON where anything may be missing.
#pragma once

#include <nlohmann/json.hpp>

#include <initializer_list>
#include <string>

namespace chasi::import {

/// What stands at a path of keys; null when nothing does. Lives as long as the document.
inline const nlohmann::ordered_json& at(const nlohmann::ordered_json& of, std::initializer_list<const char*> path) {
  static const nlohmann::ordered_json nothing;
  const nlohmann::ordered_json* here = &of;
  for (const char* key : path) {
    const auto entry = here->is_object() ? here->find(key) : here->end();
    if (entry == here->end()) return nothing;
    here = &*entry;
  }
  return *here;
}
inline const nlohmann::ordered_json& at(const nlohmann::ordered_json& of, const char* key) { return at(of, {key}); }

/// The text there; empty when there is none.
inline std::string textAt(const nlohmann::ordered_json& of, std::initializer_list<const char*> path) {
  const nlohmann::ordered_json& value = at(of, path);
  return value.is_string() ? value.get<std::string>() : std::string();
}
inline std::string textAt(const nlohmann::ordered_json& of, const char* key) { return textAt(of, {key}); }

} // namespace chasi::import
