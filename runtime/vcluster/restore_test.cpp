#include "runtime/vcluster/restore.h"

#include "runtime/vcluster/control.h"
#include "runtime/vcluster/host_test.h"
#include "runtime/vcluster/snapshot.h"

using namespace chasi;
using namespace chasi::vcluster;
using namespace chasi::vcluster::testing;
using nlohmann::ordered_json;

namespace {

constexpr const char* kPlane = "/apis/apps/v1/namespaces/t1/statefulsets/blue";
constexpr const char* kPod = "/api/v1/namespaces/t1/pods/vcluster-restore-blue";
constexpr const char* kClaims = "/api/v1/namespaces/t1/persistentvolumeclaims/";

Storage monday() {
  Storage storage;
  storage.type = "s3";
  storage.url = "s3://b/monday";
  storage.options = R"({"type":"s3","s3":{"secret-access-key":"hush"}})";
  storage.secrets = {"hush"};
  return storage;
}

/// A running control plane with three claims and a pod of what is inside; pods of restores end at the second look, with `code`.
struct RestoreWorld {
  Host host;
  int code = 0, restores = 0, looks = 0;
  bool broken = false; ///< two wrote the state at once

  RestoreWorld() {
    const json labels = {{"app", "vcluster"}, {"release", "blue"}, {"chart", "vcluster-0.36.1"}};
    host.put(kPlane, json::parse(R"({"apiVersion":"apps/v1","kind":"StatefulSet","metadata":{"namespace":"t1","generation":1},"spec":{"replicas":3,"selector":{"matchLabels":{"app":"vcluster","release":"blue"}},
      "volumeClaimTemplates":[{"metadata":{"name":"data"},"spec":{"accessModes":["ReadWriteOnce"]}}],"template":{"spec":{"serviceAccountName":"vc-blue","initContainers":[{"name":"kubernetes","image":"k:v1.36.0"}],
      "volumes":[{"name":"tmp","emptyDir":{}}],"containers":[{"name":"syncer","image":"pro:0.36.1","env":[{"name":"VCLUSTER_NAME","value":"blue"},{"name":"POD_NAME","value":"x"}],
      "volumeMounts":[{"name":"data","mountPath":"/data"},{"name":"tmp","mountPath":"/tmp"}]}]}}},"status":{"observedGeneration":1,"replicas":3,"readyReplicas":3,"updatedReplicas":3,"currentReplicas":3}})"));
    (*host.get(kPlane))["metadata"]["labels"] = labels;
    for (const char* name : {"data-blue-0", "data-blue-1", "data-blue-2"}) host.put(kClaims + std::string(name), {{"metadata", {{"labels", labels}}}});
    host.put("/api/v1/namespaces/t1/pods/web-x-shop-x-blue", {{"metadata", {{"labels", {{"vcluster.loft.sh/managed-by", "blue"}}}}}});
    host.controllers = [this] { control(); };
  }

  void control() {
    json& plane = *host.get(kPlane);
    const int replicas = plane["spec"]["replicas"];
    for (const char* field : {"replicas", "readyReplicas", "updatedReplicas", "currentReplicas"}) plane["status"][field] = replicas;
    json* pod = host.get(kPod);
    if (!pod || pod->contains("status")) return;
    broken = broken || replicas != 0 || !host.get("/api/v1/namespaces/t1/secrets/vcluster-restore-blue");
    if (++looks % 2) return;
    ++restores;
    (*pod)["status"] = {{"phase", code ? "Failed" : "Succeeded"}, {"containerStatuses", {{{"name", "snapshot"}, {"state", {{"terminated", {{"exitCode", code}}}}}}}}};
  }

  std::string restore(const Storage& storage) {
    kube::Loop loop(host.transport());
    kube::Endpoint endpoint;
    endpoint.server = "https://host";
    kube::Client client(loop, endpoint);
    auto cluster = findOne(client, "blue", "");
    if (!cluster) return told(cluster.takeError());
    RestoreOptions options;
    options.date = "2026-11-28T09:00:00Z";
    return told(vcluster::restore(client, *cluster, storage, options));
  }

