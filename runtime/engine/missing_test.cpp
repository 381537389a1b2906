// Several clusters in one run, of which one is away, locked, or dies half-way: the others go on.
#include "runtime/engine/fake_cluster_test.h"
#include "runtime/engine/selection.h"

#include <gtest/gtest.h>

using namespace chasi;
using namespace chasi::engine;
using namespace chasi::engine::testing;
using namespace std::chrono_literals;
using plan::Action;

namespace {

/// Two clusters, "east" and "west", behind one transport.
struct Fleet {
  FakeCluster east, west;
  std::set<std::string> down; ///< "east"
  std::unique_ptr<Connections> connections;
  std::vector<Event> events;
  ApplyOptions options;

  Fleet() { connect(); }

  void connect() {
    auto transport = std::make_unique<kube::MemoryTransport>([this](const HttpRequest& request) {
      const bool toEast = request.endpoint->server == "https://east";
      return down.contains(toEast ? "east" : "west") ? FakeCluster::broken() : (toEast ? east : west).serve(request);
    });
    connections = std::make_unique<Connections>(std::move(transport));
    for (const char* name : {"east", "west"}) {
      kube::Endpoint endpoint;
      endpoint.server = std::string("https://") + name;
      connections->add(name, endpoint);
    }
    options.events = [this](const Event& event) { events.push_back(event); };
    east.put("v1", "Namespace", "", "kube-system", {{"metadata", {{"uid", "uid-east"}}}});
    west.put("v1", "Namespace", "", "kube-system", {{"metadata", {{"uid", "uid-west"}}}});
  }

  llvm::Expected<plan::Plan> compare(const plan::Desired& desired, CompareOptions with = {}) { return engine::compare(desired, *connections, with); }
  llvm::Expected<Summary> apply(const plan::Plan& plan) { return engine::apply(plan, *connections, options); }
};

/// A namespace and two ConfigMaps on each cluster; "joint" on west needs what is on east.
plan::Desired both(const std::string& value = "1") {
  Spec spec;
  spec.desired.targets = {{"east", "e", {"shop.chasi", 1, 1}}, {"west", "w", {"shop.chasi", 2, 1}}};
  for (const char* target : {"east", "west"}) {
    const std::string name = target;
    const uint32_t first = spec.space(name);
    spec.config(name, name + "-a", value, {first});
    spec.config(name, name + "-b", value, {first});
    for (uint32_t i = first; i < first + 3; ++i) spec.desired.operations[i].target = target;
  }
  spec.config("west", "joint", value, {1, 3});
  spec.desired.operations.back().target = "west";
  return spec.desired;
}

size_t indexOf(const plan::Plan& plan, const std::string& id) {
  for (size_t i = 0; i < plan.desired.operations.size(); ++i)
    if (plan.desired.operations[i].id == id) return i;
  ADD_FAILURE() << id;
  return 0;
}

void holdLock(FakeCluster& cluster) {
  if (!cluster.get("Namespace", "", "chasi-system")) cluster.put("v1", "Namespace", "", "chasi-system");
  cluster.put("coordination.k8s.io/v1", "Lease", "chasi-system", "chasi-shop",
              {{"metadata", {{"annotations", {{"chasi.dev/machine", "elsewhere"}}}}}, {"spec", {{"holderIdentity", "eve@far/1/r"}, {"leaseDurationSeconds", 15}, {"leaseTransitions", 1}}}});
  cluster.before = [&cluster](const HttpRequest& request) -> std::optional<HttpResponse> {
    if (request.path.find("/leases/") != std::string::npos) cluster.touch(*cluster.get("Lease", "chasi-system", "chasi-shop"));
    return std::nullopt;
  };
}

} // namespace

