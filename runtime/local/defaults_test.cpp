#include "runtime/local/merge_test.h"

#include <gtest/gtest.h>

namespace chasi::local {
namespace {

Json defaulted(const char* apiVersion, const char* kind, const char* text) {
  Json object = Json::parse(text);
  const k8s::Type* type = k8s::Schema::builtin().type(apiVersion, kind);
  EXPECT_TRUE(type) << kind;
  setDefaults(type, object);
  Json again = object;
  setDefaults(type, again);
  EXPECT_EQ(again, object) << "setting defaults twice is not the same as once";
  return object;
}

TEST(Defaults, Deployment) {
  EXPECT_JSON(defaulted("apps/v1", "Deployment", R"({"spec":{"template":{"spec":{"containers":[{"name":"a","image":"nginx:1.25","ports":[{"containerPort":80}],
      "readinessProbe":{"httpGet":{"port":80}},"env":[{"name":"P","valueFrom":{"fieldRef":{"fieldPath":"metadata.name"}}}]}],
      "volumes":[{"name":"v"},{"name":"c","configMap":{"name":"c"}},{"name":"p","projected":{"sources":[{"serviceAccountToken":{"path":"t"}}]}}]}}}})"),
              R"({"spec":{"replicas":1,"revisionHistoryLimit":10,"progressDeadlineSeconds":600,
      "strategy":{"type":"RollingUpdate","rollingUpdate":{"maxSurge":"25%","maxUnavailable":"25%"}},
      "template":{"spec":{"restartPolicy":"Always","dnsPolicy":"ClusterFirst","schedulerName":"default-scheduler","securityContext":{},"terminationGracePeriodSeconds":30,
        "containers":[{"name":"a","image":"nginx:1.25","imagePullPolicy":"IfNotPresent","resources":{},"terminationMessagePath":"/dev/termination-log","terminationMessagePolicy":"File",
          "ports":[{"containerPort":80,"protocol":"TCP"}],
          "env":[{"name":"P","valueFrom":{"fieldRef":{"apiVersion":"v1","fieldPath":"metadata.name"}}}],
          "readinessProbe":{"httpGet":{"port":80,"path":"/","scheme":"HTTP"},"timeoutSeconds":1,"periodSeconds":10,"successThreshold":1,"failureThreshold":3}}],
        "volumes":[{"name":"v","emptyDir":{}},{"name":"c","configMap":{"name":"c","defaultMode":420}},
          {"name":"p","projected":{"defaultMode":420,"sources":[{"serviceAccountToken":{"path":"t","expirationSeconds":3600}}]}}]}}}})");
  EXPECT_JSON(defaulted("apps/v1", "Deployment", R"({"spec":{"replicas":0,"strategy":{"type":"Recreate"},"revisionHistoryLimit":2,"progressDeadlineSeconds":5}})"),
              R"({"spec":{"replicas":0,"strategy":{"type":"Recreate"},"revisionHistoryLimit":2,"progressDeadlineSeconds":5}})");
}

TEST(Defaults, ImagesArePulledByTheirTag) {
  const char* cases[][2] = {{"nginx", "Always"},         {"nginx:latest", "Always"},     {"nginx:1", "IfNotPresent"},         {"r:5000/nginx", "Always"},
                            {"r:5000/a/b:2", "IfNotPresent"}, {"nginx@sha256:00", "IfNotPresent"}, {"nginx:latest@sha256:00", "IfNotPresent"}};
  for (auto& [image, policy] : cases) {
    Json pod = {{"spec", {{"containers", {{{"name", "a"}, {"image", image}}}}}}};
    setDefaults(k8s::Schema::builtin().type("v1", "Pod"), pod);
    EXPECT_EQ(pod["spec"]["containers"][0]["imagePullPolicy"], policy) << image;
  }
}

TEST(Defaults, PodsAskForWhatTheyAreLimitedTo) {
  Json pod = defaulted("v1", "Pod", R"({"spec":{"hostNetwork":true,"serviceAccountName":"s","containers":[{"name":"a","image":"i:1","ports":[{"containerPort":8}],
      "resources":{"limits":{"cpu":"1","memory":"2Gi"},"requests":{"cpu":"500m"}}}]}})");
  EXPECT_JSON(pod["spec"]["containers"][0]["resources"]["requests"], R"({"cpu":"500m","memory":"2Gi"})");
  EXPECT_EQ(pod["spec"]["containers"][0]["ports"][0]["hostPort"], 8);
  EXPECT_EQ(pod["spec"]["enableServiceLinks"], true);
  EXPECT_EQ(pod["spec"]["serviceAccount"], "s");
}

