#include "runtime/vcluster/upgrade.h"

#include "runtime/plan/digest.h"
#include "runtime/vcluster/control.h"
#include "runtime/vcluster/helm_release.h"
#include "runtime/vcluster/host_test.h"

#include <gtest/gtest.h>

using namespace chasi;
using namespace chasi::vcluster;
using namespace chasi::vcluster::testing;
using nlohmann::ordered_json;

TEST(Upgrade, APatchOfWhatTheChartChanges) {
  const auto patch = [](const char* before, const char* after) { return mergePatch(ordered_json::parse(before), ordered_json::parse(after)).dump(); };
  EXPECT_EQ(patch(R"({"a":1,"b":{"c":[1,2]}})", R"({"a":1,"b":{"c":[1,2]}})"), "null");
  EXPECT_EQ(patch(R"({"a":1,"b":{"c":1,"d":2},"e":3})", R"({"a":1,"b":{"c":5,"d":2},"f":{"g":1}})"), R"({"e":null,"b":{"c":5},"f":{"g":1}})");
  EXPECT_EQ(patch(R"({"a":[{"n":1},{"n":2}]})", R"({"a":[{"n":1}]})"), R"({"a":[{"n":1}]})") << "lists go as a whole";
  EXPECT_EQ(patch(R"({"a":{"b":1}})", R"({"a":[]})"), R"({"a":[]})");
  // What is there besides stays.
  ordered_json live = ordered_json::parse(R"({"a":1,"b":{"c":1,"mine":true}})");
  live.merge_patch(mergePatch(ordered_json::parse(R"({"a":1,"b":{"c":1}})"), ordered_json::parse(R"({"b":{"c":2}})")));
  EXPECT_EQ(live.dump(), R"({"b":{"c":2,"mine":true}})");
}

static ordered_json plane(const std::string& kind, const std::string& chart, const std::string& image) {
  return {{"apiVersion", "apps/v1"}, {"kind", kind}, {"metadata", {{"name", "blue"}, {"labels", {{"app", "vcluster"}, {"release", "blue"}, {"chart", "vcluster-" + chart}}}}},
          {"spec", {{"replicas", 1}, {"template", {{"spec", {{"initContainers", ordered_json::array({{{"name", "kubernetes"}, {"image", image}}})}}}}}}}};
}

TEST(Upgrade, RefusedBeforeAnything) {
  Installed there;
  there.release = {"blue", "t1"};
  there.chartVersion = "0.35.3";
  there.kubernetes = "v1.36.0";
  const Objects before = {plane("StatefulSet", "0.35.3", "k:v1.36.0")};
  EXPECT_FALSE(refusedUpgrade(there, before, {plane("StatefulSet", "0.36.1", "k:v1.36.0")}, "0.36.1"));
  EXPECT_EQ(refusedUpgrade(there, before, {plane("Deployment", "0.36.1", "k:v1.36.0")}, "0.36.1")->code, "CH6403");
  EXPECT_EQ(refusedUpgrade(there, before, {}, "0.36.1")->code, "CH6403");
  EXPECT_EQ(refusedUpgrade(there, before, {plane("StatefulSet", "0.36.1", "k:v1.34.0")}, "0.36.1")->code, "CH6405");
  there.chartVersion = "0.34.7";
  EXPECT_EQ(refusedUpgrade(there, before, {plane("StatefulSet", "0.36.1", "k:v1.36.0")}, "0.36.1")->code, "CH6404");
}

namespace {

ordered_json object(const std::string& api, const std::string& kind, const std::string& name, const std::string& chart) {
  return {{"apiVersion", api}, {"kind", kind}, {"metadata", {{"name", name}, {"labels", {{"release", "blue"}, {"chart", "vcluster-" + chart}}}}}};
}

/// What the older chart made, with a mark that somebody else set; control planes run at once.
struct UpgradeWorld {
  Host host;
  Objects before, after;

