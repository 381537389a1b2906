// Who reaches whom, worked out from the NetworkPolicies among the operations as Kubernetes reads them
// (networking.k8s.io/v1): a pod that no policy selects for a direction is open in it, rules add up, and both ends must
// allow a connection. Pods on the network of their node are outside of all policies.
#pragma once

#include "runtime/plan/address_block.h"
#include "runtime/plan/label_selector.h"
#include "runtime/plan/operation.h"

#include <llvm/Support/Error.h>

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace chasi::plan {

struct PodPort {
  std::string name;
  int number = 0;
  std::string protocol = "TCP";
};

/// The pods of one workload, which all have the same labels. Those that are made inside a virtual cluster are where they run: on its
/// host, with the labels that they have there.
struct Pods {
  std::string target;
  std::string ns;
  std::string name;  ///< of the workload
  std::string owner; ///< the declaration: "system.payments"
  Labels labels;
  std::vector<PodPort> ports;
  bool onNode = false; ///< hostNetwork
  uint32_t operation = 0; ///< index of the workload's operation
};

/// A connection that policies let through between pods of two namespaces.
struct Link {
  uint32_t from = 0, to = 0; ///< indices of operations
  int port = 0;
  std::string protocol;
};

/// One end of a connection. Pods of others have labels that nobody here knows: they may match any selector of pods.
struct End {
  enum class Kind : uint8_t { Pods, Others, Internet };
  Kind kind = Kind::Internet;
  std::string target;
  Labels namespaceLabels;
  const Pods* pods = nullptr; ///< kind Pods

  static End internet() { return {}; }
  /// Pods in a namespace that is not described here; it has these labels.
  static End others(std::string target, Labels namespaceLabels) { return {Kind::Others, std::move(target), std::move(namespaceLabels), nullptr}; }
};

struct PolicyPort {
  std::string protocol = "TCP";
  std::optional<int> number, last;
  std::string name;
};

struct PolicyPeer {
  std::optional<LabelSelector> pods, namespaces;
  std::optional<AddressBlock> block;
};

struct PolicyRule {
  std::vector<PolicyPeer> peers; ///< empty: everybody
  std::vector<PolicyPort> ports; ///< empty: every port
};

struct NetworkPolicy {
  std::string name;
  LabelSelector selects;
  bool ingress = false, egress = false; ///< the directions that it closes
  std::vector<PolicyRule> in, out;
};

class Network {
public:
  /// Reads the workloads, namespaces and policies among the operations.
  static llvm::Expected<Network> read(const Desired& desired);

  const std::vector<Pods>& workloads() const { return workloads_; }
  End end(const Pods& pods) const;
  /// Whether the policies let `from` connect to a port of `to`. Clusters do not reach each other's pods.
  bool reaches(const End& from, const Pods& to, const PodPort& port) const;
  /// Whether they let pods connect to some address of the internet, on any port.
  bool reachesInternet(const Pods& from) const;
  /// Whether a policy closes these pods to others. Without one every pod of the cluster reaches them.
  bool closed(const Pods& pods) const;
  /// The connections to pods in other namespaces that are closed but for some. What is open to everybody is no link.
  std::vector<Link> links() const;

private:
  using Place = std::pair<std::string, std::string>; ///< target and namespace
  std::vector<Pods> workloads_;
  std::map<Place, Labels> namespaces_;
  std::map<Place, std::vector<NetworkPolicy>> policies_;

  std::map<std::string, Inside> virtual_; ///< by target

  void add(const Operation& operation, uint32_t index, const nlohmann::json& manifest);
  bool letsOthersIn(const Pods& pods) const;
  bool allows(const Pods& subject, bool ingress, const End& peer, const PodPort* port) const;
};

} // namespace chasi::plan
