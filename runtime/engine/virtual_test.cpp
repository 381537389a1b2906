// Virtual clusters in a run, with two clusters in memory: a host, and one that plays what runs inside.
#include "runtime/engine/fake_cluster_test.h"
#include "runtime/plan/digest.h"

#include <gtest/gtest.h>

using namespace chasi;
using namespace chasi::engine;
using namespace chasi::engine::testing;
using namespace std::chrono_literals;
using plan::Action;

namespace {

constexpr const char* kUntil = "unknown until virtual cluster blue runs";

/// A host whose control planes run at once, and write how they are reached; and the inside of one.
struct World {
  FakeCluster host, inside;
  std::string server = "https://inside";
  bool starts = true;
  size_t asked = 0;

  World() {
    host.kinds.push_back({"apps/v1", "StatefulSet", "statefulsets"});
    host.kinds.push_back({"v1", "Pod", "pods"});
    inside.kinds.push_back({"v1", "ServiceAccount", "serviceaccounts"});
    inside.put("v1", "ServiceAccount", "default", "default");
    (*inside.get("Namespace", "", "kube-system"))["metadata"]["uid"] = "uid-of-the-inside";
    host.after = [this](const HttpRequest& request, HttpResponse&) {
      json* plane = host.get("StatefulSet", "t1", "blue");
      if (!plane || request.method != kube::Method::Patch || FakeCluster::isDryRun(request) || !starts) return;
      if (plane->contains("status") && plane->value("/status/replicas"_json_pointer, -1) == plane->value("/spec/replicas"_json_pointer, 1)) return;
      run(*plane);
    };
  }

  void run(json& plane) {
    const int replicas = plane["spec"].value("replicas", 1);
    plane["status"] = {{"replicas", replicas}, {"readyReplicas", replicas}, {"currentReplicas", replicas}, {"updatedReplicas", replicas}, {"currentRevision", "r"}, {"updateRevision", "r"}};
    host.touch(plane);
    if (replicas && !host.get("Secret", "t1", "vc-blue")) host.put("v1", "Secret", "t1", "vc-blue", {{"data", {{"config", plan::base64(kubeconfig())}}}});
  }

  std::string kubeconfig() const {
    return json{{"current-context", "c"}, {"contexts", {{{"name", "c"}, {"context", {{"cluster", "k"}, {"user", "u"}}}}}}, {"clusters", {{{"name", "k"}, {"cluster", {{"server", server}}}}}},
                {"users", {{{"name", "u"}, {"user", {{"token", "t"}}}}}}}.dump();
  }

  std::unique_ptr<kube::MemoryTransport> transport() {
    return std::make_unique<kube::MemoryTransport>([this](const HttpRequest& request) {
      ++asked;
      return request.endpoint->server == "https://inside" ? inside.serve(request) : host.serve(request);
    });
  }
};

/// The control plane and what makes it run on the host, and a namespace with a map in it inside.
struct VirtualSpec : Spec {
  uint32_t plane, cluster;
  explicit VirtualSpec(const std::string& value = "1", const std::string& state = "running") {
    desired.targets.push_back({"main/blue", "", {}, plan::Inside{"main", "t1", "blue", "tenant.blue/vcluster"}});
    const uint32_t ns = space("t1");
    const uint32_t config = add("v1", "Secret", "t1", "vc-config-blue", {{"metadata", {{"annotations", {{"vcluster.loft.sh/store", "embedded-database"}}}}}}, {ns});
    json set = {{"metadata", {{"labels", {{"app", "vcluster"}, {"release", "blue"}, {"chart", "vcluster-0.36.1"}}}}}, {"spec", {{"replicas", state == "paused" ? 0 : 1}}}};
    if (state == "paused") set["metadata"]["annotations"] = {{"loft.sh/paused", "true"}, {"loft.sh/paused-replicas", "1"}};
    plane = add("apps/v1", "StatefulSet", "t1", "blue", set, {config});
    plan::Operation op;
    op.id = "tenant.blue/vcluster";
    op.kind = plan::OpKind::Vcluster;
    op.owner = "tenant.blue";
    op.target = "main";
    op.payload = json{{"name", "blue"}, {"namespace", "t1"}, {"chart", "0.36.1"}, {"kubernetes", ""}, {"state", state}, {"store", "embedded-database"}}.dump();
    op.needs = {plane};
    desired.operations.push_back(op);
    cluster = static_cast<uint32_t>(desired.operations.size() - 1);
    const uint32_t space = inside(add("v1", "Namespace", "", "shop", json::object(), {cluster}));
    inside(this->config("shop", "a", value, {cluster, space}));
  }
  uint32_t inside(uint32_t index) {
    desired.operations[index].target = "main/blue";
    desired.operations[index].id += "/inside";
    return index;
  }
};

struct VirtualBench {
  std::unique_ptr<Connections> connections;
  kube::MemoryTransport* memory = nullptr;
  ApplyOptions options;
  explicit VirtualBench(World& world) {
    auto transport = world.transport();
    memory = transport.get();
    connections = std::make_unique<Connections>(std::move(transport));
    kube::Endpoint endpoint;
    endpoint.server = "https://host";
    connections->add("main", endpoint);
  }
  plan::Plan plan(const Spec& spec) {
    auto plan = engine::compare(spec.desired, *connections, {});
    if (plan) return std::move(*plan);
    ADD_FAILURE() << plan::takeText(plan.takeError()).message;
    return {};
  }
  Summary run(const Spec& spec) { return must(engine::apply(plan(spec), *connections, options)); }
  std::chrono::milliseconds elapsed() const { return std::chrono::ceil<std::chrono::milliseconds>(memory->now() - kube::Transport::Time{}); }
};

} // namespace

