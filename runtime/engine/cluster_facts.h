// What objects tell each other: fields that the cluster writes, as they were read in this run.
#pragma once

#include "runtime/kube/client.h"
#include "runtime/plan/fact.h"

#include <chrono>
#include <map>
#include <optional>
#include <set>
#include <string>

namespace chasi::engine {

/// The objects that tell something, by the id of the operation that makes each. Used by the thread of the loop.
class ClusterFacts {
public:
  /// Whose objects must be read for the operation, or read again because a field is not there yet.
  std::set<std::string> missing(const plan::Operation& op) const;
  bool knows(const plan::Fact& fact) const;

  /// Whether it is time to read the object (again): not while another operation that waits for it has just done so.
  bool due(const std::string& operation, kube::Transport::Time now, std::chrono::milliseconds pause);
  /// The object, or why there is none.
  void take(const std::string& operation, llvm::Expected<kube::Response> response);

  /// What an operation tells that makes no object, as JSON.
  void tell(const std::string& operation, std::string json);

  /// Answers for facts from what was read, and asks `others` for the rest; refers to this.
  plan::SecretReader reader(plan::SecretReader others) const;

  /// What will change is not known yet.
  void forget(const std::string& operation) { read_.erase(operation); }
  void forgetAll() { read_.clear(); }

private:
  struct Read {
    std::string object; ///< JSON; empty when there is none
    plan::FaultText fault;
    std::optional<kube::Transport::Time> asked; ///< last
  };
  std::map<std::string, Read> read_;

  /// Nothing when it is not there yet; an error when it never will be.
  llvm::Expected<std::optional<std::string>> value(const plan::Fact& fact) const;
};

} // namespace chasi::engine
