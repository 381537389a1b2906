#include "runtime/local/merge_test.h"

#include <gtest/gtest.h>

namespace chasi::local {
namespace {

DecodeProblems decoded(const char* apiVersion, const char* kind, const char* text) { return decodeProblems(*k8s::Schema::builtin().type(apiVersion, kind), Json::parse(text)); }

TEST(Decode, UnknownFields) {
  EXPECT_EQ(decoded("apps/v1", "Deployment", R"({"spec":{"replicsa":1,"template":{"spec":{"containers":[{"name":"a"},{"imag":"b"}]}}},"x":{}})").unknown,
            (std::vector<std::string>{"unknown field \"spec.replicsa\"", "unknown field \"spec.template.spec.containers[1].imag\"", "unknown field \"x\""}));
  EXPECT_TRUE(decoded("v1", "ConfigMap", R"({"data":{"any.key":"1"},"metadata":{"labels":{"a/b":"c"}}})").unknown.empty());
}

struct DecodeCase {
  const char *apiVersion, *kind, *text, *problem;
};
TEST(Decode, WrongTypes) {
  const DecodeCase cases[] = {
      {"apps/v1", "Deployment", R"({"spec":{"replicas":"3"}})", "json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32"},
      {"apps/v1", "Deployment", R"({"spec":{"replicas":1.5}})", "json: cannot unmarshal number 1.5 into Go struct field DeploymentSpec.spec.replicas of type int32"},
      {"apps/v1", "Deployment", R"({"spec":{"replicas":3000000000}})", "json: cannot unmarshal number 3000000000 into Go struct field DeploymentSpec.spec.replicas of type int32"},
      {"apps/v1", "Deployment", R"({"spec":{"paused":1}})", "json: cannot unmarshal number into Go struct field DeploymentSpec.spec.paused of type bool"},
      {"apps/v1", "Deployment", R"({"spec":[]})", "json: cannot unmarshal array into Go struct field Deployment.spec of type v1.DeploymentSpec"},
      {"apps/v1", "Deployment", R"([])", "json: cannot unmarshal array into Go value of type v1.Deployment"},
      {"v1", "ConfigMap", R"({"data":{"a":true}})", "json: cannot unmarshal bool into Go struct field ConfigMap.data.a of type string"},
      {"v1", "ConfigMap", R"({"data":"x"})", "json: cannot unmarshal string into Go struct field ConfigMap.data of type map[string]string"},
      {"v1", "Pod", R"({"spec":{"containers":{}}})", "json: cannot unmarshal object into Go struct field PodSpec.spec.containers of type []v1.Container"},
      {"v1", "Secret", R"({"data":{"a":"###"}})", "data.a: illegal base64 data"},
      {"v1", "Pod", R"({"metadata":{"creationTimestamp":"yesterday"}})", "metadata.creationTimestamp: parsing time \"yesterday\" as \"2006-01-02T15:04:05Z07:00\": cannot parse"},
      {"v1", "ResourceQuota", R"({"spec":{"hard":{"cpu":"lots"}}})",
       "spec.hard.cpu: quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"},
  };
  for (const DecodeCase& c : cases) EXPECT_EQ(decoded(c.apiVersion, c.kind, c.text).wrongTypes, std::vector<std::string>{c.problem}) << c.text;
}

TEST(Decode, GoodObjects) {
  auto none = decoded("v1", "Pod", R"({"metadata":{"creationTimestamp":"2026-01-01T10:00:00Z","deletionTimestamp":"2026-01-01T10:00:00.123+02:00","labels":null},
      "spec":{"containers":[{"name":"a","ports":null,"resources":{"limits":{"cpu":1,"memory":"1Gi"}},"livenessProbe":{"httpGet":{"port":"http"}}}]},"status":null})");
  EXPECT_TRUE(none.unknown.empty());
  EXPECT_TRUE(none.wrongTypes.empty());
}

} // namespace
} // namespace chasi::local
