#include "runtime/local/test_server.h"

#include <thread>

using namespace chasi::local;
using namespace chasi::local::testing;

TEST(Objects, LifeOfAConfigMap) {
  Bench bench;
  const Reply made = bench.post(kMaps, configMap("a"));
  ASSERT_EQ(made.http, 201) << made.body;
  const std::string uid = made.text({"metadata", "uid"}), version = made.text({"metadata", "resourceVersion"});
  EXPECT_EQ(uid.size(), 36U);
  EXPECT_EQ(made.text({"metadata", "namespace"}), "default");
  EXPECT_FALSE(made.text({"metadata", "creationTimestamp"}).empty());
  const Reply twice = bench.post(kMaps, configMap("a"));
  EXPECT_EQ(twice.http, 409);
  EXPECT_EQ(twice.text({"reason"}), "AlreadyExists");
  EXPECT_EQ(twice.text({"message"}), "configmaps \"a\" already exists");

  Json next = made.json();
  next["data"]["b"] = "2";
  const Reply changed = bench.put(std::string(kMaps) + "/a", next);
  ASSERT_EQ(changed.http, 200) << changed.body;
  EXPECT_EQ(changed.text({"metadata", "uid"}), uid);
  EXPECT_NE(changed.text({"metadata", "resourceVersion"}), version);
  next["data"]["b"] = "3";
  const Reply late = bench.put(std::string(kMaps) + "/a", next);
  EXPECT_EQ(late.http, 409);
  EXPECT_EQ(late.text({"message"}), "Operation cannot be fulfilled on configmaps \"a\": the object has been modified; please apply your changes to the latest version and try again");

  const Reply gone = bench.remove(std::string(kMaps) + "/a");
  EXPECT_EQ(gone.http, 200);
  EXPECT_EQ(gone.text({"status"}), "Success");
  EXPECT_EQ(gone.text({"details", "uid"}), uid);
  const Reply missing = bench.get(std::string(kMaps) + "/a");
  EXPECT_EQ(missing.http, 404);
  EXPECT_EQ(missing.text({"message"}), "configmaps \"a\" not found");
  EXPECT_EQ(missing.text({"details", "kind"}), "configmaps");
}

TEST(Objects, WritesThatChangeNothingKeepTheVersion) {
  Bench bench;
  const Reply made = bench.post(kDeployments, deployment("d"));
  ASSERT_EQ(made.http, 201) << made.body;
  const std::string path = std::string(kDeployments) + "/d";
  const std::string version = bench.get(path).text({"metadata", "resourceVersion"});
  EXPECT_EQ(bench.put(path, bench.get(path).json()).text({"metadata", "resourceVersion"}), version);
  EXPECT_EQ(bench.patch(path, {{"spec", {{"replicas", 2}}}}).text({"metadata", "resourceVersion"}), version);
  EXPECT_EQ(bench.patch(path, {{"spec", {{"replicas", 2}}}}, "application/strategic-merge-patch+json").text({"metadata", "resourceVersion"}), version);
  EXPECT_EQ(bench.patch(path, Json::array({{{"op", "replace"}, {"path", "/spec/replicas"}, {"value", 2}}}), "application/json-patch+json").text({"metadata", "resourceVersion"}), version);
  ASSERT_EQ(bench.apply(path, deployment("d")).http, 200);
  const std::string owned = bench.get(path).text({"metadata", "resourceVersion"});
  EXPECT_NE(owned, version);
  EXPECT_EQ(bench.apply(path, deployment("d")).text({"metadata", "resourceVersion"}), owned);
  EXPECT_EQ(bench.get(path).number({"metadata", "generation"}), 1);
  EXPECT_EQ(bench.patch(path, {{"spec", {{"replicas", 3}}}}).number({"metadata", "generation"}), 2);
}

TEST(Objects, NamesAreGenerated) {
  Bench bench;
  Json object = configMap("x");
  object["metadata"] = {{"generateName", "run-"}};
  const std::string first = bench.post(kMaps, object).text({"metadata", "name"}), second = bench.post(kMaps, object).text({"metadata", "name"});
  EXPECT_TRUE(first.starts_with("run-"));
  EXPECT_EQ(first.size(), 9U);
  EXPECT_NE(first, second);
  object["metadata"] = Json::object();
  EXPECT_EQ(bench.post(kMaps, object).http, 422);
}

