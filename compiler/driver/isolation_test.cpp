// The proof that tenants are kept apart: all ordered pairs of pods of two tenants are tried against the policies that would
// be applied. What is not declared must be closed, and what is declared must be open.
#include "compiler/driver/spec.h"
#include "runtime/plan/network_policy.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <set>

namespace chasi::driver {
namespace {

/// "scoring-engine -> payments-api:8080"
using Links = std::set<std::string>;

std::string link(const std::string& from, const std::string& to, int port) { return fmt::format("{} -> {}:{}", from, to, port); }

/// The links between namespaces that the policies let through; a port that no container has stands for all others.
Links linksOf(const plan::Desired& desired) {
  auto network = plan::Network::read(desired);
  EXPECT_TRUE(static_cast<bool>(network)) << llvm::toString(network.takeError());
  Links links;
  for (const plan::Pods& from : network->workloads()) {
    const plan::End end = network->end(from);
    for (const plan::Pods& to : network->workloads()) {
      if (from.ns == to.ns) continue;
      std::vector<plan::PodPort> ports = to.ports;
      ports.push_back({"", 9999, "TCP"});
      ports.push_back({"", to.ports.empty() ? 53 : to.ports.front().number, "UDP"});
      for (const plan::PodPort& port : ports)
        if (network->reaches(end, to, port)) links.insert(link(from.name, to.name, port.number));
    }
  }
  return links;
}

plan::Desired compiled(const lower::CompileInput& input) {
  source::SourceSet sources;
  source::Diagnostics diagnostics;
  lower::Compiled result = lower::compile(sources, diagnostics, input);
  std::string told;
  llvm::raw_string_ostream out(told);
  source::printText(diagnostics, sources, out, {});
  EXPECT_FALSE(diagnostics.hasErrors()) << told;
  return result.desired;
}

constexpr int kTenants = 30;

/// Each tenant's api calls the api of the seventh tenant after it, and the database of the eleventh.
plan::Desired manyTenants(Links& declared) {
  std::string text = "cluster core {}\n";
  for (int i = 0; i < kTenants; ++i) {
    const int api = (i + 7) % kTenants, db = (i + 11) % kTenants, apiCaller = (i + kTenants - 7) % kTenants, dbCaller = (i + kTenants - 11) % kTenants;
    text += fmt::format("tenant t{0} {{ on = core }}\nsystem s{0} {{\n  tenant = t{0}\n", i);
    text += fmt::format("  component api {{\n    image = \"registry.example/api:1\"\n    ports {{ http = 8080, admin = 9090 }}\n    calls {{ a {{ to = s{}.api, port = 8080 }}, d {{ to = s{}.db }} }}\n    callers {{ a {{ from = s{}.api, port = 8080 }} }}\n    outside {{ web {{}} }}\n  }}\n", api, db, apiCaller);
    text += fmt::format("  component db {{\n    image = \"registry.example/db:1\"\n    ports {{ sql = 5432 }}\n    callers {{ a {{ from = s{}.api, port = 5432 }} }}\n  }}\n}}\n", dbCaller);
    declared.insert(link(fmt::format("s{}-api", i), fmt::format("s{}-api", api), 8080));
    declared.insert(link(fmt::format("s{}-api", i), fmt::format("s{}-db", db), 5432));
  }
  lower::CompileInput input;
  input.load = {.workspaceRoot = "/w", .modulePath = "/w", .folder = "/w", .files = {"/w/a.chasi"}};
  input.load.overlay["/w/a.chasi"] = text;
  input.workspaceName = "w";
  return compiled(input);
}

/// Pods as control planes make them on the host: they keep the labels that somebody gave them inside, those of a control plane too.
void addSynced(plan::Desired& desired, const std::string& tenant) {
  const nlohmann::json labels = {{"app", "vcluster"}, {"release", tenant}, {"vcluster.loft.sh/managed-by", tenant}};
  const nlohmann::json manifest = {{"apiVersion", "v1"}, {"kind", "Pod"}, {"metadata", {{"name", "synced-" + tenant}, {"namespace", tenant}, {"labels", labels}}},
                                   {"spec", {{"containers", {{{"name", "c"}, {"image", "registry.example/c:1"}, {"ports", {{{"containerPort", 8443}}}}}}}}}};
  plan::Operation pod;
  pod.id = tenant + "/Pod/" + tenant + "/synced";
  pod.owner = "tenant." + tenant;
  pod.target = "core";
  pod.object = {"v1", "Pod", tenant, "synced-" + tenant};
  pod.payload = manifest.dump();
  desired.operations.push_back(pod);
}

/// Virtual clusters of each sort of entry and store, and a namespace beside them.
plan::Desired virtualTenants() {
  lower::CompileInput input;
  input.load = {.workspaceRoot = "/w", .modulePath = "/w", .folder = "/w", .files = {"/w/a.chasi"}};
  input.load.overlay["/w/a.chasi"] = R"(cluster core { pool vault { dedicated = true } }
tenant plain { on = core, vcluster {} }
tenant etcd { on = core, vcluster { replicas = 2, store { kind = "etcd", members = 3 } } }
tenant host { on = core, nodes = core.pools.vault, vcluster { ingress { host = "host.example.com" } } }
tenant world { on = core, vcluster { service = "LoadBalancer" } }
tenant shop { on = core }
system web {
  tenant = shop
  component site { image = "registry.example/web:1", ports { http = 8080 }, outside { all {} } }
}
)";
  input.workspaceName = "w";
  plan::Desired desired = compiled(input);
  for (const char* tenant : {"plain", "etcd", "host", "world"}) addSynced(desired, tenant);
  return desired;
}

plan::Desired without(plan::Desired desired, const std::string& ns, const std::set<std::string>& policies) {
  std::erase_if(desired.operations, [&](const plan::Operation& o) { return o.object.kind == "NetworkPolicy" && o.object.ns == ns && policies.contains(o.object.name); });
  return desired;
}

/// All the policies of a tenant of `manyTenants`.
std::set<std::string> wallsOf(int i) {
  return {"default-deny", "allow-tenant", "allow-dns", fmt::format("s{}-api-calls", i), fmt::format("s{}-api-callers", i), fmt::format("s{}-db-callers", i)};
}

TEST(Isolation, OfThirtyTenantsIsWhatTheyDeclare) {
  Links declared;
  const plan::Desired desired = manyTenants(declared);
  EXPECT_EQ(declared.size(), 60u);
  EXPECT_EQ(linksOf(desired), declared);
}

TEST(Isolation, IsLostBetweenTwoTenantsWithoutWalls) {
  Links declared;
  const plan::Desired desired = manyTenants(declared);
  const auto open = [](const plan::Desired& d, int tenant) { return without(d, fmt::format("t{}", tenant), wallsOf(tenant)); };
  // Both ends must allow a connection: the walls of the others hold still.
  EXPECT_EQ(linksOf(open(desired, 3)), declared);
  const Links seen = linksOf(open(open(desired, 3), 4));
  EXPECT_TRUE(seen.contains("s3-api -> s4-db:5432"));
  EXPECT_TRUE(seen.contains("s4-db -> s3-api:9999"));
}

TEST(Isolation, EveryPolicyOfALinkIsNeeded) {
  Links declared;
  const plan::Desired desired = manyTenants(declared);
  size_t tried = 0;
  for (const plan::Operation& o : desired.operations) {
    if (o.object.kind != "NetworkPolicy" || o.object.name.find("-call") == std::string::npos || o.object.ns.size() > 2) continue;
    ++tried;
    EXPECT_NE(linksOf(without(desired, o.object.ns, {o.object.name})), declared) << o.id;
  }
  EXPECT_EQ(tried, 30u); // three of each of the tenants t0 to t9
}

TEST(Isolation, AWiderPolicyIsNoticed) {
  Links declared;
  plan::Desired desired = manyTenants(declared);
  for (plan::Operation& o : desired.operations) {
    if (o.object.name != "s4-api-callers") continue;
    nlohmann::json manifest = nlohmann::json::parse(o.payload);
    manifest["spec"]["ingress"][0].erase("from");
    manifest["spec"]["ingress"][0].erase("ports");
    o.payload = manifest.dump();
  }
  // Egress of the others is closed still; with one open tenant the hole shows.
  EXPECT_EQ(linksOf(desired), declared);
  const Links seen = linksOf(without(desired, "t5", wallsOf(5)));
  EXPECT_TRUE(seen.contains("s5-api -> s4-api:9090"));
}

TEST(Isolation, OfVirtualClustersIsWhatTheyOpen) {
  const plan::Desired desired = virtualTenants();
  // A load balancer lets everyone in, and control planes may reach API servers wherever they are.
  EXPECT_EQ(linksOf(desired), (Links{"etcd -> world:8443", "host -> world:8443", "plain -> world:8443"}));
  auto network = plan::Network::read(desired);
  ASSERT_TRUE(static_cast<bool>(network));
  for (const plan::Pods& pods : network->workloads()) {
    const bool controlPlane = pods.ns != "shop" && pods.name == pods.ns;
    EXPECT_EQ(network->reachesInternet(pods), controlPlane || pods.ns == "shop") << pods.ns << "/" << pods.name;
  }
}

TEST(Isolation, OfASyncedPodIsThatOfItsTenant) {
  // Without its mark a pod from inside that calls itself a control plane would have what a control plane has.
  plan::Desired desired = virtualTenants();
  for (plan::Operation& o : desired.operations) {
    if (o.object.name != "synced-plain") continue;
    nlohmann::json manifest = nlohmann::json::parse(o.payload);
    manifest["metadata"]["labels"].erase("vcluster.loft.sh/managed-by");
    o.payload = manifest.dump();
  }
  EXPECT_TRUE(linksOf(desired).contains("synced-plain -> world:8443"));
}

TEST(Isolation, OfTheBankIsOneLink) {
  for (const char* environment : {"dev", "prod"}) {
    Invocation invocation;
    invocation.words = {CHASI_SOURCE_DIR "/examples/bank"};
    package::Workspace workspace;
    auto input = describeSpec(invocation, 0, workspace, environment);
    ASSERT_TRUE(static_cast<bool>(input)) << llvm::toString(input.takeError());
    input->date = "2026-11-28";
    EXPECT_EQ(linksOf(compiled(*input)), Links{"scoring-engine -> payments-api:8080"});
  }
}

} // namespace
} // namespace chasi::driver
