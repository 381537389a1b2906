// What a plan must say and an apply must refuse when others change, hold on to or take away what it is about; against a cluster in memory.
#include "runtime/engine/drift.h"
#include "runtime/engine/fake_cluster_test.h"

#include <gtest/gtest.h>

using namespace chasi;
using namespace chasi::engine;
using namespace chasi::engine::testing;
using namespace std::chrono_literals;
using plan::Action;

namespace {

plan::Plan planned(llvm::Expected<plan::Plan> plan) {
  if (plan) return std::move(*plan);
  ADD_FAILURE() << plan::takeText(plan.takeError()).message;
  return {};
}

/// Refuses every change of a living object of a kind, as if all its fields were immutable.
void makeImmutable(FakeCluster& cluster, std::string plural) {
  cluster.before = [&cluster, plural = "/" + std::move(plural) + "/"](const HttpRequest& request) -> std::optional<HttpResponse> {
    const bool living = cluster.objects.count(FakeCluster::plain(request.path)) != 0;
    if (request.method != kube::Method::Patch || request.path.find(plural) == std::string::npos || !living) return std::nullopt;
    return FakeCluster::status(422, "Invalid", "immutable", {{"causes", {{{"field", "spec"}, {"message", "Forbidden: spec is immutable after creation"}}}}});
  };
}

Spec claims(const std::string& size) {
  Spec spec;
  spec.add("v1", "PersistentVolumeClaim", "default", "data", {{"spec", {{"size", size}}}});
  return spec;
}

Spec jobs(size_t number, const std::string& image) {
  Spec spec;
  for (size_t i = 0; i < number; ++i) spec.add("batch/v1", "Job", "default", fmt::format("job{}", i), {{"spec", {{"image", image}}}});
  return spec;
}

json setBy(const char* manager, const char* field) {
  return {{"manager", manager}, {"operation", "Update"}, {"apiVersion", "v1"}, {"time", "2099-01-01T00:00:00Z"}, {"fieldsV1", {{"f:data", {{field, json::object()}}}}}};
}

} // namespace

TEST(PlanFaults, ReplacementOfDataNeedsItsName) {
  FakeCluster cluster;
  Bench bench(cluster);
  must(bench.run(claims("1Gi")));
  makeImmutable(cluster, "persistentvolumeclaims");
  plan::Plan plan = planned(bench.compare(claims("2Gi")));
  ASSERT_EQ(plan.steps[0].action, Action::Replace);
  EXPECT_NE(plan.steps[0].lost.find("the data on its volume"), std::string::npos);
  ASSERT_EQ(plan.steps[0].changes.size(), 1U) << "also where the server says no more than no";
  EXPECT_EQ(plan.steps[0].changes[0].path, "spec.size");
  EXPECT_EQ(plan.steps[0].changes[0].before + plan.steps[0].changes[0].after, R"("1Gi""2Gi")");
  bench.options.allowReplace = true;
  Summary refused = must(bench.apply(plan));
  EXPECT_EQ(codeOf(refused), "CH6205");
  EXPECT_NE(refused.failures[0].fault.hint.find("--replace-object 'unit/PersistentVolumeClaim/data'"), std::string::npos) << refused.failures[0].fault.hint;
  bench.options.allowReplace = false;
  bench.options.replace = {"unit/PersistentVolumeClaim/data"};
  EXPECT_EQ(must(bench.apply(plan)).replaced, 1U);
}

TEST(PlanFaults, ManyReplacementsNeedTheirNames) {
  FakeCluster cluster;
  Bench bench(cluster);
  must(bench.run(jobs(6, "a")));
  makeImmutable(cluster, "jobs");
  plan::Plan plan = planned(bench.compare(jobs(6, "b")));
  bench.options.allowReplace = true;
  const size_t writes = cluster.log.size();
  EXPECT_EQ(codeOf(bench.apply(plan).takeError()), "CH6218");
  EXPECT_EQ(cluster.log.size(), writes) << "nothing was begun";
  for (const plan::Operation& op : plan.desired.operations) bench.options.replace.insert(op.id);
  EXPECT_EQ(must(bench.apply(plan)).replaced, 6U);
}

