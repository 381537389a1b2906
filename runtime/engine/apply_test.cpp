// What apply does with guards, conflicts, failures and order, against a cluster in memory.
#include "runtime/engine/fake_cluster_test.h"

#include <gtest/gtest.h>

using namespace chasi;
using namespace chasi::engine;
using namespace chasi::engine::testing;
using plan::Action;

static Spec webShop() {
  Spec spec;
  uint32_t ns = spec.space("shop");
  spec.config("shop", "a", "1", {ns});
  spec.config("shop", "b", "1", {ns});
  return spec;
}

TEST(Apply, SecondRunWritesNothing) {
  FakeCluster cluster;
  Bench bench(cluster);
  Summary first = must(bench.run(webShop()));
  EXPECT_TRUE(first.ok());
  EXPECT_EQ(first.created, 3U);
  EXPECT_EQ(cluster.members("ConfigMap"), 2U);
  EXPECT_EQ(cluster.get("Lease", "chasi-system", "chasi-shop"), nullptr) << "the lock is given back";
  cluster.log.clear();
  Bench again(cluster);
  size_t before = cluster.requests;
  Summary second = must(again.run(webShop()));
  EXPECT_TRUE(second.ok());
  EXPECT_EQ(second.unchanged, 3U);
  EXPECT_EQ(second.writes, 0U);
  EXPECT_TRUE(cluster.log.empty());
  EXPECT_LE(cluster.requests - before, 7U) << "a list for each kind, and what loading takes";
}

TEST(Apply, ChangesAndPrunesExactlyWhatIsOurs) {
  FakeCluster cluster;
  Bench bench(cluster);
  must(bench.run(webShop()));
  cluster.put("v1", "ConfigMap", "shop", "foreign", {{"data", {{"x", "y"}}}});
  Spec spec;
  uint32_t ns = spec.space("shop");
  spec.config("shop", "a", "2", {ns});
  auto plan = bench.compare(spec);
  ASSERT_TRUE(bool(plan));
  ASSERT_EQ(plan->steps[1].action, Action::Update);
  ASSERT_EQ(plan->steps[1].changes.size(), 1U);
  EXPECT_EQ(plan->steps[1].changes[0].path, "data.key");
  ASSERT_EQ(plan->prunes.size(), 1U);
  EXPECT_EQ(plan->prunes[0].object.name, "b");
  EXPECT_EQ(plan->prunes[0].id, "unit/ConfigMap/b");
  Summary summary = must(bench.apply(*plan));
  EXPECT_TRUE(summary.ok());
  EXPECT_EQ(summary.updated, 1U);
  EXPECT_EQ(summary.deleted, 1U);
  EXPECT_EQ((*cluster.get("ConfigMap", "shop", "a"))["data"]["key"], "2");
  EXPECT_EQ(cluster.get("ConfigMap", "shop", "b"), nullptr);
  EXPECT_NE(cluster.get("ConfigMap", "shop", "foreign"), nullptr);
}

TEST(Apply, DestroyLeavesOnlyWhatWasThere) {
  FakeCluster cluster;
  Bench bench(cluster);
  must(bench.run(webShop()));
  cluster.put("v1", "ConfigMap", "default", "foreign");
  auto plan = planDestroy(webShop().desired, *bench.connections, {});
  ASSERT_TRUE(bool(plan));
  EXPECT_TRUE(plan->destroys);
  ASSERT_EQ(plan->prunes.size(), 3U);
  EXPECT_EQ(codeOf(bench.apply(*plan).takeError()), "CH6206") << "a namespace is more than an object";
  bench.options.allowPrune = 2;
  EXPECT_EQ(codeOf(bench.apply(*plan).takeError()), "CH6206");
  bench.options.allowPrune = 3;
  cluster.log.clear();
  Summary summary = must(bench.apply(*plan));
  EXPECT_TRUE(summary.ok());
  EXPECT_EQ(summary.deleted, 3U);
  EXPECT_EQ(cluster.get("Namespace", "", "shop"), nullptr);
  EXPECT_EQ(cluster.get("ConfigMap", "chasi-system", "chasi-shop"), nullptr) << "an empty inventory goes, too";
  EXPECT_NE(cluster.get("ConfigMap", "default", "foreign"), nullptr);
  auto at = [&](const std::string& line) { return std::find(cluster.log.begin(), cluster.log.end(), line) - cluster.log.begin(); };
  EXPECT_LT(at("DELETE /api/v1/namespaces/shop/configmaps/a"), at("DELETE /api/v1/namespaces/shop")) << "what it holds goes first";
}

