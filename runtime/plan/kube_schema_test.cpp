#include "runtime/plan/kube_schema.h"

#include <gtest/gtest.h>

namespace chasi::plan {
namespace {

using nlohmann::json;

std::vector<std::string> problems(const char* apiVersion, const char* kind, const json& object) {
  const KubeSchema& schema = KubeSchema::newest();
  const KubeResource* r = schema.find(apiVersion, kind);
  if (!r) return {"no such kind"};
  std::vector<std::string> out;
  for (const KubeProblem& p : check(object, *schema.type(*r))) out.push_back(p.pointer + ": " + p.message + (p.suggestion.empty() ? "" : " (" + p.suggestion + "?)"));
  return out;
}

TEST(KubeSchema, KnowsResources) {
  const KubeSchema& schema = KubeSchema::newest();
  EXPECT_EQ(schema.version(), "1.36");
  const KubeResource* r = schema.find("apps/v1", "Deployment");
  ASSERT_TRUE(r);
  EXPECT_EQ(r->plural, "deployments");
  EXPECT_TRUE(r->namespaced);
  EXPECT_EQ(schema.findPlural("", "v1", "namespaces")->kind, "Namespace");
  EXPECT_FALSE(schema.findPlural("", "v1", "namespaces")->namespaced);
  EXPECT_FALSE(schema.find("extensions/v1beta1", "Ingress"));
}

TEST(KubeSchema, KnowsHowListsMerge) {
  const KubeType* container = KubeSchema::newest().type("io.k8s.api.core.v1.Container");
  ASSERT_TRUE(container);
  const KubeType* ports = container->find("ports")->type;
  EXPECT_EQ(ports->listType, ListType::Map);
  EXPECT_EQ(ports->keys, (std::vector<llvm::StringRef>{"containerPort", "protocol"}));
  EXPECT_EQ(ports->element->find("protocol")->fallback, "\"TCP\"");
  EXPECT_EQ(container->find("args")->type->listType, ListType::Atomic);
  EXPECT_TRUE(KubeSchema::newest().type("io.k8s.apimachinery.pkg.apis.meta.v1.LabelSelector")->atomic);
}

TEST(KubeSchema, TypesMayContainThemselves) {
  const KubeType* t = KubeSchema::newest().type("io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaProps");
  ASSERT_TRUE(t);
  EXPECT_EQ(t->find("not")->type, t);
}

TEST(KubeCheck, FindsWhatTheServerWouldRefuse) {
  EXPECT_TRUE(problems("v1", "ConfigMap", {{"apiVersion", "v1"}, {"kind", "ConfigMap"}, {"metadata", {{"name", "a"}}}, {"data", {{"x", "1"}}}}).empty());
  EXPECT_EQ(problems("v1", "ConfigMap", {{"dta", json::object()}}), std::vector<std::string>{"/dta: there is no field `dta` in ConfigMap (data?)"});
  EXPECT_EQ(problems("apps/v1", "Deployment", {{"spec", {{"replicas", "three"}, {"selector", json::object()}, {"template", json::object()}}}}), std::vector<std::string>{"/spec/replicas: takes a whole number, not \"three\""});
  EXPECT_EQ(problems("apps/v1", "Deployment", {{"spec", {{"template", json::object()}}}}), std::vector<std::string>{"/spec: `selector` is missing"});
  EXPECT_EQ(problems("v1", "Secret", {{"data", {{"k", "not base64!"}}}}), std::vector<std::string>{"/data/k: takes a text in base64, not \"not base64!\""});
  const auto twice = problems("v1", "Service", {{"spec", {{"ports", {{{"port", 80}}, {{"port", 80}, {"protocol", "TCP"}}}}}}});
  EXPECT_EQ(twice, std::vector<std::string>{"/spec/ports/1: has the same port and protocol as another element"});
  EXPECT_EQ(problems("v1", "ResourceQuota", {{"spec", {{"hard", {{"requests.cpu", "lots"}}}}}}).size(), 1u);
}

TEST(KubeCheck, NamesAndQuantities) {
  EXPECT_TRUE(isDnsLabel("a-1"));
  for (const char* bad : {"", "-a", "a-", "A", "a.b", "a_b"}) EXPECT_FALSE(isDnsLabel(bad)) << bad;
  EXPECT_TRUE(isDnsSubdomain("a.b-c.d"));
  EXPECT_FALSE(isDnsSubdomain("a..b"));
  for (const char* good : {"1", "500m", "1.5Gi", "1e3", "-1", ".5"}) EXPECT_TRUE(isKubeQuantity(good)) << good;
  for (const char* bad : {"", "Gi", "1GB", "1.2.3", "e3", "1e"}) EXPECT_FALSE(isKubeQuantity(bad)) << bad;
}

} // namespace
} // namespace chasi::plan
