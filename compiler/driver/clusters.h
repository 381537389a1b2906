// How the clusters of a specification are reached: contexts of a kubeconfig, or the embedded cluster.
#pragma once

#include "compiler/driver/spec.h"
#include "runtime/engine/connections.h"
#include "runtime/local/local.h"

namespace chasi::driver {

/// Connections together with the embedded cluster that some of them may lead to. The server ends with it.
struct Clusters {
  engine::Connections connections;
  std::unique_ptr<local::Server> server;
  bool embedded = false;   ///< some target is the embedded cluster
  kube::Client& only() { return *connections.sites().front()->client; } ///< of the only one there is
  std::string embeddedUrl; ///< of the server that was running already, or of ours
};

/// Adds every target, by --cluster NAME=CONTEXT, --kubeconfig and the declared context. Starts the embedded cluster in this
/// process when a target wants it and no server of its own runs. How a virtual cluster is reached is left to the engine, unless
/// --cluster names a context for it. A context that cannot be used makes an
/// error where its cluster is the only one, and otherwise a cluster that is away. Errors say how to name another context.
llvm::Expected<std::unique_ptr<Clusters>> openClusters(const Invocation& invocation, const std::vector<plan::Target>& targets, const std::string& state);

/// The one cluster that --context names, for commands that need no specification; without one, the kubeconfig's own.
llvm::Expected<std::unique_ptr<Clusters>> openContext(const Invocation& invocation);

/// The file of the embedded cluster below a state folder. Makes the folder, with a .gitignore in it.
llvm::Expected<std::string> clusterFile(const std::string& state);

} // namespace chasi::driver
