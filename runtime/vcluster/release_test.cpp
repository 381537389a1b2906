#include "runtime/vcluster/release.h"

#include "runtime/plan/fault.h"

#include <gtest/gtest.h>

using namespace chasi;
using namespace chasi::vcluster;

static std::optional<Installed> read(const std::string& text) {
  auto view = plan::JsonView::parse(text);
  if (view) return readControlPlane(view->root());
  llvm::consumeError(view.takeError());
  ADD_FAILURE() << "no JSON: " << text;
  return std::nullopt;
}

static std::string workload(const std::string& spec, const std::string& status, const std::string& app = "vcluster") {
  return R"({"apiVersion":"apps/v1","kind":"StatefulSet","metadata":{"name":"blue","namespace":"t1","generation":2,"labels":{"app":")" + app +
         R"(","release":"blue","chart":"vcluster-0.36.1","heritage":"Helm"}},"spec":)" + spec + R"(,"status":)" + status + "}";
}

TEST(Release, NamesAsTheChartGivesThem) {
  Release blue{"blue", "t1"};
  EXPECT_EQ(kubeconfigSecret(blue), (plan::ObjectRef{"v1", "Secret", "t1", "vc-blue"}));
  EXPECT_EQ(configSecret(blue).name, "vc-config-blue");
  EXPECT_EQ(controlPlane(blue, Store::Embedded).kind, "StatefulSet");
  EXPECT_EQ(controlPlane(blue, Store::External).kind, "Deployment");
  EXPECT_EQ(objects(blue, Store::Embedded).size(), 8U);
  EXPECT_EQ(objects(blue, Store::Deployed).size(), 11U);
  EXPECT_EQ(objects(blue, Store::External).size(), 7U);
  EXPECT_EQ(objects(blue, Store::Embedded).back(), controlPlane(blue, Store::Embedded)) << "it needs all the others";
}

TEST(Release, PhaseAndVersionOfAControlPlane) {
  const std::string running = R"({"observedGeneration":2,"replicas":1,"readyReplicas":1,"currentReplicas":1,"updatedReplicas":1,"currentRevision":"r","updateRevision":"r"})";
  auto found = read(workload(R"({"replicas":1})", running));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->release.name, "blue");
  EXPECT_EQ(found->release.ns, "t1");
  EXPECT_EQ(found->chartVersion, "0.36.1");
  EXPECT_EQ(found->phase, Phase::Running);
  EXPECT_TRUE(found->reason.empty());
  found = read(workload(R"({"replicas":1})", R"({"observedGeneration":2,"replicas":1})"));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->phase, Phase::Starting);
  EXPECT_NE(found->reason.find("0 of 1"), std::string::npos);
  found = read(workload(R"({"replicas":0})", "{}"));
  ASSERT_TRUE(found);
  EXPECT_STREQ(name(found->phase), "Paused");
}

TEST(Release, OtherWorkloadsAreNoControlPlanes) {
  EXPECT_FALSE(read(workload("{}", "{}", "vcluster-etcd")));
  EXPECT_FALSE(read(R"({"kind":"StatefulSet","metadata":{"name":"db"}})"));
  EXPECT_FALSE(read(R"({"kind":"Pod","metadata":{"name":"blue","labels":{"app":"vcluster","release":"blue"}}})"));
  EXPECT_FALSE(read("[]"));
}

TEST(Release, KubeconfigFromItsSecret) {
  auto view = plan::JsonView::parse(R"({"metadata":{"name":"vc-blue"},"data":{"config":"YXBpVmVyc2lvbjogdjEK"}})");
  ASSERT_TRUE(bool(view));
  auto text = readKubeconfig(view->root());
  ASSERT_TRUE(bool(text));
  EXPECT_EQ(*text, "apiVersion: v1\n");
  auto empty = plan::JsonView::parse(R"({"metadata":{"name":"vc-blue"},"data":{}})");
  ASSERT_TRUE(bool(empty));
  EXPECT_EQ(plan::takeText(readKubeconfig(empty->root()).takeError()).code, "CH6106");
}
