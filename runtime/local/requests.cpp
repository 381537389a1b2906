// POST, PUT and PATCH: from a request to the edit that it asks for.
#include "runtime/local/decode_body.h"
#include "runtime/local/write.h"

#include <fmt/format.h>

namespace chasi::local {

namespace {

constexpr const char* kJsonPatch = "application/json-patch+json";
constexpr const char* kMergePatch = "application/merge-patch+json";
constexpr const char* kStrategicPatch = "application/strategic-merge-patch+json";
constexpr const char* kApplyPatch = "application/apply-patch+yaml";

Answer answerOf(const Call& call, const Result<Written>& result, std::vector<std::string> warnings) {
  if (auto* refusal = std::get_if<Refusal>(&result)) return local::answerOf(*refusal);
  return answerWritten(call, std::get<Written>(result), std::move(warnings));
}

Refusal patchOptionsProblem(std::string problem) { return invalid("meta.k8s.io", "PatchOptions", "", {std::move(problem)}); }

/// uid and resourceVersion in an apply patch, as a real API server takes them: a version means nothing while the object is absent, a uid
/// must be that of an object.
std::optional<Refusal> applyPreconditions(const Call& call, const Json& live, const Json& patch) {
  const std::string& uid = textAt(patch, {"metadata", "uid"});
  const std::string& version = textAt(patch, {"metadata", "resourceVersion"});
  if (live.is_null()) {
    if (uid.empty()) return {};
    return conflict(call.kind(), call.at.name, fmt::format("uid mismatch: the provided object specified uid {}, and no existing object was found", uid));
  }
  if (!version.empty() && version != textAt(live, {"metadata", "resourceVersion"})) return modified(call.kind(), call.at.name);
  if (!uid.empty() && uid != textAt(live, {"metadata", "uid"}))
    return invalid(call.kind(), call.at.name, {fmt::format("metadata.uid: Invalid value: \"{}\": field is immutable", uid)});
  return {};
}

Result<Json> parseApply(const Call& call) {
  std::string problem;
  std::optional<Json> patch = parseJson(call.request->body, problem);
  if (!patch) return Refusal{415, "UnsupportedMediaType", "this server reads apply patches as JSON, which is YAML, too; other YAML is not read: " + problem};
  if (!patch->is_object()) return badRequest("error decoding YAML: an apply patch must be an object");
  if (textAt(*patch, {"kind"}) != call.kind().kind)
    return badRequest(fmt::format("the kind in the patch ({}) does not match the kind of the URL ({})", textAt(*patch, {"kind"}), call.kind().kind));
  if (auto refusal = matchNames(call, call.at.name, *patch)) return *refusal;
  return std::move(*patch);
}

/// What fits the schema and cannot be read all the same: data that is not base64, quantities that are none.
std::optional<Refusal> unreadable(const Call& call, const Json& object) {
  if (!call.kind().type()) return {};
  const DecodeProblems problems = decodeProblems(*call.kind().type(), object);
  if (problems.wrongTypes.empty()) return {};
  return Refusal{500, "", fmt::format("failed to convert new object ({}/{}; {}, Kind={}) to proper version: {}", call.at.ns, call.at.name, (call.kind().group.empty() ? "/" : "") + call.kind().apiVersion(), call.kind().kind, problems.wrongTypes.front()), Json::object()};
}

Answer applyObject(Cluster& cluster, const Call& call) {
  const Request& request = *call.request;
  if (request.param("fieldManager").empty()) return local::answerOf(patchOptionsProblem("fieldManager: Required value: is required for apply patch"));
  Result<Json> parsed = parseApply(call);
  if (auto* refusal = std::get_if<Refusal>(&parsed)) return local::answerOf(*refusal);
  const Json& patch = std::get<Json>(parsed);
  const bool force = request.flag("force");
  const Edit edit = [&](const Json& live) -> Result<Json> {
    if (auto refusal = applyPreconditions(call, live, patch)) return *refusal;
    Result<Json> made = applyPatch(call.kind().type(), live, patch, {call.manager, call.kind().apiVersion(), call.at.subresource, timeNow()}, force);
    if (const Json* object = std::get_if<Json>(&made))
      if (auto refusal = unreadable(call, *object)) return *refusal;
    return made;
  };
  return answerOf(call, writeObject(cluster, {call, edit, false, call.at.subresource.empty(), true}), {});
}

} // namespace

Answer createObject(Cluster& cluster, const Call& call) {
  std::vector<std::string> warnings;
  Result<Json> body = decodeBody(call, warnings);
  if (auto* refusal = std::get_if<Refusal>(&body)) return local::answerOf(*refusal);
  Json object = std::get<Json>(std::move(body));
  Call named = call;
  named.at.name = textAt(object, {"metadata", "name"});
  const std::string prefix = named.at.name.empty() ? textAt(object, {"metadata", "generateName"}) : "";
  if (named.at.name.empty() && prefix.empty()) return local::answerOf(invalid(call.kind(), "", {"metadata.name: Required value: name or generateName is required"}));
  const Edit edit = [&](const Json&) -> Result<Json> { return object; };
  for (int i = 0;; ++i) {
    if (!prefix.empty()) {
      // A name has 63 characters, five of them are ours.
      named.at.name = prefix.substr(0, 58) + randomSuffix();
      object["metadata"]["name"] = named.at.name;
    }
    Result<Written> result = writeObject(cluster, {named, edit, true});
    auto* refusal = std::get_if<Refusal>(&result);
    const bool taken = refusal && refusal->reason == "AlreadyExists";
    if (!taken || prefix.empty() || i == 7) return answerOf(named, result, std::move(warnings));
  }
}

Answer updateObject(Cluster& cluster, const Call& call) {
  std::vector<std::string> warnings;
  Result<Json> body = decodeBody(call, warnings);
  if (auto* refusal = std::get_if<Refusal>(&body)) return local::answerOf(*refusal);
  if (textAt(std::get<Json>(body), {"metadata", "name"}).empty()) return local::answerOf(badRequest("the name of the object (based on URL) was undeterminable: name must be provided"));
  const Edit edit = [&](const Json&) { return body; };
  return answerOf(call, writeObject(cluster, {call, edit}), std::move(warnings));
}

Result<Json> patchDocument(const Call& call, const k8s::Type* type, const Json& target) {
  const std::string media = mediaType(call.request->contentType);
  Result<Json> parsed = decodeJson(call.request->body);
  if (std::holds_alternative<Refusal>(parsed)) return parsed;
  const Json& patch = std::get<Json>(parsed);
  if (media == kJsonPatch) return jsonPatch(target, patch);
  if (!patch.is_object()) return badRequest("the patch must be an object");
  if (media == kStrategicPatch && type) return strategicPatch(type, target, patch);
  return mergePatch(target, patch);
}

Answer patchObject(Cluster& cluster, const Call& call) {
  const std::string media = mediaType(call.request->contentType);
  const bool typed = !call.kind().custom;
  if (media == kApplyPatch) return applyObject(cluster, call);
  if (media != kJsonPatch && media != kMergePatch && (media != kStrategicPatch || !typed))
    return local::answerOf(unsupportedMediaType(fmt::format("{}, {}, {}{}", kJsonPatch, kMergePatch, typed ? fmt::format("{}, ", kStrategicPatch) : "", kApplyPatch)));
  if (call.request->query.contains("force")) return local::answerOf(patchOptionsProblem("force: Forbidden: may not be specified for non-apply patch"));
  std::vector<std::string> warnings;
  const Edit edit = [&](const Json& live) -> Result<Json> {
    Result<Json> patched = patchDocument(call, call.kind().type(), live);
    if (std::holds_alternative<Refusal>(patched)) return patched;
    Json next = std::get<Json>(std::move(patched));
    warnings.clear();
    if (auto refusal = checkPatched(call, next, warnings)) return *refusal;
    return next;
  };
  return answerOf(call, writeObject(cluster, {call, edit}), std::move(warnings));
}

} // namespace chasi::local
