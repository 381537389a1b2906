// How little a comparison asks, what it must still notice, images, and status; against a cluster in memory.
#include "runtime/engine/fake_cluster_test.h"
#include "runtime/image/inspect.h"
#include "runtime/image/test_folder.h"

#include <gtest/gtest.h>

using namespace chasi;
using namespace chasi::engine;
using namespace chasi::engine::testing;
using plan::Action;

static Spec workload() {
  Spec spec;
  spec.add("apps/v1", "Deployment", "default", "web", {{"spec", {{"replicas", 2}, {"image", "web:1"}}}});
  spec.config("default", "settings", "1");
  return spec;
}

static plan::Plan planned(llvm::Expected<plan::Plan> plan) {
  if (plan) return std::move(*plan);
  ADD_FAILURE() << plan::takeText(plan.takeError()).message;
  return {};
}

struct DryRuns {
  size_t count = 0;
  explicit DryRuns(FakeCluster& cluster) {
    cluster.after = [this](const HttpRequest& request, HttpResponse&) { count += FakeCluster::isDryRun(request); };
  }
};

TEST(Compare, StatusOfAWorkloadIsNoChange) {
  FakeCluster cluster;
  Bench bench(cluster);
  must(bench.run(workload()));
  json& live = *cluster.get("Deployment", "default", "web");
  live["status"]["readyReplicas"] = 1;
  cluster.touch(live);
  DryRuns dryRuns(cluster);
  plan::Plan plan = planned(bench.compare(workload()));
  EXPECT_EQ(plan.steps[0].action, Action::None);
  EXPECT_EQ(dryRuns.count, 0U) << "what we own is as the server gave it back";
}

TEST(Compare, DriftIsNoticed) {
  FakeCluster cluster;
  Bench bench(cluster);
  must(bench.run(workload()));
  json& web = *cluster.get("Deployment", "default", "web");
  web["spec"]["replicas"] = 5;
  cluster.touch(web);
  json& settings = *cluster.get("ConfigMap", "default", "settings");
  settings["data"]["key"] = "drifted";
  cluster.touch(settings);
  plan::Plan plan = planned(bench.compare(workload()));
  ASSERT_EQ(plan.steps[0].changes.size(), 1U);
  EXPECT_EQ(plan.steps[0].changes[0].path, "spec.replicas");
  EXPECT_EQ(plan.steps[0].changes[0].before, "5");
  EXPECT_EQ(plan.steps[0].changes[0].after, "2");
  EXPECT_EQ(plan.steps[1].action, Action::Update);
  EXPECT_EQ(must(bench.apply(plan)).updated, 2U);
  EXPECT_EQ((*cluster.get("ConfigMap", "default", "settings"))["data"]["key"], "1");
}

TEST(Compare, LostOwnershipIsNoticed) {
  FakeCluster cluster;
  Bench bench(cluster);
  must(bench.run(workload()));
  json& live = *cluster.get("Deployment", "default", "web");
  live["metadata"]["managedFields"][0]["manager"] = "thief";
  cluster.touch(live);
  plan::Plan plan = planned(bench.compare(workload()));
  EXPECT_EQ(plan.steps[0].action, Action::Update);
  EXPECT_TRUE(plan.steps[0].changes.empty()) << "the values are the same";
  EXPECT_TRUE(must(bench.apply(plan)).ok());
}

TEST(Compare, MissingInventoryIsMadeAgainFromLabels) {
  FakeCluster cluster;
  Bench bench(cluster);
  must(bench.run(workload()));
  cluster.objects.erase(cluster.pathOf("ConfigMap", "chasi-system", "chasi-shop"));
  bench.connections->forget();
  plan::Plan plan = planned(bench.compare(workload()));
  EXPECT_EQ(plan::count(plan).changes(), 0U) << "they have our label";
  EXPECT_TRUE(must(bench.apply(plan)).ok());
  EXPECT_TRUE(cluster.get("ConfigMap", "chasi-system", "chasi-shop")) << "the record is there again";
}

// What has the label and is not described any more is found in all kinds, and not deleted without a word.
TEST(Compare, WithoutAnInventoryDeletionsNeedConsent) {
  FakeCluster cluster;
  Bench bench(cluster);
  Spec both = workload();
  both.add("v1", "Service", "default", "old", json::object());
  must(bench.run(both));
  cluster.objects.erase(cluster.pathOf("ConfigMap", "chasi-system", "chasi-shop"));
  bench.connections->forget();
  plan::Plan plan = planned(bench.compare(workload()));
  ASSERT_EQ(plan.prunes.size(), 1U);
  auto refused = bench.apply(plan);
  ASSERT_FALSE(bool(refused));
  EXPECT_EQ(plan::takeText(refused.takeError()).code, "CH6206");
  bench.options.allowPrune = 1;
  EXPECT_EQ(must(bench.apply(plan)).deleted, 1U);
}

