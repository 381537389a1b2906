// Rollouts: a wave begins when the ones before are ready, and stayed so.
#include "runtime/engine/fake_cluster_test.h"
#include "runtime/engine/selection.h"
#include "runtime/plan/waves.h"

#include <gtest/gtest.h>

using namespace chasi;
using namespace chasi::engine;
using namespace chasi::engine::testing;
using namespace std::chrono_literals;

namespace {

/// Three workloads, each of an owner of its own and in a wave of its own.
Spec shops(const std::string& image, uint64_t pause = 0) {
  Spec spec;
  const uint32_t ns = spec.space("shop");
  for (const char* name : {"a", "b", "c"}) {
    spec.add("apps/v1", "Deployment", "shop", name, {{"spec", {{"replicas", 1}, {"image", image}}}}, {ns});
    spec.desired.operations.back().owner = std::string("system.") + name;
  }
  plan::Rollout rollout;
  rollout.name = "rollout.shops";
  rollout.waves = {{"canary", {"system.a"}}, {"some", {"system.b"}}, {"rest", {"system.c"}}};
  rollout.pauseMilliseconds = pause;
  spec.desired.rollouts.push_back(rollout);
  return spec;
}

size_t at(const FakeCluster& cluster, const std::string& name) {
  const auto place = std::find(cluster.log.begin(), cluster.log.end(), "PATCH /apis/apps/v1/namespaces/shop/deployments/" + name);
  return static_cast<size_t>(place - cluster.log.begin());
}

bool said(const Bench& bench, const std::string& text) {
  return std::any_of(bench.events.begin(), bench.events.end(), [&](const Event& e) { return e.message.find(text) != std::string::npos; });
}

} // namespace

TEST(Waves, BeginOneAfterTheOther) {
  FakeCluster cluster;
  Bench bench(cluster);
  EXPECT_TRUE(must(bench.run(shops("1"))).ok());
  EXPECT_LT(at(cluster, "a"), at(cluster, "b"));
  EXPECT_LT(at(cluster, "b"), at(cluster, "c"));
  EXPECT_TRUE(said(bench, "wave rest of rollout.shops begins"));
  // What does not change waits for nothing.
  bench.events.clear();
  cluster.log.clear();
  EXPECT_TRUE(must(bench.run(shops("1"))).ok());
  EXPECT_TRUE(cluster.log.empty());
  EXPECT_FALSE(said(bench, "begins"));
}

TEST(Waves, APlanNamesThem) {
  FakeCluster cluster;
  Bench bench(cluster);
  auto plan = bench.compare(shops("1"));
  ASSERT_TRUE(bool(plan));
  EXPECT_EQ(plan::waveNames(plan->desired), (std::vector<std::string>{"", "wave 1 of 3 (canary)", "wave 2 of 3 (some)", "wave 3 of 3 (rest)"}));
  std::string text;
  llvm::raw_string_ostream out(text);
  plan::writePlan(*plan, out);
  auto again = plan::readPlan(out.str());
  ASSERT_TRUE(bool(again));
  ASSERT_EQ(again->desired.rollouts.size(), 1U);
  EXPECT_EQ(plan::waveNames(again->desired), plan::waveNames(plan->desired));
}

TEST(Waves, AFailedWaveEndsTheRollout) {
  FakeCluster cluster;
  Bench bench(cluster);
  must(bench.run(shops("1")));
  cluster.before = [](const HttpRequest& request) -> std::optional<HttpResponse> {
    if (request.path.find("deployments/b?") != std::string::npos && !FakeCluster::isDryRun(request)) return FakeCluster::status(422, "Invalid", "no such image");
    return std::nullopt;
  };
  Summary summary = must(bench.run(shops("2")));
  EXPECT_EQ(summary.updated, 1U);
  EXPECT_EQ(summary.failures.size(), 1U);
  EXPECT_EQ(summary.skipped, 1U);
  EXPECT_TRUE(said(bench, "wave rest of rollout.shops does not begin: unit/Deployment/b failed"));
  EXPECT_EQ((*cluster.get("Deployment", "shop", "c"))["spec"]["image"], "1");
  // The next run goes on where this one stopped.
  cluster.before = nullptr;
  summary = must(bench.run(shops("2")));
  EXPECT_TRUE(summary.ok());
  EXPECT_EQ(summary.updated, 2U);
}

