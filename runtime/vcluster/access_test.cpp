#include "runtime/vcluster/access.h"

#include "runtime/plan/fault.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

using namespace chasi;
using namespace chasi::vcluster;

static std::string config(const std::string& server, const std::string& user = R"("token":"t")") {
  return R"({"current-context":"c","contexts":[{"name":"c","context":{"cluster":"k","user":"u"}}],"clusters":[{"name":"k","cluster":{"certificate-authority-data":"Q0E=","server":")" + server +
         R"("}}],"users":[{"name":"u","user":{)" + user + "}}]}";
}

static const Release kBlue{"blue", "t1"};

static kube::Endpoint reached(const std::string& server, const std::string& service = "{}", const std::string& node = "", bool inPod = false) {
  auto view = plan::JsonView::parse(service);
  if (!view) {
    llvm::consumeError(view.takeError());
    ADD_FAILURE() << "no JSON: " << service;
    return {};
  }
  auto endpoint = endpointOf(config(server), kBlue, {inPod, view->root(), node});
  if (endpoint) return *endpoint;
  kube::Endpoint none;
  none.server = plan::takeText(endpoint.takeError()).code;
  return none;
}

TEST(Access, AnAddressThatLeadsThereIsTaken) {
  kube::Endpoint endpoint = reached("https://blue.example.com");
  EXPECT_EQ(endpoint.server, "https://blue.example.com");
  EXPECT_EQ(endpoint.tlsServerName, "");
  EXPECT_EQ(endpoint.caPem, "CA");
  EXPECT_EQ(endpoint.token, "t");
  EXPECT_EQ(reached("https://127.0.0.1:16443").server, "https://127.0.0.1:16443");
}

TEST(Access, NamesOfServicesLeadSomewhereOnlyInPods) {
  EXPECT_TRUE(leadsFromHere("https://blue.t1.svc", true));
  EXPECT_FALSE(leadsFromHere("https://blue.t1.svc:443", false));
  EXPECT_FALSE(leadsFromHere("https://blue.t1.svc.cluster.local", false));
  EXPECT_FALSE(leadsFromHere("https://localhost:8443", true));
  EXPECT_EQ(reached("https://localhost:8443").server, "CH6407");
  EXPECT_EQ(reached("https://blue.t1.svc").server, "CH6407");
  const std::string plain = R"({"spec":{"type":"ClusterIP","ports":[{"port":443}]}})";
  kube::Endpoint endpoint = reached("https://localhost:8443", plain, "", true);
  EXPECT_EQ(endpoint.server, "https://blue.t1.svc:443");
  EXPECT_EQ(endpoint.tlsServerName, "blue.t1") << "a name that its certificate has";
  EXPECT_FALSE(endpoint.insecure);
}

TEST(Access, LoadBalancersAndPortsOfNodes) {
  const std::string balanced = R"({"spec":{"type":"LoadBalancer","ports":[{"port":443,"nodePort":31000}]},"status":{"loadBalancer":{"ingress":[{"ip":"198.51.100.7"}]}}})";
  EXPECT_EQ(reached("https://localhost:8443", balanced).server, "https://198.51.100.7:443");
  const std::string named = R"({"spec":{"type":"LoadBalancer","ports":[{"port":443}]},"status":{"loadBalancer":{"ingress":[{"hostname":"lb.example.com"}]}}})";
  EXPECT_EQ(reached("https://localhost:8443", named).server, "https://lb.example.com:443");
  EXPECT_EQ(reached("https://localhost:8443", R"({"spec":{"type":"LoadBalancer","ports":[{"port":443}]}})").server, "CH6407") << "its address is still to come";
  const std::string ports = R"({"spec":{"type":"NodePort","ports":[{"port":443,"nodePort":31000}]}})";
  EXPECT_EQ(reached("https://localhost:8443", ports, "2001:db8::1").server, "https://[2001:db8::1]:31000");
  EXPECT_EQ(reached("https://localhost:8443", ports).server, "CH6407");
}

TEST(Access, NoProgramIsRunAndNoFileReadForAnybodyInTheCluster) {
  for (const char* user : {R"("exec":{"apiVersion":"client.authentication.k8s.io/v1","command":"/bin/sh"})", R"("tokenFile":"/etc/passwd")"}) {
    auto endpoint = endpointOf(config("https://blue.example.com", user), kBlue, {});
    ASSERT_FALSE(bool(endpoint)) << user;
    EXPECT_EQ(plan::takeText(endpoint.takeError()).code, "CH6407");
  }
  auto file = endpointOf(config("https://blue.example.com", R"("client-certificate":"/etc/hostname","client-key":"/etc/hostname")"), kBlue, {});
  EXPECT_FALSE(bool(file)) << "a certificate stands in it, and is no file of ours";
  if (!file) llvm::consumeError(file.takeError());
}