TEST(PlanFaults, ReplacementThatWasInterruptedIsFinishedByTheNextRun) {
  FakeCluster cluster;
  Bench bench(cluster);
  must(bench.run(claims("1Gi")));
  makeImmutable(cluster, "persistentvolumeclaims");
  plan::Plan plan = planned(bench.compare(claims("2Gi")));
  // Dies between the deletion and the new object: nothing that comes after it is answered.
  auto immutable = cluster.before;
  cluster.before = [&](const HttpRequest& request) -> std::optional<HttpResponse> {
    if (cluster.get("PersistentVolumeClaim", "default", "data")) return immutable(request);
    return FakeCluster::broken();
  };
  bench.options.replace = {"unit/PersistentVolumeClaim/data"};
  EXPECT_FALSE(must(bench.apply(plan)).ok());
  EXPECT_EQ(cluster.get("PersistentVolumeClaim", "default", "data"), nullptr);
  cluster.before = immutable;
  Bench next(cluster);
  plan::Plan rest = planned(next.compare(claims("2Gi")));
  EXPECT_EQ(rest.steps[0].action, Action::Create) << "no consent is needed any more: there is nothing to lose";
  EXPECT_TRUE(must(next.apply(rest)).ok());
  EXPECT_EQ((*cluster.get("PersistentVolumeClaim", "default", "data"))["spec"]["size"], "2Gi");
  cluster.before = nullptr;
  EXPECT_EQ(plan::count(planned(next.compare(claims("2Gi")))).changes(), 0U);
}

TEST(PlanFaults, NamespacesAreNeverReplaced) {
  FakeCluster cluster;
  Bench bench(cluster);
  Spec spec;
  spec.space("shop");
  must(bench.run(spec));
  makeImmutable(cluster, "namespaces");
  spec.desired.operations[0].payload = R"({"apiVersion":"v1","kind":"Namespace","metadata":{"name":"shop","labels":{"a":"b"}}})";
  plan::Plan plan = planned(bench.compare(spec));
  ASSERT_TRUE(plan.steps[0].problem);
  EXPECT_EQ(plan.steps[0].problem->code, "CH6205");
}

TEST(PlanFaults, AllThatIsOwnedIsNotDeletedWithoutItsNumber) {
  FakeCluster cluster;
  Bench bench(cluster);
  Spec spec;
  spec.config("default", "a", "1");
  spec.config("default", "b", "1");
  must(bench.run(spec));
  plan::Plan plan = planned(bench.compare(Spec()));
  EXPECT_EQ(codeOf(bench.apply(plan).takeError()), "CH6206");
  bench.options.allowPrune = 2;
  EXPECT_EQ(must(bench.apply(plan)).deleted, 2U);
}

TEST(PlanFaults, FightsEndAfterAFewRounds) {
  FakeCluster cluster;
  Bench bench(cluster);
  Spec spec;
  spec.config("default", "fought", "ours");
  spec.desired.operations[0].fields = {{"data.key", plan::Answer::Take}};
  must(bench.run(spec));
  auto flipBack = [&] {
    json& live = *cluster.get("ConfigMap", "default", "fought");
    live["data"]["key"] = "theirs";
    live["metadata"]["managedFields"] = json::array({setBy("other-controller", "f:key")});
    cluster.touch(live);
  };
  for (int round = 0; round < 3; ++round) {
    flipBack();
    Summary summary = must(bench.run(spec));
    EXPECT_EQ(summary.updated, 1U) << round << " " << messageOf(summary);
  }
  flipBack();
  plan::Plan plan = planned(bench.compare(spec));
  ASSERT_TRUE(plan.steps[0].problem);
  EXPECT_EQ(plan.steps[0].problem->code, "CH6219");
  EXPECT_NE(plan.steps[0].problem->message.find("other-controller"), std::string::npos) << plan.steps[0].problem->message;
  CompareOptions refresh;
  refresh.refresh = true;
  EXPECT_FALSE(planned(bench.compare(spec, refresh)).steps[0].problem);
  spec.desired.operations[0].fields = {{"data.key", plan::Answer::Ignore}};
  EXPECT_EQ(planned(bench.compare(spec)).steps[0].action, Action::Update) << "only the membership and the ownership of the rest";
}

