// Server-side apply, case by case. Ownership is written as the API server writes it.
#include "runtime/local/merge_test.h"

#include <gtest/gtest.h>

namespace chasi::local {
namespace {

TEST(Apply, CreatesAndOwnsWhatItSends) {
  Scene s("apps/v1", "Deployment");
  ASSERT_TRUE(s.apply("chasic", R"({"metadata":{"namespace":"d","labels":{"a":"1"}},"spec":{"replicas":2,"template":{"spec":{"containers":[
      {"name":"web","image":"i","ports":[{"containerPort":80},{"containerPort":53,"protocol":"UDP"}],"args":["x"]}]}}}})"));
  EXPECT_JSON(s.entry("chasic"), R"({"manager":"chasic","operation":"Apply","apiVersion":"apps/v1","time":"2026-01-01T00:00:00Z","fieldsType":"FieldsV1","fieldsV1":{
      "f:metadata":{"f:labels":{"f:a":{}}},
      "f:spec":{"f:replicas":{},"f:template":{"f:spec":{"f:containers":{"k:{\"name\":\"web\"}":{".":{},"f:args":{},"f:image":{},"f:name":{},
        "f:ports":{"k:{\"containerPort\":53,\"protocol\":\"UDP\"}":{".":{},"f:containerPort":{},"f:protocol":{}},
                   "k:{\"containerPort\":80,\"protocol\":\"TCP\"}":{".":{},"f:containerPort":{}}}}}}}}}})");
  EXPECT_EQ(s.live["metadata"]["namespace"], "d");
}

TEST(Apply, ReturnsTheLiveObjectWhenNothingChanges) {
  Scene s("v1", "ConfigMap");
  ASSERT_TRUE(s.apply("chasic", R"({"data":{"a":"1"}})"));
  Json before = s.live;
  s.time = "2026-02-02T00:00:00Z";
  ASSERT_TRUE(s.apply("chasic", R"({"data":{"a":"1"}})"));
  EXPECT_EQ(s.live, before);
  ASSERT_TRUE(s.apply("chasic", R"({"data":{"a":"2"}})"));
  EXPECT_EQ(s.entry("chasic")["time"], "2026-02-02T00:00:00Z");
  EXPECT_JSON(s.body(), R"({"data":{"a":"2"}})");
}

TEST(Apply, RemovesWhatItNoLongerSends) {
  Scene s("v1", "ConfigMap");
  ASSERT_TRUE(s.apply("chasic", R"({"metadata":{"labels":{"l":"1"}},"data":{"a":"1","b":"2"}})"));
  ASSERT_TRUE(s.apply("chasic", R"({"data":{"a":"1"}})"));
  EXPECT_JSON(s.body(), R"({"data":{"a":"1"}})");
  EXPECT_JSON(s.owned("chasic"), R"({"f:data":{"f:a":{}}})");
  ASSERT_TRUE(s.apply("chasic", R"({})"));
  EXPECT_JSON(s.body(), R"({})");
  EXPECT_TRUE(s.owned("chasic").is_null()); // owns nothing: no entry
  EXPECT_EQ(s.live["metadata"]["name"], "x");
}

TEST(Apply, LeavesWhatItNeverOwned) {
  Scene s("v1", "ConfigMap");
  ASSERT_TRUE(s.apply("chasic", R"({"data":{"a":"1"}})"));
  s.patch("kubectl", R"({"data":{"b":"2"},"metadata":{"annotations":{"n":"1"}}})");
  ASSERT_TRUE(s.apply("chasic", R"({})"));
  EXPECT_JSON(s.body(), R"({"data":{"b":"2"},"metadata":{"annotations":{"n":"1"}}})");
  EXPECT_JSON(s.owned("kubectl", "Update"), R"({"f:data":{"f:b":{}},"f:metadata":{"f:annotations":{".":{},"f:n":{}}}})");
}

