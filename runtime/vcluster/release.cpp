#include "runtime/vcluster/release.h"

#include "runtime/kube/readiness.h"
#include "runtime/plan/digest.h"
#include "runtime/plan/fault.h"

#include <fmt/format.h>

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
  if (workload["spec"]["replicas"].integer() == 0) {
    found.phase = Phase::Paused;
    found.reason = "scaled to nothing";
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
