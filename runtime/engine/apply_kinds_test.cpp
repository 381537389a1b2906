// What takes time, comes late or is not there yet, and what must never be said, against a cluster in memory.
#include "runtime/engine/fake_cluster_test.h"
#include "runtime/plan/digest.h"

#include <gtest/gtest.h>

using namespace chasi;
using namespace chasi::engine;
using namespace chasi::engine::testing;
using namespace std::chrono_literals;
using plan::Action;

static Spec shop() {
  Spec spec;
  uint32_t ns = spec.space("shop");
  spec.config("shop", "a", "1", {ns});
  spec.config("shop", "b", "1", {ns});
  return spec;
}

TEST(ApplyKinds, ReplaceNeedsConsent) {
  FakeCluster cluster;
  Bench bench(cluster);
  must(bench.run(shop()));
  std::string uid = (*cluster.get("ConfigMap", "shop", "a"))["metadata"]["uid"];
  cluster.before = [&](const HttpRequest& request) -> std::optional<HttpResponse> {
    json* live = cluster.get("ConfigMap", "shop", "a");
    if (request.method != kube::Method::Patch || request.path.find("configmaps/a?") == std::string::npos || !live) return std::nullopt;
    return FakeCluster::status(422, "Invalid", "immutable", {{"causes", {{{"field", "data"}, {"message", "Forbidden: field is immutable when `immutable` is set"}}}}});
  };
  Spec spec = shop();
  spec.desired.operations[1].payload = R"({"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a","namespace":"shop"},"data":{"key":"2"}})";
  auto plan = bench.compare(spec);
  ASSERT_TRUE(bool(plan));
  EXPECT_EQ(plan->steps[1].action, Action::Replace);
  EXPECT_EQ(codeOf(must(bench.apply(*plan))), "CH6205");
  EXPECT_EQ((*cluster.get("ConfigMap", "shop", "a"))["metadata"]["uid"], uid);
  bench.options.allowReplace = true;
  Summary summary = must(bench.apply(*plan));
  EXPECT_EQ(summary.replaced, 1U) << messageOf(summary);
  EXPECT_NE((*cluster.get("ConfigMap", "shop", "a"))["metadata"]["uid"], uid);
}

TEST(ApplyKinds, FinalizersKeepTheObjectInTheInventory) {
  FakeCluster cluster;
  Bench bench(cluster);
  Spec spec;
  spec.config("default", "stuck", "1");
  must(bench.run(spec));
  (*cluster.get("ConfigMap", "default", "stuck"))["metadata"]["finalizers"] = {"example.com/hold"};
  bench.options.readyTimeout = 5s;
  Summary summary = must(bench.run(Spec()));
  EXPECT_EQ(codeOf(summary), "CH6216");
  EXPECT_NE(messageOf(summary).find("example.com/hold"), std::string::npos);
  auto next = bench.compare(Spec());
  ASSERT_TRUE(bool(next));
  EXPECT_EQ(next->prunes.size(), 1U);
  EXPECT_EQ(next->prunes[0].id, "unit/ConfigMap/stuck");
}

TEST(ApplyKinds, DependantsWaitUntilReady) {
  FakeCluster cluster;
  cluster.workloadsReady = false;
  Spec spec;
  uint32_t db = spec.add("apps/v1", "Deployment", "default", "db", {{"spec", {{"replicas", 2}}}});
  spec.config("default", "after", "1", {db});
  spec.config("default", "beside", "1");
  Bench bench(cluster);
  bench.options.readyTimeout = 20s;
  Summary summary = must(bench.run(spec));
  EXPECT_EQ(codeOf(summary), "CH6209");
  EXPECT_NE(messageOf(summary).find("0 of 2"), std::string::npos);
  EXPECT_EQ(cluster.get("ConfigMap", "default", "after"), nullptr);
  EXPECT_NE(cluster.get("ConfigMap", "default", "beside"), nullptr);
  EXPECT_GE(bench.elapsed(), 20s);
  // The next run finds nothing to change at the database, and still waits for it.
  size_t asked = 0;
  cluster.before = [&](const HttpRequest& request) -> std::optional<HttpResponse> {
    if (request.path.find("/deployments?") == std::string::npos || ++asked < 5) return std::nullopt;
    json& live = *cluster.get("Deployment", "default", "db");
    if (live.contains("status")) return std::nullopt;
    live["status"] = {{"replicas", 2}, {"updatedReplicas", 2}, {"availableReplicas", 2}, {"readyReplicas", 2}};
    cluster.touch(live);
    return std::nullopt;
  };
  summary = must(bench.run(spec));
  EXPECT_TRUE(summary.ok()) << messageOf(summary);
  EXPECT_EQ(summary.created, 1U);
  EXPECT_GE(asked, 5U);
}