TEST(Apply, RefusesToTakeAField) {
  Scene s("apps/v1", "Deployment");
  ASSERT_TRUE(s.apply("chasic", R"({"spec":{"replicas":2}})"));
  Json before = s.live;
  ASSERT_FALSE(s.apply("other", R"({"spec":{"replicas":3}})"));
  EXPECT_EQ(s.refusal.http, 409);
  EXPECT_EQ(s.refusal.reason, "Conflict");
  EXPECT_EQ(s.refusal.message, R"(Apply failed with 1 conflict: conflict with "chasic": .spec.replicas)");
  EXPECT_JSON(s.refusal.details, R"({"causes":[{"reason":"FieldManagerConflict","message":"conflict with \"chasic\"","field":".spec.replicas"}]})");
  EXPECT_EQ(s.live, before);
}

TEST(Apply, NamesEveryConflict) {
  Scene s("apps/v1", "Deployment");
  ASSERT_TRUE(s.apply("chasic", R"({"spec":{"replicas":2,"paused":true}})"));
  s.patch("hpa", R"({"spec":{"minReadySeconds":5}})");
  s.patch("ctl", R"({"spec":{"revisionHistoryLimit":5}})", "scale");
  ASSERT_FALSE(s.apply("other", R"({"spec":{"replicas":3,"paused":false,"minReadySeconds":6,"revisionHistoryLimit":7}})"));
  EXPECT_EQ(s.refusal.message, "Apply failed with 4 conflicts: conflicts with \"chasic\":\n- .spec.paused\n- .spec.replicas\n"
                               "conflicts with \"ctl\" with subresource \"scale\" using apps/v1:\n- .spec.revisionHistoryLimit\n"
                               "conflicts with \"hpa\" using apps/v1:\n- .spec.minReadySeconds");
  EXPECT_EQ(s.refusal.details["causes"].size(), 4u);
}

TEST(Apply, WritesPathsOfElements) {
  Scene s("apps/v1", "Deployment");
  const char* sent = R"({"metadata":{"finalizers":["f"]},"spec":{"template":{"spec":{"containers":[{"name":"w","image":"1","ports":[{"containerPort":80,"name":"a"}]}]}}}})";
  ASSERT_TRUE(s.apply("chasic", sent));
  ASSERT_FALSE(s.apply("other", R"({"spec":{"template":{"spec":{"containers":[{"name":"w","image":"2","ports":[{"containerPort":80,"name":"b"}]}]}}}})"));
  EXPECT_EQ(s.refusal.details["causes"][0]["field"], R"(.spec.template.spec.containers[name="w"].image)");
  EXPECT_EQ(s.refusal.details["causes"][1]["field"], R"(.spec.template.spec.containers[name="w"].ports[containerPort=80,protocol="TCP"].name)");
}

TEST(Apply, TakesFieldsByForce) {
  Scene s("apps/v1", "Deployment");
  ASSERT_TRUE(s.apply("chasic", R"({"spec":{"replicas":2,"paused":true}})"));
  ASSERT_TRUE(s.apply("other", R"({"spec":{"replicas":3}})", true));
  EXPECT_JSON(s.body(), R"({"spec":{"replicas":3,"paused":true}})");
  EXPECT_JSON(s.owned("chasic"), R"({"f:spec":{"f:paused":{}}})");
  EXPECT_JSON(s.owned("other"), R"({"f:spec":{"f:replicas":{}}})");
}

TEST(Apply, SharesFieldsOfEqualValue) {
  Scene s("apps/v1", "Deployment");
  ASSERT_TRUE(s.apply("a", R"({"spec":{"replicas":2,"paused":true}})"));
  s.time = "2026-03-03T00:00:00Z";
  ASSERT_TRUE(s.apply("b", R"({"spec":{"replicas":2}})"));
  EXPECT_JSON(s.owned("a"), R"({"f:spec":{"f:paused":{},"f:replicas":{}}})");
  EXPECT_JSON(s.owned("b"), R"({"f:spec":{"f:replicas":{}}})");
  // One of two owners lets go: the field stays for the other.
  ASSERT_TRUE(s.apply("a", R"({"spec":{"paused":true}})"));
  EXPECT_JSON(s.body(), R"({"spec":{"replicas":2,"paused":true}})");
  EXPECT_EQ(s.entry("a")["time"], "2026-01-01T00:00:00Z"); // the object did not change
  // The last one lets go: it goes.
  ASSERT_TRUE(s.apply("b", R"({})"));
  EXPECT_JSON(s.body(), R"({"spec":{"paused":true}})");
}