TEST(Objects, ApplyCreatesOwnsAndConflicts) {
  Bench bench;
  const std::string path = std::string(kDeployments) + "/d";
  EXPECT_EQ(bench.apply(path, deployment("d"), "one").http, 201);
  EXPECT_EQ(bench.apply(path, deployment("d"), "one").http, 200);
  const Reply conflict = bench.apply(path, deployment("d", 5), "two");
  ASSERT_EQ(conflict.http, 409);
  EXPECT_EQ(conflict.json()["details"]["causes"][0]["reason"], "FieldManagerConflict");
  EXPECT_EQ(conflict.json()["details"]["causes"][0]["field"], ".spec.replicas");
  EXPECT_EQ(bench.apply(path, deployment("d", 5), "two", "&force=true").number({"spec", "replicas"}), 5);
  const Reply nameless = bench.connection->call("PATCH", path, dumpJson(deployment("d")), {{"Content-Type", "application/apply-patch+yaml"}});
  EXPECT_EQ(nameless.http, 422);
  EXPECT_NE(nameless.body.find("is required for apply patch"), std::string::npos);
  Json wrong = deployment("d");
  wrong["spec"]["replicsa"] = 1;
  const Reply mistake = bench.apply(path, wrong, "one");
  EXPECT_EQ(mistake.http, 500);
  EXPECT_TRUE(mistake.text({"message"}).starts_with("failed to create typed patch object (default/d; apps/v1, Kind=Deployment): .spec.replicsa")) << mistake.body;
}

TEST(Objects, ApplyHonoursUidAndVersionAsARealServer) {
  Bench bench;
  const std::string path = std::string(kMaps) + "/g";
  Json guarded = configMap("g");
  // A version means nothing while there is no object: this is how a plan says "must not exist yet".
  guarded["metadata"]["resourceVersion"] = "1";
  EXPECT_EQ(bench.apply(path, guarded).http, 201);
  const Reply present = bench.apply(path, guarded);
  EXPECT_EQ(present.http, 409);
  EXPECT_EQ(present.json()["details"].value("causes", Json()), Json());
  const Json live = bench.get(path).json();
  Json right = configMap("g", {{"a", "2"}});
  right["metadata"]["resourceVersion"] = live["metadata"]["resourceVersion"];
  right["metadata"]["uid"] = live["metadata"]["uid"];
  EXPECT_EQ(bench.apply(path, right).http, 200);
  EXPECT_EQ(bench.apply(path, right).http, 409);
  Json other = configMap("g");
  other["metadata"]["uid"] = "00000000-0000-4000-8000-000000000000";
  const Reply another = bench.apply(path, other);
  EXPECT_EQ(another.http, 422);
  EXPECT_EQ(another.json()["details"]["causes"][0]["field"], "metadata.uid");
  Json absent = configMap("h");
  absent["metadata"]["uid"] = "00000000-0000-4000-8000-000000000000";
  const Reply nobody = bench.apply(std::string(kMaps) + "/h", absent);
  EXPECT_EQ(nobody.http, 409);
  EXPECT_NE(nobody.body.find("uid mismatch"), std::string::npos);
}

TEST(Objects, DryRunLeavesNothing) {
  Bench bench;
  const std::string path = std::string(kMaps) + "/d";
  const Reply made = bench.apply(path, configMap("d"), "tester", "&dryRun=All");
  EXPECT_EQ(made.http, 201);
  EXPECT_FALSE(made.text({"metadata", "uid"}).empty());
  EXPECT_FALSE(made.json()["metadata"].contains("resourceVersion"));
  EXPECT_EQ(bench.get(path).http, 404);
  EXPECT_EQ(bench.apply("/api/v1/namespaces/nope/configmaps/d", configMap("d"), "tester", "&dryRun=All").http, 404);
  const std::string version = bench.post(kMaps, configMap("d")).text({"metadata", "resourceVersion"});
  EXPECT_EQ(bench.connection->call("PATCH", path + "?dryRun=All", R"({"data":{"a":"9"}})", {{"Content-Type", "application/merge-patch+json"}}).json()["data"]["a"], "9");
  EXPECT_EQ(bench.connection->call("DELETE", path + "?dryRun=All").http, 200);
  EXPECT_EQ(bench.get(path).text({"metadata", "resourceVersion"}), version);
  EXPECT_EQ(bench.get(path).json()["data"]["a"], "1");
}