TEST(Waves, WhatIsNotReadyHoldsTheRest) {
  FakeCluster cluster;
  Bench bench(cluster);
  must(bench.run(shops("1")));
  cluster.workloadsReady = false;
  cluster.after = [&](const HttpRequest&, HttpResponse&) { (*cluster.get("Deployment", "shop", "a"))["status"] = json::object(); };
  bench.options.readyTimeout = 20s;
  Summary summary = must(bench.run(shops("2")));
  EXPECT_EQ(codeOf(summary), "CH6209");
  EXPECT_EQ(summary.updated, 1U);
  EXPECT_EQ(summary.skipped, 2U);
  // Also when it was applied in an earlier run.
  summary = must(bench.run(shops("2")));
  EXPECT_EQ(codeOf(summary), "CH6209");
  EXPECT_EQ(summary.updated, 0U);
  EXPECT_EQ((*cluster.get("Deployment", "shop", "c"))["spec"]["image"], "1");
}

TEST(Waves, APauseIsKept) {
  FakeCluster cluster;
  Bench bench(cluster);
  EXPECT_TRUE(must(bench.run(shops("1", 60'000))).ok());
  EXPECT_GE(bench.elapsed(), 120s);
  EXPECT_LE(bench.elapsed(), 130s);
  // Nobody waits for waves in which nothing was changed.
  Bench again(cluster);
  Spec spec = shops("1", 60'000);
  json last = json::parse(spec.desired.operations[3].payload);
  last["spec"]["image"] = "2";
  spec.desired.operations[3].payload = last.dump();
  EXPECT_TRUE(must(again.run(spec)).ok());
  EXPECT_LE(again.elapsed(), 5s);
}

TEST(Waves, WhatBreaksInThePauseHaltsTheRollout) {
  FakeCluster cluster;
  Bench bench(cluster);
  must(bench.run(shops("1")));
  const kube::Transport::Time begin = bench.memory->now();
  cluster.after = [&](const HttpRequest&, HttpResponse&) {
    if (bench.memory->now() - begin < 30s) return;
    json& live = *cluster.get("Deployment", "shop", "a");
    live["status"] = {{"replicas", 1}, {"updatedReplicas", 1}, {"availableReplicas", 0}, {"readyReplicas", 0}};
  };
  Summary summary = must(bench.run(shops("2", 60'000)));
  EXPECT_EQ(codeOf(summary), "CH6209");
  EXPECT_NE(messageOf(summary).find("was ready, and is not any more"), std::string::npos);
  EXPECT_EQ(summary.updated, 1U);
  EXPECT_EQ(summary.skipped, 2U);
}

TEST(Waves, WhatAnEarlyWaveNeedsComesWithIt) {
  FakeCluster cluster;
  Bench bench(cluster);
  Spec spec = shops("1");
  std::swap(spec.desired.rollouts[0].waves[0].owners, spec.desired.rollouts[0].waves[2].owners); // c first, a last
  spec.desired.operations[3].needs.push_back(1);                                                 // and c needs a
  EXPECT_EQ(plan::waveNames(spec.desired)[1], "wave 1 of 3 (canary)");
  EXPECT_TRUE(must(bench.run(spec)).ok());
  EXPECT_LT(at(cluster, "a"), at(cluster, "c"));
  EXPECT_LT(at(cluster, "c"), at(cluster, "b"));
}

TEST(Waves, RolloutsThatWaitForEachOtherAreRefused) {
  FakeCluster cluster;
  Bench bench(cluster);
  Spec spec;
  for (const char* name : {"a", "b", "c", "d"}) {
    spec.config("default", name, "1");
    spec.desired.operations.back().owner = std::string("system.") + name;
  }
  // One: a, then b. Two: c, then d. b is needed by c, and d by a.
  std::swap(spec.desired.operations[0], spec.desired.operations[3]);
  spec.desired.operations[3].needs = {0};
  spec.desired.operations[2].needs = {1};
  spec.desired.rollouts = {{"rollout.one", {{"first", {"system.a"}}, {"last", {"system.b"}}}, 0, {}}, {"rollout.two", {{"first", {"system.c"}}, {"last", {"system.d"}}}, 0, {}}};
  auto plan = bench.compare(spec);
  ASSERT_FALSE(bool(plan));
  EXPECT_EQ(codeOf(plan.takeError()), "CH6231");
  spec.desired.operations[3].needs.clear();
  EXPECT_TRUE(must(bench.run(spec)).ok());
  spec.desired.rollouts[1].waves[1].owners.push_back("system.a");
  EXPECT_EQ(codeOf(bench.compare(spec).takeError()), "CH6231");
}

TEST(Waves, AChoiceByNameDoesNotWaitForWhatWasNotChosen) {
  FakeCluster cluster;
  Bench bench(cluster);
  must(bench.run(shops("1")));
  auto plan = bench.compare(shops("2"));
  ASSERT_TRUE(bool(plan));
  const plan::Desired described = plan->desired;
  ASSERT_FALSE(bool(select(*plan, {{"system.c"}, {}}, described)));
  Summary summary = must(bench.apply(*plan));
  EXPECT_TRUE(summary.ok());
  EXPECT_EQ(summary.updated, 1U);
}