TEST(ApplyKinds, WaitOperationsAndClaims) {
  FakeCluster cluster;
  json& job = cluster.put("batch/v1", "Job", "default", "migrate");
  Spec spec;
  uint32_t wait = spec.add("batch/v1", "Job", "default", "migrate");
  spec.desired.operations[wait].kind = plan::OpKind::Wait;
  uint32_t claim = spec.add("v1", "PersistentVolumeClaim", "default", "data");
  spec.config("default", "after", "1", {wait, claim});
  Bench bench(cluster);
  bench.options.readyTimeout = 10s;
  Summary summary = must(bench.run(spec));
  EXPECT_EQ(codeOf(summary), "CH6209") << "the job has not ended";
  EXPECT_EQ(summary.skipped, 1U);
  cluster.get("Job", "default", "migrate")->operator[]("status")["conditions"] = json::array({{{"type", "Complete"}, {"status", "True"}}});
  cluster.touch(job);
  summary = must(bench.run(spec));
  EXPECT_TRUE(summary.ok()) << messageOf(summary);
  EXPECT_EQ(summary.created, 1U) << "a claim that waits for its consumer stops nobody";
}

TEST(ApplyKinds, KindThatComesWithTheSameRun) {
  FakeCluster cluster;
  Spec spec;
  json definition = {{"spec", {{"group", "example.com"}, {"names", {{"kind", "Widget"}}}}}};
  uint32_t crd = spec.add("apiextensions.k8s.io/v1", "CustomResourceDefinition", "", "widgets.example.com", definition);
  spec.add("example.com/v1", "Widget", "default", "w", {{"spec", {{"size", 1}}}}, {crd});
  size_t asked = 0;
  cluster.before = [&](const HttpRequest& request) -> std::optional<HttpResponse> {
    json* live = cluster.get("CustomResourceDefinition", "", "widgets.example.com");
    if (live && !live->contains("status")) {
      (*live)["status"]["conditions"] = json::array({{{"type", "Established"}, {"status", "True"}}});
      cluster.touch(*live);
    }
    if (live && request.path == "/apis" && ++asked == 2) cluster.kinds.push_back({"example.com/v1", "Widget", "widgets"});
    return std::nullopt;
  };
  Bench bench(cluster);
  auto plan = bench.compare(spec);
  ASSERT_TRUE(bool(plan));
  EXPECT_EQ(plan->steps[1].action, Action::Unknown);
  Summary summary = must(bench.apply(*plan));
  EXPECT_TRUE(summary.ok()) << messageOf(summary);
  EXPECT_EQ(summary.created, 2U);
  cluster.log.clear();
  EXPECT_EQ(must(bench.run(spec)).unchanged, 2U);
  EXPECT_TRUE(cluster.log.empty());
}

TEST(ApplyKinds, UnservedKindIsAProblem) {
  FakeCluster cluster;
  Spec spec;
  spec.add("example.com/v1", "Widget", "default", "w");
  Bench bench(cluster);
  auto plan = bench.compare(spec);
  ASSERT_TRUE(bool(plan));
  ASSERT_TRUE(plan->steps[0].problem.has_value());
  EXPECT_EQ(plan->steps[0].problem->code, "CH6107");
}

TEST(ApplyKinds, NamespaceThatNobodyMakes) {
  FakeCluster cluster;
  Spec spec;
  spec.config("nowhere", "a", "1");
  Bench bench(cluster);
  Summary summary = must(bench.run(spec));
  EXPECT_EQ(codeOf(summary), "CH6108");
  EXPECT_NE(messageOf(summary).find("the namespace does not exist"), std::string::npos) << messageOf(summary);
}

TEST(ApplyKinds, CustomResourceWithoutStatusGetsTimeToBeSeen) {
  FakeCluster cluster;
  cluster.kinds.push_back({"example.com/v1", "Widget", "widgets"});
  Spec spec;
  uint32_t widget = spec.add("example.com/v1", "Widget", "default", "w", {{"spec", {{"size", 1}}}});
  spec.config("default", "after", "1", {widget});
  Bench bench(cluster);
  EXPECT_EQ(must(bench.run(spec)).created, 2U);
  EXPECT_GE(bench.elapsed(), 3s);
  EXPECT_LE(bench.elapsed(), 6s);
}

TEST(ApplyKinds, WaitForAllSendsNoWriteWhenNothingChanges) {
  FakeCluster cluster;
  Spec spec;
  spec.add("apps/v1", "Deployment", "default", "web", {{"spec", {{"replicas", 1}}}});
  Bench bench(cluster);
  EXPECT_EQ(must(bench.run(spec)).created, 1U);
  cluster.log.clear();
  bench.options.waitAll = true;
  EXPECT_TRUE(must(bench.run(spec)).ok());
  json& live = *cluster.get("Deployment", "default", "web");
  live["status"]["readyReplicas"] = 0;
  live["status"]["availableReplicas"] = 0;
  cluster.touch(live);
  bench.options.readyTimeout = 5s;
  EXPECT_EQ(codeOf(must(bench.run(spec))), "CH6209");
  EXPECT_TRUE(cluster.log.empty());
}