TEST(Apply, DeletionAtAnUnknownClusterIsAFailure) {
  FakeCluster cluster;
  Bench bench(cluster);
  must(bench.run(webShop()));
  auto plan = bench.compare(webShop());
  ASSERT_TRUE(bool(plan));
  plan->prunes.push_back({"nowhere", {"v1", "ConfigMap", "shop", "a"}, {"u", "1"}, "", ""});
  bench.options.allowPrune = 1;
  EXPECT_EQ(codeOf(must(bench.apply(*plan))), "CH6004");
  EXPECT_NE(cluster.get("ConfigMap", "shop", "a"), nullptr);
}

TEST(Apply, ManyDeletionsNeedTheirNumber) {
  FakeCluster cluster;
  Bench bench(cluster);
  Spec spec;
  for (int i = 0; i < 20; ++i) spec.config("default", fmt::format("c{}", i), "1");
  must(bench.run(spec));
  Spec less;
  for (int i = 0; i < 15; ++i) less.config("default", fmt::format("c{}", i), "1");
  auto few = bench.compare(less);
  ASSERT_TRUE(bool(few));
  EXPECT_EQ(must(bench.apply(*few)).deleted, 5U);
  Spec none;
  auto many = bench.compare(none);
  ASSERT_TRUE(bool(many));
  EXPECT_EQ(codeOf(bench.apply(*many).takeError()), "CH6206");
  EXPECT_EQ(cluster.members("ConfigMap"), 15U);
}

TEST(Apply, FieldsOfOthersAreNeverTaken) {
  FakeCluster cluster;
  Bench bench(cluster);
  must(bench.run(webShop()));
  json& live = *cluster.get("ConfigMap", "shop", "a");
  live["data"]["key"] = "theirs";
  live["metadata"]["managedFields"] = json::array({{{"manager", "helm"}, {"operation", "Update"}, {"fieldsV1", {{"f:data", {{"f:key", json::object()}}}}}}});
  cluster.touch(live);
  auto plan = bench.compare(webShop());
  ASSERT_TRUE(bool(plan));
  ASSERT_TRUE(plan->steps[1].problem.has_value());
  EXPECT_EQ(plan->steps[1].problem->code, "CH6203");
  ASSERT_FALSE(plan->steps[1].changes.empty());
  EXPECT_EQ(plan->steps[1].changes[0].manager, "helm");
  EXPECT_EQ(codeOf(bench.apply(*plan).takeError()), "CH6203");
  EXPECT_EQ((*cluster.get("ConfigMap", "shop", "a"))["data"]["key"], "theirs");
}

TEST(Apply, ConflictWhileApplyingNamesManagerAndField) {
  FakeCluster cluster;
  Bench bench(cluster);
  must(bench.run(webShop()));
  Spec spec = webShop();
  spec.desired.operations[1].payload = R"({"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a","namespace":"shop"},"data":{"key":"2"}})";
  auto plan = bench.compare(spec);
  ASSERT_TRUE(bool(plan));
  json& live = *cluster.get("ConfigMap", "shop", "a");
  live["data"]["key"] = "theirs";
  live["metadata"]["managedFields"] = json::array({{{"manager", "autoscaler"}, {"operation", "Update"}, {"fieldsV1", {{"f:data", {{"f:key", json::object()}}}}}}});
  cluster.touch(live);
  Summary summary = must(bench.apply(*plan));
  EXPECT_EQ(codeOf(summary), "CH6203");
  EXPECT_NE(messageOf(summary).find("autoscaler"), std::string::npos);
  EXPECT_NE(messageOf(summary).find("data.key"), std::string::npos);
  EXPECT_EQ(summary.failures[0].source.line, 2U);
}

