// Kubeconfig files as kubectl reads them.
#pragma once

#include "runtime/kube/endpoint.h"

#include <llvm/Support/Error.h>

#include <string>
#include <vector>

namespace chasi::kube {

/// Merged from several files; entries are found by name. Relative paths are already absolute.
struct Kubeconfig {
  struct Context {
    std::string cluster, user, ns;
  };
  std::map<std::string, Context> contexts;
  std::map<std::string, Endpoint> clusters; ///< only the fields of a cluster are set
  std::map<std::string, Endpoint> users;    ///< only the fields of a user are set
  std::map<std::string, std::string> userProblems; ///< why a user cannot be used
  std::string currentContext;
  std::vector<std::string> files; ///< those that were read
};

/// `given` (from --kubeconfig) if set, otherwise the list in KUBECONFIG, otherwise ~/.kube/config. In a list the first
/// definition of a name wins, and files that do not exist are skipped; a file given by name must exist. CH6101.
llvm::Expected<Kubeconfig> loadKubeconfig(const std::string& given);

/// One document; `folder` is what relative paths start from.
llvm::Error mergeKubeconfig(Kubeconfig& into, const std::string& text, const std::string& folder, const std::string& name);

/// A context that needs no kubeconfig: the cluster of the pod that this runs in.
inline constexpr const char* kInCluster = "in-cluster";

/// The endpoint of a context; the current one for an empty name, which is that of the pod where there is no kubeconfig at all. CH6101
/// says what is missing and what there is.
llvm::Expected<Endpoint> endpointOf(const Kubeconfig& config, const std::string& context);

/// Whether this runs in a pod of a cluster.
bool inPod();

/// From inside a pod: the service account's token and the KUBERNETES_SERVICE_* variables. CH6101 when not in a pod.
llvm::Expected<Endpoint> inClusterEndpoint(const std::string& folder = "/var/run/secrets/kubernetes.io/serviceaccount/");

} // namespace chasi::kube
