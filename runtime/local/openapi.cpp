// OpenAPI documents made from the schema: enough for kubectl's patches, its field validation and `kubectl explain`; no prose.
#include "runtime/local/discovery.h"

#include <fmt/format.h>

#include <functional>
#include <set>

namespace chasi::local {

namespace {

using k8s::Type;
using k8s::TypeKind;

/// Turns types into schemas; collects the named types that they mention.
class SchemaWriter {
public:
  explicit SchemaWriter(const char* prefix) : prefix_(prefix) {}

  /// The schemas of the type and of all that it refers to.
  void add(const Type* type) {
    std::vector<const Type*> waiting = {type};
    while (!waiting.empty()) {
      const Type* each = waiting.back();
      waiting.pop_back();
      if (!each || each->name.empty() || schemas.contains(each->name)) continue;
      mentioned_.clear();
      Json schema = record(*each);
      schemas[std::string(each->name)] = std::move(schema);
      waiting.insert(waiting.end(), mentioned_.begin(), mentioned_.end());
    }
  }
  Json schemas = Json::object();

private:
  const char* prefix_;
  std::vector<const Type*> mentioned_;

  Json record(const Type& type) {
    Json schema = {{"type", "object"}};
    Json required = Json::array();
    for (const k8s::Field& field : type.fields) {
      Json part = valueOf(*field.type);
      // "$ref" stands alone; what is said beside it needs a wrapper.
      if (part.contains("$ref") && (!field.patchMergeKey.empty() || field.patchMerge || field.patchRetainKeys || !field.defaultJson.empty())) part = {{"allOf", {part}}};
      if (!field.patchMergeKey.empty()) part["x-kubernetes-patch-merge-key"] = field.patchMergeKey;
      if (field.patchMerge || field.patchRetainKeys)
        part["x-kubernetes-patch-strategy"] = field.patchMerge && field.patchRetainKeys ? "merge,retainKeys" : field.patchMerge ? "merge" : "retainKeys";
      if (!field.defaultJson.empty()) part["default"] = parseTrusted(field.defaultJson);
      schema["properties"][std::string(field.name)] = std::move(part);
      if (field.required) required.push_back(field.name);
    }
    if (!required.empty()) schema["required"] = std::move(required);
    if (type.atomic) schema["x-kubernetes-map-type"] = "atomic";
    if (type.preserveUnknown) schema["x-kubernetes-preserve-unknown-fields"] = true;
    return schema;
  }

  Json valueOf(const Type& type) {
    switch (type.kind) {
    case TypeKind::Object:
      if (type.name.empty()) return record(type);
      mentioned_.push_back(&type);
      return {{"$ref", prefix_ + std::string(type.name)}};
    case TypeKind::Map: {
      Json schema = {{"type", "object"}, {"additionalProperties", valueOf(*type.element)}};
      if (type.atomic) schema["x-kubernetes-map-type"] = "atomic";
      return schema;
    }
    case TypeKind::List: return list(type);
    case TypeKind::String: {
      Json schema = {{"type", "string"}};
      if (type.format == k8s::Format::Byte) schema["format"] = "byte";
      if (type.format == k8s::Format::Time) schema["format"] = "date-time";
      for (std::string_view value : type.enumValues) schema["enum"].push_back(value);
      return schema;
    }
    case TypeKind::Integer: {
      Json schema = {{"type", "integer"}};
      if (type.format != k8s::Format::None) schema["format"] = type.format == k8s::Format::Int32 ? "int32" : "int64";
      return schema;
    }
    case TypeKind::Number: return {{"type", "number"}};
    case TypeKind::Bool: return {{"type", "boolean"}};
    case TypeKind::IntOrString: return {{"type", "string"}, {"format", "int-or-string"}};
    case TypeKind::Quantity: return {{"type", "string"}};
    case TypeKind::Any: return Json::object();
    case TypeKind::FreeObject: return {{"type", "object"}};
    }
    return Json::object();
  }

