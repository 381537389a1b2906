#include "runtime/local/merge_test.h"
#include "runtime/local/validate.h"

#include <gtest/gtest.h>

namespace chasi::local {
namespace {

std::vector<std::string> problems(const char* apiVersion, const char* kind, const Json& live, const Json& next) {
  const k8s::Schema& schema = k8s::Schema::builtin();
  return validationProblems(*schema.resourceOf(apiVersion, kind), schema.type(apiVersion, kind), live, next);
}

Json with(const char* base, const char* patch) { return mergePatch(Json::parse(base), Json::parse(patch)); }

constexpr const char* kDeployment = R"({"metadata":{"name":"web"},"spec":{"replicas":1,"selector":{"matchLabels":{"a":"b"}},"template":{"metadata":{"labels":{"a":"b"}},
    "spec":{"restartPolicy":"Always","containers":[{"name":"c","image":"i"}]}}}})";
constexpr const char* kService = R"({"metadata":{"name":"web"},"spec":{"type":"ClusterIP","clusterIP":"10.0.0.1","ports":[{"port":80,"protocol":"TCP"}]}})";
constexpr const char* kConfigMap = R"({"metadata":{"name":"c"},"data":{"a":"1"}})";
constexpr const char* kClaim = R"({"metadata":{"name":"c"},"spec":{"accessModes":["ReadWriteOnce"],"resources":{"requests":{"storage":"1Gi"}}},"status":{"phase":"Bound"}})";
constexpr const char* kJob = R"({"metadata":{"name":"j"},"spec":{"completions":1,"template":{"spec":{"restartPolicy":"Never","containers":[{"name":"c","image":"i"}]}}}})";
constexpr const char* kBinding = R"({"metadata":{"name":"b"},"roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"Role","name":"r"}})";
constexpr const char* kPod = R"({"metadata":{"name":"p"},"spec":{"containers":[{"name":"c","image":"i"}]}})";

constexpr const char* kLabel = "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric "
                               "character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";

struct ValidateCase {
  const char *apiVersion, *kind, *base, *patch;
  std::vector<std::string> expected;
};

void expectAll(const std::vector<ValidateCase>& cases, bool change) {
  for (const ValidateCase& c : cases) {
    Json base = Json::parse(c.base), next = with(c.base, c.patch);
    EXPECT_EQ(problems(c.apiVersion, c.kind, change ? base : Json(), next), c.expected) << c.kind << " " << c.patch;
  }
}

TEST(Validate, GoodObjects) {
  expectAll({{"apps/v1", "Deployment", kDeployment, "{}", {}},
             {"v1", "Service", kService, "{}", {}},
             {"v1", "Service", kService, R"({"spec":{"type":"ExternalName","externalName":"x","ports":null}})", {}},
             {"v1", "Service", kService, R"({"spec":{"clusterIP":"None","ports":null}})", {}},
             {"v1", "ConfigMap", kConfigMap, "{}", {}},
             {"v1", "PersistentVolumeClaim", kClaim, "{}", {}},
             {"batch/v1", "Job", kJob, "{}", {}},
             {"rbac.authorization.k8s.io/v1", "RoleBinding", kBinding, R"({"metadata":{"name":"system:some:thing"}})", {}},
             {"v1", "LimitRange", kConfigMap, R"({"data":null,"spec":{"limits":[]}})", {}},
             {"v1", "Pod", kPod, R"({"metadata":{"labels":{"example.com/a":"","b":"v-1_x.y"},"annotations":{"Example.com/A":"anything at all"}}})", {}}},
            false);
}