TEST(Apply, GoesOnWhenSomethingElseMoved) {
  FakeCluster cluster;
  Bench bench(cluster);
  must(bench.run(webShop()));
  Spec spec = webShop();
  spec.desired.operations[1].payload = R"({"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a","namespace":"shop"},"data":{"key":"2"}})";
  auto plan = bench.compare(spec);
  ASSERT_TRUE(bool(plan));
  json& live = *cluster.get("ConfigMap", "shop", "a");
  live["metadata"]["annotations"]["seen"] = "yes";
  cluster.touch(live);
  Summary summary = must(bench.apply(*plan));
  EXPECT_TRUE(summary.ok()) << messageOf(summary);
  EXPECT_EQ(summary.updated, 1U);
  EXPECT_EQ((*cluster.get("ConfigMap", "shop", "a"))["data"]["key"], "2");
  EXPECT_EQ((*cluster.get("ConfigMap", "shop", "a"))["metadata"]["annotations"]["seen"], "yes");
}

TEST(Apply, AControllerThatWritesTheStatusAllTheTimeIsInNobodysWay) {
  FakeCluster cluster;
  Bench bench(cluster);
  must(bench.run(webShop()));
  Spec spec = webShop();
  spec.desired.operations[1].payload = R"({"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a","namespace":"shop"},"data":{"key":"2"}})";
  auto plan = bench.compare(spec);
  ASSERT_TRUE(bool(plan));
  int writes = 0;
  cluster.before = [&](const HttpRequest& request) -> std::optional<HttpResponse> {
    if (request.method != kube::Method::Patch || request.path.find("/configmaps/a") == request.path.npos || request.path.find("dryRun") != request.path.npos || ++writes > 10) return std::nullopt;
    json& live = *cluster.get("ConfigMap", "shop", "a");
    live["status"]["seen"] = writes;
    cluster.touch(live);
    return std::nullopt;
  };
  Summary summary = must(bench.apply(*plan));
  EXPECT_TRUE(summary.ok()) << messageOf(summary);
  EXPECT_EQ(writes, 11);
  EXPECT_EQ((*cluster.get("ConfigMap", "shop", "a"))["data"]["key"], "2");
}

TEST(Apply, StalePlanIsNotCarriedOut) {
  for (int how = 0; how < 3; ++how) {
    FakeCluster cluster;
    Bench bench(cluster);
    must(bench.run(webShop()));
    Spec spec = webShop();
    spec.desired.operations[1].payload = R"({"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a","namespace":"shop"},"data":{"key":"2"}})";
    auto plan = bench.compare(spec);
    ASSERT_TRUE(bool(plan));
    json& live = *cluster.get("ConfigMap", "shop", "a");
    if (how == 0) { // the same field has another value now, and is ours still
      live["data"]["key"] = "3";
      cluster.touch(live);
    } else {
      cluster.objects.erase(cluster.pathOf("ConfigMap", "shop", "a"));
      if (how == 2) cluster.put("v1", "ConfigMap", "shop", "a", {{"data", {{"key", "new"}}}});
    }
    Summary summary = must(bench.apply(*plan));
    EXPECT_EQ(codeOf(summary), "CH6007") << how;
    if (how == 1) {
      EXPECT_EQ(cluster.get("ConfigMap", "shop", "a"), nullptr) << "no silent new one";
    } else {
      EXPECT_EQ((*cluster.get("ConfigMap", "shop", "a"))["data"]["key"], how == 0 ? "3" : "new");
    }
  }
}

TEST(Apply, WhatAppearedAfterThePlanIsNotTakenOver) {
  FakeCluster cluster;
  Bench bench(cluster);
  auto plan = bench.compare(webShop());
  ASSERT_TRUE(bool(plan));
  cluster.put("v1", "Namespace", "", "shop");
  cluster.put("v1", "ConfigMap", "shop", "a", {{"data", {{"key", "theirs"}}}});
  Summary summary = must(bench.apply(*plan));
  EXPECT_EQ(codeOf(summary), "CH6202");
  EXPECT_EQ((*cluster.get("ConfigMap", "shop", "a"))["data"]["key"], "theirs");
}