TEST(ApplyKinds, AnObjectIsNothingThatIsBuilt) {
  FakeCluster cluster;
  Spec spec;
  spec.config("default", "v", "1");
  Bench bench(cluster);
  auto plan = bench.compare(spec);
  ASSERT_TRUE(bool(plan));
  plan->steps[0].action = Action::Build;
  EXPECT_EQ(codeOf(must(bench.apply(*plan))), "CH6214");
}

TEST(ApplyKinds, OneClusterUnderTwoNames) {
  FakeCluster cluster;
  Spec spec;
  spec.config("default", "a", "1");
  spec.desired.targets.push_back({"second", "ctx2", {}});
  spec.config("default", "a", "2");
  spec.desired.operations[1].target = "second";
  spec.desired.operations[1].id += "2";
  Bench bench(cluster);
  kube::Endpoint endpoint;
  endpoint.server = "https://fake";
  bench.connections->add("second", endpoint);
  EXPECT_EQ(codeOf(bench.compare(spec).takeError()), "CH6215");
  Bench apart(cluster);
  endpoint.server = "https://other-name-of-the-same";
  apart.connections->add("second", endpoint);
  spec.desired.operations[1].object.name = "b";
  EXPECT_EQ(codeOf(apart.compare(spec).takeError()), "CH6215");
  Bench unknown(cluster);
  EXPECT_EQ(codeOf(unknown.compare(spec).takeError()), "CH6004") << "nothing says where `second` is";
}

TEST(ApplyKinds, InventoryOfAnotherToolIsNotTouched) {
  FakeCluster cluster;
  cluster.put("v1", "Namespace", "", "chasi-system");
  cluster.put("v1", "ConfigMap", "chasi-system", "chasi-shop", {{"metadata", {{"annotations", {{"applyset.kubernetes.io/tooling", "kubectl/v1.36"}}}}}});
  Bench bench(cluster);
  EXPECT_EQ(codeOf(bench.compare(shop()).takeError()), "CH6213");
}

TEST(ApplyKinds, SecretsAreInNoMessage) {
  const std::string value = "correct horse battery";
  FakeCluster cluster;
  cluster.before = [&](const HttpRequest& request) -> std::optional<HttpResponse> {
    if (request.method == kube::Method::Patch && request.path.find("secrets/s") != std::string::npos)
      return FakeCluster::status(422, "Invalid", "data.password: Invalid value: \"" + plan::base64(value) + "\" and " + value);
    return std::nullopt;
  };
  Spec spec;
  uint32_t index = spec.add("v1", "Secret", "default", "s", {{"data", {{"password", nullptr}}}});
  spec.desired.operations[index].payload = R"({"apiVersion":"v1","kind":"Secret","metadata":{"name":"s","namespace":"default"},"data":{"password":null}})";
  spec.desired.operations[index].secrets = {{"/data/password", "env", "P"}};
  Bench bench(cluster);
  bench.options.secrets = [&](const plan::SecretRef&) -> llvm::Expected<std::string> { return value; };
  CompareOptions with;
  with.secrets = bench.options.secrets;
  auto plan = bench.compare(spec, with);
  ASSERT_TRUE(bool(plan));
  Summary summary = must(bench.apply(*plan));
  ASSERT_EQ(codeOf(summary), "CH6204");
  std::string all = messageOf(summary);
  for (const Event& event : bench.events) all += event.message;
  EXPECT_EQ(all.find(value), std::string::npos);
  EXPECT_EQ(all.find(plan::base64(value)), std::string::npos);
  EXPECT_NE(all.find("(secret)"), std::string::npos);
  // A value that cannot be read stops this one operation.
  cluster.before = nullptr;
  bench.options.secrets = [](const plan::SecretRef&) -> llvm::Expected<std::string> { return plan::fault("CH6212", "not set"); };
  EXPECT_EQ(codeOf(must(bench.apply(*plan))), "CH6212");
  bench.options.secrets = [&](const plan::SecretRef&) -> llvm::Expected<std::string> { return value; };
  EXPECT_TRUE(must(bench.apply(*plan)).ok());
  EXPECT_EQ((*cluster.get("Secret", "default", "s"))["data"]["password"], plan::base64(value));
  cluster.log.clear();
  auto again = bench.compare(spec, with);
  ASSERT_TRUE(bool(again));
  EXPECT_EQ(again->steps[0].action, Action::None);
}
