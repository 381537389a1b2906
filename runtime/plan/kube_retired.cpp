#include "runtime/plan/kube_retired.h"

#include <algorithm>
#include <array>

namespace chasi::k8s {

namespace {

constexpr std::string_view kAdmission = "admissionregistration.k8s.io/v1", kAuthorization = "authorization.k8s.io/v1", kFlow = "flowcontrol.apiserver.k8s.io/v1";
constexpr std::string_view kRbac = "rbac.authorization.k8s.io/v1", kStorage = "storage.k8s.io/v1", kNetworking = "networking.k8s.io/v1";

constexpr std::array kRetired = std::to_array<Retired>({
    {"extensions/v1beta1", "DaemonSet", "1.16", "apps/v1"},
    {"extensions/v1beta1", "Deployment", "1.16", "apps/v1"},
    {"extensions/v1beta1", "ReplicaSet", "1.16", "apps/v1"},
    {"extensions/v1beta1", "NetworkPolicy", "1.16", kNetworking},
    {"extensions/v1beta1", "PodSecurityPolicy", "1.16", ""},
    {"extensions/v1beta1", "Ingress", "1.22", kNetworking},
    {"apps/v1beta1", "Deployment", "1.16", "apps/v1"},
    {"apps/v1beta1", "StatefulSet", "1.16", "apps/v1"},
    {"apps/v1beta1", "ControllerRevision", "1.16", "apps/v1"},
    {"apps/v1beta2", "DaemonSet", "1.16", "apps/v1"},
    {"apps/v1beta2", "Deployment", "1.16", "apps/v1"},
    {"apps/v1beta2", "ReplicaSet", "1.16", "apps/v1"},
    {"apps/v1beta2", "StatefulSet", "1.16", "apps/v1"},
    {"apps/v1beta2", "ControllerRevision", "1.16", "apps/v1"},
    {"admissionregistration.k8s.io/v1beta1", "MutatingWebhookConfiguration", "1.22", kAdmission},
    {"admissionregistration.k8s.io/v1beta1", "ValidatingWebhookConfiguration", "1.22", kAdmission},
    {"apiextensions.k8s.io/v1beta1", "CustomResourceDefinition", "1.22", "apiextensions.k8s.io/v1"},
    {"apiregistration.k8s.io/v1beta1", "APIService", "1.22", "apiregistration.k8s.io/v1"},
    {"authentication.k8s.io/v1beta1", "TokenReview", "1.22", "authentication.k8s.io/v1"},
    {"authorization.k8s.io/v1beta1", "LocalSubjectAccessReview", "1.22", kAuthorization},
    {"authorization.k8s.io/v1beta1", "SelfSubjectAccessReview", "1.22", kAuthorization},
    {"authorization.k8s.io/v1beta1", "SelfSubjectRulesReview", "1.22", kAuthorization},
    {"authorization.k8s.io/v1beta1", "SubjectAccessReview", "1.22", kAuthorization},
    {"certificates.k8s.io/v1beta1", "CertificateSigningRequest", "1.22", "certificates.k8s.io/v1"},
    {"coordination.k8s.io/v1beta1", "Lease", "1.22", "coordination.k8s.io/v1"},
    {"networking.k8s.io/v1beta1", "Ingress", "1.22", kNetworking},
    {"networking.k8s.io/v1beta1", "IngressClass", "1.22", kNetworking},
    {"rbac.authorization.k8s.io/v1alpha1", "ClusterRole", "1.22", kRbac},
    {"rbac.authorization.k8s.io/v1alpha1", "ClusterRoleBinding", "1.22", kRbac},
    {"rbac.authorization.k8s.io/v1alpha1", "Role", "1.22", kRbac},
    {"rbac.authorization.k8s.io/v1alpha1", "RoleBinding", "1.22", kRbac},
    {"rbac.authorization.k8s.io/v1beta1", "ClusterRole", "1.22", kRbac},
    {"rbac.authorization.k8s.io/v1beta1", "ClusterRoleBinding", "1.22", kRbac},
    {"rbac.authorization.k8s.io/v1beta1", "Role", "1.22", kRbac},
    {"rbac.authorization.k8s.io/v1beta1", "RoleBinding", "1.22", kRbac},
    {"scheduling.k8s.io/v1beta1", "PriorityClass", "1.22", "scheduling.k8s.io/v1"},
    {"storage.k8s.io/v1beta1", "CSIDriver", "1.22", kStorage},
    {"storage.k8s.io/v1beta1", "CSINode", "1.22", kStorage},
    {"storage.k8s.io/v1beta1", "StorageClass", "1.22", kStorage},
    {"storage.k8s.io/v1beta1", "VolumeAttachment", "1.22", kStorage},
    {"storage.k8s.io/v1beta1", "CSIStorageCapacity", "1.27", kStorage},
    {"autoscaling/v2beta1", "HorizontalPodAutoscaler", "1.25", "autoscaling/v2"},
    {"autoscaling/v2beta2", "HorizontalPodAutoscaler", "1.26", "autoscaling/v2"},
    {"batch/v1beta1", "CronJob", "1.25", "batch/v1"},
    {"discovery.k8s.io/v1beta1", "EndpointSlice", "1.25", "discovery.k8s.io/v1"},
    {"events.k8s.io/v1beta1", "Event", "1.25", "events.k8s.io/v1"},
    {"node.k8s.io/v1beta1", "RuntimeClass", "1.25", "node.k8s.io/v1"},
    {"policy/v1beta1", "PodDisruptionBudget", "1.25", "policy/v1"},
    {"policy/v1beta1", "PodSecurityPolicy", "1.25", ""},
    {"flowcontrol.apiserver.k8s.io/v1beta1", "FlowSchema", "1.26", kFlow},
    {"flowcontrol.apiserver.k8s.io/v1beta1", "PriorityLevelConfiguration", "1.26", kFlow},
    {"flowcontrol.apiserver.k8s.io/v1beta2", "FlowSchema", "1.29", kFlow},
    {"flowcontrol.apiserver.k8s.io/v1beta2", "PriorityLevelConfiguration", "1.29", kFlow},
    {"flowcontrol.apiserver.k8s.io/v1beta3", "FlowSchema", "1.32", kFlow},
    {"flowcontrol.apiserver.k8s.io/v1beta3", "PriorityLevelConfiguration", "1.32", kFlow},
    {"v1", "ComponentStatus", "", ""},
    {"v1", "Endpoints", "", "discovery.k8s.io/v1 EndpointSlice"},
});

} // namespace

const Retired* retired(std::string_view apiVersion, std::string_view kind) {
  const auto* at = std::find_if(kRetired.begin(), kRetired.end(), [&](const Retired& r) { return r.apiVersion == apiVersion && r.kind == kind; });
  return at == kRetired.end() ? nullptr : at;
}

} // namespace chasi::k8s
