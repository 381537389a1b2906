// What can be done with a virtual cluster from outside of a specification, whoever made it. These functions run the loop of the client.
#pragma once

#include "runtime/kube/client.h"
#include "runtime/vcluster/release.h"

#include <llvm/Support/Error.h>

#include <functional>
#include <string>
#include <vector>

namespace chasi::vcluster {

/// All of a host, or of one namespace: by the label app=vcluster, in the order of namespaces.
llvm::Expected<std::vector<Installed>> listAll(kube::Client& host, const std::string& ns);

/// The one of that name; `ns` may be empty when only one namespace has it. CH6409.
llvm::Expected<Installed> findOne(kube::Client& host, const std::string& name, const std::string& ns);

struct PauseOptions {
  std::string date;                             ///< written down as loft.sh/paused-date
  std::chrono::milliseconds patience{180000};   ///< until the pods of the control plane have ended
  std::function<void(const std::string&)> told; ///< what is being waited for
};
/// As the vendor's tools do it: the control plane is scaled to nothing with their annotations, an etcd too when nothing of the state lies in
/// the control plane's own pods, and then the pods of what is inside end. Volumes, Services and quota stay. Again is no mistake. CH6401.
llvm::Error pause(kube::Client& host, const Installed& cluster, const PauseOptions& options);

/// Scales back what a pause scaled; nobody waits until it runs. Pods of what is inside come back from its state.
llvm::Error resume(kube::Client& host, const Installed& cluster);

/// Its kubeconfig with an address that leads there from here, as JSON (which is YAML). `context` names the only context in it.
llvm::Expected<std::string> kubeconfigOf(kube::Client& host, const Release& release, const std::string& context);

} // namespace chasi::vcluster
