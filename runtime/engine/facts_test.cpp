// What objects tell each other, against a cluster in memory.
#include "runtime/engine/cluster_facts.h"
#include "runtime/engine/fake_cluster_test.h"
#include "runtime/plan/recipe.h"

#include <gtest/gtest.h>

using namespace chasi;
using namespace chasi::engine;
using namespace chasi::engine::testing;
using namespace std::chrono_literals;
using plan::Action;

namespace {

/// A Service, a map that holds its address, and a map that needs nothing.
struct Told {
  Spec spec;
  uint32_t service = 0, map = 0;

  Told() {
    service = spec.add("v1", "Service", "default", "db", {{"spec", {{"ports", json::array()}}}});
    map = spec.config("default", "told", "", {service});
    plan::Operation& op = spec.desired.operations[map];
    op.payload = R"({"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"told","namespace":"default"},"data":{"ip":null,"url":null}})";
    const std::string key = plan::writeFact({"String", spec.desired.operations[service].id, "spec.clusterIP"});
    op.later = {{"/data/ip", plan::kFact, key}, {"/data/url", plan::kTemplate, plan::writeRecipe({{.literal = "http://"}, {.provider = plan::kFact, .key = key}})}};
    spec.config("default", "beside", "1", {});
  }
};

void assign(FakeCluster& cluster, const std::string& address) {
  json& service = *cluster.get("Service", "default", "db");
  service["spec"]["clusterIP"] = address;
  cluster.touch(service);
}

/// Gives an address to the Service as soon as it is written, as a real server does.
void assignAtOnce(FakeCluster& cluster, const std::string& address) {
  cluster.after = [&cluster, address](const HttpRequest& request, HttpResponse&) {
    if (request.method == kube::Method::Patch && !FakeCluster::isDryRun(request) && request.path.find("/services/db") != std::string::npos && cluster.get("Service", "default", "db"))
      assign(cluster, address);
  };
}

const plan::FieldChange* changeOf(const plan::Step& step, const std::string& path) {
  for (const plan::FieldChange& change : step.changes)
    if (change.path == path) return &change;
  return nullptr;
}

} // namespace

TEST(ClusterFacts, AreFilledInAndThenThere) {
  FakeCluster cluster;
  assignAtOnce(cluster, "10.0.0.7");
  Bench bench(cluster);
  Told told;
  auto plan = bench.compare(told.spec);
  ASSERT_TRUE(bool(plan));
  const plan::FieldChange* change = changeOf(plan->steps[told.map], "data.ip");
  ASSERT_TRUE(change);
  EXPECT_EQ(change->later, "known after " + told.spec.desired.operations[told.service].id);
  EXPECT_EQ(change->after, "");
  Summary summary = must(bench.run(told.spec));
  ASSERT_TRUE(summary.ok()) << messageOf(summary);
  EXPECT_EQ((*cluster.get("ConfigMap", "default", "told"))["data"]["url"], "http://10.0.0.7");
  bench.connections->forget();
  auto again = bench.compare(told.spec);
  ASSERT_TRUE(bool(again));
  EXPECT_EQ(plan::count(*again).changes(), 0u);
}

TEST(ClusterFacts, AreNotGuessedFromWhatWillChange) {
  FakeCluster cluster;
  assignAtOnce(cluster, "10.0.0.7");
  Bench bench(cluster);
  Told told;
  ASSERT_TRUE(must(bench.run(told.spec)).ok());
  bench.connections->forget();
  told.spec.desired.operations[told.service].payload = R"({"apiVersion":"v1","kind":"Service","metadata":{"name":"db","namespace":"default","labels":{"a":"b"}},"spec":{"ports":[]}})";
  auto plan = bench.compare(told.spec);
  ASSERT_TRUE(bool(plan));
  EXPECT_EQ(plan->steps[told.service].action, Action::Update);
  EXPECT_EQ(plan->steps[told.map].action, Action::Unknown);
  EXPECT_TRUE(changeOf(plan->steps[told.map], "data.ip"));
  Summary summary = must(bench.run(told.spec));
  ASSERT_TRUE(summary.ok()) << messageOf(summary);
  EXPECT_EQ(summary.updated, 1u);
}

TEST(ClusterFacts, ThatChangedAreAChange) {
  FakeCluster cluster;
  assignAtOnce(cluster, "10.0.0.7");
  Bench bench(cluster);
  Told told;
  ASSERT_TRUE(must(bench.run(told.spec)).ok());
  cluster.after = nullptr;
  assign(cluster, "10.0.0.8");
  bench.connections->forget();
  auto plan = bench.compare(told.spec);
  ASSERT_TRUE(bool(plan));
  EXPECT_EQ(plan->steps[told.service].action, Action::None);
  ASSERT_EQ(plan->steps[told.map].action, Action::Update);
  EXPECT_EQ(changeOf(plan->steps[told.map], "data.ip")->after, "\"10.0.0.8\"");
}

