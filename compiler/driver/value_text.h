// How a value is shown to people.
#pragma once

#include <nlohmann/json.hpp>

#include <string>

namespace chasi::driver {

/// Compact JSON, laid out; with `plain`, a text alone is shown without its quotes.
inline std::string valueText(const std::string& json, bool plain) {
  const auto parsed = nlohmann::ordered_json::parse(json, nullptr, false);
  if (parsed.is_string() && plain) return parsed.get<std::string>();
  return parsed.is_discarded() ? json : parsed.dump(2);
}

} // namespace chasi::driver
