// The engine against the embedded cluster, over HTTP: idempotence, pruning, conflicts, and processes that are killed at any request.
#include "runtime/engine/fake_cluster_test.h"
#include "runtime/image/test_folder.h"
#include "runtime/local/local.h"

#include <gtest/gtest.h>

#include <csignal>
#include <sys/wait.h>
#include <unistd.h>

using namespace chasi;
using namespace chasi::engine;
using chasi::engine::testing::Spec;
using chasi::engine::testing::must;
using chasi::engine::testing::codeOf;
using chasi::engine::testing::messageOf;
using nlohmann::json;
using namespace std::chrono_literals;
using plan::Action;

namespace {

/// Kills this process at a request: before it is sent, or when its answer has come.
class DeadlyTransport : public kube::Transport {
public:
  DeadlyTransport(size_t at, bool answered) : inner_(kube::makeCurlTransport()), left_(at), answered_(answered) {}
  uint64_t start(kube::HttpRequest request, Done done, Data data) override {
    bool last = --left_ == 0;
    if (last && !answered_) ::raise(SIGKILL);
    if (last) done = [](kube::HttpResponse) { ::raise(SIGKILL); };
    return inner_->start(std::move(request), std::move(done), std::move(data));
  }
  void cancel(uint64_t id) override { inner_->cancel(id); }
  void drive(std::chrono::milliseconds longest) override { inner_->drive(longest); }
  void wake() override { inner_->wake(); }

private:
  std::unique_ptr<kube::Transport> inner_;
  size_t left_;
  bool answered_;
};

std::unique_ptr<Connections> connectTo(const std::string& url, std::unique_ptr<kube::Transport> transport = kube::makeCurlTransport()) {
  auto connections = std::make_unique<Connections>(std::move(transport));
  kube::Endpoint endpoint;
  endpoint.server = url;
  connections->add("main", endpoint);
  return connections;
}

/// What a small business has, in a namespace of its own.
Spec business(const std::string& ns, const std::string& image = "web:1", int replicas = 2) {
  Spec spec;
  spec.desired.workspace = ns;
  uint32_t space = spec.add("v1", "Namespace", "", ns, {{"metadata", {{"labels", {{"pod-security.kubernetes.io/enforce", "restricted"}}}}}});
  spec.config(ns, "settings", "1", {space});
  uint32_t secret = spec.add("v1", "Secret", ns, "password", {{"stringData", {{"password", "correct horse"}}}}, {space});
  uint32_t account = spec.add("v1", "ServiceAccount", ns, "web", json::object(), {space});
  json rules = json::array({{{"apiGroups", {""}}, {"resources", {"pods"}}, {"verbs", {"get", "list"}}}});
  uint32_t role = spec.add("rbac.authorization.k8s.io/v1", "Role", ns, "reader", {{"rules", rules}}, {space});
  json binding = {{"roleRef", {{"apiGroup", "rbac.authorization.k8s.io"}, {"kind", "Role"}, {"name", "reader"}}},
                  {"subjects", json::array({{{"kind", "ServiceAccount"}, {"name", "web"}, {"namespace", ns}}})}};
  spec.add("rbac.authorization.k8s.io/v1", "RoleBinding", ns, "reader", binding, {role, account});
  json container = {{"name", "web"},
                    {"image", image},
                    {"ports", json::array({{{"containerPort", 8080}, {"name", "http"}}})},
                    {"resources", {{"requests", {{"cpu", "500m"}, {"memory", "128Mi"}}}}}};
  json pod = {{"metadata", {{"labels", {{"app", "web"}}}}}, {"spec", {{"containers", json::array({container})}}}};
  json deployment = {{"spec", {{"replicas", replicas}, {"selector", {{"matchLabels", {{"app", "web"}}}}}, {"template", pod}}}};
  uint32_t web = spec.add("apps/v1", "Deployment", ns, "web", deployment, {secret, account});
  json service = {{"spec", {{"selector", {{"app", "web"}}}, {"ports", json::array({{{"port", 80}, {"targetPort", "http"}, {"name", "http"}}})}}}};
  spec.add("v1", "Service", ns, "web", service, {web});
  spec.add("v1", "ResourceQuota", ns, "quota", {{"spec", {{"hard", {{"requests.cpu", "4"}, {"pods", "20"}}}}}}, {space});
  spec.add("networking.k8s.io/v1", "NetworkPolicy", ns, "deny", {{"spec", {{"podSelector", json::object()}, {"policyTypes", {"Ingress"}}}}}, {space});
  return spec;
}
constexpr size_t kBusiness = 10;

struct Embedded : ::testing::Test {
  image::testing::TestFolder folder;
  std::unique_ptr<local::Server> server;
  std::unique_ptr<Connections> connections;
  ApplyOptions options;