  void expectDone() {
    const json& plane = *host.get(kPlane);
    EXPECT_EQ(plane["spec"]["replicas"], 3);
    EXPECT_TRUE(plane["metadata"].value("annotations", json::object()).empty()) << plane["metadata"].dump();
    std::vector<std::string> left;
    for (const auto& [path, object] : host.objects)
      if (path.find("/pods/") != path.npos || path.find("/secrets/") != path.npos || path.find(kClaims) == 0) left.push_back(path.substr(path.rfind('/') + 1));
    EXPECT_EQ(left, std::vector<std::string>{"data-blue-0"});
    EXPECT_FALSE(broken);
  }
};

} // namespace

TEST(Restore, ThePodIsTheControlPlanesOwnProgram) {
  RestoreWorld world;
  auto pod = restorePod(ordered_json::parse(world.host.get(kPlane)->dump()), {"blue", "t1"}, monday());
  ASSERT_TRUE(bool(pod));
  const ordered_json& spec = (*pod)["spec"], container = spec["containers"][0];
  EXPECT_EQ(container["command"].dump(), R"(["/vcluster","restore"])");
  EXPECT_EQ(container["image"], "pro:0.36.1");
  EXPECT_EQ(container["env"].dump(), R"([{"name":"VCLUSTER_NAME","value":"blue"},{"name":"POD_NAME","value":"blue-0"},)"
                                     R"({"name":"VCLUSTER_STORAGE_OPTIONS","valueFrom":{"secretKeyRef":{"name":"vcluster-restore-blue","key":"VCLUSTER_STORAGE_OPTIONS"}}}])");
  EXPECT_EQ(spec["volumes"][1].dump(), R"({"name":"data","persistentVolumeClaim":{"claimName":"data-blue-0"}})");
  EXPECT_EQ(pod->dump().find("hush"), std::string::npos);
  Storage inside = monday();
  inside.path = "/database/a";
  auto elsewhere = restorePod(ordered_json::parse(world.host.get(kPlane)->dump()), {"blue", "t1"}, inside);
  ASSERT_FALSE(bool(elsewhere));
  EXPECT_EQ(plan::takeText(elsewhere.takeError()).code, "CH6415") << "/data is no beginning of /database";
}

TEST(Restore, DiesAtAnyRequestAndIsContinued) {
  RestoreWorld whole;
  EXPECT_EQ(whole.restore(monday()), "");
  whole.expectDone();
  EXPECT_EQ(whole.restores, 1);
  const size_t all = whole.host.requests;
  ASSERT_GT(all, 15U);
  for (const bool lost : {false, true})
    for (size_t n = 1; n < all; ++n) {
      RestoreWorld world;
      world.host.last = n;
      world.host.lost = lost;
      EXPECT_NE(world.restore(monday()), "") << n;
      world.host.last = SIZE_MAX;
      EXPECT_EQ(world.restore(monday()), "") << "after request " << n;
      world.expectDone();
      // Whoever dies behind its end begins anew: by then nothing tells of it any more.
      EXPECT_LE(world.restores, 2) << "after request " << n;
    }
}

TEST(Restore, WhatFailedStaysDownUntilItIsDoneAgain) {
  RestoreWorld world;
  world.code = 7;
  EXPECT_NE(world.restore(monday()).find("CH6414: virtual cluster blue is not restored: it ended with code 7"), std::string::npos);
  EXPECT_EQ((*world.host.get(kPlane))["spec"]["replicas"], 0);
  EXPECT_FALSE(world.host.get("/api/v1/namespaces/t1/secrets/vcluster-restore-blue")) << "no credentials stay";
  world.code = 0;
  Storage other = monday();
  other.url = "s3://b/sunday";
  EXPECT_EQ(world.restore(other), "");
  world.expectDone();
}

