// What happens beside the requests: admission, simulation, and the collection of what nobody needs any more.
#include "runtime/local/quantity.h"
#include "runtime/local/test_server.h"

#include <thread>

using namespace chasi::local;
using namespace chasi::local::testing;

namespace {

std::string inNamespace(const std::string& ns, const char* plural) { return "/api/v1/namespaces/" + ns + "/" + plural; }

void makeNamespace(Bench& bench, const std::string& name) { ASSERT_EQ(bench.post("/api/v1/namespaces", named("v1", "Namespace", name)).http, 201); }

Json conditionOf(const Json& object, const char* type) {
  for (const Json& each : object["status"]["conditions"])
    if (each["type"] == type) return each;
  return nullptr;
}

Json definition(const std::string& plural, const std::string& kind) {
  Json object = named("apiextensions.k8s.io/v1", "CustomResourceDefinition", plural + ".example.com");
  object["spec"] = {{"group", "example.com"}, {"scope", "Namespaced"}, {"names", {{"plural", plural}, {"kind", kind}, {"shortNames", {"th"}}}},
                    {"versions", Json::array({{{"name", "v1"}, {"served", true}, {"storage", true}, {"schema", {{"openAPIV3Schema", {{"type", "object"}}}}},
                                               {"subresources", {{"status", Json::object()}, {"scale", {{"specReplicasPath", ".spec.count"}, {"statusReplicasPath", ".status.count"}}}}},
                                               {"additionalPrinterColumns", Json::array({{{"name", "Size"}, {"type", "integer"}, {"jsonPath", ".spec.count"}}})}}})}};
  return object;
}
constexpr const char* kDefinitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
constexpr const char* kThings = "/apis/example.com/v1/namespaces/default/things";

} // namespace

TEST(Namespaces, HoldWhatIsInThem) {
  Bench bench;
  EXPECT_EQ(bench.get("/api/v1/namespaces/default").json()["metadata"]["labels"]["kubernetes.io/metadata.name"], "default");
  const Reply missing = bench.post(inNamespace("shop", "configmaps"), configMap("a"));
  EXPECT_EQ(missing.http, 404);
  EXPECT_EQ(missing.text({"message"}), "namespaces \"shop\" not found");
  EXPECT_EQ(missing.text({"details", "kind"}), "namespaces");
  makeNamespace(bench, "shop");
  EXPECT_EQ(bench.get("/api/v1/namespaces/shop").text({"status", "phase"}), "Active");
  EXPECT_EQ(bench.get(inNamespace("shop", "serviceaccounts/default")).http, 200);
  EXPECT_EQ(bench.post(inNamespace("shop", "configmaps"), configMap("a")).http, 201);
  const Reply forbidden = bench.remove("/api/v1/namespaces/kube-system");
  EXPECT_EQ(forbidden.http, 403);
  EXPECT_EQ(forbidden.text({"message"}), "namespaces \"kube-system\" is forbidden: this namespace may not be deleted");
}

TEST(Namespaces, GoWithAllTheirContent) {
  Bench bench;
  makeNamespace(bench, "shop");
  for (int i = 0; i < 30; ++i) ASSERT_EQ(bench.post(inNamespace("shop", "configmaps"), configMap("m" + std::to_string(i))).http, 201);
  Json held = configMap("held");
  held["metadata"]["finalizers"] = {"example.com/hold"};
  ASSERT_EQ(bench.post(inNamespace("shop", "configmaps"), held).http, 201);
  const Reply deleting = bench.remove("/api/v1/namespaces/shop");
  EXPECT_EQ(deleting.http, 200);
  EXPECT_EQ(deleting.text({"status", "phase"}), "Terminating");
  EXPECT_EQ(bench.until(inNamespace("shop", "configmaps/m29"), 404).http, 404);
  // A finalizer keeps its object and the namespace; nothing new comes in.
  EXPECT_EQ(bench.get(inNamespace("shop", "configmaps/held")).http, 200);
  const Reply closed = bench.post(inNamespace("shop", "configmaps"), configMap("late"));
  EXPECT_EQ(closed.http, 403);
  EXPECT_EQ(closed.json()["details"]["causes"][0]["reason"], "NamespaceTerminating");
  EXPECT_NE(closed.body.find("unable to create new content in namespace shop because it is being terminated"), std::string::npos);
  EXPECT_EQ(bench.patch(inNamespace("shop", "configmaps/held"), {{"metadata", {{"finalizers", nullptr}}}}).http, 200);
  EXPECT_EQ(bench.until("/api/v1/namespaces/shop", 404).http, 404);
  EXPECT_EQ(bench.get("/api/v1/configmaps?fieldSelector=metadata.namespace%3Dshop").json()["items"].size(), 0U);
}

