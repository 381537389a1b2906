// Deleting: preconditions, finalizers, and what is to become of dependents.
#pragma once

#include "runtime/local/cluster.h"

namespace chasi::local {

enum class Propagation : uint8_t { Background, Foreground, Orphan };

struct RemoveOrder {
  std::string uid, resourceVersion; ///< preconditions; empty: none
  Propagation propagation = Propagation::Background;
  bool dryRun = false;
};

struct Removed {
  EntryPtr entry;    ///< its last state
  bool gone = false; ///< otherwise finalizers, or the content of a namespace, keep it
};

/// `kind` in any of its versions; for messages only.
Result<Removed> removeObject(Cluster& cluster, const Kind& kind, const Key& key, const RemoveOrder& order);

Answer deleteObject(Cluster& cluster, const Call& call);
Answer deleteCollection(Cluster& cluster, const Call& call);

} // namespace chasi::local
