// How the API server of a virtual cluster is reached from where we are.
#pragma once

#include "runtime/kube/endpoint.h"
#include "runtime/plan/json_view.h"
#include "runtime/vcluster/release.h"

#include <llvm/Support/Error.h>

#include <string>

namespace chasi::vcluster {

/// Where we are, and what the host tells of the ways in.
struct WaysIn {
  bool inPod = false;         ///< names of Services lead somewhere
  plan::JsonValue service;    ///< of the release, or absent
  std::string nodeAddress;    ///< of some node of the host; needed for NodePort
  int forwarded = 0;          ///< a port of this machine that leads to the control plane
};

/// The name of its own that the certificate of a control plane always has.
std::string certificateName(const Release& release);

/// Whether an address in a kubeconfig leads anywhere from here: the chart writes `localhost` for whoever forwards a port, and names of
/// Services lead somewhere only in pods of the host.
bool leadsFromHere(const std::string& server, bool inPod);

/// Where the API server of a control plane listens in its pods.
inline constexpr int kApiPort = 8443;

/// Credentials and trust are those of the kubeconfig. The address is its own where that leads somewhere, otherwise that of the Service:
/// its load balancer, a port on a node, or in a pod its name; otherwise a port that was forwarded. TLS is verified in every case. CH6407 when there is no way in.
llvm::Expected<kube::Endpoint> endpointOf(const std::string& kubeconfig, const Release& release, const WaysIn& ways);

} // namespace chasi::vcluster