TEST(Quotas, CountAndRefuse) {
  Bench bench;
  makeNamespace(bench, "shop");
  Json quota = named("v1", "ResourceQuota", "q");
  quota["spec"] = {{"hard", {{"count/configmaps", "3"}, {"persistentvolumeclaims", "5"}, {"requests.storage", "10Gi"}, {"services.loadbalancers", 1}, {"limits.cpu", "4"}}}};
  ASSERT_EQ(bench.post(inNamespace("shop", "resourcequotas"), quota).http, 201);
  auto used = [&] { return bench.get(inNamespace("shop", "resourcequotas/q")).json()["status"]["used"]; };
  EXPECT_EQ(used(), Json({{"count/configmaps", "1"}, {"persistentvolumeclaims", "0"}, {"requests.storage", "0"}, {"services.loadbalancers", "0"}, {"limits.cpu", "0"}}));
  EXPECT_EQ(bench.post(inNamespace("shop", "configmaps"), configMap("a")).http, 201);
  EXPECT_EQ(bench.post(inNamespace("shop", "configmaps"), configMap("b")).http, 201);
  const Reply refused = bench.post(inNamespace("shop", "configmaps"), configMap("c"));
  EXPECT_EQ(refused.http, 403);
  EXPECT_EQ(refused.text({"message"}), "configmaps \"c\" is forbidden: exceeded quota: q, requested: count/configmaps=1, used: count/configmaps=3, limited: count/configmaps=3");
  EXPECT_EQ(bench.get(inNamespace("shop", "configmaps/c")).http, 404);
  // Changing what is there is no matter of counts; deleting makes room.
  EXPECT_EQ(bench.patch(inNamespace("shop", "configmaps/b"), {{"data", {{"a", "2"}}}}).http, 200);
  EXPECT_EQ(bench.remove(inNamespace("shop", "configmaps/a")).http, 200);
  EXPECT_EQ(used()["count/configmaps"], "2");
  EXPECT_EQ(bench.post(inNamespace("shop", "configmaps"), configMap("c")).http, 201);

  Json claim = named("v1", "PersistentVolumeClaim", "p");
  claim["spec"] = {{"accessModes", {"ReadWriteOnce"}}, {"resources", {{"requests", {{"storage", "6Gi"}}}}}};
  EXPECT_EQ(bench.post(inNamespace("shop", "persistentvolumeclaims"), claim).http, 201);
  EXPECT_EQ(used()["requests.storage"], "6Gi");
  claim["metadata"]["name"] = "r";
  claim["spec"]["resources"]["requests"]["storage"] = "4097Mi";
  EXPECT_NE(bench.post(inNamespace("shop", "persistentvolumeclaims"), claim).body.find("requested: requests.storage=4097Mi, used: requests.storage=6Gi, limited: requests.storage=10Gi"), std::string::npos);
  claim["spec"]["resources"]["requests"]["storage"] = "4Gi";
  EXPECT_EQ(bench.post(inNamespace("shop", "persistentvolumeclaims"), claim).http, 201);
  EXPECT_EQ(used()["requests.storage"], "10Gi");
}

TEST(Quotas, QuantitiesAreExact) {
  auto text = [](const char* value) { return Quantity::parse(value)->text(); };
  EXPECT_EQ(text("1024Mi"), "1Gi");
  EXPECT_EQ(text("1.5Gi"), "1536Mi");
  EXPECT_EQ(text("1e3"), "1k");
  EXPECT_EQ(text("0.1"), "100m");
  EXPECT_EQ(text("500m"), "500m");
  EXPECT_EQ((*Quantity::parse("500m") + *Quantity::parse("1.5")).text(), "2");
  EXPECT_EQ(text("16Ei"), "16Ei");
  EXPECT_FALSE(Quantity::parse("999999999999999999999999Ei")); // more than fits
  for (const char* bad : {"", "Gi", "1GiB", "x", "1e", "--1"}) EXPECT_FALSE(Quantity::parse(bad) && *bad != '1') << bad;
}

