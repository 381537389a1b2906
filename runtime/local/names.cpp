#include "runtime/local/names.h"

#include <algorithm>
#include <array>
#include <utility>

namespace chasi::local {

using ShortName = std::pair<std::string_view, std::string_view>;

// As kube-apiserver 1.36 announces them.
static constexpr std::array<ShortName, 30> kShortNames = {{
    {"configmaps", "cm"},
    {"endpoints", "ep"},
    {"events", "ev"},
    {"limitranges", "limits"},
    {"namespaces", "ns"},
    {"nodes", "no"},
    {"persistentvolumeclaims", "pvc"},
    {"persistentvolumes", "pv"},
    {"pods", "po"},
    {"replicationcontrollers", "rc"},
    {"resourcequotas", "quota"},
    {"serviceaccounts", "sa"},
    {"services", "svc"},
    {"customresourcedefinitions.apiextensions.k8s.io", "crd"},
    {"customresourcedefinitions.apiextensions.k8s.io", "crds"},
    {"daemonsets.apps", "ds"},
    {"deployments.apps", "deploy"},
    {"replicasets.apps", "rs"},
    {"statefulsets.apps", "sts"},
    {"horizontalpodautoscalers.autoscaling", "hpa"},
    {"cronjobs.batch", "cj"},
    {"certificatesigningrequests.certificates.k8s.io", "csr"},
    {"events.events.k8s.io", "ev"},
    {"ingresses.networking.k8s.io", "ing"},
    {"networkpolicies.networking.k8s.io", "netpol"},
    {"ipaddresses.networking.k8s.io", "ip"},
    {"poddisruptionbudgets.policy", "pdb"},
    {"priorityclasses.scheduling.k8s.io", "pc"},
    {"storageclasses.storage.k8s.io", "sc"},
    {"volumeattributesclasses.storage.k8s.io", "vac"},
}};

static constexpr std::array<std::string_view, 10> kAll = {"pods", "replicationcontrollers", "services", "daemonsets.apps", "deployments.apps", "replicasets.apps",
                                                          "statefulsets.apps", "horizontalpodautoscalers.autoscaling", "cronjobs.batch", "jobs.batch"};

std::vector<std::string> shortNamesOf(std::string_view qualified) {
  std::vector<std::string> names;
  for (const auto& [kind, name] : kShortNames)
    if (kind == qualified) names.emplace_back(name);
  return names;
}

std::vector<std::string> categoriesOf(std::string_view qualified) {
  std::vector<std::string> categories;
  if (std::find(kAll.begin(), kAll.end(), qualified) != kAll.end()) categories.emplace_back("all");
  if (qualified.ends_with(".admissionregistration.k8s.io") || qualified == "customresourcedefinitions.apiextensions.k8s.io" ||
      qualified == "apiservices.apiregistration.k8s.io")
    categories.emplace_back("api-extensions");
  return categories;
}

} // namespace chasi::local
