#include "runtime/vcluster/description.h"

#include "runtime/plan/fault.h"

#include <gtest/gtest.h>

using namespace chasi;
using namespace chasi::vcluster;

static Description wanted(const std::string& chart, const std::string& kubernetes = "v1.36.0", const std::string& store = "embedded-database") {
  Description out;
  out.release = {"blue", "t1"};
  out.chart = chart;
  out.kubernetes = kubernetes;
  out.store = store;
  return out;
}

static Installed there(const std::string& chart, const std::string& kubernetes = "v1.36.0") {
  Installed out;
  out.release = {"blue", "t1"};
  out.chartVersion = chart;
  out.kubernetes = kubernetes;
  return out;
}

static std::string codeOf(const std::optional<plan::Problem>& problem) { return problem ? problem->code : ""; }

TEST(Description, IsThePayloadOfTheOperation) {
  auto read = readDescription(R"({"name":"blue","namespace":"t1","chart":"0.36.1","kubernetes":"v1.36.0","state":"paused","store":"deployed-etcd","replicas":2,"members":3})");
  ASSERT_TRUE(bool(read));
  EXPECT_EQ(read->release.ns, "t1");
  EXPECT_TRUE(read->paused);
  EXPECT_EQ(read->members, 3);
  EXPECT_EQ(plan::takeText(readDescription(R"({"name":"blue"})").takeError()).code, "CH6004");
}

TEST(Description, VersionsGoUpOneMinorAtATime) {
  EXPECT_EQ(codeOf(refusedChange(wanted("0.36.1"), there("0.36.1"), {})), "");
  EXPECT_EQ(codeOf(refusedChange(wanted("0.36.1"), there("0.36.0"), {})), "");
  EXPECT_EQ(codeOf(refusedChange(wanted("0.36.1"), there("0.35.3"), {})), "");
  EXPECT_EQ(codeOf(refusedChange(wanted("0.36.0"), there("0.36.1"), {})), "CH6404");
  EXPECT_EQ(codeOf(refusedChange(wanted("0.35.3"), there("0.36.1"), {})), "CH6404");
  auto jump = refusedChange(wanted("0.36.1"), there("0.33.4"), {});
  ASSERT_TRUE(jump);
  EXPECT_EQ(jump->code, "CH6404");
  EXPECT_NE(jump->hint.find("0.33 -> 0.34 -> 0.35 -> 0.36"), std::string::npos);
  EXPECT_EQ(codeOf(refusedChange(wanted("0.36.1"), there("")  , {})), "") << "of what does not tell its version nothing is wrong";
  EXPECT_EQ(codeOf(refusedChange(wanted("1.0.0"), there("0.36.1"), {})), "CH6404");
}

TEST(Description, KubernetesInsideToo) {
  EXPECT_EQ(codeOf(refusedChange(wanted("0.36.1", "v1.36.0"), there("0.36.1", "v1.35.4"), {})), "");
  EXPECT_EQ(codeOf(refusedChange(wanted("0.36.1", "v1.36.0"), there("0.36.1", "v1.36.2"), {})), "") << "its patches may be chosen";
  EXPECT_EQ(codeOf(refusedChange(wanted("0.36.1", "v1.35.0"), there("0.36.1", "v1.36.0"), {})), "CH6405");
  EXPECT_EQ(codeOf(refusedChange(wanted("0.36.1", "v1.36"), there("0.36.1", "v1.34.1"), {})), "CH6405");
}

TEST(Description, TheStoreStaysWhatItWas) {
  EXPECT_EQ(codeOf(refusedChange(wanted("0.36.1", "", "embedded-etcd"), there("0.36.1", ""), {"embedded-database", {}})), "CH6403");
  EXPECT_EQ(codeOf(refusedChange(wanted("0.36.1", "", "embedded-etcd"), there("0.36.1", ""), {"embedded-etcd", {}})), "");
  Installed deployment = there("0.36.1", "");
  deployment.deployment = true;
  EXPECT_EQ(codeOf(refusedChange(wanted("0.36.1", "", "embedded-database"), deployment, {})), "CH6403") << "without the annotation its form tells";
  EXPECT_EQ(codeOf(refusedChange(wanted("0.36.1", "", "external-etcd"), deployment, {})), "");
  EXPECT_EQ(codeOf(refusedChange(wanted("0.36.1", "", "external-etcd"), deployment, {"", 3})), "CH6403") << "there is an etcd beside it";
  Description etcd = wanted("0.36.1", "", "deployed-etcd");
  etcd.members = 3;
  EXPECT_EQ(codeOf(refusedChange(etcd, deployment, {"deployed-etcd", 3})), "");
  auto members = refusedChange(etcd, deployment, {"deployed-etcd", 1});
  ASSERT_TRUE(members);
  EXPECT_EQ(members->code, "CH6403");
  EXPECT_NE(members->message.find("has 1 members, which cannot become 3"), std::string::npos);
}