TEST(Simulation, WorkloadsAreReadyAtOnce) {
  Bench bench;
  ASSERT_EQ(bench.post(kDeployments, deployment("d")).http, 201);
  const Json d = bench.get(std::string(kDeployments) + "/d").json();
  EXPECT_EQ(d["status"]["observedGeneration"], 1);
  EXPECT_EQ(d["status"]["availableReplicas"], 2);
  EXPECT_EQ(conditionOf(d, "Available")["status"], "True");
  EXPECT_EQ(conditionOf(d, "Progressing")["reason"], "NewReplicaSetAvailable");
  const std::string owners = d["metadata"]["managedFields"].dump();
  EXPECT_NE(owners.find(R"("manager":"kube-controller-manager","operation":"Update","subresource":"status")"), std::string::npos) << owners;
  bench.patch(std::string(kDeployments) + "/d", {{"spec", {{"replicas", 5}}}});
  EXPECT_EQ(bench.get(std::string(kDeployments) + "/d").number({"status", "readyReplicas"}), 5);

  Json set = named("apps/v1", "StatefulSet", "s");
  set["spec"] = {{"serviceName", "s"}, {"replicas", 3}, {"selector", {{"matchLabels", {{"app", "x"}}}}}, {"template", podTemplate()}};
  ASSERT_EQ(bench.post("/apis/apps/v1/namespaces/default/statefulsets", set).http, 201);
  const Json s = bench.get("/apis/apps/v1/namespaces/default/statefulsets/s").json()["status"];
  EXPECT_EQ(s["readyReplicas"], 3);
  EXPECT_EQ(s["currentRevision"], s["updateRevision"]);
  Json job = named("batch/v1", "Job", "j");
  job["spec"] = {{"template", podTemplate()}};
  job["spec"]["template"]["spec"]["restartPolicy"] = "Never";
  const Reply madeJob = bench.post("/apis/batch/v1/namespaces/default/jobs", job);
  ASSERT_EQ(madeJob.http, 201) << madeJob.body;
  EXPECT_EQ(conditionOf(bench.get("/apis/batch/v1/namespaces/default/jobs/j").json(), "Complete")["status"], "True");
}

TEST(Simulation, ReadinessTakesItsTime) {
  Bench bench({.readyAfter = std::chrono::milliseconds(300)});
  ASSERT_EQ(bench.post(kDeployments, deployment("d")).http, 201);
  const std::string path = std::string(kDeployments) + "/d";
  const Json early = bench.get(path).json();
  EXPECT_EQ(early["status"]["unavailableReplicas"], 2);
  EXPECT_EQ(conditionOf(early, "Available")["status"], "False");
  Json late;
  for (int i = 0; i < 300 && late["status"]["availableReplicas"] != 2; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    late = bench.get(path).json();
  }
  EXPECT_EQ(late["status"]["availableReplicas"], 2);
  // A server that ends before the time has come finishes it after its next start.
  ASSERT_EQ(bench.post(kDeployments, deployment("e")).http, 201);
  bench.connection.reset();
  bench.server.reset();
  bench.start({.file = bench.folder / "cluster.db"});
  for (int i = 0; i < 300 && bench.get(std::string(kDeployments) + "/e").number({"status", "availableReplicas"}) != 2; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(20));
  EXPECT_EQ(bench.get(std::string(kDeployments) + "/e").number({"status", "availableReplicas"}), 2);
}

