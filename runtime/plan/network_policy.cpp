#include "runtime/plan/network_policy.h"

#include "runtime/plan/fault.h"
#include "runtime/plan/pod_template.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace chasi::plan {

using nlohmann::json;

static const json kNothing;

/// The member of an object, or null.
static const json& at(const json& value, const char* key) {
  if (!value.is_object()) return kNothing;
  const auto found = value.find(key);
  return found == value.end() ? kNothing : *found;
}

static std::string text(const json& value, std::string otherwise = {}) { return value.is_string() ? value.get<std::string>() : otherwise; }

/// The pod template of a workload; null for other objects.
static const json& templateOf(const std::string& kind, const json& manifest) {
  const auto place = podTemplateIn(kind);
  if (!place) return kNothing;
  const json::json_pointer pointer{std::string(*place)};
  return manifest.contains(pointer) ? manifest.at(pointer) : kNothing;
}

static Pods podsOf(const Operation& operation, uint32_t index, const json& pod) {
  const json& spec = at(pod, "spec");
  Pods out{operation.target, operation.object.ns, operation.object.name, operation.owner, readLabels(at(at(pod, "metadata"), "labels")), {}, at(spec, "hostNetwork") == true, index};
  for (const json& container : at(spec, "containers"))
    for (const json& port : at(container, "ports"))
      if (at(port, "containerPort").is_number_integer()) out.ports.push_back({text(at(port, "name")), at(port, "containerPort").get<int>(), text(at(port, "protocol"), "TCP")});
  return out;
}

static PolicyPort portOf(const json& value) {
  PolicyPort port{text(at(value, "protocol"), "TCP"), {}, {}, {}};
  const json& number = at(value, "port");
  if (number.is_number_integer()) port.number = number.get<int>();
  port.name = text(number);
  if (at(value, "endPort").is_number_integer()) port.last = at(value, "endPort").get<int>();
  return port;
}

static PolicyPeer peerOf(const json& value) {
  PolicyPeer peer;
  if (!at(value, "podSelector").is_null()) peer.pods = readSelector(at(value, "podSelector"));
  if (!at(value, "namespaceSelector").is_null()) peer.namespaces = readSelector(at(value, "namespaceSelector"));
  if (!at(value, "ipBlock").is_null()) peer.block = readAddressBlock(at(value, "ipBlock"));
  return peer;
}

static std::vector<PolicyRule> rulesOf(const json& rules, const char* peers) {
  std::vector<PolicyRule> out;
  for (const json& r : rules) {
    PolicyRule rule;
    for (const json& p : at(r, peers)) rule.peers.push_back(peerOf(p));
    for (const json& p : at(r, "ports")) rule.ports.push_back(portOf(p));
    out.push_back(std::move(rule));
  }
  return out;
}

static NetworkPolicy policyOf(const std::string& name, const json& spec) {
  NetworkPolicy policy{name, readSelector(at(spec, "podSelector")), false, false, rulesOf(at(spec, "ingress"), "from"), rulesOf(at(spec, "egress"), "to")};
  const json& types = at(spec, "policyTypes");
  // Without types a policy is for what comes in, and for what goes out if it has rules for that.
  policy.ingress = types.empty() || std::find(types.begin(), types.end(), "Ingress") != types.end();
  policy.egress = types.empty() ? !policy.out.empty() : std::find(types.begin(), types.end(), "Egress") != types.end();
  return policy;
}

/// Pods that are made inside a virtual cluster run in its namespace on the host. They keep their labels there, but for those that the
/// control plane marks its own pods with, and get its marks.
static void moveToHost(Pods& pods, const Inside& inside) {
  pods.labels.erase("app");
  pods.labels.erase("release");
  pods.labels["vcluster.loft.sh/managed-by"] = inside.release;
  pods.labels["vcluster.loft.sh/namespace"] = pods.ns;
  pods.target = inside.host;
  pods.ns = inside.ns;
}

void Network::add(const Operation& o, uint32_t index, const json& manifest) {
  if (o.object.kind == "Namespace") {
    namespaces_[{o.target, o.object.name}] = readLabels(at(at(manifest, "metadata"), "labels"));
  } else if (o.object.kind == "NetworkPolicy" && o.object.apiVersion == "networking.k8s.io/v1") {
    policies_[{o.target, o.object.ns}].push_back(policyOf(o.object.name, at(manifest, "spec")));
  } else if (const json& pod = templateOf(o.object.kind, manifest); !pod.is_null()) {
    workloads_.push_back(podsOf(o, index, pod));
    if (const auto at = virtual_.find(o.target); at != virtual_.end()) moveToHost(workloads_.back(), at->second);
  }
}

