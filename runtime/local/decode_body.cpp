#include "runtime/local/decode_body.h"

#include "runtime/local/merge_typed.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace chasi::local {

using k8s::Type;
using k8s::TypeKind;

std::string mediaType(const std::string& contentType) {
  std::string name = contentType.substr(0, contentType.find(';'));
  name.erase(name.find_last_not_of(" \t") + 1);
  return name;
}

Result<Json> decodeJson(const std::string& text) {
  std::string problem;
  std::optional<Json> value = parseJson(text, problem);
  if (!value) return badRequest(text.empty() ? "the body of the request is empty" : "the body of the request is no JSON: " + problem);
  return std::move(*value);
}

/// Takes out what the type does not have, as decoding into it would. Depth is bounded by that of the parsed text.
static void dropUnknown(const Type& type, Json& value) {
  if (type.kind == TypeKind::List && value.is_array()) {
    for (Json& element : value) dropUnknown(*type.element, element);
  } else if (type.kind == TypeKind::Map && value.is_object()) {
    for (auto& [key, element] : value.items()) dropUnknown(*type.element, element);
  } else if (type.kind == TypeKind::Object && value.is_object()) {
    for (auto at = value.begin(); at != value.end();) {
      const k8s::Field* field = type.field(at.key());
      if (!field && !type.preserveUnknown) {
        at = value.erase(at);
        continue;
      }
      if (field) dropUnknown(*field->type, *at);
      ++at;
    }
  }
}

std::optional<Refusal> matchNames(const Call& call, const std::string& name, Json& object) {
  Json& metadata = object["metadata"];
  if (metadata.is_null()) metadata = Json::object();
  if (!metadata.is_object()) return badRequest("metadata must be an object");
  const std::string& given = textAt(metadata, {"name"});
  if (!name.empty() && !given.empty() && given != name)
    return badRequest(fmt::format("the name of the object ({}) does not match the name on the URL ({})", given, name));
  if (!name.empty()) metadata["name"] = name;
  const std::string& ns = textAt(metadata, {"namespace"});
  if (call.kind().namespaced && !ns.empty() && ns != call.at.ns) return badRequest("the namespace of the provided object does not match the namespace sent on the request");
  if (call.kind().namespaced) metadata["namespace"] = call.at.ns;
  else metadata.erase("namespace");
  return {};
}

static std::optional<Refusal> matchKind(const Call& call, Json& object) {
  const Kind& kind = call.kind();
  const std::string version = textAt(object, {"apiVersion"}), name = textAt(object, {"kind"});
  if (!name.empty() && name != kind.kind)
    return badRequest(fmt::format("{} in version \"{}\" cannot be handled as a {}: the body is of another kind than the URL", name, version, kind.kind));
  if (!version.empty() && version != kind.apiVersion())
    return badRequest(fmt::format("the API version in the data ({}) does not match the expected API version ({})", version, kind.apiVersion()));
  if (kind.custom && (name.empty() || version.empty())) return badRequest(fmt::format("Object '{}' is missing in the body", name.empty() ? "Kind" : "apiVersion"));
  object["apiVersion"] = kind.apiVersion();
  object["kind"] = kind.kind;
  return {};
}

static std::string prefixOf(const Kind& kind) { return fmt::format("{} in version \"{}\" cannot be handled as a {}: ", kind.kind, kind.version, kind.kind); }

/// Looks for wrong types and unknown fields. The latter are a refusal, warnings, or nothing, as the request asks.
static std::optional<Refusal> checkTypes(const Call& call, Json& object, std::vector<std::string>& warnings, std::vector<std::string>& strict) {
  const Type* type = call.kind().type();
  if (!type) return {};
  const DecodeProblems problems = decodeProblems(*type, object);
  if (!problems.wrongTypes.empty()) return badRequest(prefixOf(call.kind()) + problems.wrongTypes[0]);
  if (!problems.unknown.empty()) {
    if (call.validation == Validation::Strict) strict = problems.unknown;
    if (call.validation == Validation::Warn) warnings.insert(warnings.end(), problems.unknown.begin(), problems.unknown.end());
    dropUnknown(*type, object);
  }
  dropNulls(object);
  return {};
}

Result<Json> decodeBody(const Call& call, std::vector<std::string>& warnings) {
  const std::string type = mediaType(call.request->contentType);
  if (!type.empty() && type != "application/json") return unsupportedMediaType("application/json");
  Result<Json> parsed = decodeJson(call.request->body);
  if (std::holds_alternative<Refusal>(parsed)) return parsed;
  Json object = std::get<Json>(std::move(parsed));
  if (!object.is_object()) return badRequest(prefixOf(call.kind()) + "the body is no object");
  if (auto refusal = matchKind(call, object)) return *refusal;
  if (auto refusal = matchNames(call, call.at.name, object)) return *refusal;
  std::vector<std::string> strict;
  if (auto refusal = checkTypes(call, object, warnings, strict)) return *refusal;
  if (!strict.empty()) return badRequest(fmt::format("{}strict decoding error: {}", prefixOf(call.kind()), fmt::join(strict, ", ")));
  return object;
}

std::optional<Refusal> checkPatched(const Call& call, Json& object, std::vector<std::string>& warnings) {
  if (!object.is_object()) return badRequest("the patch leaves no object");
  if (auto refusal = matchKind(call, object)) return refusal;
  if (auto refusal = matchNames(call, call.at.name, object)) return refusal;
  std::vector<std::string> strict;
  if (auto refusal = checkTypes(call, object, warnings, strict)) return refusal;
  if (!strict.empty()) return invalid("", "", "", {fmt::format("patch: Invalid value: the patched object: strict decoding error: {}", fmt::join(strict, ", "))});
  return {};
}

} // namespace chasi::local
