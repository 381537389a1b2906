#include "runtime/plan/kube_check.h"
#include "runtime/plan/kube_retired.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace chasi::k8s {
namespace {

using nlohmann::json;

std::vector<std::string> problems(const char* apiVersion, const char* kind, const json& object) {
  const Type* type = Schema::builtin().type(apiVersion, kind);
  if (!type) return {"no such kind"};
  std::vector<std::string> out;
  for (const Problem& p : check(object, *type)) out.push_back(p.pointer + ": " + p.message + (p.suggestion.empty() ? "" : " (" + p.suggestion + "?)"));
  return out;
}

TEST(KubeSchema, KnowsResources) {
  const Schema& schema = Schema::builtin();
  EXPECT_EQ(schema.release(), "1.36");
  const Resource* r = schema.resourceOf("apps/v1", "Deployment");
  ASSERT_TRUE(r);
  EXPECT_EQ(r->plural, "deployments");
  EXPECT_TRUE(r->namespaced);
  EXPECT_TRUE(r->hasVerb("watch"));
  EXPECT_TRUE(r->hasSubresource("scale"));
  const Resource* namespaces = schema.resource("", "v1", "namespaces");
  ASSERT_TRUE(namespaces);
  EXPECT_EQ(namespaces->kind, "Namespace");
  EXPECT_FALSE(namespaces->namespaced);
  EXPECT_TRUE(namespaces->hasSubresource("finalize"));
  EXPECT_FALSE(schema.resourceOf("extensions/v1beta1", "Ingress"));
}

TEST(KubeSchema, KnowsHowListsMerge) {
  const Type* container = Schema::builtin().typeNamed("core.v1.Container");
  ASSERT_TRUE(container);
  const Field* ports = container->field("ports");
  EXPECT_EQ(ports->type->listType, ListType::Map);
  EXPECT_EQ(ports->type->mapKeys, (std::vector<std::string_view>{"containerPort", "protocol"}));
  EXPECT_EQ(ports->patchMergeKey, "containerPort");
  EXPECT_EQ(ports->type->element->field("protocol")->defaultJson, "\"TCP\"");
  EXPECT_EQ(container->field("args")->type->listType, ListType::Atomic);
  EXPECT_TRUE(Schema::builtin().typeNamed("meta.v1.LabelSelector")->atomic);
}

TEST(KubeSchema, TypesMayContainThemselves) {
  const Type* t = Schema::builtin().typeNamed("apiextensions.v1.JSONSchemaProps");
  ASSERT_TRUE(t);
  EXPECT_EQ(t->field("not")->type, t);
}

std::string textOf(const std::string& file) {
  std::ifstream in(file);
  return {std::istreambuf_iterator<char>(in), {}};
}

TEST(KubeSchema, EveryTypeOfTheFileIsRead) {
  auto schema = Schema::parse(textOf(CHASI_SCHEMA_FILE));
  ASSERT_TRUE(static_cast<bool>(schema)) << llvm::toString(schema.takeError());
  EXPECT_GT((*schema)->typeNames().size(), 400u);
  for (const Resource& r : (*schema)->resources()) EXPECT_TRUE((*schema)->typeNamed(r.typeName)) << r.typeName;
}

TEST(KubeSchema, HasFourReleases) {
  EXPECT_EQ(Schema::releases(), (std::vector<std::string_view>{"1.33", "1.34", "1.35", "1.36"}));
  EXPECT_EQ(Schema::ofRelease("1.36"), &Schema::builtin());
  EXPECT_EQ(Schema::ofRelease("1.2"), nullptr);
  for (const std::string_view release : Schema::releases()) {
    const Schema& schema = *Schema::ofRelease(release);
    EXPECT_EQ(schema.release(), release);
    for (const std::string_view name : schema.typeNames()) EXPECT_TRUE(schema.typeNamed(name)) << release << ' ' << name;
    for (const Resource& r : schema.resources()) EXPECT_TRUE(schema.typeNamed(r.typeName)) << release << ' ' << r.typeName;
    EXPECT_EQ(schema.typeNamed("apps.v1.DeploymentStrategy")->field("type")->type->enumValues.size(), 2u) << release;
  }
  EXPECT_FALSE(Schema::ofRelease("1.33")->resourceOf("resource.k8s.io/v1", "DeviceClass"));
  EXPECT_TRUE(Schema::ofRelease("1.34")->resourceOf("resource.k8s.io/v1", "DeviceClass"));
}

TEST(KubeSchema, TheNearestReleaseStandsInForOthers) {
  for (const auto& [version, release] : {std::pair{"1.34", "1.34"}, {"1.34.2", "1.34"}, {"v1.35.0", "1.36"}, {"1.20", "1.33"}, {"1.99", "1.36"}, {"2.0", "1.36"}, {"", "1.36"}})
    EXPECT_EQ(Schema::nearest(version).release(), release) << version;
}

TEST(KubeSchema, WhatIsGoneNamesWhatTookItsPlace) {
  ASSERT_TRUE(retired("extensions/v1beta1", "Ingress"));
  EXPECT_EQ(retired("extensions/v1beta1", "Ingress")->replacement, "networking.k8s.io/v1");
  EXPECT_EQ(retired("v1", "Endpoints")->removed, "");
  EXPECT_FALSE(retired("apps/v1", "Deployment"));
}

TEST(KubeSchema, RefusesTextThatIsNoSchema) {
  for (const char* text : {"nonsense\n", " field string\n", "type a\n f @missing\n", "resource a b\n"}) {
    auto schema = Schema::parse(text);
    EXPECT_FALSE(static_cast<bool>(schema)) << text;
    llvm::consumeError(schema.takeError());
  }
}

TEST(KubeSchema, TheFileIsWhatTheToolMakesOfTheDocuments) {
  const char* given = std::getenv("CHASI_SHARED_DATA");
  const std::filesystem::path folder = std::filesystem::path(given ? given : CHASI_SOURCE_DIR "/../shared/data") / "kubernetes/1.36";
  if (!std::filesystem::exists(folder)) GTEST_SKIP() << "no OpenAPI documents of Kubernetes 1.36 in " << folder;
  const std::string out = testing::TempDir() + "schema-made-anew";
  const std::string command = fmt::format("'{}' 1.36 '{}'/*.json > '{}'", CHASI_SCHEMA_TOOL, folder.string(), out);
  ASSERT_EQ(std::system(command.c_str()), 0);
  EXPECT_TRUE(textOf(out) == textOf(CHASI_SCHEMA_FILE)) << "differs from " << out << ": see stdlib/k8s/README.md";
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
  EXPECT_TRUE(isDnsSubdomain(std::string(64, 'a')));
  EXPECT_FALSE(isDnsLabel(std::string(64, 'a')));
  for (const char* good : {"1", "500m", "1.5Gi", "1e3", "-1", ".5"}) EXPECT_TRUE(isQuantity(good)) << good;
  for (const char* bad : {"", "Gi", "1GB", "1.2.3", "e3", "1e"}) EXPECT_FALSE(isQuantity(bad)) << bad;
}

} // namespace
} // namespace chasi::k8s