llvm::Expected<Network> Network::read(const Desired& desired) {
  Network network;
  for (const Target& target : desired.targets)
    if (target.inside) network.virtual_.emplace(target.name, *target.inside);
  for (uint32_t i = 0; i < desired.operations.size(); ++i) {
    const Operation& o = desired.operations[i];
    if (o.kind != OpKind::Object) continue;
    const json manifest = json::parse(o.payload, nullptr, false);
    if (manifest.is_discarded()) return fault("CH6004", fmt::format("the manifest of '{}' is no JSON", o.id), {}, o.source);
    network.add(o, i, manifest);
  }
  return network;
}

End Network::end(const Pods& pods) const {
  Labels labels;
  if (const auto found = namespaces_.find({pods.target, pods.ns}); found != namespaces_.end()) labels = found->second;
  labels["kubernetes.io/metadata.name"] = pods.ns;
  return {End::Kind::Pods, pods.target, std::move(labels), &pods};
}

static bool isPeer(const PolicyPeer& peer, const std::string& ns, const End& end) {
  if (peer.block) return end.kind == End::Kind::Internet ? peer.block->internet : peer.block->pods;
  if (end.kind == End::Kind::Internet) return false;
  // A selector of pods alone is about the policy's own namespace.
  if (peer.namespaces ? !peer.namespaces->matches(end.namespaceLabels) : !end.pods || end.pods->ns != ns) return false;
  if (!peer.pods || end.kind == End::Kind::Others) return true;
  return !end.pods->onNode && peer.pods->matches(end.pods->labels);
}

static bool isPort(const PolicyPort& rule, const PodPort& port) {
  if (rule.protocol != port.protocol) return false;
  if (!rule.name.empty()) return rule.name == port.name;
  if (!rule.number) return true;
  return rule.last ? *rule.number <= port.number && port.number <= *rule.last : *rule.number == port.number;
}

static bool lets(const PolicyRule& rule, const std::string& ns, const End& end, const PodPort* port) {
  const bool peer = rule.peers.empty() || std::any_of(rule.peers.begin(), rule.peers.end(), [&](const PolicyPeer& p) { return isPeer(p, ns, end); });
  return peer && (!port || rule.ports.empty() || std::any_of(rule.ports.begin(), rule.ports.end(), [&](const PolicyPort& p) { return isPort(p, *port); }));
}

bool Network::allows(const Pods& subject, bool ingress, const End& peer, const PodPort* port) const {
  const auto found = policies_.find({subject.target, subject.ns});
  if (found == policies_.end() || subject.onNode) return true;
  bool open = true;
  for (const NetworkPolicy& p : found->second) {
    if (!(ingress ? p.ingress : p.egress) || !p.selects.matches(subject.labels)) continue;
    open = false;
    const std::vector<PolicyRule>& rules = ingress ? p.in : p.out;
    if (std::any_of(rules.begin(), rules.end(), [&](const PolicyRule& r) { return lets(r, subject.ns, peer, port); })) return true;
  }
  return open;
}

bool Network::reaches(const End& from, const Pods& to, const PodPort& port) const {
  if (from.kind != End::Kind::Internet && from.target != to.target) return false;
  if (from.pods == &to) return true; // a pod always reaches itself
  return (!from.pods || allows(*from.pods, false, end(to), &port)) && allows(to, true, from, &port);
}

bool Network::reachesInternet(const Pods& from) const { return allows(from, false, End::internet(), nullptr); }

bool Network::closed(const Pods& pods) const {
  const auto found = policies_.find({pods.target, pods.ns});
  return found != policies_.end() && !pods.onNode && std::any_of(found->second.begin(), found->second.end(), [&](const NetworkPolicy& p) { return p.ingress && p.selects.matches(pods.labels); });
}

/// Whether some rule is about more than the pods of the namespace; without one nobody needs to be tried.
bool Network::letsOthersIn(const Pods& pods) const {
  const auto beyond = [](const PolicyRule& r) { return r.peers.empty() || std::any_of(r.peers.begin(), r.peers.end(), [](const PolicyPeer& p) { return p.namespaces || p.block; }); };
  const std::vector<NetworkPolicy>& policies = policies_.at({pods.target, pods.ns});
  return std::any_of(policies.begin(), policies.end(), [&](const NetworkPolicy& p) { return p.ingress && p.selects.matches(pods.labels) && std::any_of(p.in.begin(), p.in.end(), beyond); });
}

std::vector<Link> Network::links() const {
  std::vector<Link> out;
  std::vector<End> ends;
  for (const Pods& p : workloads_) ends.push_back(end(p));
  for (const Pods& to : workloads_) {
    if (!closed(to) || !letsOthersIn(to)) continue;
    for (const End& from : ends) {
      if (from.pods->ns == to.ns) continue;
      for (const PodPort& port : to.ports)
        if (reaches(from, to, port)) out.push_back({from.pods->operation, to.operation, port.number, port.protocol});
    }
  }
  return out;
}

} // namespace chasi::plan
