// Ownership after writes that are no apply, and the sets it is made of.
#include "runtime/local/managed_fields.h"
#include "runtime/local/merge_test.h"

#include <gtest/gtest.h>

namespace chasi::local {
namespace {

TEST(TrackUpdate, ACreateOwnsEverything) {
  Scene s("apps/v1", "Deployment");
  s.update("kubectl-create", R"({"metadata":{"namespace":"d","labels":{"app":"w"}},"spec":{"replicas":1,"selector":{"matchLabels":{"app":"w"}},
      "strategy":{"type":"RollingUpdate","rollingUpdate":{"maxSurge":"25%"}},
      "template":{"metadata":{"labels":{"app":"w"}},"spec":{"dnsPolicy":"Default","securityContext":{},"containers":[{"name":"w","image":"i","resources":{}}]}}},"status":{}})");
  // As kubectl create leaves it: structs that Go always writes have no "." of their own.
  EXPECT_JSON(s.owned("kubectl-create", "Update"), R"({"f:metadata":{"f:labels":{".":{},"f:app":{}}},"f:spec":{"f:replicas":{},"f:selector":{},
      "f:strategy":{"f:rollingUpdate":{".":{},"f:maxSurge":{}},"f:type":{}},
      "f:template":{"f:metadata":{"f:labels":{".":{},"f:app":{}}},"f:spec":{"f:containers":{"k:{\"name\":\"w\"}":{".":{},"f:image":{},"f:name":{},"f:resources":{}}},
        "f:dnsPolicy":{},"f:securityContext":{}}}}})");
}

TEST(TrackUpdate, AServiceOwnsItsPorts) {
  Scene s("v1", "Service");
  s.update("k", R"({"spec":{"selector":{"a":"b"},"ports":[{"port":80,"protocol":"TCP"}],"type":"ClusterIP"},"status":{"loadBalancer":{}}})");
  EXPECT_JSON(s.owned("k", "Update"), R"({"f:spec":{"f:ports":{".":{},"k:{\"port\":80,\"protocol\":\"TCP\"}":{".":{},"f:port":{},"f:protocol":{}}},"f:selector":{},"f:type":{}}})");
}

TEST(TrackUpdate, TakesWhatItChangesFromAppliers) {
  Scene s("apps/v1", "Deployment");
  ASSERT_TRUE(s.apply("chasic", R"({"spec":{"replicas":2,"paused":true,"minReadySeconds":1}})"));
  s.time = "2026-02-02T00:00:00Z";
  s.patch("kubectl", R"({"spec":{"replicas":5,"minReadySeconds":null}})");
  EXPECT_JSON(s.owned("chasic"), R"({"f:spec":{"f:paused":{}}})");
  EXPECT_JSON(s.owned("kubectl", "Update"), R"({"f:spec":{"f:replicas":{}}})");
  EXPECT_EQ(s.entry("kubectl", "Update")["time"], "2026-02-02T00:00:00Z");
  EXPECT_EQ(s.entry("chasic")["time"], "2026-01-01T00:00:00Z");
}

TEST(TrackUpdate, AWriteThatChangesNothingChangesNoOwner) {
  Scene s("v1", "ConfigMap");
  s.update("a", R"({"data":{"a":"1"}})");
  Json before = s.live;
  s.time = "2026-02-02T00:00:00Z";
  s.patch("b", R"({"data":{"a":"1"}})");
  EXPECT_EQ(s.live, before);
}

TEST(TrackUpdate, ClientsMayDropTheListButNotLoseIt) {
  Scene s("v1", "ConfigMap");
  s.live = nullptr;
  s.update("a", R"({"metadata":{"uid":"u"},"data":{"a":"1"}})");
  s.update("b", R"({"data":{"a":"1","b":"2"}})");
  EXPECT_JSON(s.owned("a", "Update"), R"({"f:data":{".":{},"f:a":{}}})");
  EXPECT_JSON(s.owned("b", "Update"), R"({"f:data":{"f:b":{}}})");
}

TEST(TrackUpdate, OwnersCanBeForgotten) {
  for (const char* reset : {R"({"metadata":{"managedFields":[{}]}})", R"({"metadata":{"managedFields":[]}})"}) {
    Scene s("v1", "ConfigMap");
    s.update("a", R"({"metadata":{"uid":"u"},"data":{"a":"1"}})");
    s.patch("b", reset);
    EXPECT_FALSE(s.live["metadata"].contains("managedFields"));
    s.patch("b", R"({"data":{"a":"2"}})"); // not tracked until somebody applies
    EXPECT_FALSE(s.live["metadata"].contains("managedFields"));
  }
}

TEST(TrackUpdate, OwnersCanBeEdited) {
  Scene s("v1", "ConfigMap");
  s.update("a", R"({"data":{"a":"1","b":"2"}})");
  s.patch("b", R"({"metadata":{"managedFields":[{"manager":"c","operation":"Apply","apiVersion":"v1","fieldsType":"FieldsV1","fieldsV1":{"f:data":{"f:a":{}}}}]}})");
  EXPECT_JSON(s.owned("c"), R"({"f:data":{"f:a":{}}})");
  EXPECT_TRUE(s.owned("a", "Update").is_null());
  // A list that cannot be read does not replace the one that is there.
  s.patch("b", R"({"metadata":{"managedFields":[{"manager":"d","operation":"?"}]}})");
  EXPECT_JSON(s.owned("c"), R"({"f:data":{"f:a":{}}})");
  // Not through a subresource.
  s.patch("b", R"({"metadata":{"managedFields":[]}})", "status");
  EXPECT_JSON(s.owned("c"), R"({"f:data":{"f:a":{}}})");
}

