// Reading and writing JSON documents along paths without exceptions: what is missing or of another type counts as absent.
#pragma once

#include <nlohmann/json.hpp>

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

namespace chasi::local {

using Json = nlohmann::json;
using Path = std::initializer_list<std::string_view>;

/// Null when there is no such value. The pointer lives as long as the document stays as it is.
const Json* find(const Json& document, Path path);
Json* find(Json& document, Path path);
/// The string at the path; empty for anything else.
const std::string& textAt(const Json& document, Path path);
int64_t numberAt(const Json& document, Path path, int64_t otherwise = 0);
bool trueAt(const Json& document, Path path);
/// Sets a value, making the objects on the way.
Json& setAt(Json& document, Path path, Json value);
void removeAt(Json& document, Path path);

/// Parses a request's text. Nothing when it is not JSON, nested more than 200 levels deep, or not UTF-8; `problem` says why.
std::optional<Json> parseJson(std::string_view text, std::string& problem);
/// Text that this server wrote itself.
Json parseTrusted(std::string_view text);
std::string dumpJson(const Json& value);

/// RFC 3339 in UTC with whole seconds.
std::string timeText(int64_t unixSeconds);
std::string timeNow();
/// Seconds since 1970, or nothing.
std::optional<int64_t> parseTime(std::string_view text);
/// A random UUID, version 4.
std::string randomUid();
/// What generateName adds: five letters that make no words.
std::string randomSuffix();

} // namespace chasi::local
