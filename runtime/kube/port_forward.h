// A port of a pod as a port of this machine: connections go over the API server of its cluster, as with `kubectl port-forward`.
#pragma once

#include "runtime/kube/endpoint.h"

#include <llvm/Support/Error.h>

#include <memory>
#include <string>

namespace chasi::kube {

/// Which port of which pod.
struct ForwardTo {
  std::string ns, pod;
  int port = 0;
};

/// Listens on 127.0.0.1 as long as it lives, on threads of its own. Each connection opens a WebSocket (protocol v4.channel.k8s.io of
/// pods/portforward); one that fails is closed, and what the API server said is `trouble`.
class PortForward {
public:
  /// `api` has its credentials in it: a token, a certificate or a password. CH6102 when no port is free.
  static llvm::Expected<std::unique_ptr<PortForward>> open(Endpoint api, ForwardTo to);
  ~PortForward();
  PortForward(const PortForward&) = delete;
  PortForward& operator=(const PortForward&) = delete;

  int localPort() const;
  /// New connections lead to another pod: the one before was replaced.
  void retarget(ForwardTo to);
  /// Why the last connection that failed did; empty when none did. From any thread.
  std::string trouble() const;

private:
  struct State;
  PortForward(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;
};

} // namespace chasi::kube