TEST(Apply, AdoptsOnlyWhenTold) {
  FakeCluster cluster;
  cluster.put("v1", "ConfigMap", "default", "a", {{"data", {{"key", "1"}, {"more", "x"}}}});
  Spec spec;
  spec.config("default", "a", "1");
  Bench bench(cluster);
  auto plan = bench.compare(spec);
  ASSERT_TRUE(bool(plan));
  ASSERT_TRUE(plan->steps[0].problem.has_value());
  EXPECT_EQ(plan->steps[0].problem->code, "CH6202");
  CompareOptions adopt;
  adopt.adopt = {"unit/ConfigMap/a"};
  plan = bench.compare(spec, adopt);
  ASSERT_TRUE(bool(plan));
  EXPECT_TRUE(plan->steps[0].adopted);
  EXPECT_EQ(plan->steps[0].action, Action::Update);
  EXPECT_TRUE(must(bench.apply(*plan)).ok());
  EXPECT_EQ(cluster.members("ConfigMap"), 1U);
  EXPECT_EQ((*cluster.get("ConfigMap", "default", "a"))["data"]["more"], "x");
}

TEST(Apply, FailureStopsOnlyWhatNeedsIt) {
  FakeCluster cluster;
  cluster.before = [](const HttpRequest& request) -> std::optional<HttpResponse> {
    if (request.method == kube::Method::Patch && request.path.find("configmaps/bad") != std::string::npos)
      return FakeCluster::status(422, "Invalid", "data is wrong");
    return std::nullopt;
  };
  Spec spec;
  uint32_t bad = spec.config("default", "bad", "1");
  uint32_t after = spec.config("default", "after", "1", {bad});
  spec.config("default", "later", "1", {after});
  spec.config("default", "good", "1");
  Bench bench(cluster);
  Summary summary = must(bench.run(spec));
  EXPECT_EQ(summary.failures.size(), 1U);
  EXPECT_EQ(codeOf(summary), "CH6204");
  EXPECT_EQ(summary.skipped, 2U);
  EXPECT_EQ(summary.created, 1U);
  EXPECT_FALSE(summary.ok());
  size_t skipped = 0;
  for (const Event& event : bench.events) skipped += event.kind == EventKind::Skipped;
  EXPECT_EQ(skipped, 2U);
  cluster.before = nullptr;
  Bench again(cluster);
  EXPECT_EQ(must(again.run(spec)).created, 3U) << "running again continues";
}

TEST(Apply, NothingIsDeletedWhileSomethingFails) {
  FakeCluster cluster;
  Bench bench(cluster);
  Spec old;
  old.config("default", "old", "1");
  must(bench.run(old));
  cluster.before = [](const HttpRequest& request) -> std::optional<HttpResponse> {
    if (request.method == kube::Method::Patch && request.path.find("configmaps/new") != std::string::npos) return FakeCluster::status(422, "Invalid", "no");
    return std::nullopt;
  };
  Spec renamed;
  renamed.config("default", "new", "1");
  Summary summary = must(bench.run(renamed));
  EXPECT_EQ(summary.deleted, 0U);
  EXPECT_EQ(summary.skipped, 1U);
  EXPECT_NE(cluster.get("ConfigMap", "default", "old"), nullptr);
  cluster.before = nullptr;
  summary = must(bench.run(renamed));
  EXPECT_EQ(summary.created, 1U);
  EXPECT_EQ(summary.deleted, 1U) << "it is still known";
}

TEST(Apply, WrongClusterAndOfflinePlanAreRefused) {
  FakeCluster cluster, other;
  Bench bench(cluster);
  auto plan = bench.compare(webShop());
  ASSERT_TRUE(bool(plan));
  (*other.get("Namespace", "", "kube-system"))["metadata"]["uid"] = "another";
  Bench elsewhere(other);
  EXPECT_EQ(codeOf(elsewhere.apply(*plan).takeError()), "CH6201");
  EXPECT_TRUE(other.log.empty());
  auto offline = compareOffline(webShop().desired);
  ASSERT_TRUE(bool(offline));
  EXPECT_EQ(codeOf(bench.apply(*offline).takeError()), "CH6201");
}
