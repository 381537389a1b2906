// From a request's body to an object of its kind.
#pragma once

#include "runtime/local/call.h"

namespace chasi::local {

/// The body of a POST or PUT: kind, names and field types checked, unknown fields and nulls dropped. Adds warnings.
Result<Json> decodeBody(const Call& call, std::vector<std::string>& warnings);
/// The same checks for what a patch made.
std::optional<Refusal> checkPatched(const Call& call, Json& object, std::vector<std::string>& warnings);
/// Names in the body against those of the URL; sets what is missing. `name` empty: the body decides.
std::optional<Refusal> matchNames(const Call& call, const std::string& name, Json& object);
/// Any JSON, or 400.
Result<Json> decodeJson(const std::string& text);
/// "application/json" of "application/json; charset=utf-8".
std::string mediaType(const std::string& contentType);

} // namespace chasi::local