TEST(Apply, MergesListsByTwoKeys) {
  Scene s("v1", "Service");
  ASSERT_TRUE(s.apply("a", R"({"spec":{"ports":[{"port":53,"name":"t"},{"port":53,"protocol":"UDP","name":"u"}]}})"));
  ASSERT_TRUE(s.apply("b", R"({"spec":{"ports":[{"port":53,"protocol":"TCP","targetPort":1},{"port":80,"name":"h"}]}})"));
  EXPECT_JSON(s.body(), R"({"spec":{"ports":[{"port":53,"name":"t","protocol":"TCP","targetPort":1},{"port":53,"protocol":"UDP","name":"u"},{"port":80,"name":"h"}]}})");
  ASSERT_TRUE(s.apply("a", R"({"spec":{"ports":[{"port":53,"name":"t"}]}})"));
  EXPECT_EQ(s.body()["spec"]["ports"].size(), 2u);
  EXPECT_JSON(s.owned("b"), R"({"f:spec":{"f:ports":{
      "k:{\"port\":53,\"protocol\":\"TCP\"}":{".":{},"f:port":{},"f:protocol":{},"f:targetPort":{}},
      "k:{\"port\":80,\"protocol\":\"TCP\"}":{".":{},"f:name":{},"f:port":{}}}}})");
}

TEST(Apply, KeepsTheOrderThatIsApplied) {
  Scene s("v1", "Pod");
  ASSERT_TRUE(s.apply("a", R"({"spec":{"containers":[{"name":"1"},{"name":"2"},{"name":"3"}]}})"));
  ASSERT_TRUE(s.apply("inject", R"({"spec":{"containers":[{"name":"side"}]}})"));
  ASSERT_TRUE(s.apply("a", R"({"spec":{"containers":[{"name":"3"},{"name":"1"},{"name":"4"}]}})"));
  EXPECT_JSON(s.body(), R"({"spec":{"containers":[{"name":"3"},{"name":"side"},{"name":"1"},{"name":"4"}]}})");
}

TEST(Apply, MergesSets) {
  Scene s("v1", "ConfigMap");
  ASSERT_TRUE(s.apply("a", R"({"metadata":{"finalizers":["x/a","x/b"]}})"));
  ASSERT_TRUE(s.apply("b", R"({"metadata":{"finalizers":["x/c","x/b"]}})"));
  EXPECT_JSON(s.body()["metadata"]["finalizers"], R"(["x/a","x/c","x/b"])");
  EXPECT_JSON(s.owned("b"), R"({"f:metadata":{"f:finalizers":{"v:\"x/b\"":{},"v:\"x/c\"":{}}}})");
  ASSERT_TRUE(s.apply("a", R"({"metadata":{"finalizers":["x/a"]}})"));
  EXPECT_JSON(s.body()["metadata"]["finalizers"], R"(["x/a","x/c","x/b"])");
  ASSERT_TRUE(s.apply("a", R"({})"));
  EXPECT_JSON(s.body()["metadata"]["finalizers"], R"(["x/c","x/b"])");
}

TEST(Apply, ReplacesAtomicListsAndMaps) {
  Scene s("apps/v1", "Deployment");
  ASSERT_TRUE(s.apply("a", R"({"spec":{"selector":{"matchLabels":{"k":"1"}},"template":{"spec":{"tolerations":[{"key":"a"}],"nodeSelector":{"n":"1"}}}}})"));
  EXPECT_JSON(s.owned("a"), R"({"f:spec":{"f:selector":{},"f:template":{"f:spec":{"f:nodeSelector":{},"f:tolerations":{}}}}})");
  ASSERT_FALSE(s.apply("b", R"({"spec":{"template":{"spec":{"tolerations":[{"key":"a"},{"key":"b"}]}}}})"));
  EXPECT_EQ(s.refusal.details["causes"][0]["field"], ".spec.template.spec.tolerations");
  ASSERT_TRUE(s.apply("a", R"({"spec":{"selector":{"matchLabels":{"j":"2"}},"template":{"spec":{"tolerations":[{"key":"b"}],"nodeSelector":{"m":"1"}}}}})"));
  EXPECT_JSON(s.body(), R"({"spec":{"selector":{"matchLabels":{"j":"2"}},"template":{"spec":{"tolerations":[{"key":"b"}],"nodeSelector":{"m":"1"}}}}})");
}