TEST(PlanFaults, TakingIsHeldToTheObjectThatWasLookedAt) {
  FakeCluster cluster;
  Bench bench(cluster);
  Spec spec;
  spec.add("v1", "ConfigMap", "default", "shared", {{"data", {{"a", "ours"}, {"b", "ours"}}}});
  spec.desired.operations[0].fields = {{"data.a", plan::Answer::Take}};
  must(bench.run(spec));
  auto lose = [&](const char* name) {
    json& live = *cluster.get("ConfigMap", "default", "shared");
    live["data"][name] = "theirs";
    live["metadata"]["managedFields"].push_back(setBy("other", (std::string("f:") + name).c_str()));
    live["metadata"]["managedFields"][0]["fieldsV1"]["f:data"].erase(std::string("f:") + name);
    cluster.touch(live);
  };
  lose("a");
  plan::Plan plan = planned(bench.compare(spec));
  ASSERT_FALSE(plan.steps[0].problem) << plan.steps[0].problem->message;
  EXPECT_EQ(plan.steps[0].changes[0].manager, "other");
  // Before the forced write arrives, somebody takes another field, which nobody allowed us to take back.
  bool done = false;
  cluster.before = [&](const HttpRequest& request) -> std::optional<HttpResponse> {
    if (!done && !FakeCluster::isDryRun(request) && request.path.find("force=true") != std::string::npos && request.path.find("/shared?") != std::string::npos) {
      done = true;
      lose("b");
    }
    return std::nullopt;
  };
  Summary summary = must(bench.apply(plan));
  EXPECT_TRUE(done);
  EXPECT_FALSE(summary.ok());
  EXPECT_EQ((*cluster.get("ConfigMap", "default", "shared"))["data"], json({{"a", "theirs"}, {"b", "theirs"}}));
}

TEST(PlanFaults, AKindThatIsNotServedAnyMoreStaysRecorded) {
  FakeCluster cluster;
  cluster.kinds.push_back({"old.example/v1", "Widget", "widgets"});
  Bench bench(cluster);
  Spec spec;
  spec.config("default", "a", "1");
  spec.add("old.example/v1", "Widget", "default", "w");
  must(bench.run(spec));
  const Kind widget = cluster.kinds.back();
  cluster.kinds.pop_back();
  Spec without;
  without.config("default", "a", "2");
  Bench after(cluster);
  plan::Plan warned = planned(after.compare(without));
  ASSERT_EQ(warned.notices.size(), 1U) << "the plan says it, too";
  EXPECT_NE(warned.notices[0].message.find("kind Widget.old.example stay recorded"), std::string::npos) << warned.notices[0].message;
  EXPECT_TRUE(must(after.run(without)).ok()) << "the rest goes on";
  const bool told = std::any_of(after.events.begin(), after.events.end(), [](const Event& e) { return e.message.find("kind Widget.old.example stay recorded") != std::string::npos; });
  EXPECT_TRUE(told);
  llvm::Expected<DriftReport> report = drift(without.desired, *after.connections, {});
  ASSERT_TRUE(bool(report));
  ASSERT_EQ(report->objects.size(), 1U);
  EXPECT_EQ(report->objects[0].kind, DriftKind::Unserved);
  // It comes back, and is still known as ours.
  cluster.kinds.push_back(widget);
  Bench later(cluster);
  plan::Plan plan = planned(later.compare(without));
  ASSERT_EQ(plan.prunes.size(), 1U);
  EXPECT_EQ(plan.prunes[0].id, "unit/Widget/w");
}