TEST(TrackUpdate, KeepsTenUpdatersAndFoldsTheOldest) {
  Scene s("v1", "ConfigMap");
  for (int i = 0; i < 14; ++i) {
    s.time = "2026-01-01T00:00:" + std::to_string(10 + i) + "Z";
    std::string patch = R"({"data":{"k)" + std::to_string(i) + R"(":"1"}})";
    if (i == 0) s.update("m0", patch.c_str());
    else s.patch(("m" + std::to_string(i)).c_str(), patch.c_str());
  }
  EXPECT_EQ(s.live["metadata"]["managedFields"].size(), 10u);
  EXPECT_JSON(s.owned("ancient-changes", "Update"), R"({"f:data":{".":{},"f:k0":{},"f:k1":{},"f:k2":{},"f:k3":{},"f:k4":{}}})");
  EXPECT_EQ(s.entry("ancient-changes", "Update")["time"], "2026-01-01T00:00:14Z");
}

TEST(TrackUpdate, TheSpecHidesTheStatusAndBack) {
  Scene s("apps/v1", "Deployment");
  s.update("a", R"({"spec":{"replicas":1},"status":{"replicas":5}})");
  EXPECT_JSON(s.owned("a", "Update"), R"({"f:spec":{"f:replicas":{}}})");
  s.patch("ctl", R"({"spec":{"replicas":3},"status":{"replicas":1}})", "status");
  EXPECT_JSON(s.owned("a", "Update"), R"({"f:spec":{"f:replicas":{}}})");
  EXPECT_JSON(s.owned("ctl", "Update", "status"), R"({"f:status":{"f:replicas":{}}})");
}

TEST(TrackUpdate, EntriesAreSorted) {
  Scene s("v1", "ConfigMap");
  s.time = "2026-01-01T00:00:05Z";
  s.update("z", R"({"data":{"a":"1"}})");
  s.time = "2026-01-01T00:00:03Z";
  s.patch("y", R"({"data":{"b":"1"}})");
  s.time = "2026-01-01T00:00:09Z";
  ASSERT_TRUE(s.apply("x", R"({"data":{"c":"1"}})"));
  std::string order;
  for (const Json& e : s.live["metadata"]["managedFields"]) order += e["manager"].get<std::string>();
  EXPECT_EQ(order, "xyz"); // Apply before Update, then by time
}

TEST(FieldSets, AreReadAndWritten) {
  Texts texts;
  Json tree = Json::parse(R"({"f:a":{},"f:b":{".":{},"f:c":{}},"f:l":{"k:{\"name\":\"x\"}":{".":{},"f:name":{}},"v:\"s\"":{},"i:3":{}}})");
  auto set = fromFieldsV1(tree, texts);
  ASSERT_TRUE(set);
  EXPECT_EQ(toFieldsV1(*set), tree);
  EXPECT_EQ(writtenPaths(*set), (std::vector<std::string>{".a", ".b", ".b.c", ".l[3]", R"(.l[name="x"])", R"(.l[name="x"].name)", R"(.l[="s"])"}));
}

TEST(FieldSets, KeysMayBeWrittenInAnyWay) {
  Texts texts;
  Json loose = Json::parse(R"({"k:{ \"protocol\" : \"TCP\", \"port\":80 }":{},"k:{\"a\":1}":{},"x:future":{}})");
  Json tight = Json::parse(R"({"k:{\"port\":80,\"protocol\":\"TCP\"}":{},"k:{\"a\":1}":{}})");
  auto a = fromFieldsV1(loose, texts), b = fromFieldsV1(tight, texts);
  ASSERT_TRUE(a && b);
  EXPECT_TRUE(*a == *b);
}

TEST(FieldSets, WhatIsNoSetIsRefused) {
  Texts texts;
  for (const char* text : {R"([])", R"({"f:a":1})", R"({"k:":{}})", R"({"k:[]":{}})", R"({"k:{\"a\":{}}":{}})", R"({"v:{":{}})", R"({"noletter":{}})", R"({"":{}})"})
    EXPECT_FALSE(fromFieldsV1(Json::parse(text), texts)) << text;
}

TEST(FieldSets, Algebra) {
  Texts texts;
  Json left = Json::parse(R"({"f:x":{".":{},"f:1":{}},"f:y":{}})"), right = Json::parse(R"({"f:x":{"f:1":{},"f:2":{}},"f:z":{}})");
  FieldSet a = *fromFieldsV1(left, texts), b = *fromFieldsV1(right, texts);
  EXPECT_JSON(toFieldsV1(unite(a, b)), R"({"f:x":{".":{},"f:1":{},"f:2":{}},"f:y":{},"f:z":{}})");
  EXPECT_JSON(toFieldsV1(intersect(a, b)), R"({"f:x":{"f:1":{}}})");
  EXPECT_JSON(toFieldsV1(subtract(a, b)), R"({"f:x":{},"f:y":{}})");
  EXPECT_TRUE(within(intersect(a, b), a));
  EXPECT_FALSE(within(a, b));
}

TEST(Times, AreNoDifference) {
  Scene s("v1", "ConfigMap");
  s.update("a", R"({"data":{"a":"1"}})");
  Json other = s.live;
  other["metadata"]["managedFields"][0]["time"] = "2027-01-01T00:00:00Z";
  EXPECT_TRUE(equalButForTimes(s.live, other));
  other["data"]["a"] = "2";
  EXPECT_FALSE(equalButForTimes(s.live, other));
  other["data"]["a"] = "1";
  other["metadata"]["managedFields"][0]["manager"] = "b";
  EXPECT_FALSE(equalButForTimes(s.live, other));
}

} // namespace
} // namespace chasi::local