TEST(Apply, AfterAnUpdateByKubectl) {
  Scene s("apps/v1", "Deployment");
  s.update("kubectl-client-side-apply", R"({"spec":{"replicas":1,"template":{"spec":{"containers":[{"name":"w","image":"1"}]}}}})");
  // The same values are shared, others conflict and name the version.
  ASSERT_TRUE(s.apply("chasic", R"({"spec":{"replicas":1}})"));
  ASSERT_FALSE(s.apply("chasic", R"({"spec":{"replicas":2}})"));
  EXPECT_EQ(s.refusal.message, R"(Apply failed with 1 conflict: conflict with "kubectl-client-side-apply" using apps/v1: .spec.replicas)");
  ASSERT_TRUE(s.apply("chasic", R"({"spec":{"replicas":2}})", true));
  EXPECT_JSON(s.owned("kubectl-client-side-apply", "Update"),
              R"({"f:spec":{"f:template":{"f:spec":{"f:containers":{"k:{\"name\":\"w\"}":{".":{},"f:image":{},"f:name":{}}}}}}})");
}

TEST(Apply, KubectlTakesOverWhatItAppliedOnTheClient) {
  Scene s("v1", "ConfigMap");
  s.update("kubectl-client-side-apply", R"({"data":{"a":"1"},"metadata":{"annotations":{"kubectl.kubernetes.io/last-applied-configuration":
      "{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"x\"},\"data\":{\"a\":\"1\"}}"}}})");
  EXPECT_FALSE(s.apply("chasic", R"({"data":{"a":"2"}})"));
  ASSERT_TRUE(s.apply("kubectl", R"({"data":{"a":"2"}})"));
  EXPECT_EQ(s.live["data"]["a"], "2");
  std::string last = s.live["metadata"]["annotations"]["kubectl.kubernetes.io/last-applied-configuration"];
  EXPECT_JSON(Json::parse(last), R"({"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"x"},"data":{"a":"2"}})");
}

TEST(Apply, ObjectsFromBeforeTheFirstApply) {
  Scene s("v1", "ConfigMap");
  s.live = s.whole(R"({"metadata":{"uid":"u","labels":{"l":"1"}},"data":{"a":"1"}})");
  ASSERT_FALSE(s.apply("chasic", R"({"data":{"a":"2"}})"));
  EXPECT_EQ(s.refusal.message, R"(Apply failed with 1 conflict: conflict with "before-first-apply" using v1: .data.a)");
  ASSERT_TRUE(s.apply("chasic", R"({"data":{"b":"2"}})"));
  EXPECT_JSON(s.owned("before-first-apply", "Update"), R"({"f:data":{".":{},"f:a":{}},"f:metadata":{"f:labels":{".":{},"f:l":{}}}})");
}

TEST(Apply, StatusHasItsOwnEntries) {
  Scene s("apps/v1", "Deployment");
  ASSERT_TRUE(s.apply("chasic", R"({"spec":{"replicas":2},"status":{"replicas":9}})"));
  EXPECT_JSON(s.owned("chasic"), R"({"f:spec":{"f:replicas":{}}})"); // the status is not the object's to set
  EXPECT_FALSE(s.live.contains("status"));
  s.patch("ctl", R"({"status":{"replicas":2,"conditions":[{"type":"Available","status":"True"}]}})", "status");
  EXPECT_JSON(s.owned("ctl", "Update", "status"),
              R"({"f:status":{"f:replicas":{},"f:conditions":{".":{},"k:{\"type\":\"Available\"}":{".":{},"f:status":{},"f:type":{}}}}})");
  ASSERT_TRUE(s.apply("chasic", R"({"spec":{"replicas":3},"status":{"replicas":0}})"));
  EXPECT_EQ(s.live["status"]["replicas"], 2);
  // The same manager through the subresource is another owner.
  ASSERT_TRUE(s.apply("chasic", R"({"spec":{"replicas":7},"status":{"readyReplicas":1}})", false, "status"));
  EXPECT_EQ(s.live["spec"]["replicas"], 3);
  EXPECT_JSON(s.owned("chasic", "Apply", "status"), R"({"f:status":{"f:readyReplicas":{}}})");
  EXPECT_JSON(s.owned("chasic"), R"({"f:spec":{"f:replicas":{}}})");
}

