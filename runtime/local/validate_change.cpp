// What may not change once an object is there.
#include "runtime/local/validate.h"

#include <fmt/format.h>

#include <algorithm>

namespace chasi::local {

namespace {

constexpr const char* kImmutable = "field is immutable";

void immutable(Problems& problems, const Json& live, const Json& next, std::initializer_list<const char*> path, const std::string& written, const char* detail = kImmutable) {
  const Json& value = at(next, path);
  if (at(live, path) != value) problems.invalid(written, value, detail);
}

/// Whether two objects are the same but for some fields.
bool sameBut(Json a, Json b, std::initializer_list<const char*> fields) {
  for (const char* field : fields) {
    if (a.is_object()) a.erase(field);
    if (b.is_object()) b.erase(field);
  }
  return a == b;
}

void checkMetadataChange(Problems& problems, const Json& live, const Json& next) {
  for (const char* field : {"name", "namespace", "uid"}) {
    const Json &before = at(live, {"metadata", field}), &after = at(next, {"metadata", field});
    if (!after.is_null() && !before.is_null() && before != after) problems.invalid(fmt::format("metadata.{}", field), after, kImmutable);
  }
}

void checkStatefulSet(Problems& problems, const Json& live, const Json& next) {
  if (!sameBut(at(live, {"spec"}), at(next, {"spec"}), {"replicas", "ordinals", "template", "updateStrategy", "revisionHistoryLimit", "persistentVolumeClaimRetentionPolicy", "minReadySeconds"}))
    problems.forbidden("spec", "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', "
                               "'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden");
}

void checkServiceChange(Problems& problems, const Json& live, const Json& next) {
  const std::string &before = textAt(live, {"spec", "clusterIP"}), &after = textAt(next, {"spec", "clusterIP"});
  if (textAt(next, {"spec", "type"}) == "ExternalName" || before.empty() || before == after) return;
  problems.invalid("spec.clusterIPs[0]", Json::array({after}), "may not change once set");
}

void checkClaimChange(Problems& problems, const Json& live, const Json& next) {
  Json a = at(live, {"spec"}), b = at(next, {"spec"});
  if (textAt(a, {"volumeName"}).empty() && b.is_object()) b.erase("volumeName"); // binding sets it
  if (a.is_object()) {
    if (textAt(a, {"volumeName"}).empty()) a.erase("volumeName");
    // A class may be given afterwards to a claim that had none.
    if (at(a, {"storageClassName"}).is_null() && b.is_object()) b.erase("storageClassName");
  }
  Json before = at(a, {"resources", "requests", "storage"}), after = at(b, {"resources", "requests", "storage"});
  for (Json* spec : {&a, &b})
    if (at(*spec, {"resources", "requests"}).is_object()) (*spec)["resources"]["requests"].erase("storage");
  if (!sameBut(a, b, {"volumeAttributesClassName"}))
    problems.forbidden("spec", "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims");
  auto was = quantity(before), is = quantity(after);
  if (was && is && *is < *was) problems.forbidden("spec.resources.requests.storage", "field can not be less than status.capacity");
  else if (was && is && *is > *was && textAt(live, {"status", "phase"}) != "Bound")
    problems.forbidden("spec", "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims");
}

void checkDataChange(Problems& problems, const Json& live, const Json& next) {
  if (at(live, {"immutable"}) != true) return;
  constexpr const char* kWhy = "field is immutable when `immutable` is set";
  if (at(next, {"immutable"}) != true) problems.forbidden("immutable", kWhy);
  for (const char* field : {"data", "binaryData"}) {
    const Json &a = at(live, {field}), &b = at(next, {field});
    if (a != b && !(a.empty() && b.empty())) problems.forbidden(field, kWhy);
  }
}

/// Where a suspended Job that never ran is placed may still be changed.
Json placed(const Json& pod, bool free) {
  Json out = pod;
  if (!free || !out.is_object()) return out;
  if (at(out, {"spec"}).is_object())
    for (const char* field : {"nodeSelector", "affinity", "tolerations", "schedulingGates"}) out["spec"].erase(field);
  if (at(out, {"metadata"}).is_object())
    for (const char* field : {"labels", "annotations"}) out["metadata"].erase(field);
  return out;
}

void checkJobChange(Problems& problems, const Json& live, const Json& next) {
  immutable(problems, live, next, {"spec", "selector"}, "spec.selector");
  bool free = at(live, {"spec", "suspend"}) == true && at(live, {"status", "startTime"}).is_null();
  const Json& pod = at(next, {"spec", "template"});
  if (placed(at(live, {"spec", "template"}), free) != placed(pod, free)) problems.invalid("spec.template", pod, kImmutable);
  immutable(problems, live, next, {"spec", "completionMode"}, "spec.completionMode");
  immutable(problems, live, next, {"spec", "podFailurePolicy"}, "spec.podFailurePolicy");
  immutable(problems, live, next, {"spec", "backoffLimitPerIndex"}, "spec.backoffLimitPerIndex");
  immutable(problems, live, next, {"spec", "managedBy"}, "spec.managedBy");
  bool elastic = textAt(next, {"spec", "completionMode"}) == "Indexed" && at(next, {"spec", "completions"}) == at(next, {"spec", "parallelism"});
  if (!elastic) immutable(problems, live, next, {"spec", "completions"}, "spec.completions");
}

void checkPodChange(Problems& problems, const Json& live, const Json& next) {
  Json a = at(live, {"spec"}), b = at(next, {"spec"});
  for (Json* spec : {&a, &b})
    for (const char* list : {"containers", "initContainers"})
      if (at(*spec, {list}).is_array())
        for (Json& c : (*spec)[list])
          if (c.is_object()) c.erase("image");
  // Binding sets the node; gates go one by one; tolerations may be added.
  if (textAt(a, {"nodeName"}).empty() && b.is_object()) b.erase("nodeName");
  if (a.is_object() && textAt(a, {"nodeName"}).empty()) a.erase("nodeName");
  const Json &before = at(live, {"spec", "tolerations"}), &after = at(next, {"spec", "tolerations"});
  bool kept = !before.is_array() || (after.is_array() && std::all_of(before.begin(), before.end(), [&](const Json& t) { return std::find(after.begin(), after.end(), t) != after.end(); }));
  if (kept && sameBut(a, b, {"activeDeadlineSeconds", "tolerations", "schedulingGates"})) return;
  problems.forbidden("spec", "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,"
                             "`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),"
                             "`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)");
}

void checkVolumeChange(Problems& problems, const Json& live, const Json& next) {
  if (!sameBut(at(live, {"spec"}), at(next, {"spec"}), {"capacity", "accessModes", "claimRef", "persistentVolumeReclaimPolicy", "storageClassName", "mountOptions", "nodeAffinity", "volumeAttributesClassName"}))
    problems.forbidden("spec.persistentvolumesource", "spec.persistentvolumesource is immutable after creation");
}

void checkDefinitionChange(Problems& problems, const Json& live, const Json& next) {
  immutable(problems, live, next, {"spec", "group"}, "spec.group");
  immutable(problems, live, next, {"spec", "names", "plural"}, "spec.names.plural");
  immutable(problems, live, next, {"spec", "scope"}, "spec.scope");
  immutable(problems, live, next, {"spec", "names", "kind"}, "spec.names.kind");
}

} // namespace

void checkChange(Problems& problems, const k8s::Resource& resource, const Json& live, const Json& next) {
  std::string_view group = resource.group, kind = resource.kind;
  checkMetadataChange(problems, live, next);
  if (group == "apps" && kind == "StatefulSet") return checkStatefulSet(problems, live, next);
  if (group == "apps" && kind != "ControllerRevision") return immutable(problems, live, next, {"spec", "selector"}, "spec.selector");
  if (group == "batch" && kind == "Job") return checkJobChange(problems, live, next);
  if (group == "networking.k8s.io" && kind == "IngressClass") return immutable(problems, live, next, {"spec", "controller"}, "spec.controller", "field is immutable");
  if (group == "rbac.authorization.k8s.io" && (kind == "RoleBinding" || kind == "ClusterRoleBinding"))
    return immutable(problems, live, next, {"roleRef"}, "roleRef", "cannot change roleRef");
  if (group == "apiextensions.k8s.io" && kind == "CustomResourceDefinition") return checkDefinitionChange(problems, live, next);
  if (group == "storage.k8s.io" && kind == "StorageClass") {
    if (at(live, {"parameters"}) != at(next, {"parameters"})) problems.forbidden("parameters", "updates to parameters are forbidden.");
    if (at(live, {"provisioner"}) != at(next, {"provisioner"})) problems.forbidden("provisioner", "updates to provisioner are forbidden.");
    return immutable(problems, live, next, {"volumeBindingMode"}, "volumeBindingMode");
  }
  if (group == "scheduling.k8s.io" && kind == "PriorityClass") {
    if (at(live, {"value"}) != at(next, {"value"})) problems.forbidden("value", "may not be changed in an update.");
    return;
  }
  if (!group.empty()) return;
  if (kind == "Pod") return checkPodChange(problems, live, next);
  if (kind == "Service") return checkServiceChange(problems, live, next);
  if (kind == "Secret") immutable(problems, live, next, {"type"}, "type");
  if (kind == "ConfigMap" || kind == "Secret") return checkDataChange(problems, live, next);
  if (kind == "PersistentVolumeClaim") return checkClaimChange(problems, live, next);
  if (kind == "PersistentVolume") return checkVolumeChange(problems, live, next);
}

} // namespace chasi::local