TEST(Compare, StrippedLabelIsStillOurs) {
  FakeCluster cluster;
  Bench bench(cluster);
  must(bench.run(workload()));
  json& live = *cluster.get("ConfigMap", "default", "settings");
  live["metadata"].erase("labels");
  cluster.touch(live);
  plan::Plan plan = planned(bench.compare(workload()));
  EXPECT_EQ(plan.steps[1].action, Action::Update);
  EXPECT_FALSE(plan.steps[1].adopted);
  EXPECT_TRUE(must(bench.apply(plan)).ok());
  EXPECT_EQ(cluster.members("ConfigMap"), 1U);
}

TEST(Compare, StampsOfAnotherServerVersionAreNotBelieved) {
  FakeCluster cluster;
  Bench bench(cluster);
  must(bench.run(workload()));
  cluster.gitVersion = "v1.37.0";
  bench.connections->forget();
  DryRuns dryRuns(cluster);
  plan::Plan plan = planned(bench.compare(workload()));
  EXPECT_EQ(plan::count(plan).changes(), 0U);
  EXPECT_EQ(dryRuns.count, 2U);
  // A run with changes notes what was found out.
  Spec more = workload();
  more.config("default", "more", "1");
  must(bench.run(more));
  dryRuns.count = 0;
  EXPECT_EQ(plan::count(planned(bench.compare(more))).changes(), 0U);
  EXPECT_EQ(dryRuns.count, 0U);
}

TEST(Compare, WorkspacesNeverMixOnTheSameConnections) {
  FakeCluster cluster;
  Bench bench(cluster);
  must(bench.run(workload()));
  EXPECT_EQ(plan::count(planned(bench.compare(workload()))).changes(), 0U);
  Spec other;
  other.desired.workspace = "bank";
  other.config("default", "bank", "1");
  plan::Plan plan = planned(bench.compare(other));
  EXPECT_EQ(plan.prunes.size(), 0U);
  EXPECT_EQ(plan.steps[0].action, Action::Create);
}

TEST(Compare, UnreadableClusterIsNeverEmpty) {
  FakeCluster cluster;
  Bench bench(cluster);
  must(bench.run(workload()));
  for (auto answer : {FakeCluster::status(403, "Forbidden", "deployments is forbidden"), FakeCluster::status(500, "InternalError", "etcd")}) {
    cluster.before = [&](const HttpRequest& request) -> std::optional<HttpResponse> {
      if (request.path.find("/deployments?") != std::string::npos) return answer;
      return std::nullopt;
    };
    std::string code = codeOf(bench.compare(Spec()).takeError());
    EXPECT_EQ(code, answer.status == 403 ? "CH6104" : "CH6109");
  }
}

TEST(Compare, OfflineKnowsOnlyWhatIsWanted) {
  plan::Plan plan = planned(compareOffline(workload().desired));
  EXPECT_TRUE(plan.offline);
  EXPECT_EQ(plan.steps[0].action, Action::Create);
  Spec twice = workload();
  twice.desired.operations[1].id = twice.desired.operations[0].id;
  EXPECT_EQ(codeOf(compareOffline(twice.desired).takeError()), "CH6004");
}