TEST(Apply, NullRemovesAndIsOwned) {
  Scene s("v1", "ConfigMap");
  ASSERT_TRUE(s.apply("a", R"({"immutable":false,"data":{"a":"1"}})"));
  ASSERT_TRUE(s.apply("a", R"({"immutable":null,"data":{"a":"1"}})"));
  EXPECT_JSON(s.body(), R"({"data":{"a":"1"}})");
  Json before = s.live;
  ASSERT_TRUE(s.apply("a", R"({"immutable":null,"data":{"a":"1"}})"));
  EXPECT_EQ(s.live, before);
}

TEST(Apply, KindsWithoutASchemaMergeMapsAndReplaceLists) {
  Scene s("example.com/v1", "Thing");
  ASSERT_TRUE(s.apply("a", R"({"metadata":{"finalizers":["x/a"]},"spec":{"m":{"a":1},"l":[1,2]}})"));
  EXPECT_JSON(s.owned("a"), R"({"f:metadata":{"f:finalizers":{"v:\"x/a\"":{}}},"f:spec":{".":{},"f:l":{},"f:m":{".":{},"f:a":{}}}})");
  ASSERT_TRUE(s.apply("b", R"({"spec":{"m":{"b":2}}})"));
  EXPECT_JSON(s.body()["spec"], R"({"m":{"a":1,"b":2},"l":[1,2]})");
  EXPECT_FALSE(s.apply("b", R"({"spec":{"l":[1]}})"));
}

TEST(Apply, RecordsTheVersion) {
  Scene v2("autoscaling/v2", "HorizontalPodAutoscaler");
  ASSERT_TRUE(v2.apply("a", R"({"spec":{"maxReplicas":3}})"));
  Scene v1("autoscaling/v1", "HorizontalPodAutoscaler");
  v1.live = v2.live;
  ASSERT_TRUE(v1.apply("a", R"({"spec":{"maxReplicas":3}})"));
  EXPECT_EQ(v1.live["metadata"]["managedFields"].size(), 1u);
  EXPECT_EQ(v1.entry("a")["apiVersion"], "autoscaling/v1");
}