TEST(Simulation, ServicesAndClaimsGetWhatTheyAskFor) {
  Bench bench;
  const std::string services = inNamespace("default", "services");
  Json service = named("v1", "Service", "a");
  service["spec"] = {{"ports", Json::array({{{"port", 80}}})}};
  const Reply a = bench.post(services, service);
  ASSERT_EQ(a.http, 201) << a.body;
  EXPECT_TRUE(a.text({"spec", "clusterIP"}).starts_with("10.96."));
  service["metadata"]["name"] = "b";
  service["spec"]["type"] = "LoadBalancer";
  const Reply b = bench.post(services, service);
  EXPECT_NE(b.text({"spec", "clusterIP"}), a.text({"spec", "clusterIP"}));
  EXPECT_GE(b.json()["spec"]["ports"][0]["nodePort"], 30000);
  EXPECT_TRUE(bench.get(services + "/b").json()["status"]["loadBalancer"]["ingress"][0].contains("ip"));
  service["metadata"]["name"] = "c";
  service["spec"] = {{"clusterIP", a.text({"spec", "clusterIP"})}, {"ports", Json::array({{{"port", 80}}})}};
  const Reply taken = bench.post(services, service);
  EXPECT_EQ(taken.http, 422);
  EXPECT_NE(taken.body.find("provided IP is already allocated"), std::string::npos);
  service["spec"]["clusterIP"] = "None";
  EXPECT_EQ(bench.post(services, service).text({"spec", "clusterIP"}), "None");
  // A client that never heard of the address does not lose it.
  service["metadata"]["name"] = "a";
  service["spec"] = {{"ports", Json::array({{{"port", 81}}})}};
  const Reply replaced = bench.put(services + "/a", service);
  EXPECT_EQ(replaced.text({"spec", "clusterIP"}), a.text({"spec", "clusterIP"})) << replaced.body;

  Json claim = named("v1", "PersistentVolumeClaim", "p");
  claim["spec"] = {{"accessModes", {"ReadWriteOnce"}}, {"resources", {{"requests", {{"storage", "1Gi"}}}}}};
  ASSERT_EQ(bench.post(inNamespace("default", "persistentvolumeclaims"), claim).http, 201);
  EXPECT_EQ(bench.get(inNamespace("default", "persistentvolumeclaims/p")).text({"status", "phase"}), "Bound");
  Bench still({.simulate = false});
  ASSERT_EQ(still.post(inNamespace("default", "persistentvolumeclaims"), claim).http, 201);
  EXPECT_EQ(still.get(inNamespace("default", "persistentvolumeclaims/p")).text({"status", "phase"}), "Pending");
}

TEST(Deleting, PreconditionsAndFinalizers) {
  Bench bench;
  Json object = configMap("a");
  object["metadata"]["finalizers"] = {"example.com/hold"};
  const std::string path = std::string(kMaps) + "/a", uid = bench.post(kMaps, object).text({"metadata", "uid"});
  const Reply wrong = bench.remove(path, {{"preconditions", {{"uid", "x"}}}});
  EXPECT_EQ(wrong.http, 409);
  EXPECT_NE(wrong.body.find("Precondition failed: UID in precondition: x, UID in object meta: " + uid), std::string::npos) << wrong.body;
  EXPECT_EQ(bench.remove(path, {{"preconditions", {{"resourceVersion", "1"}}}}).http, 409);
  const Reply deleting = bench.remove(path, {{"preconditions", {{"uid", uid}}}});
  EXPECT_EQ(deleting.http, 200);
  EXPECT_FALSE(deleting.text({"metadata", "deletionTimestamp"}).empty());
  EXPECT_EQ(bench.patch(path, {{"metadata", {{"finalizers", {"example.com/hold", "example.com/more"}}}}}).http, 422);
  EXPECT_EQ(bench.patch(path, {{"metadata", {{"finalizers", nullptr}}}}).http, 200);
  EXPECT_EQ(bench.get(path).http, 404);
  EXPECT_EQ(bench.remove(path).http, 404);
  EXPECT_EQ(bench.remove(path, {{"propagationPolicy", "Sideways"}}).http, 422);
}

TEST(Deleting, DependentsFollowTheirOwner) {
  Bench bench;
  auto child = [&](const std::string& name, const Json& owner) {
    Json object = configMap(name);
    object["metadata"]["ownerReferences"] = Json::array({{{"apiVersion", "v1"}, {"kind", "ConfigMap"}, {"name", owner["metadata"]["name"]}, {"uid", owner["metadata"]["uid"]}, {"blockOwnerDeletion", true}}});
    return bench.post(kMaps, object).json();
  };
  auto at = [&](const std::string& name) { return std::string(kMaps) + "/" + name; };
  const Json a = bench.post(kMaps, configMap("a")).json();
  child("a2", child("a1", a));
  EXPECT_EQ(bench.remove(at("a")).http, 200);
  EXPECT_EQ(bench.until(at("a2"), 404).http, 404);

  const Json b = bench.post(kMaps, configMap("b")).json();
  Json held = child("b1", b);
  held["metadata"]["finalizers"] = {"example.com/hold"};
  ASSERT_EQ(bench.put(at("b1"), held).http, 200);
  const Reply waiting = bench.remove(at("b"), {{"propagationPolicy", "Foreground"}});
  EXPECT_EQ(waiting.json()["metadata"]["finalizers"], Json({"foregroundDeletion"}));
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  EXPECT_EQ(bench.get(at("b")).http, 200);
  EXPECT_EQ(bench.patch(at("b1"), {{"metadata", {{"finalizers", nullptr}}}}).http, 200);
  EXPECT_EQ(bench.until(at("b"), 404).http, 404);
  EXPECT_EQ(bench.get(at("b1")).http, 404);

  child("c1", bench.post(kMaps, configMap("c")).json());
  EXPECT_EQ(bench.remove(at("c"), {{"propagationPolicy", "Orphan"}}).http, 200);
  EXPECT_EQ(bench.until(at("c"), 404).http, 404);
  EXPECT_FALSE(bench.get(at("c1")).json()["metadata"].contains("ownerReferences"));

  // Whoever names an owner that does not exist is collected.
  child("d1", {{"metadata", {{"name", "never"}, {"uid", "00000000-0000-4000-8000-000000000000"}}}});
  EXPECT_EQ(bench.until(at("d1"), 404).http, 404);
}

