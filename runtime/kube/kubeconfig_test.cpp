#include "runtime/kube/kubeconfig.h"

#include "runtime/kube/exec_credential.h"
#include "runtime/plan/fault.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

using namespace chasi::kube;
using chasi::plan::takeText;

static const char kConfig[] = R"(
apiVersion: v1
kind: Config
current-context: prod
clusters:
- name: c1
  cluster: {server: "https://h:6443/", certificate-authority-data: Y2E=, tls-server-name: api, proxy-url: "socks5://p:1"}
- name: c2
  cluster: {server: "http://h2", insecure-skip-tls-verify: true}
contexts:
- name: prod
  context: {cluster: c1, user: u1, namespace: team}
- name: lost
  context: {cluster: nowhere, user: u1}
- name: anon
  context: {cluster: c2, user: ""}
- name: old
  context: {cluster: c2, user: legacy}
users:
- name: u1
  user: {token: t, as: boss, as-groups: [a, b]}
- name: legacy
  user: {auth-provider: {name: gcp}}
)";

static Kubeconfig merged(const std::string& text) {
  Kubeconfig config;
  llvm::cantFail(mergeKubeconfig(config, text, "/etc/k", "config"));
  return config;
}

TEST(Kubeconfig, ReadsAContext) {
  Endpoint endpoint = llvm::cantFail(endpointOf(merged(kConfig), ""));
  EXPECT_EQ(endpoint.server, "https://h:6443");
  EXPECT_EQ(endpoint.caPem, "ca");
  EXPECT_EQ(endpoint.tlsServerName, "api");
  EXPECT_EQ(endpoint.proxyUrl, "socks5://p:1");
  EXPECT_EQ(endpoint.token, "t");
  EXPECT_EQ(endpoint.ns, "team");
  EXPECT_EQ(endpoint.impersonateUser, "boss");
  EXPECT_EQ(endpoint.impersonateGroups, (std::vector<std::string>{"a", "b"}));
  Endpoint anonymous = llvm::cantFail(endpointOf(merged(kConfig), "anon"));
  EXPECT_TRUE(anonymous.insecure);
  EXPECT_EQ(anonymous.ns, "default");
}

TEST(Kubeconfig, SaysWhatIsMissing) {
  Kubeconfig config = merged(kConfig);
  EXPECT_EQ(takeText(endpointOf(config, "no").takeError()).message, "there is no context 'no' in the kubeconfig");
  EXPECT_NE(takeText(endpointOf(config, "lost").takeError()).message.find("cluster 'nowhere'"), std::string::npos);
  EXPECT_NE(takeText(endpointOf(config, "old").takeError()).message.find("auth-provider 'gcp'"), std::string::npos);
  EXPECT_EQ(takeText(endpointOf(Kubeconfig(), "").takeError()).code, "CH6101");
  Kubeconfig into;
  EXPECT_NE(takeText(mergeKubeconfig(into, "a: [", "/", "broken")).message.find("line"), std::string::npos);
  EXPECT_EQ(takeText(mergeKubeconfig(into, "- a", "/", "list")).code, "CH6101");
}

TEST(Kubeconfig, FirstDefinitionWinsAndPathsAreRelativeToTheirFile) {
  auto folder = std::filesystem::path(testing::TempDir()) / "chasi-kubeconfig";
  std::filesystem::create_directories(folder / "sub");
  std::ofstream(folder / "one") << "clusters:\n- {name: c, cluster: {server: 'http://one'}}\ncontexts:\n- {name: x, context: {cluster: c, user: u}}\n";
  std::ofstream(folder / "sub" / "two") << "current-context: x\nclusters:\n- {name: c, cluster: {server: 'http://two'}}\n"
                                           "users:\n- {name: u, user: {tokenFile: tok, client-certificate: crt}}\n";
  std::ofstream(folder / "sub" / "crt") << "PEM";
  setenv("KUBECONFIG", ((folder / "one").string() + ":" + (folder / "none").string() + ":" + (folder / "sub/two").string()).c_str(), 1);
  Endpoint endpoint = llvm::cantFail(endpointOf(llvm::cantFail(loadKubeconfig("")), ""));
  unsetenv("KUBECONFIG");
  EXPECT_EQ(endpoint.server, "http://one");
  EXPECT_EQ(endpoint.tokenFile, (folder / "sub/tok").string());
  EXPECT_EQ(endpoint.certPem, "PEM");
  EXPECT_EQ(takeText(loadKubeconfig((folder / "none").string()).takeError()).code, "CH6101");
}