TEST(Missing, APlanSaysWhatItCannotKnow) {
  Fleet fleet;
  must(fleet.apply(*fleet.compare(both())));
  fleet.connect();
  fleet.down = {"east"};
  plan::Desired less = both("2");
  auto plan = fleet.compare(less);
  ASSERT_TRUE(bool(plan));
  ASSERT_EQ(plan->missing.size(), 1U);
  EXPECT_EQ(plan->missing[0].target, "east");
  EXPECT_EQ(plan->missing[0].problem.code, "CH6102");
  EXPECT_EQ(plan->pins.size(), 1U);
  EXPECT_TRUE(plan->prunes.empty());
  const plan::Step& away = plan->steps[indexOf(*plan, "unit/ConfigMap/east-a")];
  EXPECT_EQ(away.action, Action::Unknown) << "never absent";
  ASSERT_TRUE(away.problem.has_value());
  EXPECT_EQ(away.problem->code, "CH6102");
  EXPECT_EQ(plan->steps[indexOf(*plan, "unit/ConfigMap/west-a")].action, Action::Update);
  const plan::Step& joint = plan->steps[indexOf(*plan, "unit/ConfigMap/joint")];
  ASSERT_TRUE(joint.problem.has_value());
  EXPECT_EQ(joint.problem->code, "CH6225");
  plan::Counts counts = plan::count(*plan);
  EXPECT_EQ(counts.leftOut, 4U);
  EXPECT_EQ(counts.problems, 0U);
  EXPECT_EQ(counts.change, 2U);
  // A saved plan says the same.
  std::string text;
  llvm::raw_string_ostream out(text);
  plan::writePlan(*plan, out);
  auto again = plan::readPlan(out.str());
  ASSERT_TRUE(bool(again));
  ASSERT_EQ(again->missing.size(), 1U);
  EXPECT_EQ(plan::count(*again).leftOut, 4U);
  CompareOptions all;
  all.requireAll = true;
  EXPECT_EQ(codeOf(fleet.compare(both(), all).takeError()), "CH6102");
}

TEST(Missing, AnApplyCarriesOutTheRest) {
  Fleet fleet;
  fleet.down = {"east"};
  auto plan = fleet.compare(both());
  ASSERT_TRUE(bool(plan));
  Summary summary = must(fleet.apply(*plan));
  EXPECT_FALSE(summary.ok());
  EXPECT_TRUE(summary.failures.empty());
  ASSERT_EQ(summary.missing.size(), 1U);
  EXPECT_EQ(summary.missing[0].target, "east");
  EXPECT_EQ(summary.created, 3U);
  EXPECT_EQ(summary.skipped, 4U);
  EXPECT_NE(fleet.west.get("ConfigMap", "chasi-system", "chasi-shop"), nullptr) << "what was done is recorded";
  EXPECT_EQ(std::count_if(fleet.events.begin(), fleet.events.end(), [](const Event& e) { return e.kind == EventKind::Failed; }), 1) << "once";
  fleet.down.clear();
  fleet.connect();
  summary = must(fleet.apply(*fleet.compare(both())));
  EXPECT_TRUE(summary.ok());
  EXPECT_EQ(summary.created, 4U);
  EXPECT_NE(fleet.west.get("ConfigMap", "west", "joint"), nullptr);
}

TEST(Missing, NoClusterAtAllIsAnError) {
  Fleet fleet;
  fleet.down = {"east", "west"};
  EXPECT_EQ(codeOf(fleet.compare(both()).takeError()), "CH6102");
}

TEST(Missing, ASavedPlanGoesOnWithoutAClusterThatIsGoneNow) {
  Fleet fleet;
  auto plan = fleet.compare(both());
  ASSERT_TRUE(bool(plan));
  fleet.connect();
  fleet.down = {"west"};
  Summary summary = must(fleet.apply(*plan));
  ASSERT_EQ(summary.missing.size(), 1U);
  EXPECT_EQ(summary.missing[0].target, "west");
  EXPECT_EQ(summary.created, 3U);
  fleet.options.requireAll = true;
  EXPECT_EQ(codeOf(fleet.apply(*plan).takeError()), "CH6102");
}

TEST(Missing, AHeldLockLeavesOutItsCluster) {
  Fleet fleet;
  holdLock(fleet.east);
  Summary summary = must(fleet.apply(*fleet.compare(both())));
  ASSERT_EQ(summary.missing.size(), 1U);
  EXPECT_EQ(summary.missing[0].fault.code, "CH6207");
  EXPECT_EQ(summary.created, 3U);
  EXPECT_EQ(fleet.east.get("ConfigMap", "chasi-system", "chasi-shop"), nullptr) << "nothing was written there";
  EXPECT_EQ(fleet.west.get("Lease", "chasi-system", "chasi-shop"), nullptr) << "the other lock is given back";
}