TEST(Compare, ObjectThatIsBeingDeletedIsMadeAgain) {
  FakeCluster cluster;
  Bench bench(cluster);
  must(bench.run(workload()));
  json& live = *cluster.get("ConfigMap", "default", "settings");
  live["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z";
  std::string old = live["metadata"]["uid"];
  cluster.touch(live);
  plan::Plan plan = planned(bench.compare(workload()));
  EXPECT_EQ(plan.steps[1].action, Action::Unknown);
  size_t looks = 0;
  cluster.before = [&](const HttpRequest& request) -> std::optional<HttpResponse> {
    if (request.path.find("configmaps/settings") != std::string::npos && ++looks == 4) cluster.objects.erase(cluster.pathOf("ConfigMap", "default", "settings"));
    return std::nullopt;
  };
  Summary summary = must(bench.apply(plan));
  EXPECT_TRUE(summary.ok()) << messageOf(summary);
  EXPECT_NE((*cluster.get("ConfigMap", "default", "settings"))["metadata"]["uid"], old);
}

TEST(Status, PerDeclarationAsPeopleThink) {
  FakeCluster cluster;
  Spec spec = workload();
  spec.add("example.com/v1", "Widget", "other", "w");
  Bench bench(cluster);
  auto report = status(spec.desired, *bench.connections);
  ASSERT_TRUE(bool(report));
  ASSERT_EQ(report->owners.size(), 2U);
  EXPECT_EQ(report->owners[0].state, State::Missing);
  EXPECT_EQ(report->owners[0].troubles.size(), 2U);
  EXPECT_NE(report->owners[1].troubles[0].reason.find("does not serve"), std::string::npos);
  must(bench.run(workload()));
  report = status(workload().desired, *bench.connections);
  ASSERT_TRUE(bool(report));
  EXPECT_TRUE(report->healthy());
  EXPECT_EQ(report->owners[0].ready, 2U);
  json& live = *cluster.get("Deployment", "default", "web");
  live["status"]["readyReplicas"] = 1;
  report = status(workload().desired, *bench.connections);
  ASSERT_TRUE(bool(report));
  EXPECT_EQ(report->owners[0].state, State::Progressing);
  EXPECT_EQ(report->owners[0].troubles[0].reason, "1 of 2 replicas ready");
  live["status"]["conditions"] = json::array({{{"type", "Progressing"}, {"status", "False"}, {"reason", "ProgressDeadlineExceeded"}, {"message", "too slow"}}});
  report = status(workload().desired, *bench.connections);
  ASSERT_TRUE(bool(report));
  EXPECT_STREQ(name(report->owners[0].state), "Failed");
}

static Spec images() {
  Spec spec;
  auto image = [&](const std::string& name, const std::string& base, std::vector<uint32_t> needs) {
    plan::Operation op;
    op.id = "image." + name + "/image";
    op.owner = "image." + name;
    op.kind = plan::OpKind::Image;
    op.needs = std::move(needs);
    op.payload = R"({"layout":"out/)" + name + R"(","image":{"name":")" + name + R"(","base":)" + base +
                 R"(,"platforms":["linux/amd64"],"layers":[{"files":[{"content":")" + name + R"(","to":"/x"}]}]}})";
    spec.desired.operations.push_back(std::move(op));
    return static_cast<uint32_t>(spec.desired.operations.size() - 1);
  };
  uint32_t base = image("base", R"("scratch")", {});
  uint32_t top = image("top", R"({"layout":"out/base","ref":"base"})", {base});
  spec.config("default", "after", "1", {top});
  return spec;
}

TEST(Images, AreBuiltInOrderAndOnlyOnce) {
  image::testing::TestFolder folder;
  for (const std::string& one : {std::string(), folder / "all.oci"}) {
    FakeCluster cluster;
    Bench bench(cluster);
    bench.options.images = {folder.str(), one, folder / "cache"};
    CompareOptions with;
    with.images = bench.options.images;
    plan::Plan plan = planned(bench.compare(images(), with));
    ASSERT_EQ(plan.steps[0].action, Action::Build);
    ASSERT_EQ(plan.steps[1].action, Action::Build);
    EXPECT_NE(plan.steps[1].reason.find("image.base/image"), std::string::npos);
    Summary summary = must(bench.apply(plan));
    EXPECT_TRUE(summary.ok()) << messageOf(summary);
    EXPECT_EQ(summary.built, 2U);
    EXPECT_NE(cluster.get("ConfigMap", "default", "after"), nullptr);
    EXPECT_TRUE(bool(image::findReference(one.empty() ? folder / "out/top" : one, "top")));
    auto before = image::testing::picture(folder.str());
    plan = planned(bench.compare(images(), with));
    EXPECT_EQ(plan::count(plan).changes(), 0U);
    EXPECT_TRUE(must(bench.apply(plan)).ok());
    EXPECT_EQ(image::testing::picture(folder.str()), before);
  }
}

TEST(Images, WhatCannotBeBuiltStopsWhatNeedsIt) {
  image::testing::TestFolder folder;
  FakeCluster cluster;
  Bench bench(cluster);
  Spec spec = images();
  spec.desired.operations[0].payload = R"({"layout":"out","image":{"name":"base","base":"scratch","platforms":["linux/amd64"],"layers":[{"files":[{"from":"missing","to":"/x"}]}]}})";
  bench.options.images = {folder.str(), "", ""};
  CompareOptions with;
  with.images = bench.options.images;
  plan::Plan plan = planned(bench.compare(spec, with));
  ASSERT_TRUE(plan.steps[0].problem.has_value());
  EXPECT_EQ(plan.steps[0].problem->code, "CH7002");
  plan.steps[0].problem.reset(); // as if the file had gone after the plan was made
  Summary summary = must(bench.apply(plan));
  EXPECT_EQ(codeOf(summary), "CH7002");
  EXPECT_EQ(summary.skipped, 2U);
}