TEST(PlanFaults, AWebhookThatIsNotAskedInDryRunsLeavesItUnknown) {
  FakeCluster cluster;
  Bench bench(cluster);
  Spec spec;
  spec.config("default", "a", "1");
  must(bench.run(spec));
  cluster.before = [](const HttpRequest& request) -> std::optional<HttpResponse> {
    if (!FakeCluster::isDryRun(request)) return std::nullopt;
    return FakeCluster::status(400, "BadRequest", "admission webhook \"audit.example.com\" does not support dry run");
  };
  spec.desired.operations[0].payload = R"({"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a","namespace":"default"},"data":{"key":"2"}})";
  plan::Plan plan = planned(bench.compare(spec));
  EXPECT_EQ(plan.steps[0].action, Action::Unknown);
  EXPECT_NE(plan.steps[0].reason.find("audit.example.com"), std::string::npos);
  EXPECT_TRUE(must(bench.apply(plan)).ok());
  EXPECT_EQ((*cluster.get("ConfigMap", "default", "a"))["data"]["key"], "2");
}

TEST(PlanFaults, WhatWaitsForANamespaceSaysForWhich) {
  FakeCluster cluster;
  Bench bench(cluster);
  Spec spec;
  const uint32_t space = spec.space("shop");
  spec.config("shop", "a", "1", {space});
  spec.config("default", "b", "1");
  plan::Plan plan = planned(bench.compare(spec));
  EXPECT_EQ(plan.steps[1].until, std::vector<std::string>{"unit/Namespace/shop"});
  EXPECT_TRUE(plan.steps[2].until.empty());
}

TEST(Drift, SaysWhoChangedWhatAndWhatIsGone) {
  FakeCluster cluster;
  Bench bench(cluster);
  Spec spec;
  spec.config("default", "changed", "ours");
  spec.config("default", "gone", "1");
  spec.config("default", "same", "1");
  spec.config("default", "recreated", "1");
  must(bench.run(spec));
  json& live = *cluster.get("ConfigMap", "default", "changed");
  live["data"]["key"] = "theirs";
  live["data"]["more"] = "added";
  live["metadata"]["managedFields"] = json::array({setBy("person", "f:key"), setBy("other", "f:more")});
  cluster.touch(live);
  cluster.objects.erase(cluster.pathOf("ConfigMap", "default", "gone"));
  cluster.objects.erase(cluster.pathOf("ConfigMap", "default", "recreated"));
  cluster.put("v1", "ConfigMap", "default", "recreated");
  const size_t writes = cluster.log.size();
  llvm::Expected<DriftReport> found = drift(spec.desired, *bench.connections, {});
  ASSERT_TRUE(bool(found)) << plan::takeText(found.takeError()).message;
  EXPECT_EQ(cluster.log.size(), writes) << "it only reads";
  EXPECT_EQ(found->compared, 4U);
  ASSERT_EQ(found->objects.size(), 3U);
  const DriftObject& changed = found->objects[0];
  EXPECT_TRUE(changed.exact);
  ASSERT_EQ(changed.fields.size(), 2U);
  EXPECT_EQ(changed.fields[0].path, "data.key");
  EXPECT_EQ(changed.fields[0].applied, "\"ours\"");
  EXPECT_EQ(changed.fields[0].live, "\"theirs\"");
  EXPECT_EQ(changed.fields[0].manager, "person");
  EXPECT_EQ(changed.fields[0].time, "2099-01-01T00:00:00Z");
  EXPECT_TRUE(changed.fields[1].added);
  EXPECT_EQ(found->objects[1].kind, DriftKind::Deleted);
  EXPECT_EQ(found->objects[2].kind, DriftKind::Replaced);
  // The specification asks for something else by now: the record of the run tells what was asked for.
  spec.desired.operations[0].payload = R"({"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"changed","namespace":"default"},"data":{"key":"new"}})";
  llvm::Expected<DriftReport> later = drift(spec.desired, *bench.connections, {});
  ASSERT_TRUE(bool(later));
  EXPECT_TRUE(later->objects[0].exact);
  EXPECT_EQ(later->objects[0].fields[0].applied, "\"ours\"");
  std::erase_if(cluster.objects, [](const auto& each) { return each.first.find(".run.") != std::string::npos; });
  later = drift(spec.desired, *bench.connections, {});
  ASSERT_TRUE(bool(later));
  EXPECT_FALSE(later->objects[0].exact);
  EXPECT_EQ(later->objects[0].fields[0].live, "\"theirs\"");
  EXPECT_EQ(later->objects[0].fields[0].applied, "") << "nobody knows it any more";
}