TEST(Missing, AClusterThatDiesHalfWayEndsForItselfOnly) {
  Fleet fleet;
  int writes = 0;
  fleet.east.before = [&](const HttpRequest& request) -> std::optional<HttpResponse> {
    if (request.path.find("/configmaps/east-") != std::string::npos && ++writes >= 1) fleet.down.insert("east");
    return fleet.down.contains("east") ? std::optional(FakeCluster::broken()) : std::nullopt;
  };
  Summary summary = must(fleet.apply(*fleet.compare(both())));
  ASSERT_EQ(summary.missing.size(), 1U) << codeOf(summary) << " " << messageOf(summary);
  EXPECT_EQ(summary.missing[0].target, "east");
  EXPECT_EQ(summary.failures.size(), 1U) << "said once";
  EXPECT_NE(fleet.west.get("ConfigMap", "west", "west-b"), nullptr);
  EXPECT_EQ(fleet.west.get("ConfigMap", "west", "joint"), nullptr);
  fleet.down.clear();
  fleet.east.before = nullptr;
  fleet.east.objects.erase(fleet.east.pathOf("Lease", "chasi-system", "chasi-shop"));
  fleet.connect();
  EXPECT_TRUE(must(fleet.apply(*fleet.compare(both()))).ok());
}

TEST(Missing, WhatMayHaveMovedToAMissingClusterStays) {
  Fleet fleet;
  must(fleet.apply(*fleet.compare(both())));
  // west-a moves to east, west-b is no longer described.
  plan::Desired moved = both();
  std::erase_if(moved.operations, [](const plan::Operation& op) { return op.object.name == "west-b" || op.object.name == "joint"; });
  for (plan::Operation& op : moved.operations)
    if (op.object.name == "west-a") {
      op.target = "east";
      op.object.ns = "east";
      op.payload = R"({"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"west-a","namespace":"east"},"data":{"key":"1"}})";
      op.needs = {0};
      op.owner = "unit.east";
    }
  fleet.connect();
  fleet.down = {"east"};
  auto plan = fleet.compare(moved);
  ASSERT_TRUE(bool(plan));
  Summary summary = must(fleet.apply(*plan));
  EXPECT_EQ(summary.deleted, 2U);
  EXPECT_NE(fleet.west.get("ConfigMap", "west", "west-a"), nullptr) << "it is not known to be on east yet";
  EXPECT_EQ(fleet.west.get("ConfigMap", "west", "west-b"), nullptr);
  fleet.down.clear();
  fleet.connect();
  summary = must(fleet.apply(*fleet.compare(moved)));
  EXPECT_EQ(summary.deleted, 1U) << "the inventory still knew it";
  EXPECT_EQ(fleet.west.get("ConfigMap", "west", "west-a"), nullptr);
}

TEST(Missing, StatusTellsTheOthers) {
  Fleet fleet;
  must(fleet.apply(*fleet.compare(both())));
  fleet.connect();
  fleet.down = {"east"};
  auto report = status(both(), *fleet.connections);
  ASSERT_TRUE(bool(report));
  EXPECT_FALSE(report->healthy());
  ASSERT_EQ(report->missing.size(), 1U);
  for (const OwnerStatus& owner : report->owners) EXPECT_EQ(owner.state, owner.owner == "unit.east" ? State::Unknown : State::Ready) << owner.owner;
}

namespace {
llvm::Error choose(plan::Plan& plan, std::vector<std::string> only, std::vector<std::string> exclude = {}) {
  const plan::Desired described = plan.desired;
  return select(plan, {std::move(only), std::move(exclude)}, described);
}
} // namespace