TEST(Deleting, CollectionsBySelector) {
  Bench bench;
  for (int i = 0; i < 6; ++i) {
    Json object = configMap("m" + std::to_string(i));
    object["metadata"]["labels"] = {{"half", i % 2 == 0 ? "even" : "odd"}};
    bench.post(kMaps, object);
  }
  const Reply gone = bench.remove(std::string(kMaps) + "?labelSelector=half%3Deven");
  EXPECT_EQ(gone.http, 200);
  EXPECT_EQ(gone.json()["items"].size(), 3U);
  EXPECT_EQ(bench.get(kMaps).json()["items"].size(), 4U);
  EXPECT_EQ(bench.remove("/api/v1/namespaces").http, 405);
}

TEST(Definitions, CustomResourcesComeAndGo) {
  Bench bench;
  EXPECT_EQ(bench.get(kThings).body, "404 page not found\n");
  EXPECT_EQ(bench.post(kDefinitions, named("apiextensions.k8s.io/v1", "CustomResourceDefinition", "things.example.com")).http, 422);
  const Reply made = bench.post(kDefinitions, definition("things", "Thing"));
  ASSERT_EQ(made.http, 201) << made.body;
  EXPECT_EQ(conditionOf(made.json(), "Established")["status"], "True");
  EXPECT_NE(bench.get("/apis/example.com/v1").body.find("\"things/status\""), std::string::npos);
  Json thing = named("example.com/v1", "Thing", "t");
  thing["spec"] = {{"count", 2}, {"anything", {{"goes", Json::array({1, "two", nullptr})}}}};
  const Reply created = bench.apply(std::string(kThings) + "/t", thing);
  ASSERT_EQ(created.http, 201) << created.body;
  EXPECT_EQ(created.json()["spec"]["anything"]["goes"][1], "two");
  EXPECT_EQ(created.number({"metadata", "generation"}), 1);
  EXPECT_EQ(bench.patch(std::string(kThings) + "/t/status", {{"status", {{"count", 2}}}}).number({"metadata", "generation"}), 1);
  EXPECT_EQ(bench.patch(std::string(kThings) + "/t/scale", {{"spec", {{"replicas", 4}}}}).number({"spec", "replicas"}), 4);
  EXPECT_EQ(bench.get(std::string(kThings) + "/t").number({"spec", "count"}), 4);
  const Json table = bench.get(kThings, {{"Accept", "application/json;as=Table;v=v1;g=meta.k8s.io"}}).json();
  EXPECT_EQ(table["columnDefinitions"][1]["name"], "Size");
  EXPECT_EQ(table["rows"][0]["cells"][1], 4);
  EXPECT_EQ(bench.patch(std::string(kThings) + "/t", {{"spec", {{"x", 1}}}}, "application/strategic-merge-patch+json").http, 415);
  // They survive a restart, and go with their definition.
  bench.connection.reset();
  bench.server.reset();
  bench.start({.file = bench.folder / "cluster.db"});
  EXPECT_EQ(bench.get(std::string(kThings) + "/t").http, 200);
  EXPECT_EQ(bench.remove(std::string(kDefinitions) + "/things.example.com").http, 200);
  EXPECT_EQ(bench.until(std::string(kDefinitions) + "/things.example.com", 404).http, 404);
  EXPECT_EQ(bench.until(kThings, 404).body, "404 page not found\n");
}