TEST(Validate, NamesAndLabels) {
  std::string longName(254, 'a'), longLabel(64, 'a');
  std::string subdomain = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an "
                          "alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
  std::string value = "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric "
                      "character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";
  std::string key = "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or "
                    "'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
  expectAll({{"v1", "ConfigMap", kConfigMap, R"({"metadata":{"name":"Web"}})", {"metadata.name: Invalid value: \"Web\": " + subdomain}},
             {"v1", "ConfigMap", kConfigMap, R"({"metadata":{"name":null}})", {"metadata.name: Required value: name or generateName is required"}},
             {"v1", "ConfigMap", kConfigMap, R"({"metadata":{"name":null,"generateName":"x-"}})", {}},
             {"v1", "Service", kService, R"({"metadata":{"name":"a.b"}})", {std::string("metadata.name: Invalid value: \"a.b\": ") + kLabel}},
             {"rbac.authorization.k8s.io/v1", "RoleBinding", kBinding, R"({"metadata":{"name":"a/b"}})", {"metadata.name: Invalid value: \"a/b\": may not contain '/'"}},
             {"v1", "ConfigMap", kConfigMap, R"({"metadata":{"labels":{"a":"b c"}}})", {"metadata.labels: Invalid value: \"b c\": " + value}},
             {"v1", "ConfigMap", kConfigMap, R"({"metadata":{"labels":{"-a":"b"}}})", {"metadata.labels: Invalid value: \"-a\": " + key}},
             {"v1", "ConfigMap", kConfigMap, R"({"metadata":{"labels":{"X_Y/a":"b"}}})", {"metadata.labels: Invalid value: \"X_Y/a\": prefix part " + subdomain}}},
            false);
  EXPECT_EQ(problems("v1", "ConfigMap", nullptr, {{"metadata", {{"name", longName}}}}), (std::vector<std::string>{"metadata.name: Invalid value: \"" + longName + "\": must be no more than 253 characters"}));
  EXPECT_EQ(notLabelValue(longLabel), "must be no more than 63 characters");
  EXPECT_EQ(notQualifiedName("a/b/c").size(), 1u);
  EXPECT_EQ(notQualifiedName("/b"), std::vector<std::string>{"prefix part must be non-empty"});
}

TEST(Validate, Workloads) {
  expectAll({{"apps/v1", "Deployment", kDeployment, R"({"spec":{"replicas":-1}})", {"spec.replicas: Invalid value: -1: must be greater than or equal to 0"}},
             {"apps/v1", "Deployment", kDeployment, R"({"spec":{"selector":null}})", {"spec.selector: Required value"}},
             {"apps/v1", "Deployment", kDeployment, R"({"spec":{"selector":{"matchLabels":null}}})", {"spec.selector: Invalid value: {}: empty selector is invalid for deployment"}},
             {"apps/v1", "Deployment", kDeployment, R"({"spec":{"template":{"metadata":{"labels":{"a":"x"}}}}})",
              {"spec.template.metadata.labels: Invalid value: {\"a\":\"x\"}: `selector` does not match template `labels`"}},
             {"apps/v1", "Deployment", kDeployment, R"({"spec":{"template":{"spec":{"restartPolicy":"Never"}}}})", {"spec.template.spec.restartPolicy: Unsupported value: \"Never\": supported values: \"Always\""}},
             {"apps/v1", "Deployment", kDeployment, R"({"spec":{"strategy":{"type":"Sometimes"}}})", {"spec.strategy.type: Unsupported value: \"Sometimes\": supported values: \"Recreate\", \"RollingUpdate\""}},
             {"apps/v1", "Deployment", kDeployment, R"({"spec":{"strategy":{"type":"Recreate","rollingUpdate":{}}}})", {"spec.strategy.rollingUpdate: Forbidden: may not be specified when strategy `type` is 'Recreate'"}},
             {"apps/v1", "Deployment", kDeployment, R"({"spec":{"template":{"spec":{"containers":null}}}})", {"spec.template.spec.containers: Required value"}},
             {"apps/v1", "Deployment", kDeployment, R"({"spec":{"selector":{"matchExpressions":[{"key":"a","operator":"In"}]}}})",
              {"spec.selector.matchExpressions[0].values: Required value: must be specified when `operator` is 'In' or 'NotIn'", "spec.template.metadata.labels: Invalid value: {\"a\":\"b\"}: `selector` does not match template `labels`"}},
             {"batch/v1", "Job", kJob, R"({"spec":{"template":{"spec":{"restartPolicy":"Always"}}}})", {"spec.template.spec.restartPolicy: Unsupported value: \"Always\": supported values: \"Never\", \"OnFailure\""}}},
            false);
}

