#include "runtime/plan/network_policy.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

using namespace chasi::plan;
using nlohmann::json;

namespace {

struct Cluster {
  Desired desired;

  void add(const std::string& kind, const std::string& ns, const std::string& name, json manifest) {
    Operation o;
    o.id = kind + "/" + ns + "/" + name;
    o.owner = "system." + name;
    o.target = "core";
    o.object = {kind == "NetworkPolicy" ? "networking.k8s.io/v1" : "v1", kind, ns, name};
    o.payload = manifest.dump();
    desired.operations.push_back(std::move(o));
  }
  void pod(const std::string& ns, const std::string& name, bool onNode = false) {
    json container{{"name", name}, {"ports", json::array({{{"name", "http"}, {"containerPort", 8080}}, {{"name", "admin"}, {"containerPort", 9090}}})}};
    add("Deployment", ns, name, {{"spec", {{"template", {{"metadata", {{"labels", {{"app", name}}}}}, {"spec", {{"hostNetwork", onNode}, {"containers", json::array({container})}}}}}}}});
  }
  void policy(const std::string& ns, const std::string& name, const std::string& spec) { add("NetworkPolicy", ns, name, {{"spec", json::parse(spec)}}); }

  Network read() const {
    auto network = Network::read(desired);
    EXPECT_TRUE(static_cast<bool>(network)) << llvm::toString(network.takeError());
    return std::move(*network);
  }
};

const Pods& named(const Network& network, const std::string& name) {
  for (const Pods& p : network.workloads())
    if (p.name == name) return p;
  ADD_FAILURE() << "no pods " << name;
  return network.workloads().front();
}

bool reaches(const Cluster& cluster, const std::string& from, const std::string& to, size_t port = 0) {
  const Network network = cluster.read();
  return network.reaches(network.end(named(network, from)), named(network, to), named(network, to).ports.at(port));
}

bool reachedBy(const Cluster& cluster, const End& end, const std::string& to) {
  const Network network = cluster.read();
  return network.reaches(end, named(network, to), named(network, to).ports.front());
}

constexpr const char* kNothing = R"({"podSelector":{},"policyTypes":["Ingress","Egress"]})";

TEST(NetworkPolicies, WithoutThemEverybodyReachesEverything) {
  Cluster c;
  c.pod("a", "api"), c.pod("b", "web");
  EXPECT_TRUE(reaches(c, "web", "api"));
  EXPECT_TRUE(reachedBy(c, End::internet(), "api"));
  EXPECT_FALSE(c.read().closed(named(c.read(), "api")));
}

TEST(NetworkPolicies, BothEndsMustAllow) {
  Cluster c;
  c.pod("a", "api"), c.pod("b", "web");
  c.policy("a", "walls", kNothing), c.policy("b", "walls", kNothing);
  EXPECT_FALSE(reaches(c, "web", "api"));
  c.policy("a", "in", R"({"podSelector":{"matchLabels":{"app":"api"}},"ingress":[{"from":[{"namespaceSelector":{"matchLabels":{"kubernetes.io/metadata.name":"b"}}}]}]})");
  EXPECT_FALSE(reaches(c, "web", "api"));
  c.policy("b", "out", R"({"podSelector":{"matchLabels":{"app":"web"}},"policyTypes":["Egress"],"egress":[{"to":[{"namespaceSelector":{}}],"ports":[{"port":8080}]}]})");
  EXPECT_TRUE(reaches(c, "web", "api"));
  EXPECT_FALSE(reaches(c, "web", "api", 1));
  EXPECT_FALSE(reaches(c, "api", "web"));
}

TEST(NetworkPolicies, TypesThatAreNotSaidFollowTheRules) {
  Cluster c;
  c.pod("a", "api"), c.pod("b", "web");
  c.policy("b", "in", R"({"podSelector":{}})");
  EXPECT_TRUE(reaches(c, "web", "api"));
  EXPECT_FALSE(reaches(c, "api", "web"));
  c.policy("b", "out", R"({"podSelector":{},"egress":[{"to":[{"podSelector":{}}]}]})");
  EXPECT_FALSE(reaches(c, "web", "api"));
}

TEST(NetworkPolicies, ASelectorOfPodsAloneIsAboutTheirNamespace) {
  Cluster c;
  c.pod("a", "api"), c.pod("b", "web"), c.pod("a", "db");
  c.policy("a", "in", R"({"podSelector":{},"ingress":[{"from":[{"podSelector":{}}]}]})");
  EXPECT_TRUE(reaches(c, "db", "api"));
  EXPECT_FALSE(reaches(c, "web", "api"));
}

TEST(NetworkPolicies, PeersOfBothSelectorsNeedBoth) {
  Cluster c;
  c.add("Namespace", "", "b", {{"metadata", {{"labels", {{"team", "blue"}}}}}});
  c.pod("a", "api"), c.pod("b", "web"), c.pod("b", "job"), c.pod("c", "web2");
  c.policy("a", "in", R"({"podSelector":{},"ingress":[{"from":[{"namespaceSelector":{"matchLabels":{"team":"blue"}},"podSelector":{"matchExpressions":[{"key":"app","operator":"NotIn","values":["job"]}]}}]}]})");
  EXPECT_TRUE(reaches(c, "web", "api"));
  EXPECT_FALSE(reaches(c, "job", "api"));
  EXPECT_FALSE(reaches(c, "web2", "api"));
}

TEST(NetworkPolicies, PortsByNameAndByRange) {
  Cluster c;
  c.pod("a", "api"), c.pod("b", "web");
  c.policy("a", "in", R"({"podSelector":{},"ingress":[{"ports":[{"port":"admin"}]}]})");
  EXPECT_FALSE(reaches(c, "web", "api", 0));
  EXPECT_TRUE(reaches(c, "web", "api", 1));
  c.policy("a", "range", R"({"podSelector":{},"ingress":[{"ports":[{"port":8000,"endPort":8080}]}]})");
  EXPECT_TRUE(reaches(c, "web", "api", 0));
  Cluster udp;
  udp.pod("a", "api"), udp.pod("b", "web");
  udp.policy("a", "in", R"({"podSelector":{},"ingress":[{"ports":[{"port":8080,"protocol":"UDP"}]}]})");
  EXPECT_FALSE(reaches(udp, "web", "api", 0));
}

TEST(NetworkPolicies, BlocksOfAddressesMayBePods) {
  const auto opened = [](const std::string& block, const char* from) {
    Cluster c;
    c.pod("a", "api"), c.pod("b", "web");
    c.policy("a", "in", R"({"podSelector":{},"ingress":[{"from":[{"ipBlock":)" + block + "}]}]}");
    return std::string(from) == "internet" ? reachedBy(c, End::internet(), "api") : reaches(c, from, "api");
  };
  EXPECT_TRUE(opened(R"({"cidr":"0.0.0.0/0"})", "web"));
  EXPECT_TRUE(opened(R"({"cidr":"0.0.0.0/0"})", "internet"));
  EXPECT_TRUE(opened(R"({"cidr":"10.20.0.0/16"})", "web"));
  EXPECT_FALSE(opened(R"({"cidr":"10.20.0.0/16"})", "internet"));
  EXPECT_FALSE(opened(R"({"cidr":"198.51.100.0/24"})", "web"));
  EXPECT_FALSE(opened(R"({"cidr":"10.0.0.0/8","except":["10.0.0.0/9","10.128.0.0/9"]})", "web"));
  EXPECT_TRUE(opened(R"({"cidr":"::/0","except":["fc00::/7"]})", "web")); // fe80::/10 is left
  EXPECT_FALSE(opened(R"({"cidr":"::/0","except":["fc00::/7","fe80::/10"]})", "web"));
  EXPECT_TRUE(opened(R"({"cidr":"::/0","except":["fc00::/7","fe80::/10"]})", "internet"));
  EXPECT_TRUE(opened(R"({"cidr":"no network"})", "web"));
}

TEST(NetworkPolicies, PodsOfOthersMatchAnySelectorOfPods) {
  Cluster c;
  c.pod("a", "api");
  c.policy("a", "in", R"({"podSelector":{},"ingress":[{"from":[{"namespaceSelector":{"matchLabels":{"kubernetes.io/metadata.name":"ingress"}},"podSelector":{"matchLabels":{"app":"x"}}}]}]})");
  EXPECT_TRUE(reachedBy(c, End::others("core", {{"kubernetes.io/metadata.name", "ingress"}}), "api"));
  EXPECT_FALSE(reachedBy(c, End::others("core", {}), "api"));
  EXPECT_FALSE(reachedBy(c, End::others("elsewhere", {{"kubernetes.io/metadata.name", "ingress"}}), "api"));
}

TEST(NetworkPolicies, DoNotHoldForPodsOnTheNetworkOfTheirNode) {
  Cluster c;
  c.pod("a", "agent", true), c.pod("b", "web");
  c.policy("a", "walls", kNothing);
  EXPECT_TRUE(reaches(c, "web", "agent"));
  EXPECT_TRUE(reaches(c, "agent", "web"));
}

TEST(NetworkPolicies, TheInternetIsReachedThroughPublicBlocksOnly) {
  const auto out = [](const std::string& to) {
    Cluster c;
    c.pod("a", "api");
    c.policy("a", "out", R"({"podSelector":{},"policyTypes":["Egress"],"egress":[)" + to + "]}");
    const Network network = c.read();
    return network.reachesInternet(network.workloads().front());
  };
  EXPECT_FALSE(out(""));
  EXPECT_TRUE(out("{}"));
  EXPECT_FALSE(out(R"({"to":[{"namespaceSelector":{}}]})"));
  EXPECT_FALSE(out(R"({"to":[{"ipBlock":{"cidr":"192.168.0.0/16"}}]})"));
  EXPECT_TRUE(out(R"({"to":[{"ipBlock":{"cidr":"198.51.100.0/24"}}],"ports":[{"port":443}]})"));
}

TEST(LabelSelectors, EveryRequirementMustHold) {
  const auto matches = [](const char* selector, const Labels& labels) { return readSelector(json::parse(selector)).matches(labels); };
  EXPECT_TRUE(matches("{}", {}));
  EXPECT_FALSE(matches(R"({"matchLabels":{"a":"1","b":"2"}})", {{"a", "1"}}));
  EXPECT_TRUE(matches(R"({"matchExpressions":[{"key":"a","operator":"Exists"},{"key":"b","operator":"DoesNotExist"}]})", {{"a", "1"}}));
  EXPECT_TRUE(matches(R"({"matchExpressions":[{"key":"a","operator":"In","values":["1","2"]}]})", {{"a", "2"}}));
  EXPECT_TRUE(matches(R"({"matchExpressions":[{"key":"b","operator":"NotIn","values":["1"]}]})", {{"a", "2"}}));
  EXPECT_FALSE(matches(R"({"matchExpressions":[{"key":"a","operator":"NotIn","values":["2"]}]})", {{"a", "2"}}));
}

} // namespace
