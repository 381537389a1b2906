#include "runtime/plan/fault.h"
#include "runtime/vcluster/restore.h"

#include <llvm/ADT/StringRef.h>

#include <fmt/format.h>

namespace chasi::vcluster {

using nlohmann::ordered_json;

namespace {

constexpr const char* kOptionsVariable = "VCLUSTER_STORAGE_OPTIONS";

const ordered_json* named(const ordered_json& list, const std::string& name) {
  for (const ordered_json& each : list)
    if (each.value("name", "") == name) return &each;
  return nullptr;
}

void copy(const ordered_json& from, ordered_json& to, std::initializer_list<const char*> keys) {
  for (const char* key : keys)
    if (from.contains(key)) to[key] = from[key];
}

/// Whether a file there outlives the pod.
bool kept(const ordered_json& spec, const std::string& path) {
  for (const ordered_json& mount : spec["containers"][0].value("volumeMounts", ordered_json::array())) {
    const ordered_json* volume = named(spec["volumes"], mount.value("name", ""));
    const std::string folder = llvm::StringRef(mount.value("mountPath", "")).rtrim('/').str() + "/";
    if (volume && volume->contains("persistentVolumeClaim") && path.starts_with(folder)) return true;
  }
  return false;
}

} // namespace

std::string restoreName(const Release& release) { return "vcluster-restore-" + release.name; }

ordered_json ownedBy(const ordered_json& workload) {
  const ordered_json metadata = workload.value("metadata", ordered_json::object());
  return {{"apiVersion", "apps/v1"}, {"kind", workload.value("kind", "")}, {"name", metadata.value("name", "")}, {"uid", metadata.value("uid", "")}};
}

llvm::Expected<ordered_json> restorePod(const ordered_json& workload, const Release& release, const Storage& storage) {
  const ordered_json spec = workload.value(ordered_json::json_pointer("/spec/template/spec"), ordered_json::object());
  const ordered_json none = ordered_json::array();
  const ordered_json containers = spec.value("containers", none);
  const ordered_json* syncer = named(containers, "syncer");
  if (!syncer) return plan::fault("CH6415", fmt::format("the control plane of virtual cluster {} has no container `syncer`", release.name), "its program restores; charts before 0.20 had another one");
  ordered_json container = {{"name", "snapshot"}, {"image", syncer->value("image", "")}, {"command", ordered_json::array({"/vcluster", "restore"})}};
  copy(*syncer, container, {"imagePullPolicy", "securityContext", "envFrom", "volumeMounts", "resources"});
  container["env"] = none;
  for (const ordered_json& variable : syncer->value("env", none))
    if (variable.value("name", "") != "POD_NAME" && variable.value("name", "") != kOptionsVariable) container["env"].push_back(variable);
  container["env"].push_back({{"name", "POD_NAME"}, {"value", release.name + "-0"}}); // an embedded etcd is the first member by this name
  container["env"].push_back({{"name", kOptionsVariable}, {"valueFrom", {{"secretKeyRef", {{"name", restoreName(release)}, {"key", kOptionsVariable}}}}}});
  ordered_json pod = {{"restartPolicy", "Never"}, {"terminationGracePeriodSeconds", 1}, {"containers", ordered_json::array({container})}};
  copy(spec, pod, {"serviceAccountName", "nodeSelector", "affinity", "tolerations", "securityContext", "imagePullSecrets", "initContainers"});
  pod["volumes"] = spec.value("volumes", none);
  // The template of a StatefulSet does not name the claim; its pods have it all the same.
  if (named(container.value("volumeMounts", none), "data") && !named(pod["volumes"], "data"))
    pod["volumes"].push_back({{"name", "data"}, {"persistentVolumeClaim", {{"claimName", fmt::format("data-{}-0", release.name)}}}});
  if (!storage.path.empty() && !kept(pod, storage.path))
    return plan::fault("CH6415", fmt::format("{}: that is on no volume of the control plane of virtual cluster {}, so no snapshot can be there", storage.url, release.name),
                       "a path below /data is on the claim of the control plane");
  return ordered_json{{"apiVersion", "v1"}, {"kind", "Pod"},
                      {"metadata", {{"name", restoreName(release)}, {"namespace", release.ns}, {"labels", {{"app", "vcluster-snapshot"}}}, {"annotations", {{kRestoredFrom, storage.url}}}, {"ownerReferences", ordered_json::array({ownedBy(workload)})}}},
                      {"spec", pod}};
}

} // namespace chasi::vcluster
