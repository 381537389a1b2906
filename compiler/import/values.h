// A JSON Schema, such as that of a chart's values, as a typed module.
#pragma once

#include <nlohmann/json.hpp>

#include <string>

namespace chasi::import {

/// A schema `name` and one for each object in it; definitions keep their names. Empty when the document describes no object.
std::string schemaModule(const nlohmann::ordered_json& document, const std::string& name);

} // namespace chasi::import
