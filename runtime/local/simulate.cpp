#include "runtime/local/simulate.h"

#include <fmt/format.h>

#include <functional>
#include <unordered_map>

namespace chasi::local {

namespace {

struct Scene {
  const Json& object;
  bool ready;
  const std::string& now;
  const ReplicasOf& replicasOf;

  int64_t generation() const { return numberAt(object, {"metadata", "generation"}); }
  std::string name() const { return textAt(object, {"metadata", "name"}); }
  int64_t replicas() const { return numberAt(object, {"spec", "replicas"}, 1); }
};

/// The condition, with the time of the last change kept while it says the same.
Json condition(const Scene& scene, const char* type, bool on, const char* reason, const std::string& message, bool hasUpdateTime = false) {
  Json made = {{"type", type}, {"status", on ? "True" : "False"}, {"reason", reason}, {"message", message}, {"lastTransitionTime", scene.now}};
  if (hasUpdateTime) made["lastUpdateTime"] = scene.now;
  const Json* known = find(scene.object, {"status", "conditions"});
  for (const Json& each : known && known->is_array() ? *known : Json::array()) {
    if (textAt(each, {"type"}) != type || each.value("status", "") != made["status"]) continue;
    made["lastTransitionTime"] = each.value("lastTransitionTime", scene.now);
    if (hasUpdateTime && textAt(each, {"reason"}) == reason && textAt(each, {"message"}) == message) made["lastUpdateTime"] = each.value("lastUpdateTime", scene.now);
  }
  return made;
}

/// A short name for what a template says, as controllers give to revisions.
std::string revisionOf(const Scene& scene) {
  const Json* part = find(scene.object, {"spec", "template"});
  uint32_t hash = 2166136261; // FNV-1a
  for (const char c : part ? dumpJson(*part) : std::string()) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619;
  constexpr std::string_view letters = "bcdfghjklmnpqrstvwxz2456789";
  std::string text;
  for (int i = 0; i < 10; ++i, hash = hash * 1664525 + 1013904223) text += letters[hash / 65536 % letters.size()];
  return text;
}

void setCount(Json& status, const char* field, int64_t count) {
  if (count != 0) status[field] = count;
}

Json deployment(const Scene& scene) {
  const int64_t wanted = scene.replicas(), there = scene.ready ? wanted : 0;
  Json status = {{"observedGeneration", scene.generation()}};
  setCount(status, "replicas", wanted);
  setCount(status, "updatedReplicas", wanted);
  setCount(status, "readyReplicas", there);
  setCount(status, "availableReplicas", there);
  setCount(status, "unavailableReplicas", wanted - there);
  const bool available = there >= wanted;
  const std::string set = fmt::format("ReplicaSet \"{}-{}\"", scene.name(), revisionOf(scene));
  status["conditions"] = {condition(scene, "Available", available, available ? "MinimumReplicasAvailable" : "MinimumReplicasUnavailable",
                                    available ? "Deployment has minimum availability." : "Deployment does not have minimum availability.", true),
                          condition(scene, "Progressing", true, available ? "NewReplicaSetAvailable" : "ReplicaSetUpdated",
                                    set + (available ? " has successfully progressed." : " is progressing."), true)};
  return status;
}

Json statefulSet(const Scene& scene) {
  const int64_t wanted = scene.replicas(), there = scene.ready ? wanted : 0;
  const std::string revision = fmt::format("{}-{}", scene.name(), revisionOf(scene));
  Json status = {{"observedGeneration", scene.generation()}, {"replicas", wanted}, {"availableReplicas", there}, {"collisionCount", 0},
                 {"updateRevision", revision}, {"currentRevision", revision}};
  setCount(status, "readyReplicas", there);
  setCount(status, "currentReplicas", wanted);
  setCount(status, "updatedReplicas", wanted);
  return status;
}

/// As on a cluster of one node.
Json daemonSet(const Scene& scene) {
  const int64_t there = scene.ready ? 1 : 0;
  Json status = {{"observedGeneration", scene.generation()}, {"desiredNumberScheduled", 1}, {"currentNumberScheduled", 1}, {"numberMisscheduled", 0}, {"numberReady", there}, {"updatedNumberScheduled", 1}};
  setCount(status, "numberAvailable", there);
  setCount(status, "numberUnavailable", 1 - there);
  return status;
}

Json replicaSet(const Scene& scene) {
  const int64_t wanted = scene.replicas(), there = scene.ready ? wanted : 0;
  Json status = {{"observedGeneration", scene.generation()}, {"replicas", wanted}};
  setCount(status, "fullyLabeledReplicas", wanted);
  setCount(status, "readyReplicas", there);
  setCount(status, "availableReplicas", there);
  return status;
}

Json job(const Scene& scene) {
  const Json* had = find(scene.object, {"status"});
  if (trueAt(scene.object, {"spec", "suspend"})) return {{"conditions", Json::array({condition(scene, "Suspended", true, "JobSuspended", "Job suspended")})}};
  if (had && had->contains("completionTime")) return *had;
  const std::string begin = had ? had->value("startTime", scene.now) : scene.now;
  const int64_t wanted = numberAt(scene.object, {"spec", "completions"}, 1);
  if (!scene.ready) return {{"startTime", begin}, {"active", std::min<int64_t>(wanted, numberAt(scene.object, {"spec", "parallelism"}, 1))}, {"ready", 0}, {"terminating", 0}, {"uncountedTerminatedPods", Json::object()}};
  const std::string message = "Reached expected number of succeeded pods";
  return {{"startTime", begin}, {"completionTime", scene.now}, {"succeeded", wanted}, {"ready", 0}, {"terminating", 0}, {"uncountedTerminatedPods", Json::object()},
          {"conditions", {condition(scene, "SuccessCriteriaMet", true, "CompletionsReached", message), condition(scene, "Complete", true, "CompletionsReached", message)}}};
}

Json pod(const Scene& scene) {
  Json status = {{"phase", scene.ready ? "Running" : "Pending"}};
  Json conditions = Json::array();
  for (const char* type : {"PodScheduled", "Initialized", "ContainersReady", "Ready"}) {
    const bool on = scene.ready || std::string_view(type) == "PodScheduled";
    conditions.push_back({{"type", type}, {"status", on ? "True" : "False"}, {"lastTransitionTime", scene.now}});
  }
  status["conditions"] = std::move(conditions);
  if (scene.ready) status["startTime"] = scene.now;
  return status;
}

Json claim(const Scene& scene) {
  Json status = {{"phase", "Bound"}};
  if (const Json* modes = find(scene.object, {"spec", "accessModes"})) status["accessModes"] = *modes;
  if (const Json* size = find(scene.object, {"spec", "resources", "requests", "storage"})) status["capacity"] = {{"storage", *size}};
  return status;
}

Json service(const Scene& scene) {
  Json status = {{"loadBalancer", Json::object()}};
  const std::string& address = textAt(scene.object, {"spec", "clusterIP"});
  // From the block that RFC 2544 sets aside for benchmarks: leads nowhere, and is as unique as the cluster's own address.
  if (textAt(scene.object, {"spec", "type"}) == "LoadBalancer" && address.starts_with("10.96."))
    status["loadBalancer"]["ingress"] = Json::array({{{"ip", "198.18." + address.substr(6)}, {"ipMode", "VIP"}}});
  return status;
}

Json ingress(const Scene&) { return {{"loadBalancer", {{"ingress", Json::array({{{"ip", "198.19.0.1"}}})}}}}; }

Json autoscaler(const Scene& scene) {
  const int64_t least = numberAt(scene.object, {"spec", "minReplicas"}, 1), most = numberAt(scene.object, {"spec", "maxReplicas"}, 1);
  const int64_t current = scene.replicasOf ? scene.replicasOf(scene.object) : 0;
  Json status = {{"currentReplicas", current}, {"desiredReplicas", std::clamp(current, std::min(least, most), most)}};
  status["conditions"] = {condition(scene, "AbleToScale", true, "ReadyForNewScale", "recommended size matches current size"),
                          condition(scene, "ScalingActive", true, "ValidMetricFound", "the simulation measures no load"),
                          condition(scene, "ScalingLimited", false, "DesiredWithinRange", "the desired count is within the acceptable range")};
  return status;
}

Json budget(const Scene& scene) {
  const int64_t pods = scene.replicasOf ? scene.replicasOf(scene.object) : 0;
  auto share = [&](const Json* value, int64_t otherwise) {
    if (!value) return otherwise;
    if (value->is_number()) return value->get<int64_t>();
    const std::string text = value->is_string() ? value->get<std::string>() : "";
    const int64_t percent = std::atoll(text.c_str());
    return text.ends_with('%') ? (pods * percent + 99) / 100 : percent;
  };
  const Json* spared = find(scene.object, {"spec", "maxUnavailable"});
  const int64_t desired = spared ? std::max<int64_t>(0, pods - share(spared, 0)) : share(find(scene.object, {"spec", "minAvailable"}), 1);
  const int64_t allowed = std::max<int64_t>(0, pods - desired);
  Json status = {{"observedGeneration", scene.generation()}, {"currentHealthy", pods}, {"desiredHealthy", desired}, {"disruptionsAllowed", allowed}, {"expectedPods", pods}};
  Json made = condition(scene, "DisruptionAllowed", allowed > 0, allowed > 0 ? "SufficientPods" : "InsufficientPods", "");
  made["observedGeneration"] = scene.generation();
  status["conditions"] = Json::array({std::move(made)});
  return status;
}

using Rule = Json (*)(const Scene&);

Rule ruleOf(std::string_view qualified) {
  static const std::unordered_map<std::string_view, Rule> rules = {{"deployments.apps", deployment},
                                                                   {"statefulsets.apps", statefulSet},
                                                                   {"daemonsets.apps", daemonSet},
                                                                   {"replicasets.apps", replicaSet},
                                                                   {"replicationcontrollers", replicaSet},
                                                                   {"jobs.batch", job},
                                                                   {"pods", pod},
                                                                   {"persistentvolumeclaims", claim},
                                                                   {"services", service},
                                                                   {"ingresses.networking.k8s.io", ingress},
                                                                   {"horizontalpodautoscalers.autoscaling", autoscaler},
                                                                   {"poddisruptionbudgets.policy", budget}};
  auto at = rules.find(qualified);
  return at == rules.end() ? nullptr : at->second;
}

} // namespace

bool needsTime(std::string_view qualified) {
  const Rule rule = ruleOf(qualified);
  return rule == deployment || rule == statefulSet || rule == daemonSet || rule == replicaSet || rule == job || rule == pod;
}

bool looksReady(std::string_view qualified, std::string_view text) {
  const Rule rule = ruleOf(qualified);
  const char* sign = rule == deployment ? "\"NewReplicaSetAvailable\"" : rule == daemonSet ? "\"numberReady\":1" : rule == job ? "\"completionTime\"" : rule == pod ? "\"phase\":\"Running\"" : "\"readyReplicas\":";
  return text.find(sign) != text.npos;
}

std::optional<Json> simulate(const Kind& kind, const Json& object, bool ready, const std::string& now, const ReplicasOf& replicasOf) {
  const Rule rule = ruleOf(kind.qualified());
  if (!rule || !textAt(object, {"metadata", "deletionTimestamp"}).empty()) return {};
  // A pod that reached its state keeps it: its times must not move with every write.
  if (rule == pod && textAt(object, {"status", "phase"}) == "Running") return {};
  Json next = object;
  next["status"] = rule(Scene{object, ready, now, replicasOf});
  if (rule == claim && textAt(next, {"spec", "volumeName"}).empty()) setAt(next, {"spec", "volumeName"}, "pvc-" + textAt(object, {"metadata", "uid"}));
  if (next == object) return {};
  const Writer writer{"kube-controller-manager", kind.apiVersion(), "status", now};
  return trackUpdate(kind.type(), object, std::move(next), writer);
}

} // namespace chasi::local