TEST(Validate, Pods) {
  expectAll({{"v1", "Pod", kPod, R"({"spec":{"containers":[{"image":"i"}]}})", {"spec.containers[0].name: Required value"}},
             {"v1", "Pod", kPod, R"({"spec":{"containers":[{"name":"A","image":"i"}]}})", {std::string("spec.containers[0].name: Invalid value: \"A\": ") + kLabel}},
             {"v1", "Pod", kPod, R"({"spec":{"containers":[{"name":"a"},{"name":"a","image":"i"}]}})", {"spec.containers[0].image: Required value", "spec.containers[1].name: Duplicate value: \"a\""}},
             {"v1", "Pod", kPod, R"({"spec":{"containers":[]}})", {"spec.containers: Required value"}},
             {"v1", "Pod", kPod, R"({"spec":{"containers":[{"name":"a","image":"i","ports":[{"containerPort":70000}]}]}})", {"spec.containers[0].ports[0].containerPort: Invalid value: 70000: must be between 1 and 65535, inclusive"}},
             {"v1", "Pod", kPod, R"({"spec":{"containers":[{"name":"a","image":"i","volumeMounts":[{"name":"v","mountPath":"/v"}]}]}})", {"spec.containers[0].volumeMounts[0].name: Not found: \"v\""}},
             {"v1", "Pod", kPod, R"({"spec":{"containers":[{"name":"a","image":"i","imagePullPolicy":"Maybe"}]}})", {"spec.containers[0].imagePullPolicy: Unsupported value: \"Maybe\": supported values: \"Always\", \"IfNotPresent\", \"Never\""}},
             {"v1", "Pod", kPod, R"({"spec":{"containers":[{"name":"a","image":"i","resources":{"requests":{"cpu":"2"},"limits":{"cpu":"1500m"}}}]}})",
              {"spec.containers[0].resources.requests: Invalid value: \"2\": must be less than or equal to cpu limit of 1500m"}}},
            false);
}

TEST(Validate, OtherKinds) {
  expectAll({{"v1", "Service", kService, R"({"spec":{"ports":null}})", {"spec.ports: Required value"}},
             {"v1", "Service", kService, R"({"spec":{"ports":[{"port":0}]}})", {"spec.ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive"}},
             {"v1", "Service", kService, R"({"spec":{"ports":[{"port":1},{"port":2,"name":"b"}]}})", {"spec.ports[0].name: Required value"}},
             {"v1", "Service", kService, R"({"spec":{"type":"Fancy"}})", {"spec.type: Unsupported value: \"Fancy\": supported values: \"ClusterIP\", \"ExternalName\", \"LoadBalancer\", \"NodePort\""}},
             {"v1", "ConfigMap", kConfigMap, R"({"data":{"a/b":"1"}})",
              {"data[a/b]: Invalid value: \"a/b\": a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')"}},
             {"v1", "PersistentVolumeClaim", kClaim, R"({"spec":{"accessModes":null,"resources":null}})", {"spec.accessModes: Required value: at least 1 access mode is required", "spec.resources[storage]: Required value"}},
             {"autoscaling/v2", "HorizontalPodAutoscaler", kConfigMap, R"({"data":null,"spec":{"minReplicas":3,"maxReplicas":2,"scaleTargetRef":{"kind":"Deployment","name":"x"}}})",
              {"spec.maxReplicas: Invalid value: 2: must be greater than or equal to `minReplicas`"}},
             {"rbac.authorization.k8s.io/v1", "Role", kConfigMap, R"({"data":null,"rules":[{"apiGroups":[""],"resources":["pods"]}]})", {"rules[0].verbs: Required value: verbs must contain at least one value"}},
             {"rbac.authorization.k8s.io/v1", "Role", kConfigMap, R"({"data":null,"rules":[{"verbs":["get"]}]})", {"rules[0].apiGroups: Required value: resource rules must supply at least one api group", "rules[0].resources: Required value: resource rules must supply at least one resource"}},
             {"rbac.authorization.k8s.io/v1", "ClusterRoleBinding", kBinding, R"({"subjects":[{"kind":"ServiceAccount","name":"s"}]})", {"roleRef.kind: Unsupported value: \"Role\": supported values: \"ClusterRole\"", "subjects[0].namespace: Required value"}},
             {"rbac.authorization.k8s.io/v1", "RoleBinding", kBinding, R"({"roleRef":{"name":null}})", {"roleRef.name: Required value"}}},
            false);
}

