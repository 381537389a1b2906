// YAML in the exact words of Go's gopkg.in/yaml.v2, which Helm and kubectl print: whoever compares texts, or their digests, with
// what those made finds them the same.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include <string>

namespace chasi::eval {

/// Keys in the order of that emitter, whatever theirs is; without a line end behind the last line. Nulls are written.
std::string yamlText(const nlohmann::ordered_json& value);

} // namespace chasi::eval