  void SetUp() override {
    local::ServeOptions serve;
    serve.file = folder / "cluster.db";
    auto started = local::Server::start(serve);
    if (!started) GTEST_FAIL() << plan::takeText(started.takeError()).message;
    server = std::move(*started);
    connections = connectTo(server->url());
    options.readyTimeout = 30s;
  }
  plan::Plan compared(const Spec& spec) {
    auto plan = compare(spec.desired, *connections, {});
    if (plan) return std::move(*plan);
    ADD_FAILURE() << plan::takeText(plan.takeError()).message;
    return {};
  }
  Summary applied(const Spec& spec) { return must(apply(compared(spec), *connections, options)); }
  kube::Response send(kube::Method method, const std::string& path, const std::string& body = "", const char* type = "application/json") {
    kube::Request request;
    request.method = method;
    request.path = path;
    request.body = body;
    if (!body.empty()) request.contentType = type;
    request.what = "doing as somebody else";
    auto response = connections->sites()[0]->client->call(std::move(request));
    if (response) return std::move(*response);
    ADD_FAILURE() << plan::takeText(response.takeError()).message;
    return {};
  }
  json read(const std::string& path) { return json::parse(send(kube::Method::Get, path).body, nullptr, false); }
  static std::string problemsOf(const plan::Plan& plan) {
    std::string text;
    for (const plan::Step& step : plan.steps) {
      if (step.problem) text += step.problem->code + " " + step.problem->message + "\n";
      for (const plan::FieldChange& change : step.changes) text += change.path + ": " + change.before + " -> " + change.after + "\n";
    }
    return text;
  }
};

} // namespace

TEST_F(Embedded, TheSecondRunSendsNoWrite) {
  Summary first = applied(business("shop"));
  ASSERT_TRUE(first.ok()) << messageOf(first);
  EXPECT_EQ(first.created, kBusiness);
  std::string version = read("/api/v1/namespaces/shop/configmaps/settings")["metadata"]["resourceVersion"];
  size_t writes = connections->counters().writes;
  plan::Plan plan = compared(business("shop"));
  EXPECT_EQ(plan::count(plan).changes(), 0U) << problemsOf(plan);
  Summary second = must(apply(plan, *connections, options));
  EXPECT_TRUE(second.ok());
  EXPECT_EQ(second.writes, writes);
  auto fresh = connectTo(server->url());
  auto other = compare(business("shop").desired, *fresh, {});
  ASSERT_TRUE(bool(other));
  Summary third = must(apply(*other, *fresh, options));
  EXPECT_EQ(third.unchanged, kBusiness);
  EXPECT_EQ(third.writes, 0U);
  EXPECT_LE(third.requests, 20U);
  EXPECT_EQ(read("/api/v1/namespaces/shop/configmaps/settings")["metadata"]["resourceVersion"], version);
  EXPECT_EQ(read("/api/v1/namespaces/shop/secrets/password")["data"]["password"], "Y29ycmVjdCBob3JzZQ==");
  auto health = status(business("shop").desired, *fresh);
  ASSERT_TRUE(bool(health));
  EXPECT_TRUE(health->healthy());
  CompareOptions refresh;
  refresh.refresh = true;
  other = compare(business("shop").desired, *fresh, refresh);
  ASSERT_TRUE(bool(other));
  EXPECT_EQ(plan::count(*other).changes(), 0U) << problemsOf(*other);
}

