#include "runtime/vcluster/release.h"

#include "runtime/kube/readiness.h"
#include "runtime/plan/digest.h"
#include "runtime/plan/fault.h"

#include <fmt/format.h>

#include <charconv>

namespace chasi::vcluster {

using plan::JsonValue;
using plan::ObjectRef;

ObjectRef controlPlane(const Release& release, Store store) {
  return {"apps/v1", store == Store::External ? "Deployment" : "StatefulSet", release.ns, release.name};
}

ObjectRef service(const Release& release) { return {"v1", "Service", release.ns, release.name}; }
ObjectRef configSecret(const Release& release) { return {"v1", "Secret", release.ns, "vc-config-" + release.name}; }
ObjectRef kubeconfigSecret(const Release& release) { return {"v1", "Secret", release.ns, "vc-" + release.name}; }

std::vector<ObjectRef> objects(const Release& release, Store store) {
  const std::string& ns = release.ns;
  std::string account = "vc-" + release.name;
  std::vector<ObjectRef> list = {{"v1", "ServiceAccount", ns, account},
                                 {"v1", "ServiceAccount", ns, "vc-workload-" + release.name},
                                 configSecret(release),
                                 {"rbac.authorization.k8s.io/v1", "Role", ns, account},
                                 {"rbac.authorization.k8s.io/v1", "RoleBinding", ns, account}};
  if (store == Store::Deployed) {
    list.push_back({"v1", "Service", ns, release.name + "-etcd-headless"});
    list.push_back({"v1", "Service", ns, release.name + "-etcd"});
    list.push_back({"apps/v1", "StatefulSet", ns, release.name + "-etcd"});
  }
  if (store != Store::External) list.push_back({"v1", "Service", ns, release.name + "-headless"});
  list.push_back(service(release));
  list.push_back(controlPlane(release, store));
  return list;
}

const char* name(Phase phase) {
  switch (phase) {
  case Phase::Starting: return "Starting";
  case Phase::Running: return "Running";
  case Phase::Paused: return "Paused";
  case Phase::Failed: return "Failed";
  }
  return "";
}

// "vcluster-0.36.1": signs that a label cannot hold were replaced by the chart, so a build's suffix shows as "_".
static std::string versionOf(const std::string& chartLabel) {
  constexpr std::string_view kPrefix = "vcluster-";
  return chartLabel.rfind(kPrefix, 0) == 0 ? chartLabel.substr(kPrefix.size()) : std::string();
}

/// The tag of the image that brings the programs; "-full" has them for private nodes, too.
static std::string kubernetesOf(JsonValue workload) {
  for (JsonValue each = workload["spec"]["template"]["spec"]["initContainers"].first(); each; each = each.next()) {
    if (each["name"].chars() != "kubernetes") continue;
    std::string image = each["image"].string();
    image = image.substr(0, image.find('@'));
    const size_t tag = image.rfind(':');
    if (tag == image.npos || image.find('/', tag) != image.npos) return {};
    return image.substr(tag + 1, image.ends_with("-full") ? image.size() - tag - 6 : image.npos);
  }
  return {};
}

std::string stuckReason(JsonValue pod) {
  for (const char* list : {"initContainerStatuses", "containerStatuses"})
    for (JsonValue each = pod["status"][list].first(); each; each = each.next()) {
      const JsonValue waiting = each["state"]["waiting"];
      const std::string_view reason = waiting["reason"].chars();
      const bool image = reason == "ImagePullBackOff" || reason == "InvalidImageName" || reason == "ErrImageNeverPull";
      const bool setup = reason == "CreateContainerConfigError" || reason == "CreateContainerError";
      const bool ends = reason == "CrashLoopBackOff" && each["restartCount"].integer().value_or(0) >= 3;
      if (!image && !setup && !ends) continue;
      std::string text = fmt::format("container {} of pod {}: {}", each["name"].string(), pod["metadata"]["name"].string(), reason);
      if (const std::string message = waiting["message"].string(); !message.empty()) text += ": " + message;
      return text;
    }
  return {};
}

std::string waitingReason(JsonValue pod) {
  for (JsonValue each = pod["status"]["conditions"].first(); each; each = each.next())
    if (each["type"].chars() == "PodScheduled" && each["status"].chars() == "False")
      return fmt::format("pod {} has no node: {}", pod["metadata"]["name"].string(), each["message"].string());
  return {};
}

std::optional<Installed> readControlPlane(JsonValue workload) {
  JsonValue metadata = workload["metadata"], labels = metadata["labels"];
  std::string_view kind = workload["kind"].chars();
  std::string name = metadata["name"].string();
  // The etcd beside it has the same labels with another app.
  bool fits = (kind == "StatefulSet" || kind == "Deployment") && labels["app"].chars() == "vcluster" && labels["release"].string() == name;
  if (!fits) return std::nullopt;
  Installed found;
  found.release = {name, metadata["namespace"].string()};
  found.chartVersion = versionOf(labels["chart"].string());
  found.kubernetes = kubernetesOf(workload);
  found.deployment = kind == "Deployment";
  found.pods = workload["status"]["replicas"].integer().value_or(0);
  const JsonValue annotations = metadata["annotations"];
  found.marked = annotations[kPaused].chars() == "true";
  found.pausedSince = annotations[kPausedDate].string();
  found.restoring = annotations[kRestoring].chars() == "true";
  found.restoredFrom = annotations[kRestoredFrom].string();
  found.applySet = labels["applyset.kubernetes.io/part-of"].string();
  found.keepsState = annotations[kKeepState].chars() == "true";
  const std::string replicas = annotations[kPausedReplicas].string();
  std::from_chars(replicas.data(), replicas.data() + replicas.size(), found.pausedReplicas);
  if (workload["spec"]["replicas"].integer() == 0) {
    found.phase = Phase::Paused;
    const std::string since = found.pausedSince.empty() ? "" : " since " + found.pausedSince;
    if (found.restoring) found.reason = fmt::format("being restored{}{}", found.restoredFrom.empty() ? "" : " from " + found.restoredFrom, since);
    else found.reason = !found.marked ? "scaled to nothing" : "paused" + since;
    return found;
  }
  kube::Readiness readiness = kube::readiness(workload);
  found.reason = readiness.reason;
  switch (readiness.health) {
  case kube::Health::Ready: found.phase = Phase::Running; break;
  case kube::Health::Failed: found.phase = Phase::Failed; break;
  default: found.phase = Phase::Starting; break;
  }
  return found;
}

llvm::Expected<std::string> readKubeconfig(JsonValue secret) {
  std::string text;
  std::string name = secret["metadata"]["name"].string();
  JsonValue value = secret["data"][kKubeconfigKey];
  if (!value || !plan::fromBase64(value.string(), text) || text.empty())
    return plan::fault("CH6106", fmt::format("Secret/{} holds no kubeconfig under '{}'", name, kKubeconfigKey),
                       "the control plane writes it when it has started");
  return text;
}

} // namespace chasi::vcluster
