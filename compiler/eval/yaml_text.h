// YAML in the exact words of Go's gopkg.in/yaml.v2, which Helm and kubectl print: whoever compares texts, or their digests, with
// what those made finds them the same.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <string>

namespace chasi::eval {

/// Keys in the order of that emitter, whatever theirs is; without a line end behind the last line. Nulls are written. What is longer
/// than `most` bytes is not finished: then the text is longer than that, too.
std::string yamlText(const nlohmann::ordered_json& value, size_t most = SIZE_MAX);

} // namespace chasi::eval