TEST(Selection, TakesWhatIsNeededAndNothingElse) {
  Fleet fleet;
  auto plan = fleet.compare(both());
  ASSERT_TRUE(bool(plan));
  ASSERT_FALSE(bool(choose(*plan, {"unit/ConfigMap/west-?"})));
  EXPECT_EQ(plan::count(*plan).create, 3U) << "with their namespace";
  EXPECT_EQ(plan::count(*plan).leftOut, 4U);
  Summary summary = must(fleet.apply(*plan));
  EXPECT_TRUE(summary.ok());
  EXPECT_EQ(summary.created, 3U);
  EXPECT_EQ(summary.leftOut, 4U);
  EXPECT_TRUE(fleet.east.log.empty()) << "no lock is taken where nothing is to do";
  EXPECT_TRUE(must(fleet.apply(*fleet.compare(both()))).ok());
}

TEST(Selection, AMissingClusterThatIsNotSelectedIsNoneOfItsBusiness) {
  Fleet fleet;
  fleet.down = {"east"};
  plan::Desired desired = both();
  desired.operations.pop_back(); // what needs both
  auto plan = fleet.compare(desired);
  ASSERT_TRUE(bool(plan));
  ASSERT_FALSE(bool(choose(*plan, {"cluster.west"})));
  EXPECT_TRUE(plan->missing.empty());
  EXPECT_TRUE(must(fleet.apply(*plan)).ok());
}

TEST(Selection, KeepsWhatItDoesNotDelete) {
  Fleet fleet;
  must(fleet.apply(*fleet.compare(both())));
  plan::Desired less = both();
  std::erase_if(less.operations, [](const plan::Operation& op) { return op.object.name == "east-b" || op.object.name == "west-b" || op.object.name == "joint"; });
  for (plan::Operation& op : less.operations)
    if (op.object.name == "west-a") op.needs = {2};
  auto plan = fleet.compare(less);
  ASSERT_TRUE(bool(plan));
  ASSERT_EQ(plan->prunes.size(), 3U);
  ASSERT_FALSE(bool(choose(*plan, {"unit.west"}, {"*/joint"})));
  fleet.options.allowPrune = 1;
  Summary summary = must(fleet.apply(*plan));
  EXPECT_TRUE(summary.ok());
  EXPECT_EQ(summary.deleted, 1U);
  EXPECT_NE(fleet.east.get("ConfigMap", "east", "east-b"), nullptr);
  EXPECT_NE(fleet.west.get("ConfigMap", "west", "joint"), nullptr);
  fleet.options.allowPrune.reset();
  EXPECT_EQ(must(fleet.apply(*fleet.compare(less))).deleted, 2U) << "the inventory still has both, with their ids";
}

TEST(Selection, ExcludedMeansItsDependantsToo) {
  Fleet fleet;
  auto plan = fleet.compare(both());
  ASSERT_TRUE(bool(plan));
  ASSERT_FALSE(bool(choose(*plan, {}, {"unit/ConfigMap/east-a"})));
  EXPECT_EQ(plan->steps[indexOf(*plan, "unit/ConfigMap/joint")].leftOut, "it needs unit/ConfigMap/east-a, which is excluded");
  EXPECT_EQ(must(fleet.apply(*plan)).created, 5U);
}

TEST(Selection, ADestroyTakesWhatStandsOnIt) {
  Fleet fleet;
  must(fleet.apply(*fleet.compare(both())));
  auto plan = planDestroy(both(), *fleet.connections, {});
  ASSERT_TRUE(bool(plan));
  ASSERT_FALSE(bool(select(*plan, {{"unit/ConfigMap/east-a"}, {}}, both())));
  EXPECT_EQ(plan::count(*plan).remove, 2U) << "joint needs it";
  fleet.options.allowPrune = 2;
  EXPECT_EQ(must(fleet.apply(*plan)).deleted, 2U);
  EXPECT_EQ(fleet.west.get("ConfigMap", "west", "joint"), nullptr);
  EXPECT_NE(fleet.west.get("ConfigMap", "west", "west-a"), nullptr);
}

TEST(Selection, ANameThatFitsNothingIsRefused) {
  Fleet fleet;
  auto plan = fleet.compare(both());
  ASSERT_TRUE(bool(plan));
  EXPECT_EQ(codeOf(choose(*plan, {"unit.nort*"})), "CH6226");
}