TEST_F(Embedded, ChangePruneAndDestroyTouchNothingElse) {
  ASSERT_TRUE(applied(business("shop")).ok());
  ASSERT_TRUE(applied(business("bank")).ok());
  EXPECT_EQ(send(kube::Method::Post, "/api/v1/namespaces/default/configmaps", R"({"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"foreign"}})").http, 201);
  Spec changed = business("shop", "web:2", 3);
  changed.desired.operations.pop_back(); // the network policy
  plan::Plan plan = compared(changed);
  ASSERT_EQ(plan.prunes.size(), 1U);
  EXPECT_EQ(plan.prunes[0].object.kind, "NetworkPolicy");
  EXPECT_EQ(plan::count(plan).change, 1U) << problemsOf(plan);
  Summary summary = must(apply(plan, *connections, options));
  EXPECT_TRUE(summary.ok()) << messageOf(summary);
  EXPECT_EQ(summary.updated, 1U);
  EXPECT_EQ(summary.deleted, 1U);
  EXPECT_EQ(read("/apis/apps/v1/namespaces/shop/deployments/web")["spec"]["template"]["spec"]["containers"][0]["image"], "web:2");
  EXPECT_EQ(plan::count(compared(changed)).changes(), 0U);
  auto destroy = planDestroy(changed.desired, *connections, {});
  ASSERT_TRUE(bool(destroy));
  EXPECT_EQ(destroy->prunes.size(), kBusiness - 1);
  EXPECT_EQ(codeOf(apply(*destroy, *connections, options).takeError()), "CH6206");
  options.allowPrune = destroy->prunes.size();
  summary = must(apply(*destroy, *connections, options));
  EXPECT_TRUE(summary.ok()) << messageOf(summary);
  EXPECT_EQ(send(kube::Method::Get, "/api/v1/namespaces/shop").http, 404);
  EXPECT_EQ(send(kube::Method::Get, "/api/v1/namespaces/default/configmaps/foreign").http, 200);
  options.allowPrune.reset();
  plan = compared(business("bank"));
  EXPECT_EQ(plan::count(plan).changes(), 0U) << "another workspace";
}

TEST_F(Embedded, OtherManagersKeepTheirFields) {
  ASSERT_TRUE(applied(business("shop")).ok());
  std::string web = "/apis/apps/v1/namespaces/shop/deployments/web";
  std::string scaled = R"({"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"web"},"spec":{"replicas":7}})";
  ASSERT_EQ(send(kube::Method::Patch, web + "?fieldManager=autoscaler&force=true", scaled, "application/apply-patch+yaml").http, 200);
  plan::Plan plan = compared(business("shop", "web:2"));
  const plan::Step& step = plan.steps[6];
  ASSERT_TRUE(step.problem.has_value());
  EXPECT_EQ(step.problem->code, "CH6203");
  EXPECT_NE(step.problem->message.find("autoscaler"), std::string::npos);
  EXPECT_NE(step.problem->message.find("spec.replicas"), std::string::npos);
  EXPECT_EQ(codeOf(apply(plan, *connections, options).takeError()), "CH6203");
  EXPECT_EQ(read(web)["spec"]["replicas"], 7);
  // Leaving the field out settles it.
  Spec without = business("shop", "web:2");
  json payload = json::parse(without.desired.operations[6].payload);
  payload["spec"].erase("replicas");
  without.desired.operations[6].payload = payload.dump();
  EXPECT_TRUE(applied(without).ok());
  EXPECT_EQ(read(web)["spec"]["replicas"], 7);
  EXPECT_EQ(read(web)["spec"]["template"]["spec"]["containers"][0]["image"], "web:2");
  EXPECT_EQ(plan::count(compared(without)).changes(), 0U);
}

TEST_F(Embedded, ImmutableFieldsNeedAReplacement) {
  ASSERT_TRUE(applied(business("shop")).ok());
  Spec changed = business("shop");
  json payload = json::parse(changed.desired.operations[6].payload);
  payload["spec"]["selector"]["matchLabels"]["app"] = "web2";
  payload["spec"]["template"]["metadata"]["labels"]["app"] = "web2";
  changed.desired.operations[6].payload = payload.dump();
  plan::Plan plan = compared(changed);
  ASSERT_EQ(plan.steps[6].action, Action::Replace) << problemsOf(plan);
  std::string uid = read("/apis/apps/v1/namespaces/shop/deployments/web")["metadata"]["uid"];
  EXPECT_EQ(codeOf(must(apply(plan, *connections, options))), "CH6205");
  options.allowReplace = true;
  Summary summary = must(apply(plan, *connections, options));
  EXPECT_TRUE(summary.ok()) << messageOf(summary);
  EXPECT_EQ(summary.replaced, 1U);
  EXPECT_NE(read("/apis/apps/v1/namespaces/shop/deployments/web")["metadata"]["uid"], uid);
}

TEST_F(Embedded, UnknownFieldsAreRefusedWithTheirPlace) {
  Spec spec = business("shop");
  json payload = json::parse(spec.desired.operations[6].payload);
  payload["spec"]["replicsa"] = 2;
  spec.desired.operations[6].payload = payload.dump();
  Summary summary = applied(spec);
  EXPECT_EQ(codeOf(summary), "CH6204");
  EXPECT_NE(messageOf(summary).find("replicsa"), std::string::npos);
  EXPECT_EQ(summary.skipped, 1U) << "the service behind it";
  EXPECT_EQ(applied(business("shop")).created, 2U);
}