TEST(ClusterFacts, ThatDoNotComeFailOnlyWhatNeedsThem) {
  FakeCluster cluster;
  Bench bench(cluster);
  bench.options.readyTimeout = 3s;
  Told told;
  told.spec.config("default", "after", "1", {told.map});
  Summary summary = must(bench.run(told.spec));
  ASSERT_EQ(summary.failures.size(), 1u);
  EXPECT_EQ(summary.failures[0].fault.code, "CH6217");
  EXPECT_NE(summary.failures[0].fault.message.find("spec.clusterIP of Service/db in default"), std::string::npos) << summary.failures[0].fault.message;
  EXPECT_EQ(summary.skipped, 1u);
  EXPECT_TRUE(cluster.get("ConfigMap", "default", "beside"));
  EXPECT_FALSE(cluster.get("ConfigMap", "default", "told"));
  assign(cluster, "10.0.0.9");
  bench.connections->forget();
  ASSERT_TRUE(must(bench.run(told.spec)).ok());
  EXPECT_EQ((*cluster.get("ConfigMap", "default", "told"))["data"]["ip"], "10.0.0.9");
}

TEST(ClusterFacts, OfAnotherTypeFailAtOnce) {
  FakeCluster cluster;
  assignAtOnce(cluster, "10.0.0.7");
  Bench bench(cluster);
  Told told;
  told.spec.desired.operations[told.map].later = {{"/data/ip", plan::kFact, plan::writeFact({"Int", told.spec.desired.operations[told.service].id, "spec.clusterIP"})}};
  Summary summary = must(bench.run(told.spec));
  ASSERT_EQ(summary.failures.size(), 1u);
  EXPECT_NE(summary.failures[0].fault.message.find("not of type Int"), std::string::npos) << summary.failures[0].fault.message;
}

TEST(ClusterFacts, SurviveASavedPlan) {
  FakeCluster cluster;
  assignAtOnce(cluster, "10.0.0.7");
  Bench bench(cluster);
  Told told;
  auto plan = bench.compare(told.spec);
  ASSERT_TRUE(bool(plan));
  std::string text;
  llvm::raw_string_ostream out(text);
  plan::writePlan(*plan, out);
  auto saved = plan::readPlan(text);
  ASSERT_TRUE(bool(saved)) << plan::takeText(saved.takeError()).message;
  EXPECT_EQ(saved->desired.operations[told.map].later.size(), 2u);
  EXPECT_EQ(changeOf(saved->steps[told.map], "data.ip")->later, changeOf(plan->steps[told.map], "data.ip")->later);
  // A plan in which nobody waits for who tells is none.
  const size_t at = text.find("\"needs\"");
  auto broken = plan::readPlan(text.replace(at, 7, "\"neeed\""));
  EXPECT_FALSE(bool(broken));
  llvm::consumeError(broken.takeError());
}

// The process dies at any request: the next run fills in what is missing.
TEST(ClusterFacts, SuddenDeathAtAnyRequestIsContinued) {
  size_t last = 100;
  for (size_t at = 1; at <= last; ++at) {
    FakeCluster cluster;
    assignAtOnce(cluster, "10.0.0.7");
    Told told;
    Cancel cancel{0};
    {
      Bench bench(cluster);
      cluster.before = [&](const HttpRequest&) -> std::optional<HttpResponse> {
        if (cluster.requests < at) return std::nullopt;
        cancel = 2;
        return FakeCluster::broken();
      };
      bench.options.cancel = &cancel;
      CompareOptions with;
      with.cancel = &cancel;
      auto plan = bench.compare(told.spec, with);
      if (plan) llvm::consumeError(bench.apply(*plan).takeError());
      else llvm::consumeError(plan.takeError());
      if (cancel == 0) last = at;
      cluster.before = nullptr;
    }
    Bench again(cluster);
    Summary summary = must(again.run(told.spec));
    ASSERT_TRUE(summary.ok()) << at << " " << messageOf(summary);
    ASSERT_EQ((*cluster.get("ConfigMap", "default", "told"))["data"]["ip"], "10.0.0.7") << at;
    again.connections->forget();
    cluster.log.clear();
    ASSERT_EQ(must(again.run(told.spec)).unchanged, 3U) << at;
    ASSERT_TRUE(cluster.log.empty()) << at;
  }
  EXPECT_GT(last, 8U);
  EXPECT_LT(last, 100U);
}

TEST(ClusterFacts, WaitingForThemEndsWithAnInterrupt) {
  FakeCluster cluster;
  Cancel cancel{0};
  Bench bench(cluster);
  bench.options.cancel = &cancel;
  bench.options.events = [&](const Event& event) {
    if (event.message.find("waiting for spec.clusterIP") != std::string::npos) cancel = 1;
  };
  Told told;
  Summary summary = must(bench.run(told.spec));
  EXPECT_TRUE(summary.interrupted);
  EXPECT_EQ(codeOf(summary), "CH6210");
  EXPECT_LT(bench.elapsed(), 5s);
}