TEST(Validate, WhatMayNotChange) {
  std::string statefulSet = "spec: Forbidden: updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', "
                            "'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden";
  std::string claim = "spec: Forbidden: spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims";
  const char* relabelled = R"({"spec":{"selector":{"matchLabels":{"a":"c"}},"template":{"metadata":{"labels":{"a":"c"}}}}})";
  expectAll({{"apps/v1", "Deployment", kDeployment, relabelled, {"spec.selector: Invalid value: {\"matchLabels\":{\"a\":\"c\"}}: field is immutable"}},
             {"apps/v1", "DaemonSet", kDeployment, relabelled, {"spec.selector: Invalid value: {\"matchLabels\":{\"a\":\"c\"}}: field is immutable"}},
             {"apps/v1", "Deployment", kDeployment, R"({"spec":{"replicas":4}})", {}},
             {"apps/v1", "StatefulSet", kDeployment, R"({"spec":{"serviceName":"x"}})", {statefulSet}},
             {"apps/v1", "StatefulSet", kDeployment, R"({"spec":{"replicas":4,"template":{"spec":{"hostname":"h"}},"updateStrategy":{"type":"OnDelete"}}})", {}},
             {"v1", "Service", kService, R"({"spec":{"clusterIP":"10.0.0.2"}})", {"spec.clusterIPs[0]: Invalid value: [\"10.0.0.2\"]: may not change once set"}},
             {"v1", "Service", kService, R"({"spec":{"type":"ExternalName","externalName":"x","clusterIP":null}})", {}},
             {"v1", "PersistentVolumeClaim", kClaim, R"({"spec":{"storageClassName":"x"}})", {}},
             {"v1", "PersistentVolumeClaim", kClaim, R"({"spec":{"accessModes":["ReadWriteMany"]}})", {claim}},
             {"v1", "PersistentVolumeClaim", kClaim, R"({"spec":{"resources":{"requests":{"storage":"2Gi"}}}})", {}},
             {"v1", "PersistentVolumeClaim", kClaim, R"({"spec":{"resources":{"requests":{"storage":"1Mi"}}}})", {"spec.resources.requests.storage: Forbidden: field can not be less than status.capacity"}},
             {"v1", "PersistentVolumeClaim", kClaim, R"({"spec":{"volumeName":"pv"}})", {}},
             {"batch/v1", "Job", kJob, R"({"spec":{"completions":2}})", {"spec.completions: Invalid value: 2: field is immutable"}},
             {"rbac.authorization.k8s.io/v1", "RoleBinding", kBinding, R"({"roleRef":{"name":"x"}})",
              {"roleRef: Invalid value: {\"apiGroup\":\"rbac.authorization.k8s.io\",\"kind\":\"Role\",\"name\":\"x\"}: cannot change roleRef"}},
             {"v1", "Secret", kConfigMap, R"({"type":"x"})", {"type: Invalid value: \"x\": field is immutable"}},
             {"v1", "Pod", kPod, R"({"spec":{"containers":[{"name":"c","image":"other"}],"tolerations":[{"key":"a"}]}})", {}},
             {"v1", "ConfigMap", kConfigMap, R"({"metadata":{"name":"d"}})", {"metadata.name: Invalid value: \"d\": field is immutable"}}},
            true);
  auto pod = problems("v1", "Pod", Json::parse(kPod), with(kPod, R"({"spec":{"hostname":"x"}})"));
  ASSERT_EQ(pod.size(), 1u);
  EXPECT_EQ(pod[0].substr(0, 77), "spec: Forbidden: pod updates may not change fields other than `spec.container");
}

TEST(Validate, ImmutableData) {
  Json locked = with(kConfigMap, R"({"immutable":true})");
  auto changed = [&](const char* patch) { return problems("v1", "ConfigMap", locked, mergePatch(locked, Json::parse(patch))); };
  EXPECT_EQ(changed(R"({"data":{"a":"2"}})"), (std::vector<std::string>{"data: Forbidden: field is immutable when `immutable` is set"}));
  EXPECT_EQ(changed(R"({"immutable":null})"), (std::vector<std::string>{"immutable: Forbidden: field is immutable when `immutable` is set"}));
  EXPECT_EQ(changed(R"({"metadata":{"labels":{"a":"b"}}})"), std::vector<std::string>());
}

TEST(Validate, JobTemplates) {
  Json job = Json::parse(kJob), next = with(kJob, R"({"spec":{"template":{"spec":{"nodeSelector":{"a":"b"}}}}})");
  auto refused = problems("batch/v1", "Job", job, next);
  ASSERT_EQ(refused.size(), 1u);
  EXPECT_EQ(refused[0].rfind("spec.template: Invalid value: {", 0), 0u);
  job["spec"]["suspend"] = true;
  next["spec"]["suspend"] = true;
  EXPECT_TRUE(problems("batch/v1", "Job", job, next).empty());
}

TEST(Validate, Quantities) {
  EXPECT_EQ(quantity("1500m"), 1.5);
  EXPECT_EQ(quantity("1Gi"), 1073741824.0);
  EXPECT_EQ(quantity("1E"), 1e18);
  EXPECT_EQ(quantity("1e3"), 1000.0);
  EXPECT_EQ(quantity(2), 2.0);
  EXPECT_FALSE(quantity("x"));
}

} // namespace
} // namespace chasi::local
