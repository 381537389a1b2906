// Where values of secrets come from, against a cluster in memory and small programs.
#include "runtime/engine/cluster_secrets.h"
#include "runtime/engine/fake_cluster_test.h"
#include "runtime/engine/scrub.h"
#include "runtime/plan/digest.h"
#include "runtime/plan/recipe.h"

#include <gtest/gtest.h>

using namespace chasi;
using namespace chasi::engine;
using namespace chasi::engine::testing;
using namespace std::chrono_literals;
using plan::Action;

namespace {

const std::string kValue = "correct horse battery";

/// A Secret whose only entry is made of one of the cluster, and a map that needs it.
Spec derived() {
  Spec spec;
  const uint32_t index = spec.add("v1", "Secret", "default", "s", {});
  plan::Operation& op = spec.desired.operations[index];
  op.payload = R"({"apiVersion":"v1","kind":"Secret","metadata":{"name":"s","namespace":"default"},"data":{"url":null}})";
  op.secrets = {{"/data/url", plan::kTemplate, plan::writeRecipe({{.literal = "pg://app:"}, {.provider = "k8s", .key = "team/db/password"}})}};
  spec.config("default", "after", "1", {index});
  return spec;
}

void putSource(FakeCluster& cluster, const std::string& key, const std::string& value) {
  cluster.put("v1", "Namespace", "", "team");
  cluster.put("v1", "Secret", "team", "db", {{"data", {{key, plan::base64(value)}}}});
}

std::string said(const Bench& bench, const Summary& summary) {
  std::string all = messageOf(summary);
  for (const Event& event : bench.events) all += "\n" + event.message;
  return all;
}

} // namespace

TEST(ClusterSecrets, AreReadFromTheClusterOfTheObject) {
  FakeCluster cluster;
  putSource(cluster, "password", kValue);
  Bench bench(cluster);
  Summary summary = must(bench.run(derived()));
  ASSERT_TRUE(summary.ok()) << messageOf(summary);
  EXPECT_EQ((*cluster.get("Secret", "default", "s"))["data"]["url"], plan::base64("pg://app:" + kValue));
  cluster.log.clear();
  auto again = bench.compare(derived());
  ASSERT_TRUE(bool(again));
  EXPECT_EQ(again->steps[0].action, Action::None);
  EXPECT_TRUE(cluster.log.empty());
  (*cluster.get("Secret", "team", "db"))["data"]["password"] = plan::base64("another");
  bench.connections->forget();
  auto changed = bench.compare(derived());
  ASSERT_TRUE(bool(changed));
  ASSERT_EQ(changed->steps[0].action, Action::Update);
  ASSERT_EQ(changed->steps[0].changes.size(), 1U);
  EXPECT_TRUE(changed->steps[0].changes[0].secret);
  EXPECT_TRUE(changed->steps[0].changes[0].before.empty() && changed->steps[0].changes[0].after.empty());
}

TEST(ClusterSecrets, AMissingOneFailsTheOperationAndSkipsWhatNeedsIt) {
  FakeCluster cluster;
  Bench bench(cluster);
  auto plan = bench.compare(derived());
  ASSERT_TRUE(bool(plan));
  EXPECT_EQ(plan->steps[0].action, Action::Create);
  EXPECT_NE(plan->steps[0].reason.find("there is no Secret team/db"), std::string::npos);
  Summary summary = must(bench.apply(*plan));
  EXPECT_EQ(codeOf(summary), "CH6212");
  EXPECT_NE(messageOf(summary).find("there is no Secret team/db"), std::string::npos);
  EXPECT_EQ(summary.skipped, 1U);
  EXPECT_EQ(cluster.get("ConfigMap", "default", "after"), nullptr);
  // It may come after the plan was made.
  putSource(cluster, "password", kValue);
  EXPECT_TRUE(must(bench.apply(*plan)).ok());
}

TEST(ClusterSecrets, AMissingEntryIsNamedAndNothingElseOfTheSecret) {
  FakeCluster cluster;
  putSource(cluster, "other", kValue);
  Bench bench(cluster);
  Summary summary = must(bench.run(derived()));
  EXPECT_EQ(codeOf(summary), "CH6212");
  const std::string all = said(bench, summary);
  EXPECT_NE(all.find("the Secret team/db has no entry 'password'"), std::string::npos);
  EXPECT_EQ(all.find(kValue), std::string::npos);
}

TEST(ClusterSecrets, ARefusalSaysWhoMayNot) {
  FakeCluster cluster;
  putSource(cluster, "password", kValue);
  cluster.before = [](const HttpRequest& request) -> std::optional<HttpResponse> {
    if (request.path != "/api/v1/namespaces/team/secrets/db") return std::nullopt;
    return FakeCluster::status(403, "Forbidden", "secrets \"db\" is forbidden: User \"ci\" cannot get resource \"secrets\"");
  };
  Bench bench(cluster);
  Summary summary = must(bench.run(derived()));
  EXPECT_EQ(codeOf(summary), "CH6212");
  EXPECT_NE(messageOf(summary).find("may not be read"), std::string::npos);
  EXPECT_NE(messageOf(summary).find("User \"ci\""), std::string::npos);
  EXPECT_EQ(summary.skipped, 1U);
}

TEST(ClusterSecrets, AreInNoMessage) {
  FakeCluster cluster;
  putSource(cluster, "password", kValue);
  const std::string url = "pg://app:" + kValue;
  cluster.before = [&](const HttpRequest& request) -> std::optional<HttpResponse> {
    if (request.method != kube::Method::Patch || request.path.find("secrets/s?") == std::string::npos) return std::nullopt;
    return FakeCluster::status(422, "Invalid", "data.url: Invalid value: \"" + plan::base64(url) + "\", " + url + ", " + kValue + ", " + plan::base64(kValue));
  };
  Bench bench(cluster);
  Summary summary = must(bench.run(derived()));
  EXPECT_EQ(codeOf(summary), "CH6204");
  const std::string all = said(bench, summary);
  for (const std::string& form : {url, kValue, plan::base64(url), plan::base64(kValue)}) EXPECT_EQ(all.find(form), std::string::npos) << all;
  EXPECT_NE(all.find("(secret)"), std::string::npos);
}

TEST(ClusterSecrets, WhatIsNoNameIsNotAskedFor) {
  ClusterSecrets secrets;
  plan::Operation op;
  for (const char* key : {"a/../b/c", "a/b?x/c", "a/c", "/b/c", "a//c"}) op.secrets.push_back({"/data/a", plan::kCluster, key});
  EXPECT_TRUE(secrets.missing(op).empty());
  op.secrets = {{"/data/a", plan::kCluster, "a/b/c"}, {"/data/b", plan::kCluster, "a/b/d"}};
  EXPECT_EQ(secrets.missing(op), std::set<std::string>{"a/b"});
}