TEST(Objects, FieldsAreValidated) {
  Bench bench;
  Json wrong = deployment("d");
  wrong["spec"]["replicsa"] = 1;
  const Reply strict = bench.connection->call("POST", std::string(kDeployments) + "?fieldValidation=Strict", dumpJson(wrong));
  EXPECT_EQ(strict.http, 400);
  EXPECT_NE(strict.body.find("unknown field \\\"spec.replicsa\\\""), std::string::npos) << strict.body;
  const Reply warned = bench.connection->call("POST", kDeployments, dumpJson(wrong));
  EXPECT_EQ(warned.http, 201);
  EXPECT_NE(warned.head.find("Warning: 299 - \"unknown field \\\"spec.replicsa\\\"\""), std::string::npos) << warned.head;
  EXPECT_FALSE(warned.json()["spec"].contains("replicsa"));
  wrong = deployment("e");
  wrong["spec"]["replicas"] = "three";
  EXPECT_EQ(bench.connection->call("POST", std::string(kDeployments) + "?fieldValidation=Ignore", dumpJson(wrong)).http, 400);
  wrong = deployment("e");
  wrong["spec"].erase("selector");
  const Reply missing = bench.post(kDeployments, wrong);
  EXPECT_EQ(missing.http, 422);
  EXPECT_TRUE(missing.text({"message"}).starts_with("Deployment.apps \"e\" is invalid: ")) << missing.body;
  EXPECT_EQ(bench.post(kMaps, configMap("Not_A_Name")).http, 422);
  const Reply immutable = bench.patch(std::string(kDeployments) + "/d", {{"spec", {{"selector", {{"matchLabels", {{"app", "y"}}}}}}}});
  EXPECT_EQ(immutable.http, 422);
  EXPECT_NE(immutable.body.find("field is immutable"), std::string::npos) << immutable.body;
}

TEST(Objects, StatusAndScaleAreTheirOwn) {
  Bench bench({.simulate = false});
  const std::string path = std::string(kDeployments) + "/d";
  Json object = deployment("d");
  object["status"] = {{"replicas", 7}};
  EXPECT_FALSE(bench.post(kDeployments, object).json().contains("status"));
  const Reply status = bench.patch(path + "/status", {{"spec", {{"replicas", 9}}}, {"status", {{"replicas", 1}}}});
  ASSERT_EQ(status.http, 200) << status.body;
  EXPECT_EQ(status.number({"status", "replicas"}), 1);
  EXPECT_EQ(status.number({"spec", "replicas"}), 2);
  EXPECT_EQ(status.number({"metadata", "generation"}), 1);
  const Reply scale = bench.get(path + "/scale");
  EXPECT_EQ(scale.text({"kind"}), "Scale");
  EXPECT_EQ(scale.number({"spec", "replicas"}), 2);
  EXPECT_EQ(scale.text({"status", "selector"}), "app=x");
  EXPECT_EQ(bench.patch(path + "/scale", {{"spec", {{"replicas", 4}}}}).number({"spec", "replicas"}), 4);
  EXPECT_EQ(bench.get(path).number({"spec", "replicas"}), 4);
  EXPECT_EQ(bench.get(path).number({"metadata", "generation"}), 2);
  EXPECT_EQ(bench.get(std::string(kMaps) + "/x/scale").http, 404);
}

TEST(Objects, ListsAreSelectedAndPaged) {
  Bench bench;
  for (int i = 0; i < 25; ++i) {
    Json object = configMap("m" + std::to_string(100 + i));
    object["metadata"]["labels"] = {{"half", i % 2 == 0 ? "even" : "odd"}, {"n", std::to_string(i)}};
    ASSERT_EQ(bench.post(kMaps, object).http, 201);
  }
  auto count = [&](const std::string& query) { return bench.get(std::string(kMaps) + query).json()["items"].size(); };
  EXPECT_EQ(count("?labelSelector=half%3Deven"), 13U);
  EXPECT_EQ(count("?labelSelector=half%20notin%20(even),n"), 12U);
  EXPECT_EQ(count("?labelSelector=!half"), 1U); // kube-root-ca.crt
  EXPECT_EQ(count("?labelSelector=n%3E20"), 4U);
  EXPECT_EQ(count("?fieldSelector=metadata.name%3Dm100"), 1U);
  EXPECT_EQ(bench.get(std::string(kMaps) + "?fieldSelector=data.a%3D1").http, 400);
  EXPECT_EQ(bench.get(std::string(kMaps) + "?labelSelector=a%20in").http, 400);

  Reply page = bench.get(std::string(kMaps) + "?limit=10");
  EXPECT_EQ(page.json()["items"].size(), 10U);
  EXPECT_EQ(page.number({"metadata", "remainingItemCount"}), 16);
  // What happens between the pages does not show.
  EXPECT_EQ(bench.remove(std::string(kMaps) + "/m124").http, 200);
  size_t total = 10;
  for (std::string token = page.text({"metadata", "continue"}); !token.empty(); token = page.text({"metadata", "continue"})) {
    page = bench.get(std::string(kMaps) + "?limit=10&continue=" + token);
    total += page.json()["items"].size();
  }
  EXPECT_EQ(total, 26U);
  EXPECT_EQ(bench.get(std::string(kMaps) + "?limit=10&continue=9999.10").http, 410);
  EXPECT_EQ(bench.get(std::string(kMaps) + "?resourceVersion=abc").http, 422);

  const Json partial = bench.get("/api/v1/configmaps?limit=2", {{"Accept", "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json"}}).json();
  EXPECT_EQ(partial["kind"], "PartialObjectMetadataList");
  EXPECT_FALSE(partial["items"][0].contains("data"));
  EXPECT_TRUE(partial["items"][0]["metadata"].contains("uid"));
  EXPECT_TRUE(bench.get("/api/v1/secrets", {{"Accept", "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"}}).json().at("items").is_null());
  const Json table = bench.get(kMaps, {{"Accept", "application/json;as=Table;v=v1;g=meta.k8s.io,application/json"}}).json();
  EXPECT_EQ(table["kind"], "Table");
  EXPECT_EQ(table["columnDefinitions"][1]["name"], "Data");
  EXPECT_EQ(table["rows"][0]["cells"].size(), table["columnDefinitions"].size());
}

