#include "runtime/plan/open_secret.h"

#include "runtime/plan/digest.h"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace chasi::plan {

using nlohmann::json;

namespace {

std::string_view trimmed(std::string_view text) {
  const size_t from = text.find_first_not_of(" -\t\r");
  return from == text.npos ? std::string_view() : text.substr(from, text.find_last_not_of(" \t\r") - from + 1);
}

/// One line of YAML, or of a text in it. A map or a list below the key has lines of its own.
bool isDelicate(std::string_view line) {
  const std::string_view text = trimmed(line);
  const size_t colon = text.find(':');
  if (colon == text.npos) return false;
  const std::string_view key = text.substr(0, colon), value = trimmed(text.substr(colon + 1));
  if (key == "kind" && value == "Secret") return true;
  constexpr std::string_view nothing[] = {"", "\"\"", "''", "{}", "[]", "true", "false"};
  return isDelicateKey(key) && std::find(std::begin(nothing), std::end(nothing), value) == std::end(nothing);
}

std::string textAt(const json& object, const json::json_pointer& place) { return object.contains(place) && object.at(place).is_string() ? object.at(place).get<std::string>() : std::string(); }

} // namespace

bool isDelicateKey(std::string_view key) {
  std::string lower(key);
  std::transform(lower.begin(), lower.end(), lower.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  constexpr const char* words[] = {"password", "passwd", "token", "accesskey", "secretkey", "privatekey", "credential", "datasource"};
  return std::any_of(std::begin(words), std::end(words), [&](const char* word) { return lower.find(word) != lower.npos; });
}

bool holdsNoSecret(const ObjectRef& object, const json& manifest) {
  constexpr std::string_view prefix = "vc-config-";
  if (!object.name.starts_with(prefix) || manifest.contains("stringData")) return false;
  const std::string release = textAt(manifest, json::json_pointer("/metadata/labels/release"));
  if (textAt(manifest, json::json_pointer("/metadata/labels/app")) != "vcluster" || object.name.substr(prefix.size()) != release) return false;
  const auto data = manifest.find("data");
  std::string text;
  if (data == manifest.end() || !data->is_object() || data->size() != 1 || !fromBase64(textAt(manifest, json::json_pointer("/data/config.yaml")), text) || text.empty()) return false;
  for (size_t from = 0; from < text.size();) {
    const size_t end = std::min(text.find('\n', from), text.size());
    if (isDelicate(std::string_view(text).substr(from, end - from))) return false;
    from = end + 1;
  }
  return true;
}

} // namespace chasi::plan