TEST(Virtual, MadeAndFilledInOneRun) {
  World world;
  VirtualBench bench(world);
  VirtualSpec spec;
  plan::Plan plan = bench.plan(spec);
  EXPECT_EQ(plan.steps[spec.cluster].action, Action::Create);
  EXPECT_EQ(plan.steps.back().action, Action::Unknown);
  EXPECT_EQ(plan.steps.back().reason, kUntil);
  Summary summary = must(engine::apply(plan, *bench.connections, bench.options));
  EXPECT_TRUE(summary.ok());
  EXPECT_NE(world.inside.get("ConfigMap", "shop", "a"), nullptr);
  EXPECT_NE(world.inside.get("ConfigMap", "chasi-system", "chasi-shop"), nullptr);
  EXPECT_EQ(world.inside.get("Lease", "chasi-system", "chasi-shop"), nullptr);
  EXPECT_EQ(world.host.get("ConfigMap", "shop", "a"), nullptr);
  // Whoever compares next, with the same connections or with others, finds it as it should be.
  EXPECT_EQ(plan::count(bench.plan(spec)).changes(), 0U);
  VirtualBench other(world);
  world.asked = 0;
  EXPECT_EQ(plan::count(other.plan(spec)).changes(), 0U);
  EXPECT_LE(world.asked, 24U) << "what a comparison costs besides that of the host";
}

TEST(Virtual, WhatIsFoundInsideDecides) {
  World world;
  world.inside.put("v1", "Namespace", "", "shop");
  VirtualBench bench(world);
  Summary summary = bench.run(VirtualSpec());
  EXPECT_EQ(codeOf(summary), "CH6202") << "a namespace that somebody else made";
  EXPECT_EQ(world.inside.get("ConfigMap", "shop", "a"), nullptr);
  EXPECT_NE(world.host.get("StatefulSet", "t1", "blue"), nullptr);
}

TEST(Virtual, AControlPlaneThatCannotStartFailsSoon) {
  World world;
  world.starts = false;
  world.host.before = [](const HttpRequest& request) -> std::optional<HttpResponse> {
    if (request.path.find("/pods?labelSelector=app") == std::string::npos) return std::nullopt;
    json pod = {{"metadata", {{"name", "blue-0"}}}, {"status", {{"containerStatuses", {{{"name", "syncer"}, {"state", {{"waiting", {{"reason", "ImagePullBackOff"}, {"message", "no such image"}}}}}}}}}}};
    return FakeCluster::answer(200, {{"kind", "PodList"}, {"items", {pod}}});
  };
  VirtualBench bench(world);
  Summary summary = bench.run(VirtualSpec());
  EXPECT_EQ(codeOf(summary), "CH6402");
  EXPECT_NE(messageOf(summary).find("container syncer of pod blue-0: ImagePullBackOff: no such image"), std::string::npos) << messageOf(summary);
  EXPECT_EQ(summary.skipped, 2U);
  EXPECT_LT(bench.elapsed(), 30s) << "nobody waits for the timeout";
}

