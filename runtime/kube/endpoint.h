// How one API server is reached and who we are to it. Files named in a kubeconfig are read when it is loaded, so an
// endpoint stands on its own.
#pragma once

#include "runtime/plan/fault.h"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace chasi::kube {

/// A credential program (client.authentication.k8s.io/v1 and v1beta1).
struct ExecPlugin {
  std::string apiVersion;
  std::string command; ///< with a slash: a path; otherwise looked up in PATH
  std::vector<std::string> args;
  std::map<std::string, std::string> env;
  std::string installHint;
  bool provideClusterInfo = false;
  bool asksAlways = false; ///< interactiveMode Always: it cannot do without a terminal
};

struct Endpoint {
  std::string server; ///< "https://host:6443", a path prefix possible, no slash at the end
  std::string caPem, certPem, keyPem;
  bool insecure = false;
  std::string tlsServerName;
  std::string proxyUrl;
  std::string token;
  std::string tokenFile; ///< read again when it is old; wins over `token`
  std::string username, password;
  std::optional<ExecPlugin> exec;
  std::string impersonateUser, impersonateUid;
  std::vector<std::string> impersonateGroups;
  std::map<std::string, std::vector<std::string>> impersonateExtra;
  std::string ns;          ///< namespace of the context; "default" when it has none
  std::string describedAs; ///< for messages: "context prod-eu-1"
  std::optional<plan::FaultText> unusable; ///< why nothing can be sent there; the answer to every request
};

} // namespace chasi::kube