struct DefaultsCase {
  const char *apiVersion, *kind, *given, *expected;
};
TEST(Defaults, OfManyKinds) {
  const DefaultsCase cases[] = {
      {"apps/v1", "StatefulSet", R"({"spec":{"volumeClaimTemplates":[{"metadata":{"name":"d"},"spec":{"resources":{"requests":{"storage":"1Gi"}}}}]}})",
       R"({"spec":{"replicas":1,"revisionHistoryLimit":10,"podManagementPolicy":"OrderedReady","updateStrategy":{"type":"RollingUpdate","rollingUpdate":{"partition":0}},
        "persistentVolumeClaimRetentionPolicy":{"whenDeleted":"Retain","whenScaled":"Retain"},
        "volumeClaimTemplates":[{"apiVersion":"v1","kind":"PersistentVolumeClaim","metadata":{"name":"d"},"spec":{"volumeMode":"Filesystem","resources":{"requests":{"storage":"1Gi"}}},"status":{"phase":"Pending"}}]}})"},
      {"apps/v1", "DaemonSet", R"({"spec":{}})", R"({"spec":{"revisionHistoryLimit":10,"updateStrategy":{"type":"RollingUpdate","rollingUpdate":{"maxUnavailable":1,"maxSurge":0}}}})"},
      {"apps/v1", "ReplicaSet", R"({"spec":{}})", R"({"spec":{"replicas":1}})"},
      {"v1", "Service", R"({"spec":{"ports":[{"port":80},{"port":53,"protocol":"UDP","targetPort":"dns"}]}})",
       R"({"spec":{"type":"ClusterIP","sessionAffinity":"None","internalTrafficPolicy":"Cluster","ports":[{"port":80,"protocol":"TCP","targetPort":80},{"port":53,"protocol":"UDP","targetPort":"dns"}]},"status":{"loadBalancer":{}}})"},
      {"v1", "Service", R"({"spec":{"type":"LoadBalancer","sessionAffinity":"ClientIP"}})",
       R"({"spec":{"type":"LoadBalancer","sessionAffinity":"ClientIP","sessionAffinityConfig":{"clientIP":{"timeoutSeconds":10800}},"internalTrafficPolicy":"Cluster","externalTrafficPolicy":"Cluster","allocateLoadBalancerNodePorts":true},"status":{"loadBalancer":{}}})"},
      {"v1", "Service", R"({"spec":{"type":"ExternalName","externalName":"x"}})", R"({"spec":{"type":"ExternalName","externalName":"x","sessionAffinity":"None"},"status":{"loadBalancer":{}}})"},
      {"v1", "Secret", R"({"stringData":{"a":"hello","b":""},"data":{"a":"b2xk","c":"Yw=="}})", R"({"type":"Opaque","data":{"a":"aGVsbG8=","b":"","c":"Yw=="}})"},
      {"v1", "ConfigMap", R"({"data":{"a":"1"}})", R"({"data":{"a":"1"}})"},
      {"v1", "Namespace", R"({"metadata":{"name":"n"}})", R"({"metadata":{"name":"n","labels":{"kubernetes.io/metadata.name":"n"}},"status":{"phase":"Active"}})"},
      {"v1", "PersistentVolumeClaim", R"({"spec":{}})", R"({"spec":{"volumeMode":"Filesystem"},"status":{"phase":"Pending"}})"},
      {"v1", "PersistentVolume", R"({"spec":{"hostPath":{"path":"/x"}}})",
       R"({"spec":{"hostPath":{"path":"/x","type":""},"volumeMode":"Filesystem","persistentVolumeReclaimPolicy":"Retain"},"status":{"phase":"Pending"}})"},
      {"v1", "LimitRange", R"({"spec":{"limits":[{"type":"Container","max":{"cpu":"2"},"default":{"memory":"1Gi"},"min":{"cpu":"1","x":"1"}},{"type":"Pod","max":{"cpu":"2"}}]}})",
       R"({"spec":{"limits":[{"type":"Container","max":{"cpu":"2"},"default":{"memory":"1Gi","cpu":"2"},"min":{"cpu":"1","x":"1"},"defaultRequest":{"memory":"1Gi","cpu":"2","x":"1"}},{"type":"Pod","max":{"cpu":"2"}}]}})"},
      {"v1", "ReplicationController", R"({"metadata":{},"spec":{"template":{"metadata":{"labels":{"a":"b"}}}}})",
       R"({"metadata":{"labels":{"a":"b"}},"spec":{"replicas":1,"selector":{"a":"b"},"template":{"metadata":{"labels":{"a":"b"}}}}})"},
      {"batch/v1", "Job", R"({"spec":{}})",
       R"({"spec":{"completions":1,"parallelism":1,"backoffLimit":6,"completionMode":"NonIndexed","suspend":false,"manualSelector":false,"podReplacementPolicy":"TerminatingOrFailed"}})"},
      {"batch/v1", "Job", R"({"spec":{"parallelism":3,"podFailurePolicy":{"rules":[{"action":"Ignore","onPodConditions":[{"type":"x"}]}]}}})",
       R"({"spec":{"parallelism":3,"backoffLimit":6,"completionMode":"NonIndexed","suspend":false,"manualSelector":false,"podReplacementPolicy":"Failed",
        "podFailurePolicy":{"rules":[{"action":"Ignore","onPodConditions":[{"type":"x","status":"True"}]}]}}})"},
      {"batch/v1", "CronJob", R"({"spec":{"jobTemplate":{"spec":{}}}})",
       R"({"spec":{"concurrencyPolicy":"Allow","suspend":false,"successfulJobsHistoryLimit":3,"failedJobsHistoryLimit":1,"jobTemplate":{"spec":{}}}})"},
      {"autoscaling/v2", "HorizontalPodAutoscaler", R"({"spec":{"maxReplicas":3,"behavior":{"scaleUp":{"selectPolicy":"Min"}}}})",
       R"({"spec":{"maxReplicas":3,"minReplicas":1,"metrics":[{"type":"Resource","resource":{"name":"cpu","target":{"type":"Utilization","averageUtilization":80}}}],
        "behavior":{"scaleUp":{"stabilizationWindowSeconds":0,"selectPolicy":"Min","policies":[{"type":"Pods","value":4,"periodSeconds":15},{"type":"Percent","value":100,"periodSeconds":15}]},
          "scaleDown":{"selectPolicy":"Max","policies":[{"type":"Percent","value":100,"periodSeconds":15}]}}}})"},
      {"autoscaling/v1", "HorizontalPodAutoscaler", R"({"spec":{"maxReplicas":3}})", R"({"spec":{"maxReplicas":3,"minReplicas":1}})"},
      {"networking.k8s.io/v1", "NetworkPolicy", R"({"spec":{"egress":[{"ports":[{"port":53}]}]}})", R"({"spec":{"egress":[{"ports":[{"port":53,"protocol":"TCP"}]}],"policyTypes":["Ingress","Egress"]}})"},
      {"networking.k8s.io/v1", "NetworkPolicy", R"({"spec":{}})", R"({"spec":{"policyTypes":["Ingress"]}})"},
      {"networking.k8s.io/v1", "Ingress", R"({"spec":{"rules":[{"host":"x"}]}})", R"({"spec":{"rules":[{"host":"x"}]}})"},
      {"rbac.authorization.k8s.io/v1", "RoleBinding", R"({"roleRef":{"kind":"Role","name":"r"},"subjects":[{"kind":"User","name":"u"},{"kind":"ServiceAccount","name":"s"}]})",
       R"({"roleRef":{"kind":"Role","name":"r","apiGroup":"rbac.authorization.k8s.io"},"subjects":[{"kind":"User","name":"u","apiGroup":"rbac.authorization.k8s.io"},{"kind":"ServiceAccount","name":"s"}]})"},
      {"storage.k8s.io/v1", "StorageClass", R"({"provisioner":"p"})", R"({"provisioner":"p","reclaimPolicy":"Delete","volumeBindingMode":"Immediate"})"},
      {"scheduling.k8s.io/v1", "PriorityClass", R"({"value":0})", R"({"value":0,"preemptionPolicy":"PreemptLowerPriority"})"},
      {"apiextensions.k8s.io/v1", "CustomResourceDefinition", R"({"spec":{"names":{"kind":"Thing","plural":"things"}}})",
       R"({"spec":{"conversion":{"strategy":"None"},"names":{"kind":"Thing","plural":"things","singular":"thing","listKind":"ThingList"}}})"},
      {"admissionregistration.k8s.io/v1", "MutatingWebhookConfiguration", R"({"webhooks":[{"name":"w","rules":[{"operations":["CREATE"]}],"clientConfig":{"service":{"name":"s"}}}]})",
       R"({"webhooks":[{"name":"w","failurePolicy":"Fail","matchPolicy":"Equivalent","timeoutSeconds":10,"namespaceSelector":{},"objectSelector":{},"reinvocationPolicy":"Never",
        "rules":[{"operations":["CREATE"],"scope":"*"}],"clientConfig":{"service":{"name":"s","port":443}}}]})"},
      {"discovery.k8s.io/v1", "EndpointSlice", R"({"ports":[{"port":1}]})", R"({"ports":[{"port":1,"name":"","protocol":"TCP"}]})"},
  };
  for (const DefaultsCase& c : cases) EXPECT_JSON(defaulted(c.apiVersion, c.kind, c.given), c.expected) << c.kind;
}

TEST(Defaults, KindsWithoutATypeHaveNone) {
  Json object = {{"spec", {{"containers", Json::array({Json::object()})}}}};
  Json before = object;
  setDefaults(nullptr, object);
  EXPECT_EQ(object, before);
}

} // namespace
} // namespace chasi::local