struct Refused {
  const char *apiVersion, *kind, *body, *message;
};
TEST(Apply, RefusesWhatDoesNotFitTheType) {
  const Refused cases[] = {
      {"apps/v1", "Deployment", R"({"metadata":{"namespace":"d"},"spec":{"replicsa":1}})", "(d/x; apps/v1, Kind=Deployment): .spec.replicsa: field not declared in schema"},
      {"apps/v1", "Deployment", R"({"spec":{"replicas":"1"}})", "(/x; apps/v1, Kind=Deployment): .spec.replicas: expected numeric (int or float), got string"},
      {"v1", "ConfigMap", R"({"data":{"a":1}})", "(/x; /v1, Kind=ConfigMap): .data.a: expected string, got &value.valueUnstructured{Value:1}"},
      {"v1", "ConfigMap", R"({"immutable":"yes"})", "(/x; /v1, Kind=ConfigMap): .immutable: expected boolean, got &{yes}"},
      {"v1", "ConfigMap", R"({"data":[1,"b"]})", "(/x; /v1, Kind=ConfigMap): .data: expected map, got &{[1 b]}"},
      {"v1", "Pod", R"({"spec":{"containers":{"a":1}}})", "(/x; /v1, Kind=Pod): .spec.containers: expected list, got &{map[a:1]}"},
      {"v1", "Pod", R"({"spec":{"containers":[{"name":"a"},{"name":"a"}]}})", "(/x; /v1, Kind=Pod): .spec.containers: duplicate entries for key [name=\"a\"]"},
      {"v1", "Pod", R"({"spec":{"containers":[7]}})", "(/x; /v1, Kind=Pod): .spec.containers: element 0: associative list with keys may not have non-map elements"},
      {"v1", "Pod", R"({"metadata":{"finalizers":[{}]}})", "(/x; /v1, Kind=Pod): .metadata.finalizers: element 0: associative list without keys has an element that's a map type"},
      {"v1", "Pod", R"({"spec":{"tolerations":[{"key":1,"x":2}]}})",
       "(/x; /v1, Kind=Pod): errors:\n  .spec.tolerations[0].key: expected string, got &value.valueUnstructured{Value:1}\n  .spec.tolerations[0].x: field not declared in schema"},
  };
  for (const Refused& c : cases) {
    Scene s(c.apiVersion, c.kind);
    ASSERT_FALSE(s.apply("a", c.body)) << c.body;
    EXPECT_EQ(s.refusal.http, 500);
    EXPECT_EQ(s.refusal.message, std::string("failed to create typed patch object ") + c.message);
  }
}

// As the API server does: the key is the zero of its type, and validation says later that it is required.
TEST(Apply, AnElementWithoutItsKeyIsOneWithAnEmptyKey) {
  Scene s("v1", "Pod");
  ASSERT_TRUE(s.apply("a", R"({"spec":{"containers":[{"image":"a"}]}})"));
  ASSERT_TRUE(s.apply("a", R"({"spec":{"containers":[{"image":"b"}]}})"));
  EXPECT_EQ(s.live["spec"]["containers"].size(), 1u);
}

TEST(Apply, RefusesRequestsThatAreNoApply) {
  Scene s("v1", "ConfigMap");
  auto refused = [&](Json body, int http, const char* message) {
    auto result = applyPatch(k8s::Schema::builtin().type("v1", "ConfigMap"), nullptr, body, {"a", "v1", "", s.time}, false);
    ASSERT_TRUE(std::holds_alternative<Refusal>(result)) << body;
    EXPECT_EQ(std::get<Refusal>(result).http, http);
    EXPECT_EQ(std::get<Refusal>(result).message, message);
  };
  refused(s.whole(R"({"metadata":{"managedFields":[]}})"), 400, "metadata.managedFields must be nil");
  refused(Json::array(), 400, "error decoding YAML: an apply patch must be an object");
  refused(nullptr, 400, "error decoding YAML: an apply patch must be an object");
  refused(Json{{"apiVersion", "v2"}, {"kind", "ConfigMap"}}, 400, "Incorrect version specified in apply patch. Specified patch version: v2, expected: v1");
  s.live = s.whole(R"({"metadata":{"managedFields":[{"manager":"a","operation":"Merge"}]}})");
  EXPECT_FALSE(s.apply("a", "{}"));
  EXPECT_EQ(s.refusal.message, "failed to decode managed fields: operation must be `Apply` or `Update`");
}

TEST(Apply, ServerMetadataIsNeitherMergedNorOwned) {
  Scene s("v1", "ConfigMap");
  ASSERT_TRUE(s.apply("a", R"({"metadata":{"uid":"u","resourceVersion":"1","generation":7,"creationTimestamp":null,"selfLink":"/x","annotations":{"a":"1"}}})"));
  EXPECT_JSON(s.body(), R"({"metadata":{"annotations":{"a":"1"}}})");
  EXPECT_JSON(s.owned("a"), R"({"f:metadata":{"f:annotations":{"f:a":{}}}})");
  s.live["metadata"]["uid"] = "real";
  s.live["metadata"]["resourceVersion"] = "12";
  Json before = s.live;
  ASSERT_TRUE(s.apply("a", R"({"metadata":{"resourceVersion":"1","annotations":{"a":"1"}}})"));
  EXPECT_EQ(s.live, before);
}

} // namespace
} // namespace chasi::local