TEST_F(Embedded, TwoRunsAtOnceTakeTurns) {
  Spec spec = business("shop");
  plan::Plan plan = compared(spec);
  Summary other;
  std::string code;
  std::thread second([&] {
    auto mine = connectTo(server->url());
    ApplyOptions patient;
    patient.lockPatience = 30s;
    auto planned = compare(business("shop").desired, *mine, {});
    if (!planned) { code = codeOf(planned.takeError()); return; }
    auto result = apply(*planned, *mine, patient);
    if (result) other = *result;
    else code = codeOf(result.takeError());
  });
  Summary summary = must(apply(plan, *connections, options));
  second.join();
  EXPECT_TRUE(summary.ok()) << messageOf(summary);
  EXPECT_EQ(code, "");
  EXPECT_TRUE(other.ok()) << messageOf(other);
  connections->forget();
  EXPECT_EQ(plan::count(compared(spec)).changes(), 0U);
}

// Each step begins when a watch says that the one before is ready; several kinds are watched at once.
TEST_F(Embedded, WhatWaitsBeginsWhenTheWatchSaysSo) {
  server.reset();
  local::ServeOptions serve;
  serve.file = folder / "slow.db";
  serve.readyAfter = 30ms;
  auto started = local::Server::start(serve);
  ASSERT_TRUE(bool(started));
  server = std::move(*started);
  connections = connectTo(server->url());
  options.waitAll = true;
  options.readyTimeout = 20s;
  for (int round = 0; round < 5; ++round) {
    Spec spec;
    spec.desired.workspace = fmt::format("chain{}", round);
    std::string ns = spec.desired.workspace;
    uint32_t before = spec.space(ns);
    for (int i = 0; i < 6; ++i) {
      std::string name = fmt::format("step{}", i);
      json pod = {{"metadata", {{"labels", {{"app", name}}}}}, {"spec", {{"containers", json::array({{{"name", "c"}, {"image", "c:1"}}})}}}};
      json workload = {{"spec", {{"replicas", 1}, {"selector", {{"matchLabels", {{"app", name}}}}}, {"template", pod}}}};
      if (i % 2) workload["spec"]["serviceName"] = name;
      uint32_t step = spec.add("apps/v1", i % 2 ? "StatefulSet" : "Deployment", ns, name, workload, {before});
      for (int beside = 0; beside < 4; ++beside) spec.config(ns, fmt::format("{}-{}", name, beside), "1", {step});
      before = step;
    }
    Summary summary = applied(spec);
    ASSERT_TRUE(summary.ok()) << messageOf(summary);
    ASSERT_EQ(summary.created, 31U);
    ASSERT_LT(summary.duration, 15s);
  }
}

TEST_F(Embedded, AnInterruptEndsAWait) {
  server.reset();
  local::ServeOptions serve;
  serve.file = folder / "never.db";
  serve.readyAfter = 600s;
  auto started = local::Server::start(serve);
  ASSERT_TRUE(bool(started));
  server = std::move(*started);
  connections = connectTo(server->url());
  Cancel cancel{0};
  options.cancel = &cancel;
  options.events = [&](const Event& event) {
    if (event.message.find("waiting until it is ready") != std::string::npos) cancel = 1;
  };
  Summary summary = applied(business("shop"));
  EXPECT_TRUE(summary.interrupted);
  EXPECT_GE(summary.skipped, 1U) << "the service behind the workload";
  EXPECT_TRUE(summary.failures.empty());
  EXPECT_LT(summary.duration, 5s);
  EXPECT_EQ(send(kube::Method::Get, "/apis/coordination.k8s.io/v1/namespaces/chasi-system/leases/chasi-shop").http, 404);
}

// Runs in a process of its own; see below.
TEST(EmbeddedProcess, DISABLED_AppliesAndIsKilled) {
  const char* url = std::getenv("CHASI_TEST_URL");
  const char* at = std::getenv("CHASI_TEST_AT");
  const char* name = std::getenv("CHASI_TEST_NAME");
  if (!url || !at || !name) GTEST_SKIP();
  auto connections = connectTo(url, std::make_unique<DeadlyTransport>(std::stoul(at), std::getenv("CHASI_TEST_ANSWERED") != nullptr));
  auto plan = compare(business(name, "web:2").desired, *connections, {});
  ASSERT_TRUE(bool(plan));
  EXPECT_TRUE(must(apply(*plan, *connections, {})).ok());
}