  UpgradeWorld() {
    before = {object("v1", "ServiceAccount", "vc-blue", "0.35.3"), object("rbac.authorization.k8s.io/v1", "ClusterRole", "vc-blue-v-t1", "0.35.3"), plane("StatefulSet", "0.35.3", "k:v1.36.0"),
              object("v1", "Service", "blue", "0.35.3")};
    after = {object("v1", "ServiceAccount", "vc-blue", "0.36.1"), object("v1", "ServiceAccount", "vc-new", "0.36.1"), plane("StatefulSet", "0.36.1", "k:v1.36.1"), object("v1", "Service", "blue", "0.36.1")};
    const std::string ns = "/api/v1/namespaces/t1/";
    for (const auto& [path, made] : {std::pair(ns + "serviceaccounts/vc-blue", before[0]), {"/apis/rbac.authorization.k8s.io/v1/clusterroles/vc-blue-v-t1", before[1]},
                                     {"/apis/apps/v1/namespaces/t1/statefulsets/blue", before[2]}, {ns + "services/blue", before[3]}}) {
      json live = json::parse(made.dump());
      live["metadata"]["annotations"] = {{"somebody", "else"}};
      live["metadata"]["uid"] = path;
      if (made["kind"] != "ClusterRole") live["metadata"]["namespace"] = "t1";
      host.put(path, live);
    }
    host.controllers = [this] {
      json& live = *host.get("/apis/apps/v1/namespaces/t1/statefulsets/blue");
      live["status"] = {{"replicas", 1}, {"readyReplicas", 1}, {"updatedReplicas", 1}, {"currentReplicas", 1}};
    };
  }

  std::string run() {
    kube::Loop loop(host.transport());
    kube::Endpoint endpoint;
    endpoint.server = "https://host";
    kube::Client client(loop, endpoint);
    auto cluster = findOne(client, "blue", "");
    if (!cluster) return told(cluster.takeError());
    auto changes = compareCharts(client, cluster->release, before, after, cluster->chartVersion == "0.36.1");
    if (!changes) return told(changes.takeError());
    UpgradeOptions options;
    options.chart = "0.36.1";
    return told(upgrade(client, *cluster, *changes, options));
  }

  void expectDone() {
    std::vector<std::string> left;
    for (const auto& [path, live] : host.objects) {
      left.push_back(path.substr(path.rfind('/') + 1));
      EXPECT_EQ(live["metadata"]["labels"]["chart"], "vcluster-0.36.1") << path;
      EXPECT_TRUE(left.back() == "vc-new" || live["metadata"]["annotations"]["somebody"] == "else") << path;
    }
    EXPECT_EQ(left, (std::vector<std::string>{"vc-blue", "vc-new", "blue", "blue"}));
  }
};

} // namespace

TEST(Upgrade, DiesAtAnyRequestAndIsContinued) {
  UpgradeWorld whole;
  EXPECT_EQ(whole.run(), "");
  whole.expectDone();
  ASSERT_FALSE(whole.host.log.empty());
  EXPECT_EQ(whole.host.log[whole.host.log.size() - 2], "PATCH /apis/apps/v1/namespaces/t1/statefulsets/blue") << "the control plane comes last, and before deletions";
  const size_t all = whole.host.requests;
  for (const bool lost : {false, true})
    for (size_t n = 1; n < all; ++n) {
      UpgradeWorld world;
      world.host.last = n;
      world.host.lost = lost;
      EXPECT_NE(world.run(), "") << n;
      world.host.last = SIZE_MAX;
      EXPECT_EQ(world.run(), "") << "after request " << n;
      world.expectDone();
    }
}

static llvm::Expected<HelmRelease> record(const std::string& data) {
  const std::string text = R"({"metadata":{"name":"sh.helm.release.v1.blue.v3"},"data":{"release":")" + data + R"("}})";
  auto view = plan::JsonView::parse(text);
  return view ? readHelmRelease(view->root()) : view.takeError();
}

TEST(HelmRelease, WhatHelmWrote) {
  // gzip of {"version":3,"chart":{"metadata":{"version":"0.35.3"}},"config":{"a":1},"manifest":"---\na: b\n"}, made with Python
  const std::string packed = "H4sIAAAAAAACA6tWKkstKs7Mz1OyMtZRSs5ILCpRsqpWyk0tSUxJLEkEseEKlAz0jE31jJVqa4Eq8/PSMtNB0kA1hkCB3MS8zLTUYqBuJV1d3Zi8RCuFpJg8pVoAnfUOlmEAAAA=";
  auto release = record(plan::base64(packed));
  ASSERT_TRUE(bool(release));
  EXPECT_EQ(release->revision, 3);
  EXPECT_EQ(release->chartVersion, "0.35.3");
  EXPECT_EQ(release->config.dump(), R"({"a":1})");
  EXPECT_EQ(release->manifest, "---\na: b\n");
  for (const std::string& bad : {std::string("!"), plan::base64("!"), plan::base64(plan::base64("\x1f\x8b\x08 cut")), plan::base64(plan::base64("[]")), plan::base64(packed.substr(0, packed.size() / 4 * 2))}) {
    auto none = record(bad);
    ASSERT_FALSE(bool(none)) << bad;
    EXPECT_EQ(plan::takeText(none.takeError()).code, "CH6106");
  }
}