  Json list(const Type& type) {
    Json schema = {{"type", "array"}, {"items", valueOf(*type.element)}};
    schema["x-kubernetes-list-type"] = type.listType == k8s::ListType::Map ? "map" : type.listType == k8s::ListType::Set ? "set" : "atomic";
    for (std::string_view key : type.mapKeys) schema["x-kubernetes-list-map-keys"].push_back(key);
    return schema;
  }
};

Json gvk(const Kind& kind) { return {{"group", kind.group}, {"kind", kind.kind}, {"version", kind.version}}; }

Json customSchema() {
  return {{"type", "object"}, {"x-kubernetes-preserve-unknown-fields", true},
          {"properties", {{"apiVersion", {{"type", "string"}}}, {"kind", {{"type", "string"}}}, {"metadata", {{"type", "object"}}}}}};
}

std::string schemaName(const Kind& kind) { return kind.custom ? fmt::format("{}.{}.{}", kind.group, kind.version, kind.kind) : kind.typeName; }

Json parameter(const char* name, const char* type) { return {{"in", "query"}, {"name", name}, {"schema", {{"type", type}, {"uniqueItems", true}}}}; }

/// The operations that clients look for: they search for a kind and for the query parameters it takes.
Json operationsOf(const Kind& kind) {
  const Json shape = {{"schema", {{"$ref", "#/components/schemas/" + schemaName(kind)}}}};
  const Json ok = {{"200", {{"description", "OK"}, {"content", {{"application/json", shape}}}}}};
  const Json parameters = {parameter("dryRun", "string"), parameter("fieldManager", "string"), parameter("fieldValidation", "string"), parameter("force", "boolean")};
  auto operation = [&](const char* action) { return Json{{"x-kubernetes-action", action}, {"x-kubernetes-group-version-kind", gvk(kind)}, {"responses", ok}}; };
  Json patch = operation("patch");
  patch["parameters"] = parameters;
  Json content = {{"application/json-patch+json", Json::object()}, {"application/merge-patch+json", Json::object()}, {"application/apply-patch+yaml", Json::object()}};
  if (!kind.custom) content["application/strategic-merge-patch+json"] = Json::object();
  patch["requestBody"] = {{"content", std::move(content)}};
  Json put = operation("put");
  put["parameters"] = parameters;
  Json item = {{"get", operation("get")}, {"put", std::move(put)}, {"patch", std::move(patch)}, {"delete", operation("delete")}};
  return item;
}

Json documentOf(const Catalog& catalog, const std::string& group, const std::string& version) {
  SchemaWriter writer("#/components/schemas/");
  Json paths = Json::object();
  const std::string root = group.empty() ? "/api/" + version : fmt::format("/apis/{}/{}", group, version);
  for (const KindPtr& kind : catalog.kinds()) {
    if (kind->group != group || kind->version != version) continue;
    if (kind->custom) writer.schemas[schemaName(*kind)] = customSchema();
    else writer.add(kind->type());
    Json& schema = writer.schemas[schemaName(*kind)];
    schema["x-kubernetes-group-version-kind"].push_back(gvk(*kind));
    const std::string collection = root + (kind->namespaced ? "/namespaces/{namespace}/" : "/") + kind->plural;
    paths[collection + "/{name}"] = operationsOf(*kind);
  }
  return {{"openapi", "3.0.0"}, {"info", {{"title", "Kubernetes"}, {"version", "v" + std::string(k8s::Schema::builtin().release())}}},
          {"paths", std::move(paths)}, {"components", {{"schemas", std::move(writer.schemas)}}}};
}

Json definitionsDocument(const Catalog& catalog) {
  SchemaWriter writer("#/definitions/");
  for (const KindPtr& kind : catalog.kinds()) {
    if (kind->custom) writer.schemas[schemaName(*kind)] = customSchema();
    else writer.add(kind->type());
    writer.schemas[schemaName(*kind)]["x-kubernetes-group-version-kind"].push_back(gvk(*kind));
  }
  return {{"swagger", "2.0"}, {"info", {{"title", "Kubernetes"}, {"version", "v" + std::string(k8s::Schema::builtin().release())}}},
          {"paths", Json::object()}, {"definitions", std::move(writer.schemas)}};
}

/// The same document without definitions, as protocol buffers (openapi_v2.proto of gnostic: Document{swagger=1, info=2,
/// paths=8, definitions=9}). kubectl asks for this form only, checks an object against the definitions it finds, and gives up
/// when it gets no document; the server checks every object in any case.
std::string emptyDefinitionsInProtocolBuffers() {
  const auto field = [](int number, const std::string& bytes) {
    return std::string(1, static_cast<char>(number << 3 | 2)) + static_cast<char>(bytes.size()) + bytes; // sizes below 128
  };
  const std::string info = field(1, "Kubernetes") + field(2, "v" + std::string(k8s::Schema::builtin().release()));
  return field(1, "2.0") + field(2, info) + field(8, "") + field(9, "");
}

std::string pathOfVersion(const std::string& group, const std::string& version) { return group.empty() ? "api/" + version : fmt::format("apis/{}/{}", group, version); }

/// Names the kinds of a group version, so that a document with another set of kinds has another address.
std::string hashOf(const Catalog& catalog, const std::string& group, const std::string& version) {
  std::string names;
  for (const KindPtr& kind : catalog.kinds())
    if (kind->group == group && kind->version == version) names += kind->plural + ",";
  return fmt::format("{:016X}", std::hash<std::string>()(names + CHASI_VERSION));
}

Answer index(const Catalog& catalog) {
  Json paths = Json::object();
  std::vector<std::string> groups = catalog.groups();
  groups.insert(groups.begin(), "");
  for (const std::string& group : groups)
    for (const std::string& version : catalog.versions(group)) {
      const std::string path = pathOfVersion(group, version);
      paths[path] = {{"serverRelativeURL", fmt::format("/openapi/v3/{}?hash={}", path, hashOf(catalog, group, version))}};
    }
  Answer answer;
  answer.body = dumpJson({{"paths", std::move(paths)}}) + "\n";
  return answer;
}

} // namespace

std::optional<Answer> openApi(const Catalog& catalog, const Request& request) {
  const std::vector<std::string> parts = pathParts(request.path);
  if (parts.size() < 2) return {};
  const bool known = (parts[1] == "v2" && parts.size() == 2) || parts[1] == "v3";
  if (!known) return {};
  if (parts[1] == "v2" && request.accept.find("proto-openapi.spec.v2") != std::string::npos && request.accept.find("json") == std::string::npos) {
    Answer answer;
    answer.contentType = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf";
    answer.body = emptyDefinitionsInProtocolBuffers();
    return answer;
  }
  // Clients that want protocol buffers only are told so, and go on without.
  if (!negotiate(request.accept)) return answerOf(notAcceptable());
  Answer answer;
  if (parts[1] == "v2") {
    answer.body = dumpJson(definitionsDocument(catalog));
    return answer;
  }
  if (parts.size() == 2) return index(catalog);
  const bool core = parts.size() == 4 && parts[2] == "api";
  if (!core && !(parts.size() == 5 && parts[2] == "apis")) return {};
  const std::string group = core ? "" : parts[3], version = parts.back();
  const std::vector<std::string> versions = catalog.versions(group);
  if (std::find(versions.begin(), versions.end(), version) == versions.end()) return {};
  answer.body = dumpJson(documentOf(catalog, group, version));
  answer.headers.emplace_back("Cache-Control", "public, immutable, max-age=31536000");
  return answer;
}

} // namespace chasi::local
