// The work of Background, step by step. Each function looks at the present state and does what is left to do.
#pragma once

#include "runtime/local/cluster.h"

namespace chasi::local {

/// Dependents of an owner that is gone: removed when no other owner is left, otherwise freed from it.
void collectOwned(Cluster& cluster, const std::string& uid);
/// One object whose owners may not exist.
void collectOrphan(Cluster& cluster, const Key& key);
/// An object with a deletionTimestamp: empties namespaces and definitions, deletes or frees dependents, and removes the object when
/// nothing holds it any more.
void finalizeObject(Cluster& cluster, const Key& key);
/// Owners of an object that was removed which wait for their dependents.
std::vector<Key> ownersBeingDeleted(Cluster& cluster, const Json& object);
/// The simulated status of a workload whose time has come.
void becomeReady(Cluster& cluster, const Key& key);
/// What an earlier process may have left half-done: objects being deleted, dependents, workloads that were not ready yet.
std::vector<EntryPtr> unfinished(Cluster& cluster);

} // namespace chasi::local
