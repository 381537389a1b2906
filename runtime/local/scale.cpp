// The scale subresource (autoscaling/v1 Scale), and reviews.
#include "runtime/local/decode_body.h"
#include "runtime/local/write.h"

#include <fmt/format.h>

namespace chasi::local {

namespace {

/// ".spec.replicas" as its parts.
std::vector<std::string> partsOf(const std::string& path) {
  std::vector<std::string> parts;
  for (size_t begin = 1; begin < path.size();) {
    const size_t end = std::min(path.find('.', begin), path.size());
    parts.push_back(path.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

const Json* follow(const Json& object, const std::string& path) {
  const Json* at = &object;
  for (const std::string& part : partsOf(path)) {
    at = find(*at, {part});
    if (!at) return nullptr;
  }
  return at;
}

int64_t numberAlong(const Json& object, const std::string& path) {
  const Json* value = follow(object, path);
  return value && value->is_number() ? value->get<int64_t>() : 0;
}

std::string selectorOf(const Kind& kind, const Json& object) {
  if (kind.custom) {
    const Json* text = kind.selectorPath.empty() ? nullptr : follow(object, kind.selectorPath);
    return text && text->is_string() ? text->get<std::string>() : "";
  }
  const Json* labels = find(object, {"spec", "selector", "matchLabels"});
  if (!labels) labels = find(object, {"spec", "selector"});
  std::string out;
  if (labels && labels->is_object())
    for (const auto& [key, value] : labels->items())
      if (value.is_string()) out += fmt::format("{}{}={}", out.empty() ? "" : ",", key, value.get<std::string>());
  return out;
}

Json scaleOf(const Kind& kind, const Json& object) {
  Json metadata = Json::object();
  for (const char* key : {"name", "namespace", "uid", "resourceVersion", "creationTimestamp"})
    if (const Json* value = find(object, {"metadata", key})) metadata[key] = *value;
  const int64_t wanted = kind.custom ? numberAlong(object, kind.replicasPath) : numberAt(object, {"spec", "replicas"}, 0);
  const int64_t there = kind.custom ? numberAlong(object, kind.statusReplicasPath) : numberAt(object, {"status", "replicas"}, 0);
  Json scale = {{"kind", "Scale"}, {"apiVersion", "autoscaling/v1"}, {"metadata", std::move(metadata)}, {"spec", Json::object()}, {"status", {{"replicas", there}}}};
  if (wanted != 0) scale["spec"]["replicas"] = wanted;
  if (std::string selector = selectorOf(kind, object); !selector.empty()) scale["status"]["selector"] = std::move(selector);
  return scale;
}

/// The object with the replicas of a Scale that a client sent or patched.
Result<Json> rescale(const Call& call, const Json& live, const Json& scale) {
  const std::string& version = textAt(scale, {"metadata", "resourceVersion"});
  if (!version.empty() && version != textAt(live, {"metadata", "resourceVersion"})) return modified(call.kind(), call.at.name);
  const Json* replicas = find(scale, {"spec", "replicas"});
  if (replicas && !replicas->is_number_integer()) return badRequest("Scale in version \"v1\" cannot be handled as a Scale: spec.replicas must be a whole number");
  const int64_t wanted = replicas ? replicas->get<int64_t>() : 0;
  if (wanted < 0 || wanted > INT32_MAX)
    return invalid("autoscaling", "Scale", call.at.name, {fmt::format("spec.replicas: Invalid value: {}: must be greater than or equal to 0", wanted)});
  Json next = live;
  if (!call.kind().custom) {
    setAt(next, {"spec", "replicas"}, wanted);
    return next;
  }
  Json* at = &next;
  for (const std::string& part : partsOf(call.kind().replicasPath)) {
    if (!at->is_object()) *at = Json::object();
    at = &(*at)[part];
  }
  *at = wanted;
  return next;
}

} // namespace

Answer scaleObject(Cluster& cluster, const Call& call) {
  const std::string& method = call.request->method;
  Answer answer;
  if (method == "GET") {
    const EntryPtr entry = cluster.store().get(call.key());
    if (!entry) return answerOf(notFound(call.kind(), call.at.name));
    answer.body = dumpJson(scaleOf(call.kind(), entry->json())) + "\n";
    return answer;
  }
  if (method != "PUT" && method != "PATCH") return answerOf(methodNotAllowed());
  const Edit edit = [&](const Json& live) -> Result<Json> {
    Result<Json> scale = method == "PUT" ? decodeJson(call.request->body) : patchDocument(call, k8s::Schema::builtin().typeNamed("autoscaling.v1.Scale"), scaleOf(call.kind(), live));
    if (std::holds_alternative<Refusal>(scale)) return scale;
    if (!std::get<Json>(scale).is_object()) return badRequest("a Scale must be an object");
    return rescale(call, live, std::get<Json>(scale));
  };
  Result<Written> result = writeObject(cluster, {call, edit});
  if (auto* refusal = std::get_if<Refusal>(&result)) return answerOf(*refusal);
  const Written& written = std::get<Written>(result);
  answer.body = dumpJson(scaleOf(call.kind(), written.entry ? written.entry->json() : written.object)) + "\n";
  return answer;
}

bool isReview(const Kind& kind) { return kind.verbs.size() == 1 && kind.verbs[0] == "create"; }

Answer reviewObject(const Call& call) {
  std::vector<std::string> warnings;
  Result<Json> body = decodeBody(call, warnings);
  if (auto* refusal = std::get_if<Refusal>(&body)) return answerOf(*refusal);
  Json review = std::get<Json>(std::move(body));
  // Whoever may connect may do everything: there is one user.
  const Json user = {{"username", "chasi-local"}, {"groups", {"system:masters", "system:authenticated"}}};
  const std::string& kind = call.kind().kind;
  const Json everything = {{"verbs", {"*"}}, {"apiGroups", {"*"}}, {"resources", {"*"}}};
  if (kind == "SelfSubjectReview") review["status"] = {{"userInfo", user}};
  else if (kind == "TokenReview") review["status"] = {{"authenticated", false}, {"error", "this server knows no tokens of users"}};
  else if (kind == "SelfSubjectRulesReview")
    review["status"] = {{"resourceRules", Json::array({everything})}, {"nonResourceRules", Json::array({{{"verbs", {"*"}}, {"nonResourceURLs", {"*"}}}})}, {"incomplete", false}};
  else review["status"] = {{"allowed", true}, {"reason", "the embedded cluster has no authorization"}};
  Answer answer;
  answer.http = 201;
  answer.body = dumpJson(review) + "\n";
  return answer;
}

} // namespace chasi::local
