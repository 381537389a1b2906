#include "runtime/local/furnish.h"

#include <array>

namespace chasi::local {

static constexpr std::array<const char*, 4> kNamespaces = {"default", "kube-node-lease", "kube-public", "kube-system"};

bool isSystemNamespace(std::string_view name) { return name == "default" || name == "kube-public" || name == "kube-system"; }

static void putNew(Change& change, const Key& key, Json object, const char* typeName, const char* manager, const std::string& now) {
  if (change.get(key)) return;
  Json& metadata = object["metadata"];
  metadata["name"] = key.name;
  if (!key.ns.empty()) metadata["namespace"] = key.ns;
  metadata["uid"] = randomUid();
  metadata["creationTimestamp"] = now;
  const k8s::Type* type = k8s::Schema::builtin().typeNamed(typeName);
  object = trackUpdate(type, nullptr, std::move(object), {manager, "v1", "", now});
  change.put(key, object);
}

void furnishNamespace(Change& change, const std::string& name, const std::string& now) {
  putNew(change, {"serviceaccounts", name, "default"}, {{"apiVersion", "v1"}, {"kind", "ServiceAccount"}}, "core.v1.ServiceAccount", "kube-controller-manager", now);
  const Json bundle = {{"apiVersion", "v1"}, {"kind", "ConfigMap"}, {"data", {{"ca.crt", ""}}},
                       {"metadata", {{"annotations", {{"kubernetes.io/description", "Certificates that the API server is trusted by; this one speaks plain HTTP on the loopback interface."}}}}}};
  putNew(change, {"configmaps", name, "kube-root-ca.crt"}, bundle, "core.v1.ConfigMap", "kube-controller-manager", now);
}

void furnishCluster(Change& change, const std::string& now) {
  for (const char* name : kNamespaces) {
    const Key key{"namespaces", "", name};
    if (change.get(key)) continue;
    putNew(change, key, {{"apiVersion", "v1"}, {"kind", "Namespace"}, {"metadata", {{"labels", {{"kubernetes.io/metadata.name", name}}}}},
                         {"spec", {{"finalizers", {"kubernetes"}}}}, {"status", {{"phase", "Active"}}}}, "core.v1.Namespace", "kube-apiserver", now);
    furnishNamespace(change, name, now);
  }
  const Json port = {{"name", "https"}, {"port", 443}, {"protocol", "TCP"}, {"targetPort", 6443}};
  putNew(change, {"services", "default", "kubernetes"},
         {{"apiVersion", "v1"}, {"kind", "Service"}, {"metadata", {{"labels", {{"component", "apiserver"}, {"provider", "kubernetes"}}}}},
          {"spec", {{"clusterIP", "10.96.0.1"}, {"clusterIPs", {"10.96.0.1"}}, {"internalTrafficPolicy", "Cluster"}, {"ipFamilies", {"IPv4"}}, {"ipFamilyPolicy", "SingleStack"},
                    {"ports", Json::array({port})}, {"sessionAffinity", "None"}, {"type", "ClusterIP"}}},
          {"status", {{"loadBalancer", Json::object()}}}},
         "core.v1.Service", "kube-apiserver", now);
}

static bool selects(const Json& selector, const Json& labels) {
  const Json* wanted = find(selector, {"matchLabels"});
  if (!wanted || !wanted->is_object() || wanted->empty()) return false;
  for (const auto& [key, value] : wanted->items())
    if (!labels.is_object() || labels.value(key, Json()) != value) return false;
  return true;
}

int64_t replicasFor(const Store& store, const Json& asking) {
  const std::string& ns = textAt(asking, {"metadata", "namespace"});
  if (const Json* target = find(asking, {"spec", "scaleTargetRef"})) {
    const std::string& kind = textAt(*target, {"kind"});
    const char* qualified = kind == "Deployment" ? "deployments.apps" : kind == "StatefulSet" ? "statefulsets.apps" : kind == "ReplicaSet" ? "replicasets.apps" : "replicationcontrollers";
    const EntryPtr entry = store.get({qualified, ns, textAt(*target, {"name"})});
    return entry ? numberAt(entry->json(), {"spec", "replicas"}, 1) : 0;
  }
  int64_t sum = 0;
  const Json* selector = find(asking, {"spec", "selector"});
  for (const char* kind : {"deployments.apps", "statefulsets.apps"})
    for (const EntryPtr& entry : store.list(kind, ns).entries) {
      const Json workload = entry->json();
      const Json* labels = find(workload, {"spec", "template", "metadata", "labels"});
      if (selector && labels && selects(*selector, *labels)) sum += numberAt(workload, {"spec", "replicas"}, 1);
    }
  return sum;
}

} // namespace chasi::local
