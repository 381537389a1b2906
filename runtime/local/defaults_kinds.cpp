// Kinds other than pods.
#include "runtime/local/defaults.h"

#include <llvm/ADT/StringMap.h>
#include <llvm/Support/Base64.h>

namespace chasi::local {

namespace {

constexpr const char* kRbacGroup = "rbac.authorization.k8s.io";

bool isList(const Json& object, const char* key) {
  auto at = object.find(key);
  return at != object.end() && at->is_array() && !at->empty();
}

void deploymentSpec(Json& spec) {
  fill(spec, "replicas", 1);
  fill(spec, "revisionHistoryLimit", 10);
  fill(spec, "progressDeadlineSeconds", 600);
  Json* strategy = objectAt(spec, "strategy");
  if (!strategy) return;
  fill(*strategy, "type", "RollingUpdate");
  if (textOf(*strategy, "type") != "RollingUpdate") return;
  if (Json* rolling = objectAt(*strategy, "rollingUpdate")) {
    fill(*rolling, "maxUnavailable", "25%");
    fill(*rolling, "maxSurge", "25%");
  }
}

void daemonSetSpec(Json& spec) {
  fill(spec, "revisionHistoryLimit", 10);
  Json* strategy = objectAt(spec, "updateStrategy");
  if (!strategy) return;
  fill(*strategy, "type", "RollingUpdate");
  if (textOf(*strategy, "type") != "RollingUpdate") return;
  if (Json* rolling = objectAt(*strategy, "rollingUpdate")) {
    fill(*rolling, "maxUnavailable", 1);
    fill(*rolling, "maxSurge", 0);
  }
}

void statefulSetSpec(Json& spec) {
  fill(spec, "replicas", 1);
  fill(spec, "revisionHistoryLimit", 10);
  fill(spec, "podManagementPolicy", "OrderedReady");
  if (Json* strategy = objectAt(spec, "updateStrategy")) {
    // Whoever says the type and nothing more has no partition; nobody knows why.
    const bool fresh = lacks(*strategy, "type");
    fill(*strategy, "type", "RollingUpdate");
    if (textOf(*strategy, "type") == "RollingUpdate" && (fresh || !lacks(*strategy, "rollingUpdate")))
      if (Json* rolling = objectAt(*strategy, "rollingUpdate")) fill(*rolling, "partition", 0);
  }
  if (Json* retention = objectAt(spec, "persistentVolumeClaimRetentionPolicy")) {
    fill(*retention, "whenDeleted", "Retain");
    fill(*retention, "whenScaled", "Retain");
  }
  if (!isList(spec, "volumeClaimTemplates")) return;
  for (Json& claim : spec["volumeClaimTemplates"]) {
    if (!claim.is_object()) continue;
    fill(claim, "apiVersion", "v1");
    fill(claim, "kind", "PersistentVolumeClaim");
  }
}

void replicaSetSpec(Json& spec) { fill(spec, "replicas", 1); }

void replicationController(Json& rc) {
  Json* spec = objectAt(rc, "spec");
  if (!spec) return;
  fill(*spec, "replicas", 1);
  static const Json kNone = Json::object();
  auto at = [](const Json& object, const char* key) -> const Json& {
    if (!object.is_object()) return kNone;
    auto found = object.find(key);
    return found == object.end() ? kNone : *found;
  };
  Json labels = at(at(at(*spec, "template"), "metadata"), "labels");
  if (!labels.is_object() || labels.empty()) return;
  fill(*spec, "selector", labels);
  if (Json* own = objectAt(rc, "metadata")) fill(*own, "labels", labels);
}

/// Only of a Job itself: what a CronJob holds gets its defaults when a Job is made of it.
void job(Json& j) {
  Json* spec = objectAt(j, "spec");
  if (!spec) return;
  if (lacks(*spec, "completions") && lacks(*spec, "parallelism")) (*spec)["completions"] = 1;
  fill(*spec, "parallelism", 1);
  fill(*spec, "backoffLimit", lacks(*spec, "backoffLimitPerIndex") ? 6 : INT32_MAX);
  fill(*spec, "completionMode", "NonIndexed");
  fill(*spec, "suspend", false);
  fill(*spec, "manualSelector", false);
  fill(*spec, "podReplacementPolicy", lacks(*spec, "podFailurePolicy") ? "TerminatingOrFailed" : "Failed");
}

void podFailureCondition(Json& pattern) { fill(pattern, "status", "True"); }

void cronJobSpec(Json& spec) {
  fill(spec, "concurrencyPolicy", "Allow");
  fill(spec, "suspend", false);
  fill(spec, "successfulJobsHistoryLimit", 3);
  fill(spec, "failedJobsHistoryLimit", 1);
}

void serviceSpec(Json& spec) {
  fill(spec, "sessionAffinity", "None");
  fill(spec, "type", "ClusterIP");
  std::string_view type = textOf(spec, "type");
  if (textOf(spec, "sessionAffinity") == "ClientIP")
    if (Json* config = objectAt(spec, "sessionAffinityConfig"))
      if (Json* client = objectAt(*config, "clientIP")) fill(*client, "timeoutSeconds", 10800);
  bool outside = type == "NodePort" || type == "LoadBalancer";
  if (outside || (type == "ClusterIP" && isList(spec, "externalIPs"))) fill(spec, "externalTrafficPolicy", "Cluster");
  if (outside || type == "ClusterIP") fill(spec, "internalTrafficPolicy", "Cluster");
  if (type == "LoadBalancer") fill(spec, "allocateLoadBalancerNodePorts", true);
}

void servicePort(Json& port) {
  fill(port, "protocol", "TCP");
  if ((lacks(port, "targetPort") || port["targetPort"] == 0) && port.contains("port")) port["targetPort"] = port["port"];
}

void service(Json& s) {
  if (Json* status = objectAt(s, "status")) fill(*status, "loadBalancer", Json::object());
}

void claimSpec(Json& spec) { fill(spec, "volumeMode", "Filesystem"); }

void pending(Json& object) {
  if (Json* status = objectAt(object, "status")) fill(*status, "phase", "Pending");
}

void volumeSpec(Json& spec) {
  fill(spec, "persistentVolumeReclaimPolicy", "Retain");
  fill(spec, "volumeMode", "Filesystem");
}

/// Values under stringData win over data of the same key and are not kept.
void secret(Json& s) {
  fill(s, "type", "Opaque");
  auto given = s.find("stringData");
  if (given == s.end()) return;
  if (given->is_object() && !given->empty()) {
    Json texts = std::move(*given);
    if (Json* data = objectAt(s, "data"))
      for (auto& [key, value] : texts.items())
        if (value.is_string()) (*data)[key] = llvm::encodeBase64(value.get_ref<const std::string&>());
  }
  s.erase("stringData");
}

void nameSpace(Json& ns) {
  Json* metadata = objectAt(ns, "metadata");
  if (metadata && !lacks(*metadata, "name"))
    if (Json* labels = objectAt(*metadata, "labels")) (*labels)["kubernetes.io/metadata.name"] = (*metadata)["name"];
  if (Json* status = objectAt(ns, "status")) fill(*status, "phase", "Active");
}

void limitRangeItem(Json& item) {
  if (textOf(item, "type") != "Container") return;
  auto spread = [&](const char* from, const char* to) {
    auto source = item.find(from);
    if (source == item.end() || !source->is_object() || source->empty()) return;
    Json values = *source;
    if (Json* target = objectAt(item, to))
      for (auto& [name, value] : values.items())
        if (!target->contains(name)) (*target)[name] = value;
  };
  spread("max", "default");
  spread("default", "defaultRequest");
  spread("min", "defaultRequest");
}

void scalerSpecV1(Json& spec) { fill(spec, "minReplicas", 1); }

void scalerSpec(Json& spec) {
  fill(spec, "minReplicas", 1);
  if (!isList(spec, "metrics"))
    spec["metrics"] = {{{"type", "Resource"}, {"resource", {{"name", "cpu"}, {"target", {{"type", "Utilization"}, {"averageUtilization", 80}}}}}}};
  auto behavior = spec.find("behavior");
  if (behavior == spec.end() || !behavior->is_object()) return;
  Json percent = {{"type", "Percent"}, {"value", 100}, {"periodSeconds", 15}};
  if (Json* up = objectAt(*behavior, "scaleUp")) {
    fill(*up, "stabilizationWindowSeconds", 0);
    fill(*up, "selectPolicy", "Max");
    fill(*up, "policies", Json::array({{{"type", "Pods"}, {"value", 4}, {"periodSeconds", 15}}, percent}));
  }
  if (Json* down = objectAt(*behavior, "scaleDown")) {
    fill(*down, "selectPolicy", "Max");
    fill(*down, "policies", Json::array({percent}));
  }
}

void networkPolicySpec(Json& spec) {
  if (isList(spec, "policyTypes")) return;
  spec["policyTypes"] = {"Ingress"};
  if (isList(spec, "egress")) spec["policyTypes"].push_back("Egress");
}

void protocol(Json& port) { fill(port, "protocol", "TCP"); }

void slicePort(Json& port) {
  if (!port.contains("name")) port["name"] = "";
  fill(port, "protocol", "TCP");
}

void ingressClassParameters(Json& parameters) { fill(parameters, "scope", "Cluster"); }

void roleRef(Json& ref) { fill(ref, "apiGroup", kRbacGroup); }

void subject(Json& s) {
  std::string_view kind = textOf(s, "kind");
  if (kind == "User" || kind == "Group") fill(s, "apiGroup", kRbacGroup);
}

void storageClass(Json& c) {
  fill(c, "reclaimPolicy", "Delete");
  fill(c, "volumeBindingMode", "Immediate");
}

void csiDriverSpec(Json& spec) {
  fill(spec, "attachRequired", true);
  fill(spec, "podInfoOnMount", false);
  fill(spec, "storageCapacity", false);
  fill(spec, "fsGroupPolicy", "ReadWriteOnceWithFSType");
  fill(spec, "requiresRepublish", false);
  fill(spec, "seLinuxMount", false);
  if (!isList(spec, "volumeLifecycleModes")) spec["volumeLifecycleModes"] = {"Persistent"};
}

void priorityClass(Json& c) { fill(c, "preemptionPolicy", "PreemptLowerPriority"); }

void webhook(Json& w) {
  fill(w, "failurePolicy", "Fail");
  fill(w, "matchPolicy", "Equivalent");
  fill(w, "timeoutSeconds", 10);
  fill(w, "namespaceSelector", Json::object());
  fill(w, "objectSelector", Json::object());
}

void mutatingWebhook(Json& w) {
  webhook(w);
  fill(w, "reinvocationPolicy", "Never");
}

void webhookRule(Json& rule) { fill(rule, "scope", "*"); }
void webhookService(Json& s) { fill(s, "port", 443); }

void definitionSpec(Json& spec) {
  if (Json* conversion = objectAt(spec, "conversion")) fill(*conversion, "strategy", "None");
  auto names = spec.find("names");
  if (names == spec.end() || !names->is_object() || lacks(*names, "kind")) return;
  std::string kind((*names)["kind"].is_string() ? (*names)["kind"].get<std::string>() : "");
  fill(*names, "listKind", kind + "List");
  fill(*names, "singular", llvm::StringRef(kind).lower());
}

} // namespace

SetDefaults kindDefaults(std::string_view typeName) {
  static const llvm::StringMap<SetDefaults> all = {
      {"admissionregistration.v1.MutatingWebhook", mutatingWebhook},
      {"admissionregistration.v1.RuleWithOperations", webhookRule},
      {"admissionregistration.v1.ServiceReference", webhookService},
      {"admissionregistration.v1.ValidatingWebhook", webhook},
      {"apiextensions.v1.CustomResourceDefinitionSpec", definitionSpec},
      {"apps.v1.DaemonSetSpec", daemonSetSpec},
      {"apps.v1.DeploymentSpec", deploymentSpec},
      {"apps.v1.ReplicaSetSpec", replicaSetSpec},
      {"apps.v1.StatefulSetSpec", statefulSetSpec},
      {"autoscaling.v1.HorizontalPodAutoscalerSpec", scalerSpecV1},
      {"autoscaling.v2.HorizontalPodAutoscalerSpec", scalerSpec},
      {"batch.v1.CronJobSpec", cronJobSpec},
      {"batch.v1.Job", job},
      {"batch.v1.PodFailurePolicyOnPodConditionsPattern", podFailureCondition},
      {"core.v1.EndpointPort", protocol},
      {"core.v1.LimitRangeItem", limitRangeItem},
      {"core.v1.Namespace", nameSpace},
      {"core.v1.PersistentVolume", pending},
      {"core.v1.PersistentVolumeClaim", pending},
      {"core.v1.PersistentVolumeClaimSpec", claimSpec},
      {"core.v1.PersistentVolumeSpec", volumeSpec},
      {"core.v1.ReplicationController", replicationController},
      {"core.v1.Secret", secret},
      {"core.v1.Service", service},
      {"core.v1.ServicePort", servicePort},
      {"core.v1.ServiceSpec", serviceSpec},
      {"discovery.v1.EndpointPort", slicePort},
      {"networking.v1.IngressClassParametersReference", ingressClassParameters},
      {"networking.v1.NetworkPolicyPort", protocol},
      {"networking.v1.NetworkPolicySpec", networkPolicySpec},
      {"rbac.v1.RoleRef", roleRef},
      {"rbac.v1.Subject", subject},
      {"scheduling.v1.PriorityClass", priorityClass},
      {"storage.v1.CSIDriverSpec", csiDriverSpec},
      {"storage.v1.StorageClass", storageClass},
  };
  auto at = all.find(llvm::StringRef(typeName.data(), typeName.size()));
  return at == all.end() ? nullptr : at->second;
}

} // namespace chasi::local
