// Locks, lost answers, overload, interruption and sudden death, against a cluster in memory.
#include "runtime/engine/fake_cluster_test.h"
#include "runtime/engine/lease.h"

#include <gtest/gtest.h>

#include <random>
#include <sys/wait.h>
#include <unistd.h>

using namespace chasi;
using namespace chasi::engine;
using namespace chasi::engine::testing;
using namespace std::chrono_literals;

static Spec faultyShop() {
  Spec spec;
  uint32_t ns = spec.space("shop");
  uint32_t a = spec.config("shop", "a", "1", {ns});
  spec.config("shop", "b", "1", {ns});
  spec.config("shop", "c", "1", {a});
  return spec;
}

static json& holdLock(FakeCluster& cluster, const std::string& who, const std::string& machine = "elsewhere") {
  if (!cluster.get("Namespace", "", "chasi-system")) cluster.put("v1", "Namespace", "", "chasi-system");
  return cluster.put("coordination.k8s.io/v1", "Lease", "chasi-system", "chasi-shop",
                     {{"metadata", {{"annotations", {{"chasi.dev/machine", machine}}}}}, {"spec", {{"holderIdentity", who}, {"leaseDurationSeconds", 15}, {"leaseTransitions", 1}}}});
}

TEST(Lock, LivingHolderIsNamed) {
  FakeCluster cluster;
  holdLock(cluster, "eve@build-7/4711/r1");
  cluster.before = [&](const HttpRequest& request) -> std::optional<HttpResponse> {
    if (request.path.find("/leases/") != std::string::npos) cluster.touch(*cluster.get("Lease", "chasi-system", "chasi-shop"));
    return std::nullopt;
  };
  Bench bench(cluster);
  auto result = bench.run(faultyShop());
  ASSERT_FALSE(bool(result));
  plan::FaultText text = plan::takeText(result.takeError());
  EXPECT_EQ(text.code, "CH6207");
  EXPECT_NE(text.message.find("eve@build-7/4711"), std::string::npos);
  EXPECT_TRUE(cluster.log.empty()) << "nothing was written";
  // Patience outlasts the other run.
  int looks = 0;
  cluster.before = [&](const HttpRequest& request) -> std::optional<HttpResponse> {
    json* lease = cluster.get("Lease", "chasi-system", "chasi-shop");
    if (request.path.find("/leases/") == std::string::npos || !lease || (*lease)["spec"]["holderIdentity"] != "eve@build-7/4711/r1") return std::nullopt;
    if (++looks < 20) cluster.touch(*lease);
    else cluster.objects.erase(cluster.pathOf("Lease", "chasi-system", "chasi-shop"));
    return std::nullopt;
  };
  bench.options.lockPatience = 60s;
  EXPECT_TRUE(must(bench.run(faultyShop())).ok());
  bool told = std::any_of(bench.events.begin(), bench.events.end(), [](const Event& e) { return e.message.find("waiting for the lock of eve") == 0; });
  EXPECT_TRUE(told);
}

TEST(Lock, SilentHolderIsTakenOverAfterItsOwnDuration) {
  FakeCluster cluster;
  holdLock(cluster, "eve@build-7/4711/r1");
  Bench bench(cluster);
  EXPECT_TRUE(must(bench.run(faultyShop())).ok());
  EXPECT_GE(bench.elapsed(), 15s);
  EXPECT_LE(bench.elapsed(), 17s);
}

TEST(Lock, HolderThatDiedHereIsTakenOverAtOnce) {
  pid_t child = ::fork();
  if (child == 0) ::_exit(0);
  ::waitpid(child, nullptr, 0);
  Holder own = makeHolder("", "r1");
  EXPECT_FALSE(hasEnded(own));
  ASSERT_FALSE(own.machine.empty());
  std::string dead = fmt::format("eve@here/{}/r1", child);
  EXPECT_TRUE(hasEnded({dead, own.machine}));
  EXPECT_FALSE(hasEnded({dead, "elsewhere"}));
  FakeCluster cluster;
  holdLock(cluster, dead, own.machine);
  Bench bench(cluster);
  EXPECT_TRUE(must(bench.run(faultyShop())).ok());
  EXPECT_LT(bench.elapsed(), 1s);
}

TEST(Lock, LosingItStopsNewWrites) {
  FakeCluster cluster;
  cluster.workloadsReady = false;
  Spec spec;
  uint32_t slow = spec.add("apps/v1", "Deployment", "default", "slow", {{"spec", {{"replicas", 1}}}});
  spec.config("default", "after", "1", {slow});
  spec.config("default", "later", "1", {slow});
  size_t lists = 0;
  cluster.before = [&](const HttpRequest& request) -> std::optional<HttpResponse> {
    if (request.path.find("/deployments?limit") == std::string::npos || !cluster.get("Deployment", "default", "slow")) return std::nullopt;
    ++lists;
    if (lists == 2) holdLock(cluster, "eve@build-7/4711/r2");
    json& live = *cluster.get("Deployment", "default", "slow");
    if (lists != 12) return std::nullopt;
    live["status"] = {{"replicas", 1}, {"updatedReplicas", 1}, {"availableReplicas", 1}, {"readyReplicas", 1}};
    cluster.touch(live);
    return std::nullopt;
  };
  Bench bench(cluster);
  Summary summary = must(bench.run(spec));
  EXPECT_GE(bench.elapsed(), 5s);
  ASSERT_EQ(summary.failures.size(), 1U);
  EXPECT_EQ(codeOf(summary), "CH6208");
  EXPECT_EQ(summary.skipped, 1U);
  EXPECT_EQ(cluster.get("ConfigMap", "default", "after"), nullptr);
  EXPECT_EQ((*cluster.get("Lease", "chasi-system", "chasi-shop"))["spec"]["holderIdentity"], "eve@build-7/4711/r2") << "the lock of others is left alone";
}