TEST(Objects, ManyWritersLoseNothing) {
  Bench bench;
  ASSERT_EQ(bench.post(kMaps, configMap("shared", Json::object())).http, 201);
  std::vector<std::thread> writers;
  for (int w = 0; w < 8; ++w)
    writers.emplace_back([&, w] {
      Connection connection(bench.server->port());
      for (int i = 0; i < 25; ++i) {
        const Json patch = {{"data", {{std::to_string(w) + "." + std::to_string(i), "x"}}}};
        EXPECT_EQ(connection.call("PATCH", std::string(kMaps) + "/shared", dumpJson(patch), {{"Content-Type", "application/merge-patch+json"}}).http, 200);
      }
    });
  for (std::thread& writer : writers) writer.join();
  EXPECT_EQ(bench.get(std::string(kMaps) + "/shared").json()["data"].size(), 200U);
}

TEST(Objects, DiscoveryNamesWhatIsServed) {
  Bench bench;
  const Headers aggregated = {{"Accept", "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json"}};
  const Json core = bench.get("/api", aggregated).json(), groups = bench.get("/apis", aggregated).json();
  EXPECT_EQ(core["kind"], "APIGroupDiscoveryList");
  size_t served = 0;
  for (const Json& list : {core, groups})
    for (const Json& group : list["items"])
      for (const Json& version : group["versions"])
        for (const Json& resource : version["resources"]) {
          const std::string name = group["metadata"].value("name", "");
          const std::string root = name.empty() ? "/api/v1" : "/apis/" + name + "/" + version["version"].get<std::string>();
          const bool listable = resource["verbs"].dump().find("\"list\"") != std::string::npos;
          if (listable) {
            EXPECT_EQ(bench.get(root + "/" + resource["resource"].get<std::string>()).http, 200) << resource;
          }
          ++served;
        }
  EXPECT_GT(served, 60U);
  EXPECT_EQ(bench.get("/apis/apps/v1").json()["resources"][0]["kind"], "ControllerRevision");
  EXPECT_EQ(bench.get("/version").json()["gitVersion"], "v1.36.0+chasi.local");
  const Json index = bench.get("/openapi/v3").json(); // the loop needs it to live
  for (const auto& [path, about] : index["paths"].items()) {
    const Reply document = bench.get(about["serverRelativeURL"].get<std::string>());
    EXPECT_EQ(document.http, 200) << path;
    EXPECT_EQ(document.json().value("openapi", ""), "3.0.0") << path;
  }
  EXPECT_EQ(bench.get("/readyz").body, "ok");
  EXPECT_EQ(bench.get("/apis/nope/v1/things").body, "404 page not found\n");
}

TEST(Objects, AutoscalersAreTheSameInBothVersions) {
  Bench bench;
  Json old = named("autoscaling/v1", "HorizontalPodAutoscaler", "h");
  old["spec"] = {{"maxReplicas", 3}, {"scaleTargetRef", {{"kind", "Deployment"}, {"name", "d"}, {"apiVersion", "apps/v1"}}}, {"targetCPUUtilizationPercentage", 70}};
  ASSERT_EQ(bench.post("/apis/autoscaling/v1/namespaces/default/horizontalpodautoscalers", old).http, 201);
  const Json modern = bench.get("/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers/h").json();
  EXPECT_EQ(modern["apiVersion"], "autoscaling/v2");
  EXPECT_EQ(modern["spec"]["metrics"][0]["resource"]["target"]["averageUtilization"], 70);
  EXPECT_EQ(bench.get("/apis/autoscaling/v1/namespaces/default/horizontalpodautoscalers/h").json()["spec"]["targetCPUUtilizationPercentage"], 70);
}