TEST(Kubeconfig, RunsACredentialProgram) {
  Kubeconfig config = merged(R"(
clusters: [{name: c, cluster: {server: "http://h"}}]
contexts: [{name: x, context: {cluster: c, user: u}}]
users:
- name: u
  user:
    exec:
      apiVersion: client.authentication.k8s.io/v1
      command: sh
      args: ["-c", "echo \"{\\\"kind\\\":\\\"ExecCredential\\\",\\\"status\\\":{\\\"token\\\":\\\"$NAME-$(echo $KUBERNETES_EXEC_INFO | wc -c)\\\"}}\""]
      env: [{name: NAME, value: hello}]
)");
  Endpoint endpoint = llvm::cantFail(endpointOf(config, "x"));
  ExecCredential credential = llvm::cantFail(runExecPlugin(endpoint));
  EXPECT_EQ(credential.token.rfind("hello-", 0), 0U);
  EXPECT_GT(std::stoi(credential.token.substr(6)), 40);
  endpoint.exec->args = {"-c", "exit 3"};
  EXPECT_EQ(takeText(runExecPlugin(endpoint).takeError()).code, "CH6110");
  endpoint.exec->command = "no-such-program-here";
  endpoint.exec->installHint = "install it";
  EXPECT_EQ(takeText(runExecPlugin(endpoint).takeError()).hint, "install it");
  EXPECT_EQ(takeText(parseExecCredential("{}", "x").takeError()).code, "CH6110");
}

TEST(Kubeconfig, ACredentialSaysHowLongItIsGood) {
  auto expires = [](const std::string& when) {
    return llvm::cantFail(parseExecCredential(R"({"kind":"ExecCredential","status":{"token":"t","expirationTimestamp":")" + when + "\"}}", "x")).expires;
  };
  EXPECT_EQ(expires("2026-11-28T10:00:00Z"), std::chrono::system_clock::from_time_t(1795860000));
  EXPECT_EQ(expires("2026-11-28T10:00:00.123456Z"), std::chrono::system_clock::from_time_t(1795860000));
  EXPECT_FALSE(expires("tomorrow"));
  EXPECT_FALSE(expires(""));
}

TEST(Kubeconfig, InAPodNoFileIsNeeded) {
  auto folder = std::filesystem::path(testing::TempDir()) / "chasi-account";
  std::filesystem::create_directories(folder);
  std::ofstream(folder / "token") << "t";
  std::ofstream(folder / "ca.crt") << "CA";
  std::ofstream(folder / "namespace") << "tools";
  EXPECT_EQ(takeText(inClusterEndpoint(folder.string() + "/").takeError()).code, "CH6101");
  setenv("KUBERNETES_SERVICE_HOST", "fd00::1", 1);
  setenv("KUBERNETES_SERVICE_PORT", "443", 1);
  Endpoint endpoint = llvm::cantFail(inClusterEndpoint(folder.string() + "/"));
  EXPECT_EQ(endpoint.server, "https://[fd00::1]:443");
  EXPECT_EQ(endpoint.tokenFile, (folder / "token").string());
  EXPECT_EQ(endpoint.caPem, "CA");
  EXPECT_EQ(endpoint.ns, "tools");
  // A context of this name is asked for by a file only where one has it.
  EXPECT_EQ(takeText(endpointOf(Kubeconfig(), "prod").takeError()).hint, "no kubeconfig file was found; `in-cluster` means the cluster of this pod");
  unsetenv("KUBERNETES_SERVICE_HOST");
  unsetenv("KUBERNETES_SERVICE_PORT");
}

TEST(Kubeconfig, WhoIsActedFor) {
  Endpoint endpoint = llvm::cantFail(endpointOf(merged(R"(
clusters: [{name: c, cluster: {server: "http://h"}}]
contexts: [{name: x, context: {cluster: c, user: u}}]
users: [{name: u, user: {as: jane, as-uid: "7", as-groups: [dev, ops], as-user-extra: {"example.org/reason": ["audit", "night"]}}}]
)"), "x"));
  EXPECT_EQ(endpoint.impersonateUser + endpoint.impersonateUid, "jane7");
  EXPECT_EQ(endpoint.impersonateGroups.size(), 2U);
  EXPECT_EQ(endpoint.impersonateExtra["example.org/reason"], (std::vector<std::string>{"audit", "night"}));
}