TEST(Lock, IsRenewedWhileWaiting) {
  FakeCluster cluster;
  cluster.workloadsReady = false;
  Spec spec;
  uint32_t slow = spec.add("apps/v1", "Deployment", "default", "slow");
  spec.config("default", "after", "1", {slow});
  Bench bench(cluster);
  bench.options.readyTimeout = 60s;
  must(bench.run(spec));
  auto renewals = std::count(cluster.log.begin(), cluster.log.end(), "PUT " + cluster.pathOf("Lease", "chasi-system", "chasi-shop"));
  EXPECT_GE(renewals, 11);
  EXPECT_EQ(cluster.get("Lease", "chasi-system", "chasi-shop"), nullptr);
}

TEST(Faults, LostAnswersAreNoDoubleCreates) {
  FakeCluster cluster;
  std::set<std::string> lost;
  cluster.after = [&](const HttpRequest& request, HttpResponse& response) {
    if (request.method != kube::Method::Get && lost.insert(request.path).second) response = FakeCluster::broken();
  };
  Bench bench(cluster);
  Summary summary = must(bench.run(faultyShop()));
  EXPECT_TRUE(summary.ok()) << messageOf(summary);
  EXPECT_EQ(summary.created, 4U);
  EXPECT_EQ(cluster.members("ConfigMap"), 3U);
  EXPECT_GE(summary.retries, 4U);
  EXPECT_TRUE(std::any_of(bench.events.begin(), bench.events.end(), [](const Event& e) { return e.kind == EventKind::Retry; }));
}

TEST(Faults, SequenceOfEventsHasNoGaps) {
  FakeCluster cluster;
  Bench bench(cluster);
  must(bench.run(faultyShop()));
  ASSERT_FALSE(bench.events.empty());
  for (size_t i = 0; i < bench.events.size(); ++i) EXPECT_EQ(bench.events[i].seq, i + 1);
  EXPECT_EQ(bench.events.front().kind, EventKind::Plan);
  EXPECT_EQ(bench.events.back().kind, EventKind::Summary);
  EXPECT_EQ(bench.events.back().done, 4U);
  EXPECT_EQ(bench.events.back().total, 4U);
}

TEST(Faults, AnotherRunBetweenPlanAndApplyIsNotForgotten) {
  FakeCluster cluster;
  Bench bench(cluster);
  auto plan = bench.compare(faultyShop());
  ASSERT_TRUE(bool(plan));
  Spec more = faultyShop();
  more.add("v1", "Service", "shop", "x");
  Bench other(cluster);
  must(other.run(more));
  EXPECT_TRUE(must(bench.apply(*plan)).ok());
  auto next = bench.compare(faultyShop());
  ASSERT_TRUE(bool(next));
  ASSERT_EQ(next->prunes.size(), 1U) << "the inventory still knows its kind";
  EXPECT_EQ(next->prunes[0].id, "unit/Service/x");
}

TEST(Faults, InterruptLetsRunningWorkFinishAndRecords) {
  FakeCluster cluster;
  Cancel cancel{0};
  cluster.before = [&](const HttpRequest& request) -> std::optional<HttpResponse> {
    if (request.method == kube::Method::Patch && request.path.find("configmaps/a?") != std::string::npos) cancel = 1;
    return std::nullopt;
  };
  Bench bench(cluster);
  bench.options.cancel = &cancel;
  Summary summary = must(bench.run(faultyShop()));
  EXPECT_TRUE(summary.interrupted);
  EXPECT_FALSE(summary.ok());
  EXPECT_GE(summary.created, 2U);
  EXPECT_GE(summary.skipped, 1U);
  EXPECT_NE(cluster.get("ConfigMap", "shop", "a"), nullptr);
  EXPECT_EQ(cluster.get("ConfigMap", "shop", "c"), nullptr);
  EXPECT_EQ(cluster.get("Lease", "chasi-system", "chasi-shop"), nullptr) << "the lock is given back";
  Bench again(cluster);
  size_t created = summary.created;
  summary = must(again.run(faultyShop()));
  EXPECT_TRUE(summary.ok());
  EXPECT_EQ(summary.created, 4 - created);
  EXPECT_EQ(summary.unchanged, created);
  CompareOptions with;
  with.cancel = &cancel;
  EXPECT_EQ(codeOf(bench.compare(faultyShop(), with).takeError()), "CH6210");
}