// True when the process was killed, false when it ended by itself.
static bool runAndKill(const std::string& url, const std::string& name, size_t at, bool answered) {
  pid_t child = ::fork();
  if (child == 0) {
    ::setenv("CHASI_TEST_URL", url.c_str(), 1);
    ::setenv("CHASI_TEST_NAME", name.c_str(), 1);
    ::setenv("CHASI_TEST_AT", std::to_string(at).c_str(), 1);
    if (answered) ::setenv("CHASI_TEST_ANSWERED", "1", 1);
    ::freopen("/dev/null", "w", stdout);
    ::execl("/proc/self/exe", "engine_test", "--gtest_filter=EmbeddedProcess.*", "--gtest_also_run_disabled_tests", nullptr);
    ::_exit(99);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  if (WIFSIGNALED(status)) return WTERMSIG(status) == SIGKILL;
  EXPECT_EQ(WEXITSTATUS(status), 0) << name;
  return false;
}

TEST_F(Embedded, KilledAtAnyRequestAndContinued) {
  auto begin = std::chrono::steady_clock::now();
  for (bool answered : {false, true}) {
    bool killed = true;
    size_t at = 1;
    for (; killed && at < 100; ++at) {
      std::string name = fmt::format("w{}{}", at, answered ? "b" : "a");
      // Every third time there is something to change and to delete, not only to create.
      if (at % 3 == 0) {
        Spec old = business(name);
        old.config(name, "old", "1", {0});
        ASSERT_TRUE(applied(old).ok());
      }
      killed = runAndKill(server->url(), name, at, answered);
      connections->forget();
      Summary summary = applied(business(name, "web:2"));
      ASSERT_TRUE(summary.ok()) << name << ": " << messageOf(summary);
      size_t writes = connections->counters().writes;
      plan::Plan plan = compared(business(name, "web:2"));
      ASSERT_EQ(plan::count(plan).changes(), 0U) << name << problemsOf(plan);
      ASSERT_EQ(must(apply(plan, *connections, options)).writes, writes);
      auto destroy = planDestroy(business(name).desired, *connections, {});
      ASSERT_TRUE(bool(destroy));
      ASSERT_EQ(destroy->prunes.size(), kBusiness) << name;
      ASSERT_EQ(send(kube::Method::Get, "/api/v1/namespaces/" + name + "/configmaps/old").http, 404);
    }
    EXPECT_GT(at, 20U);
    EXPECT_FALSE(killed);
  }
  // A dead process of this machine holds no lock, so nobody waited for one to expire.
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 240s);
}

TEST_F(Embedded, AThousandObjects) {
  Spec spec;
  for (int tenant = 0; tenant < 200; ++tenant) {
    std::string ns = fmt::format("t{}", tenant);
    uint32_t space = spec.space(ns);
    spec.config(ns, ns + "-settings", "1", {space});
    spec.add("v1", "ServiceAccount", ns, ns, json::object(), {space});
    spec.add("v1", "ResourceQuota", ns, ns, {{"spec", {{"hard", {{"pods", "20"}}}}}}, {space});
    spec.add("networking.k8s.io/v1", "NetworkPolicy", ns, ns, {{"spec", {{"podSelector", json::object()}, {"policyTypes", {"Ingress"}}}}}, {space});
  }
  auto begin = std::chrono::steady_clock::now();
  auto lap = [&] {
    auto now = std::chrono::steady_clock::now();
    auto took = std::chrono::duration_cast<std::chrono::milliseconds>(now - begin);
    begin = now;
    return took;
  };
  Summary first = applied(spec);
  auto cold = lap();
  ASSERT_TRUE(first.ok()) << messageOf(first);
  EXPECT_EQ(first.created, 1000U);
  auto fresh = connectTo(server->url());
  lap();
  auto plan = compare(spec.desired, *fresh, {});
  ASSERT_TRUE(bool(plan));
  Summary second = must(apply(*plan, *fresh, options));
  auto unchanged = lap();
  EXPECT_EQ(second.unchanged, 1000U);
  EXPECT_EQ(second.writes, 0U);
  std::printf("  1000 objects: first %lld ms (%zu requests), unchanged %lld ms (%zu requests)\n", static_cast<long long>(cold.count()), first.requests,
              static_cast<long long>(unchanged.count()), second.requests);
  // Ten times what a quiet machine needs: the suite also runs under sanitizers and beside other work.
  EXPECT_LT(unchanged.count(), 1500);
  EXPECT_LT(cold.count(), 15000);
}
