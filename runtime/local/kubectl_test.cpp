// The real kubectl against the server.
#include "runtime/local/test_server.h"

#include <array>
#include <cstdio>
#include <fstream>

using namespace chasi::local;
using namespace chasi::local::testing;

namespace {

struct Said {
  int status = 0;
  std::string text;
};

class Kubectl : public ::testing::Test {
protected:
  void SetUp() override {
    if (run("command -v kubectl").status != 0) GTEST_SKIP() << "kubectl is not in PATH";
    std::ofstream(bench.folder / "config") << kubeconfigFor(bench.server->url());
  }
  /// Both outputs together, as a person sees them.
  Said run(const std::string& command) {
    const std::string home = bench.folder / "home";
    const std::string whole = "HOME='" + home + "' KUBECONFIG='" + (bench.folder / "config") + "' sh -c '" + command + "' 2>&1";
    Said said;
    FILE* pipe = ::popen(whole.c_str(), "r");
    std::array<char, 4096> piece{};
    while (const size_t size = std::fread(piece.data(), 1, piece.size(), pipe)) said.text.append(piece.data(), size);
    said.status = ::pclose(pipe);
    return said;
  }
  void expect(const std::string& command, const std::string& part) {
    const Said said = run("kubectl " + command);
    EXPECT_EQ(said.status, 0) << command << "\n" << said.text;
    EXPECT_NE(said.text.find(part), std::string::npos) << command << "\n" << said.text;
  }
  std::string file(const std::string& name, const std::string& text) {
    std::ofstream(bench.folder / name) << text;
    return bench.folder / name;
  }

  Bench bench;
};

constexpr const char* kApp = R"(apiVersion: v1
kind: ConfigMap
metadata: {name: settings, labels: {app: web}}
data: {colour: blue}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, labels: {app: web}}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: "example/web:1", ports: [{containerPort: 80}]}]}
---
apiVersion: v1
kind: Service
metadata: {name: web, labels: {app: web}}
spec: {selector: {app: web}, ports: [{port: 80}]}
)";

} // namespace

TEST_F(Kubectl, ReadsAndDescribes) {
  const std::string app = file("app.yaml", kApp);
  expect("apply --server-side -f " + app, "deployment.apps/web serverside-applied");
  expect("get deployments", "web    2/2     2            2");
  expect("get deploy,svc,cm -o wide", "example/web:1");
  expect("get all", "service/web");
  expect("get deployment web -o yaml", "image: example/web:1");
  expect("get cm -l app=web -o name", "configmap/settings");
  expect("describe deployment web", "2 desired | 2 updated | 2 total | 2 available | 0 unavailable");
  expect("describe service web", "Endpoints");
  expect("describe namespace default", "Active");
  expect("api-resources", "deployments");
  expect("version", "v1.36.0+chasi.local");
  const Said missing = run("kubectl get cm nope");
  EXPECT_NE(missing.status, 0);
  EXPECT_NE(missing.text.find("Error from server (NotFound): configmaps \"nope\" not found"), std::string::npos) << missing.text;
}

TEST_F(Kubectl, AppliesBothWays) {
  const std::string app = file("app.yaml", kApp);
  expect("apply -f " + app, "deployment.apps/web created");
  expect("apply -f " + app, "deployment.apps/web unchanged");
  std::string changed = kApp;
  changed.replace(changed.find("blue"), 4, "green");
  changed.replace(changed.find("web:1"), 5, "web:2");
  const std::string next = file("next.yaml", changed);
  EXPECT_NE(run("kubectl diff -f " + next).text.find("colour: green"), std::string::npos);
  expect("apply -f " + next, "deployment.apps/web configured");
  expect("get deploy web -o jsonpath={..image}", "example/web:2");
  const Said conflict = run("kubectl apply --server-side --field-manager=other -f " + app);
  EXPECT_NE(conflict.status, 0);
  EXPECT_NE(conflict.text.find("conflict"), std::string::npos) << conflict.text;
  expect("apply --server-side --field-manager=other --force-conflicts -f " + app, "serverside-applied");
  const Said typo = run("kubectl apply -f " + file("typo.yaml", "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: x}\nspec: {replicsa: 1}\n"));
  EXPECT_NE(typo.text.find("unknown field \"spec.replicsa\""), std::string::npos) << typo.text;
  const std::string list = file("list.json", R"({"apiVersion":"v1","kind":"List","items":[{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"of-list"},"data":{"a":"1"}}]})");
  expect("apply --server-side -f " + list, "configmap/of-list serverside-applied");
}

TEST_F(Kubectl, WaitsScalesAndDeletes) {
  const std::string app = file("app.yaml", kApp);
  expect("apply --server-side -f " + app, "serverside-applied");
  expect("rollout status deployment/web --timeout=20s", "successfully rolled out");
  expect("wait --for=condition=Available deployment/web --timeout=20s", "condition met");
  expect("scale deployment/web --replicas=4", "scaled");
  expect("get deployment web", "4/4");
  expect("label cm settings tier=front", "labeled");
  expect("patch cm settings --type=json -p [{\\\"op\\\":\\\"replace\\\",\\\"path\\\":\\\"/data/colour\\\",\\\"value\\\":\\\"red\\\"}]", "patched");
  expect("delete deployment web", "deleted");
  expect("delete -f " + app + " --ignore-not-found", "service \"web\" deleted");
}

TEST_F(Kubectl, CreatesFromFiles) {
  const std::string shop = file("shop.yaml", R"(apiVersion: v1
kind: Namespace
metadata: {name: shop}
---
apiVersion: v1
kind: ResourceQuota
metadata: {name: q, namespace: shop}
spec: {hard: {count/configmaps: "2"}}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: c, namespace: shop}
data: {a: b}
)");
  expect("create -f " + shop, "namespace/shop created");
  expect("get cm c -n shop -o jsonpath={.data.a}", "b");
  const Said full = run("kubectl create -f " + file("more.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: d, namespace: shop}\n"));
  EXPECT_NE(full.text.find("exceeded quota: q"), std::string::npos) << full.text;
  expect("delete ns shop --timeout=20s", "namespace \"shop\" deleted");
}

// Commands that build the object themselves send it as protocol buffers (README.md): refused with the reason, nothing is written.
TEST_F(Kubectl, ProtocolBuffersAreRefusedClearly) {
  const Said refused = run("kubectl create ns shop");
  EXPECT_NE(refused.status, 0);
  EXPECT_NE(refused.text.find("accepted media types include: application/json"), std::string::npos) << refused.text;
  EXPECT_EQ(bench.get("/api/v1/namespaces/shop").http, 404);
}

TEST_F(Kubectl, Watches) {
  const std::string out = bench.folder / "watched", app = file("app.yaml", kApp);
  run("timeout 3 kubectl get cm --watch-only -o name > " + out + " & sleep 1; kubectl create -f " + app + "; wait");
  std::ifstream in(out);
  const std::string seen{std::istreambuf_iterator<char>(in), {}};
  EXPECT_NE(seen.find("configmap/settings"), std::string::npos) << seen;
}
