#include "runtime/local/prepare.h"

#include <fmt/format.h>
#include <llvm/ADT/StringRef.h>

#include <array>

namespace chasi::local {

static void copyOrDrop(const Json& from, Json& to, const char* key) {
  if (auto at = from.find(key); at != from.end()) to[key] = *at;
  else to.erase(key);
}

/// A version or uid in the body is a precondition.
static std::optional<Refusal> checkIdentity(const Call& call, const Json& live, const Json& metadata) {
  const std::string& version = textAt(metadata, {"resourceVersion"});
  const std::string& uid = textAt(metadata, {"uid"});
  const std::string& name = call.at.name;
  if (!uid.empty() && uid != textAt(live, {"metadata", "uid"})) {
    if (call.request->method != "PUT") return invalid(call.kind(), name, {fmt::format("metadata.uid: Invalid value: \"{}\": field is immutable", uid)});
    return conflict(call.kind(), name, fmt::format("Precondition failed: UID in precondition: {}, UID in object meta: {}", uid, textAt(live, {"metadata", "uid"})));
  }
  if (!version.empty() && version != "0" && version != textAt(live, {"metadata", "resourceVersion"})) return modified(call.kind(), name);
  const bool needsVersion = call.kind().custom || call.kind().is("coordination.k8s.io", "Lease");
  if (version.empty() && call.request->method == "PUT" && needsVersion && call.at.subresource.empty())
    return invalid(call.kind(), name, {"metadata.resourceVersion: Invalid value: 0: must be specified for an update"});
  return {};
}

static std::optional<Refusal> checkFinalizers(const Call& call, const Json& live, const Json& metadata) {
  if (textAt(live, {"metadata", "deletionTimestamp"}).empty()) return {};
  const Json* before = find(live, {"metadata", "finalizers"});
  const Json* after = find(metadata, {"finalizers"});
  for (const Json& each : after && after->is_array() ? *after : Json::array())
    if (!before || std::find(before->begin(), before->end(), each) == before->end())
      return invalid(call.kind(), call.at.name, {fmt::format("metadata.finalizers: Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers {}", dumpJson(each))});
  return {};
}

static std::optional<Refusal> beginLife(const Call& call, Json& next, const std::string& now) {
  Json& metadata = next["metadata"];
  if (!textAt(metadata, {"resourceVersion"}).empty() && call.request->method == "POST") return badRequest("resourceVersion should not be set on objects to be created");
  for (const char* key : {"resourceVersion", "deletionTimestamp", "deletionGracePeriodSeconds", "selfLink", "generation"}) metadata.erase(key);
  metadata["uid"] = randomUid();
  metadata["creationTimestamp"] = now;
  if (call.kind().serves("status")) next.erase("status");
  return {};
}

std::optional<Refusal> keepWhatIsOurs(const Call& call, const Json& live, Json& next, const std::string& now) {
  if (live.is_null()) return beginLife(call, next, now);
  Json& metadata = next["metadata"];
  if (auto refusal = checkIdentity(call, live, metadata)) return refusal;
  if (auto refusal = checkFinalizers(call, live, metadata)) return refusal;
  const Json& before = live["metadata"];
  const bool part = !call.at.subresource.empty() && call.at.subresource != "scale";
  if (part) {
    // Only the status changes; who owns it is still noted in the metadata.
    Json owners = metadata.contains("managedFields") ? metadata["managedFields"] : Json();
    Json status = next.contains("status") ? std::move(next["status"]) : Json();
    next = live;
    if (status.is_null()) next.erase("status");
    else next["status"] = std::move(status);
    if (!owners.is_null()) next["metadata"]["managedFields"] = std::move(owners);
    return {};
  }
  for (const char* key : {"uid", "creationTimestamp", "resourceVersion", "deletionTimestamp", "deletionGracePeriodSeconds", "generation"}) copyOrDrop(before, metadata, key);
  metadata.erase("selfLink");
  if (call.kind().serves("status")) copyOrDrop(live, next, "status");
  return {};
}

/// Kinds whose objects count their changes; Kubernetes decides this kind by kind.
static bool hasGeneration(const Kind& kind) {
  if (kind.custom) return true;
  static constexpr std::array<std::string_view, 14> kinds = {"pods", "replicationcontrollers", "daemonsets.apps", "deployments.apps", "replicasets.apps", "statefulsets.apps",
                                                             "cronjobs.batch", "jobs.batch", "ingresses.networking.k8s.io", "networkpolicies.networking.k8s.io",
                                                             "poddisruptionbudgets.policy", "ingressclasses.networking.k8s.io", "priorityclasses.scheduling.k8s.io", "customresourcedefinitions.apiextensions.k8s.io"};
  return std::find(kinds.begin(), kinds.end(), kind.qualified()) != kinds.end() || kind.group == "admissionregistration.k8s.io" || kind.group == "flowcontrol.apiserver.k8s.io";
}

void setGeneration(const Kind& kind, const std::string& subresource, const Json& live, Json& next) {
  if (!hasGeneration(kind) || (!subresource.empty() && subresource != "scale")) return;
  Json& metadata = next["metadata"];
  if (live.is_null()) {
    metadata["generation"] = 1;
    return;
  }
  auto wish = [&](const Json& object) {
    Json rest = object;
    for (const char* key : {"apiVersion", "kind", "metadata"}) rest.erase(key);
    if (!kind.custom || kind.serves("status")) rest.erase("status");
    return rest;
  };
  // A deployment copies its annotations to what it makes.
  const bool noted = kind.is("apps", "Deployment") && live["metadata"].value("annotations", Json()) != metadata.value("annotations", Json());
  if (noted || wish(live) != wish(next)) metadata["generation"] = numberAt(live, {"metadata", "generation"}, 0) + 1;
}

static void finishNamespace(const Json& live, Json& next) {
  if (!live.is_null()) {
    copyOrDrop(live, next, "spec");
    return;
  }
  setAt(next, {"spec", "finalizers"}, Json::array({"kubernetes"}));
  setAt(next, {"status", "phase"}, "Active");
}

/// A job without a selector of its own gets one by its uid.
static void finishJob(Json& next) {
  const std::string uid = textAt(next, {"metadata", "uid"}), name = textAt(next, {"metadata", "name"});
  if (trueAt(next, {"spec", "manualSelector"}) || find(next, {"spec", "selector"})) return;
  setAt(next, {"spec", "selector", "matchLabels", "batch.kubernetes.io/controller-uid"}, uid);
  for (const char* key : {"batch.kubernetes.io/controller-uid", "controller-uid"}) setAt(next, {"spec", "template", "metadata", "labels", key}, uid);
  for (const char* key : {"batch.kubernetes.io/job-name", "job-name"}) setAt(next, {"spec", "template", "metadata", "labels", key}, name);
}

/// What admission gives to every pod.
static void finishPod(Json& next) {
  Json& spec = next["spec"];
  if (!spec.is_object()) return;
  if (textAt(spec, {"priorityClassName"}).empty()) {
    if (!spec.contains("priority")) spec["priority"] = 0;
    if (!spec.contains("preemptionPolicy")) spec["preemptionPolicy"] = "PreemptLowerPriority";
  }
  Json& tolerations = spec["tolerations"];
  if (!tolerations.is_array()) tolerations = Json::array();
  for (const char* key : {"node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"}) {
    const bool said = std::any_of(tolerations.begin(), tolerations.end(), [&](const Json& each) {
      const std::string &about = textAt(each, {"key"}), &effect = textAt(each, {"effect"});
      return (about == key || about.empty()) && (effect == "NoExecute" || effect.empty());
    });
    if (!said) tolerations.push_back({{"key", key}, {"operator", "Exists"}, {"effect", "NoExecute"}, {"tolerationSeconds", 300}});
  }
}

/// The count of changes of its template stands in an annotation since it lost its field.
static void finishDaemonSet(const Json& live, Json& next) {
  constexpr const char* kCount = "deprecated.daemonset.template.generation";
  int64_t count = 1;
  if (!live.is_null()) {
    if (llvm::StringRef(textAt(live, {"metadata", "annotations", kCount})).getAsInteger(10, count)) count = 1;
    const Json *before = find(live, {"spec", "template"}), *after = find(next, {"spec", "template"});
    if (before && after && *before != *after) ++count;
  }
  setAt(next, {"metadata", "annotations", kCount}, std::to_string(count));
}

void finishKind(const Kind& kind, const Json& live, Json& next, const std::string& now) {
  if (kind.is("", "Namespace")) finishNamespace(live, next);
  if (kind.is("batch", "Job") && live.is_null()) finishJob(next);
  if (kind.is("", "Pod") && live.is_null()) finishPod(next);
  if (kind.is("apps", "DaemonSet")) finishDaemonSet(live, next);
  if (kind.is("", "PersistentVolumeClaim") && live.is_null()) setAt(next, {"status", "phase"}, "Pending");
  if (kind.is("", "PersistentVolume") && live.is_null()) setAt(next, {"status", "phase"}, "Available");
  if (kind.is("apiextensions.k8s.io", "CustomResourceDefinition")) establish(next, now);
}

} // namespace chasi::local