TEST(Virtual, NoAddressLeadsThere) {
  World world;
  world.server = "https://localhost:8443";
  world.host.put("v1", "Service", "t1", "blue", {{"spec", {{"type", "ClusterIP"}, {"ports", {{{"port", 443}}}}}}});
  VirtualBench bench(world);
  Summary summary = bench.run(VirtualSpec());
  EXPECT_EQ(codeOf(summary), "CH6407");
  EXPECT_LT(bench.elapsed(), 5s);
}

TEST(Virtual, OneThatLeadsBackToItsHostIsNotFilled) {
  World world;
  world.server = "https://host";
  world.host.kinds.push_back({"v1", "ServiceAccount", "serviceaccounts"});
  world.host.put("v1", "ServiceAccount", "default", "default");
  VirtualBench bench(world);
  EXPECT_EQ(codeOf(bench.run(VirtualSpec())), "CH6215");
  EXPECT_EQ(world.host.get("ConfigMap", "shop", "a"), nullptr);
}

TEST(Virtual, OneThatDoesNotAnswerHoldsNobodyUp) {
  World world;
  VirtualBench first(world);
  EXPECT_TRUE(first.run(VirtualSpec()).ok());
  world.inside.before = [](const HttpRequest&) -> std::optional<HttpResponse> {
    HttpResponse none;
    none.failure = kube::Failure::Unreachable;
    none.failureText = "connection refused";
    return none;
  };
  VirtualSpec spec("2");
  spec.config("t1", "beside", "1");
  VirtualBench bench(world);
  bench.options.readyTimeout = 20s;
  plan::Plan plan = bench.plan(spec);
  EXPECT_EQ(plan.steps[spec.cluster].action, Action::Update);
  EXPECT_NE(plan.steps[spec.cluster].reason.find("cannot be reached"), std::string::npos);
  Summary summary = must(engine::apply(plan, *bench.connections, bench.options));
  EXPECT_EQ(codeOf(summary), "CH6401");
  EXPECT_EQ(summary.skipped, 2U);
  EXPECT_NE(world.host.get("ConfigMap", "t1", "beside"), nullptr);
  world.inside.before = nullptr;
  VirtualBench again(world);
  EXPECT_TRUE(again.run(spec).ok());
  EXPECT_EQ((*world.inside.get("ConfigMap", "shop", "a"))["data"]["key"], "2");
}

TEST(Virtual, DeathAtAnyRequestIsContinued) {
  World quiet;
  VirtualBench measured(quiet);
  measured.run(VirtualSpec());
  const size_t all = quiet.asked;
  ASSERT_GT(all, 30U);
  for (size_t last = 1; last < all; ++last) {
    World world;
    {
      VirtualBench bench(world);
      bench.options.readyTimeout = 2s;
      auto dead = [&](const HttpRequest&) -> std::optional<HttpResponse> {
        return world.asked > last ? std::optional(FakeCluster::broken()) : std::nullopt;
      };
      world.host.before = world.inside.before = dead;
      auto plan = engine::compare(VirtualSpec().desired, *bench.connections, {});
      if (!plan) llvm::consumeError(plan.takeError());
      else if (auto summary = engine::apply(*plan, *bench.connections, bench.options); !summary) llvm::consumeError(summary.takeError());
    }
    world.host.before = world.inside.before = nullptr;
    VirtualBench bench(world);
    Summary summary = bench.run(VirtualSpec());
    ASSERT_TRUE(summary.ok()) << "after request " << last << ": " << messageOf(summary);
    ASSERT_NE(world.inside.get("ConfigMap", "shop", "a"), nullptr) << last;
    ASSERT_EQ(world.inside.members("ConfigMap"), 1U) << last;
    VirtualBench next(world);
    ASSERT_EQ(plan::count(next.plan(VirtualSpec())).changes(), 0U) << last;
  }
}