TEST(Restore, OneThatWasPausedStaysSo) {
  RestoreWorld world;
  json& plane = *world.host.get(kPlane);
  plane["spec"]["replicas"] = 0;
  plane["metadata"]["annotations"] = {{"loft.sh/paused", "true"}, {"loft.sh/paused-replicas", "3"}, {"loft.sh/paused-date", "2026-11-01"}};
  EXPECT_EQ(world.restore(monday()), "");
  EXPECT_EQ(plane["spec"]["replicas"], 0);
  EXPECT_EQ(plane["metadata"]["annotations"], json::parse(R"({"loft.sh/paused":"true","loft.sh/paused-replicas":"3","loft.sh/paused-date":"2026-11-01"})"));
}

TEST(Restore, NobodyWritesTheStateBesideAnother) {
  RestoreWorld world;
  world.host.put("/api/v1/namespaces/t1/pods/vcluster-snapshot-1", {{"metadata", {{"labels", {{"app", "vcluster-snapshot"}}}}}, {"status", {{"phase", "Running"}}}});
  EXPECT_EQ(world.restore(monday()).substr(0, 6), "CH6418");
  EXPECT_EQ((*world.host.get(kPlane))["spec"]["replicas"], 3);
}

TEST(Snapshot, WhatADeadProcessLeftIsRemovedAndWhatIsUnderWayStays) {
  RestoreWorld world;
  const std::string secrets = "/api/v1/namespaces/t1/secrets/", maps = "/api/v1/namespaces/t1/configmaps/";
  const json labels = {{"vcluster.loft.sh/snapshot-request", ""}, {"vcluster.loft.sh/vcluster-name", "blue"}, {"vcluster.loft.sh/vcluster-namespace", "t1"}};
  for (const auto& [name, created] : {std::pair("left", "2026-11-28T08:00:00Z"), {"taken", "2026-11-28T08:00:00Z"}, {"new", "2026-11-28T08:59:59Z"}})
    world.host.put(secrets + std::string(name), {{"metadata", {{"labels", labels}, {"creationTimestamp", created}}}});
  world.host.put(maps + "taken", json::object());
  world.host.put(secrets + "vc-config-blue", {{"data", {{"config.yaml", "YTogMQ=="}}}});
  kube::Loop loop(world.host.transport());
  kube::Endpoint endpoint;
  endpoint.server = "https://host";
  kube::Client client(loop, endpoint);
  auto cluster = findOne(client, "blue", "");
  ASSERT_TRUE(bool(cluster));
  SnapshotOptions options;
  options.now = "2026-11-28T09:00:00Z";
  options.stale = "2026-11-28T08:50:00Z";
  auto taken = takeSnapshot(client, *cluster, monday(), options);
  EXPECT_EQ(told(taken.takeError()).substr(0, 6), "CH6413") << "nobody is there who would take it";
  std::vector<std::string> left;
  for (const auto& [path, object] : world.host.objects)
    if (path.find(secrets) == 0 || path.find(maps) == 0) left.push_back(path.substr(path.find("t1/") + 3));
  EXPECT_EQ(left, (std::vector<std::string>{"configmaps/taken", "secrets/new", "secrets/taken", "secrets/vc-config-blue"}));
}

TEST(Snapshot, OnlyWhereSomebodyCanTakeIt) {
  Installed cluster;
  cluster.release = {"blue", "t1"};
  cluster.chartVersion = "0.36.1";
  cluster.phase = Phase::Running;
  EXPECT_EQ(told(snapshotPossible(cluster)), "");
  cluster.chartVersion = "0.28.4";
  EXPECT_NE(told(snapshotPossible(cluster)).find("its version 0.28.4"), std::string::npos);
  cluster.chartVersion = "0.37.0-next.1";
  cluster.phase = Phase::Paused;
  cluster.reason = "paused";
  EXPECT_EQ(told(snapshotPossible(cluster)), "CH6410: no snapshot of virtual cluster blue: its control plane takes them, and does not run: paused");
}
