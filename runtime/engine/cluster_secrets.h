// The provider "k8s": values that are read from Secrets of the cluster that an object goes to.
#pragma once

#include "runtime/kube/client.h"
#include "runtime/plan/secrets.h"

#include <map>
#include <set>
#include <string>

namespace chasi::engine {

/// Secrets of one cluster, as they were read in this run. One that was found is read once; one that was not is asked for again, for
/// it may come while the run goes on. Kept in memory only; used by the thread of the loop.
class ClusterSecrets {
public:
  /// What is still to be read for the operation: "namespace/name".
  std::set<std::string> missing(const plan::Operation& op) const;

  /// The request that reads one, and what becomes of its answer.
  static kube::Request request(const std::string& name);
  void take(const std::string& name, const std::string& server, llvm::Expected<kube::Response> response);

  /// Answers for "k8s" from what was read, and asks `others` for the rest; refers to this.
  plan::SecretReader reader(plan::SecretReader others) const;

  void forget() { read_.clear(); }

private:
  struct Read {
    bool found = false;
    std::map<std::string, std::string> data;
    plan::FaultText fault; ///< why it was not found
  };
  std::map<std::string, Read> read_;

  llvm::Expected<std::string> value(const plan::SecretRef& ref) const;
};

/// The operation has values of a cluster whose Secrets must be read first.
bool needsCluster(const plan::Operation& op);

} // namespace chasi::engine