TEST(Virtual, PausedAsAskedFor) {
  World world;
  VirtualBench bench(world);
  EXPECT_TRUE(bench.run(VirtualSpec()).ok());
  std::vector<std::string> ended;
  bool pods = true;
  world.host.before = [&](const HttpRequest& request) -> std::optional<HttpResponse> {
    const bool ours = request.path.find("/pods?labelSelector=vcluster.loft.sh%2Fmanaged-by%3Dblue") != std::string::npos;
    if (ours) return FakeCluster::answer(200, {{"kind", "PodList"}, {"items", pods ? json{{{"metadata", {{"name", "a-x-shop-x-blue"}}}}} : json::array()}});
    if (request.method != kube::Method::Delete || request.path.find("/pods/") == std::string::npos) return std::nullopt;
    ended.push_back(request.path);
    pods = false;
    return FakeCluster::status(200, "", "");
  };
  const VirtualSpec paused("2", "paused");
  plan::Plan plan = bench.plan(paused);
  EXPECT_EQ(plan.steps[paused.cluster].action, Action::Update);
  EXPECT_EQ(plan.steps.back().action, Action::None) << "what is inside is left as it is";
  EXPECT_TRUE(must(engine::apply(plan, *bench.connections, bench.options)).ok());
  EXPECT_EQ(ended, std::vector<std::string>{"/api/v1/namespaces/t1/pods/a-x-shop-x-blue"});
  EXPECT_EQ((*world.inside.get("ConfigMap", "shop", "a"))["data"]["key"], "1");
  EXPECT_EQ(plan::count(bench.plan(paused)).changes(), 0U);
  EXPECT_TRUE(bench.run(VirtualSpec("2")).ok());
  EXPECT_EQ((*world.inside.get("ConfigMap", "shop", "a"))["data"]["key"], "2");
}

TEST(Virtual, OneThatIsBeingRestoredIsLeftAlone) {
  World world;
  VirtualBench bench(world);
  EXPECT_TRUE(bench.run(VirtualSpec()).ok());
  json& plane = *world.host.get("StatefulSet", "t1", "blue");
  plane["metadata"]["annotations"] = {{"loft.sh/restoring", "true"}, {"loft.sh/paused-replicas", "1"}, {"chasi.dev/restored-from", "s3://b/monday"}};
  plane["spec"]["replicas"] = 0;
  world.run(plane);
  for (const char* state : {"running", "paused"}) {
    const VirtualSpec spec("2", state);
    plan::Plan plan = bench.plan(spec);
    EXPECT_EQ(plan::count(plan).changes(), 0U) << state;
    EXPECT_EQ(plan.steps[spec.cluster].reason.substr(0, 33), "being restored from s3://b/monday") << plan.steps[spec.cluster].reason;
    EXPECT_TRUE(must(engine::apply(plan, *bench.connections, bench.options)).ok());
    EXPECT_EQ(plane["spec"]["replicas"], 0);
  }
}

TEST(Virtual, WhatItLeavesBehindIsTold) {
  World world;
  VirtualBench bench(world);
  EXPECT_TRUE(bench.run(VirtualSpec()).ok());
  world.host.before = [](const HttpRequest& request) -> std::optional<HttpResponse> {
    if (request.path.find("/services?labelSelector=vcluster.loft.sh%2Fmanaged-by%3Dblue") == std::string::npos) return std::nullopt;
    return FakeCluster::answer(200, {{"kind", "ServiceList"}, {"items", {{{"metadata", {{"name", "web-x-shop-x-blue"}, {"namespace", "t1"}, {"uid", "u"}}}}}}});
  };
  Spec without;
  without.space("t1");
  plan::Plan plan = bench.plan(without);
  bench.options.allowPrune = plan.prunes.size();
  Summary summary = must(engine::apply(plan, *bench.connections, bench.options));
  EXPECT_EQ(codeOf(summary), "CH6408");
  EXPECT_NE(messageOf(summary).find("Service/web-x-shop-x-blue in t1"), std::string::npos) << messageOf(summary);
  EXPECT_EQ(world.host.get("StatefulSet", "t1", "blue"), nullptr);
}
