// Virtual clusters as clusters of a run: whether they run, how they are reached, and what that makes of the steps of a plan.
#pragma once

#include "runtime/engine/engine.h"
#include "runtime/vcluster/description.h"

#include <map>
#include <memory>

namespace chasi::engine {

/// What was found of a virtual cluster on its host.
struct VirtualFound {
  std::optional<vcluster::Installed> plane; ///< nothing: there is no control plane
  vcluster::Surroundings around;
  bool pausedByUs = false;  ///< our own last apply did it
  std::string kubeconfig;   ///< of the Secret; empty while there is none
  std::string service;      ///< JSON; empty when it was not needed, or is not there
  std::string nodeAddress;  ///< of some node; empty when it was not needed
  std::string pod;          ///< of the control plane, ready; empty when it was not needed
  plan::FaultText fault;    ///< the host could not tell
};

/// One virtual cluster of a desired state.
struct VirtualCluster {
  const plan::Target* target = nullptr;
  uint32_t operation = 0; ///< the one that makes it run
  vcluster::Description wanted;
  VirtualFound found;
  std::string trouble;    ///< why what is inside cannot be looked at; empty when it can
};

/// The virtual clusters among the targets, with their operations. CH6004 for one without.
llvm::Expected<std::vector<VirtualCluster>> virtualClusters(const plan::Desired& desired);

/// Reads what the host knows of one; `done` comes once, from the loop.
void lookFor(Site& host, const vcluster::Release& release, std::function<void(VirtualFound)> done);

/// How it is reached, told from what was found. Where no address leads there, a port of its pod is forwarded over the host's API server.
struct WayIn {
  kube::Endpoint endpoint;
  std::unique_ptr<kube::PortForward> forward;
};
llvm::Expected<WayIn> wayInto(Site& host, const vcluster::Release& release, const VirtualFound& found);

/// Looks for all of them at once, opens those that run as clusters of `connections` and loads them. One that does not answer has its
/// `trouble`, and the others go on. The hosts are loaded already. Without `again` those that are open and loaded are not looked for.
llvm::Expected<std::vector<VirtualCluster>> openVirtual(const plan::Desired& desired, Connections& connections, const Cancel* cancel, bool again = true);

/// Makes of what was compared on the hosts, and found, the steps of the virtual clusters and of all that goes inside.
void settleVirtual(plan::Plan& plan, const std::vector<VirtualCluster>& clusters);

/// Whether a run opens the virtual cluster of this target only when its operation is done.
bool comesLater(const plan::Plan& plan, const plan::Target& target);
/// The plan with what a run must find out itself: a virtual cluster that ran when the plan was made, and does not any more, is waited
/// for. Nothing when there is nothing to find out.
std::optional<plan::Plan> toldLate(const plan::Plan& plan, const std::vector<VirtualCluster>& clusters);

/// "unknown until virtual cluster retail runs"
std::string unknownUntil(const vcluster::Release& release);

} // namespace chasi::engine