namespace {

/// What a person would look at: content without the server's numbers.
json contentOf(const FakeCluster& cluster) {
  json all = json::object();
  for (const auto& [path, object] : cluster.objects) {
    if (object["kind"] == "Lease" || path.find("chasi-system") != std::string::npos) continue;
    json each = object;
    for (const char* field : {"uid", "resourceVersion", "managedFields"}) each["metadata"].erase(field);
    all[path] = each;
  }
  return all;
}

/// The way from `shop` to this has a creation, a change, a deletion and something that stays.
Spec changedShop() {
  Spec spec;
  uint32_t ns = spec.space("shop");
  uint32_t a = spec.config("shop", "a", "2", {ns});
  spec.config("shop", "c", "1", {a});
  spec.add("v1", "Service", "shop", "d", json::object(), {a});
  return spec;
}

json undisturbed() {
  FakeCluster cluster;
  cluster.put("v1", "ConfigMap", "default", "foreign");
  Bench bench(cluster);
  must(bench.run(faultyShop()));
  must(bench.run(changedShop()));
  return contentOf(cluster);
}

} // namespace

// The process dies at any request: before it is sent, or after the cluster has acted on it.
TEST(Faults, SuddenDeathAtAnyRequestIsContinued) {
  json wanted = undisturbed();
  for (bool acted : {false, true}) {
    size_t last = 1000;
    for (size_t at = 1; at <= last; ++at) {
      FakeCluster cluster;
      cluster.put("v1", "ConfigMap", "default", "foreign");
      Cancel cancel{0};
      {
        Bench bench(cluster);
        must(bench.run(faultyShop()));
        cluster.requests = 0;
        cluster.before = [&](const HttpRequest&) -> std::optional<HttpResponse> {
          if (cluster.requests > at || (cluster.requests == at && !acted)) {
            cancel = 2;
            return FakeCluster::broken();
          }
          return std::nullopt;
        };
        bench.options.cancel = &cancel;
        CompareOptions with;
        with.cancel = &cancel;
        auto plan = bench.compare(changedShop(), with);
        if (plan) {
          auto summary = bench.apply(*plan);
          if (!summary) llvm::consumeError(summary.takeError());
        } else {
          llvm::consumeError(plan.takeError());
        }
        if (cluster.requests <= at && cancel == 0) last = at; // it ended before the blow came
        cluster.before = nullptr;
      }
      size_t creates = cluster.creates;
      Bench again(cluster);
      Summary summary = must(again.run(changedShop()));
      ASSERT_TRUE(summary.ok()) << at << " " << messageOf(summary);
      ASSERT_EQ(contentOf(cluster), wanted) << at;
      ASSERT_LE(cluster.creates, creates + 3) << at << ": an object, the lock, the record of the run";
      cluster.log.clear();
      summary = must(again.run(changedShop()));
      ASSERT_EQ(summary.unchanged, 4U) << at;
      ASSERT_TRUE(cluster.log.empty()) << at;
      // Nothing is left that nobody knows of.
      auto destroy = planDestroy(changedShop().desired, *again.connections, {});
      ASSERT_TRUE(bool(destroy));
      ASSERT_EQ(destroy->prunes.size(), 4U) << at;
    }
    EXPECT_LT(last, 100U);
  }
}

TEST(Faults, SeededTroubleEndsInTheSameState) {
  json wanted = undisturbed();
  for (uint32_t seed = 1; seed <= 150; ++seed) {
    FakeCluster cluster;
    cluster.put("v1", "ConfigMap", "default", "foreign");
    std::mt19937 random(seed);
    auto oneIn = [&](uint32_t n) { return random() % n == 0; };
    bool calm = false;
    cluster.before = [&](const HttpRequest&) -> std::optional<HttpResponse> {
      if (calm) return std::nullopt;
      if (oneIn(15)) return FakeCluster::broken();
      if (oneIn(15)) {
        HttpResponse slow;
        slow.status = 429;
        slow.body = "Too many requests, please try again later.";
        slow.retryAfter = 1;
        return slow;
      }
      if (oneIn(15)) return FakeCluster::status(503, "ServiceUnavailable", "etcdserver: leader changed");
      return std::nullopt;
    };
    cluster.after = [&](const HttpRequest&, HttpResponse& response) {
      if (calm) return;
      if (oneIn(15)) response = FakeCluster::broken();
      else if (oneIn(20)) response.body.resize(response.body.size() / 2);
    };
    Bench bench(cluster);
    for (const Spec& spec : {faultyShop(), changedShop()}) {
      bool done = false;
      for (int round = 0; round < 40 && !done; ++round) {
        bench.connections->forget();
        auto summary = bench.run(spec);
        if (summary) done = summary->ok();
        else llvm::consumeError(summary.takeError());
      }
      ASSERT_TRUE(done) << seed;
    }
    calm = true;
    bench.connections->forget();
    Summary summary = must(bench.run(changedShop()));
    ASSERT_TRUE(summary.ok()) << seed << " " << messageOf(summary);
    ASSERT_EQ(contentOf(cluster), wanted) << seed;
  }
}
