#include "runtime/kube/readiness.h"

#include <fmt/format.h>

#include <array>

namespace chasi::kube {

using plan::JsonValue;

const char* name(Health health) {
  switch (health) {
  case Health::Ready: return "Ready";
  case Health::Progressing: return "Progressing";
  case Health::Failed: return "Failed";
  case Health::Terminating: return "Terminating";
  }
  return "";
}

namespace {

int64_t number(JsonValue value, int64_t otherwise = 0) { return value.integer().value_or(otherwise); }

JsonValue condition(JsonValue object, std::string_view type) {
  for (JsonValue each = object["status"]["conditions"].first(); each; each = each.next())
    if (each["type"].chars() == type) return each;
  return {};
}

bool isTrue(JsonValue condition) { return condition["status"].chars() == "True"; }

Readiness progressing(std::string reason) { return {Health::Progressing, std::move(reason)}; }
Readiness failed(std::string reason) { return {Health::Failed, std::move(reason)}; }

std::string told(JsonValue condition) {
  std::string text = condition["reason"].string();
  std::string message = condition["message"].string();
  if (!message.empty()) text += (text.empty() ? "" : ": ") + message;
  return text;
}

Readiness deployment(JsonValue object) {
  JsonValue spec = object["spec"], status = object["status"];
  if (spec["paused"].isTrue()) return {};
  int64_t wanted = number(spec["replicas"], 1), all = number(status["replicas"]), updated = number(status["updatedReplicas"]);
  int64_t available = number(status["availableReplicas"]), ready = number(status["readyReplicas"]);
  JsonValue progress = condition(object, "Progressing");
  if (progress["reason"].chars() == "ProgressDeadlineExceeded") return failed(told(progress));
  if (updated < wanted) return progressing(fmt::format("{} of {} replicas updated", updated, wanted));
  if (all > updated) return progressing(fmt::format("{} old replicas still there", all - updated));
  if (available < updated || ready < wanted) return progressing(fmt::format("{} of {} replicas ready", std::min(available, ready), wanted));
  JsonValue up = condition(object, "Available");
  if (up && !isTrue(up)) return progressing(told(up));
  return {};
}

Readiness statefulSet(JsonValue object) {
  JsonValue spec = object["spec"], status = object["status"];
  if (spec["updateStrategy"]["type"].chars() == "OnDelete") return {};
  int64_t wanted = number(spec["replicas"], 1), ready = number(status["readyReplicas"]), all = number(status["replicas"]);
  if (all < wanted || ready < wanted) return progressing(fmt::format("{} of {} replicas ready", std::min(all, ready), wanted));
  if (all > wanted) return progressing(fmt::format("{} replicas too many", all - wanted));
  int64_t partition = number(spec["updateStrategy"]["rollingUpdate"]["partition"]);
  if (partition > 0) {
    int64_t updated = number(status["updatedReplicas"]);
    if (updated < wanted - partition) return progressing(fmt::format("{} of {} replicas updated", updated, wanted - partition));
    return {};
  }
  if (number(status["currentReplicas"]) < wanted || status["currentRevision"].chars() != status["updateRevision"].chars())
    return progressing("rolling out a new revision");
  return {};
}

Readiness daemonSet(JsonValue object) {
  JsonValue status = object["status"];
  if (!status["observedGeneration"] || !status["desiredNumberScheduled"]) return progressing("not looked at yet");
  int64_t wanted = number(status["desiredNumberScheduled"]);
  for (const char* field : {"currentNumberScheduled", "updatedNumberScheduled", "numberAvailable", "numberReady"})
    if (number(status[field]) < wanted) return progressing(fmt::format("{}: {} of {} nodes", field, number(status[field]), wanted));
  return {};
}

Readiness replicaSet(JsonValue object) {
  if (JsonValue trouble = condition(object, "ReplicaFailure"); isTrue(trouble)) return progressing(told(trouble));
  int64_t wanted = number(object["spec"]["replicas"], 1);
  JsonValue status = object["status"];
  int64_t ready = std::min(number(status["readyReplicas"]), number(status["availableReplicas"]));
  if (ready < wanted) return progressing(fmt::format("{} of {} replicas ready", ready, wanted));
  if (number(status["replicas"]) > wanted) return progressing("too many replicas");
  return {};
}

Readiness job(JsonValue object) {
  if (JsonValue bad = condition(object, "Failed"); isTrue(bad)) return failed(told(bad));
  if (isTrue(condition(object, "Complete"))) return {};
  if (isTrue(condition(object, "Suspended"))) return progressing("suspended");
  return progressing("running");
}

Readiness pod(JsonValue object) {
  std::string_view phase = object["status"]["phase"].chars();
  if (phase == "Succeeded") return {};
  if (phase == "Failed") return failed(fmt::format("the pod failed: {}", object["status"]["message"].string()));
  for (JsonValue each = object["status"]["containerStatuses"].first(); each; each = each.next()) {
    std::string_view waiting = each["state"]["waiting"]["reason"].chars();
    if (waiting == "CrashLoopBackOff") return failed(fmt::format("container {} crashes again and again", each["name"].string()));
  }
  if (phase == "Running" && isTrue(condition(object, "Ready"))) return {};
  return progressing(phase.empty() ? "not looked at yet" : std::string(phase));
}

Readiness claim(JsonValue object) {
  std::string_view phase = object["status"]["phase"].chars();
  if (phase == "Bound") return {};
  if (phase == "Lost") return failed("its volume is lost");
  return progressing(phase.empty() ? "Pending" : std::string(phase));
}

Readiness definition(JsonValue object) {
  JsonValue established = condition(object, "Established"), names = condition(object, "NamesAccepted");
  if (isTrue(established)) return {};
  if (names["status"].chars() == "False") return failed(told(names));
  if (established["status"].chars() == "False" && established["reason"].chars() != "Installing") return failed(told(established));
  return progressing("not established yet");
}

Readiness service(JsonValue object) {
  if (object["spec"]["type"].chars() != "LoadBalancer") return {};
  if (object["status"]["loadBalancer"]["ingress"].first()) return {};
  return progressing("no address assigned yet");
}

// Rules for kinds without a rule of their own, custom resources among them.
Readiness byCondition(JsonValue object) {
  JsonValue ready = condition(object, "Ready");
  if (!ready || isTrue(ready)) return {};
  return progressing(told(ready));
}

using Rule = Readiness (*)(JsonValue);
struct KindRule {
  std::string_view group, kind;
  Rule rule;
};
constexpr std::array<KindRule, 10> kRules = {{{"apps/", "Deployment", deployment},
                                             {"apps/", "StatefulSet", statefulSet},
                                             {"apps/", "DaemonSet", daemonSet},
                                             {"apps/", "ReplicaSet", replicaSet},
                                             {"batch/", "Job", job},
                                             {"v1", "Pod", pod},
                                             {"v1", "PersistentVolumeClaim", claim},
                                             {"v1", "Service", service},
                                             {"v1", "ReplicationController", replicaSet},
                                             {"apiextensions.k8s.io/", "CustomResourceDefinition", definition}}};

Rule ruleOf(std::string_view apiVersion, std::string_view kind) {
  for (const KindRule& each : kRules)
    if (each.kind == kind && apiVersion.substr(0, each.group.size()) == each.group) return each.rule;
  return nullptr;
}

} // namespace

Readiness readiness(JsonValue object) {
  JsonValue metadata = object["metadata"], status = object["status"];
  if (metadata["deletionTimestamp"]) return {Health::Terminating, "is being deleted"};
  std::string_view kind = object["kind"].chars();
  if (kind == "Namespace") {
    std::string_view phase = status["phase"].chars();
    return phase.empty() || phase == "Active" ? Readiness() : Readiness{Health::Terminating, std::string(phase)};
  }
  if (JsonValue observed = status["observedGeneration"]; observed && observed.integer() != metadata["generation"].integer())
    return progressing("the newest generation was not looked at yet");
  if (JsonValue stalled = condition(object, "Stalled"); isTrue(stalled)) return failed(told(stalled));
  if (JsonValue busy = condition(object, "Reconciling"); isTrue(busy)) return progressing(told(busy));
  Rule rule = ruleOf(object["apiVersion"].chars(), kind);
  return rule ? rule(object) : byCondition(object);
}

bool takesTime(const std::string& apiVersion, const std::string& kind) {
  if (ruleOf(apiVersion, kind)) return true;
  // Groups of Kubernetes itself have no dot or end in k8s.io.
  size_t slash = apiVersion.find('/');
  std::string group = slash == apiVersion.npos ? "" : apiVersion.substr(0, slash);
  bool builtIn = group.find('.') == group.npos || (group.size() > 7 && group.compare(group.size() - 7, 7, ".k8s.io") == 0);
  return !builtIn;
}

} // namespace chasi::kube
