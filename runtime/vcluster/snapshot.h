// Snapshots of the state of a virtual cluster: its own control plane takes them, asked by a ConfigMap and a Secret in its namespace.
// These functions run the loop of the client.
#pragma once

#include "runtime/kube/client.h"
#include "runtime/vcluster/release.h"
#include "runtime/vcluster/storage.h"

#include <llvm/Support/Error.h>

#include <chrono>
#include <functional>
#include <string>
#include <vector>

namespace chasi::vcluster {

/// On what asks for a snapshot, and on what goes with it.
inline constexpr const char* kRequestLabel = "vcluster.loft.sh/snapshot-request";

struct SnapshotRequest {
  std::string name;  ///< of the ConfigMap
  std::string url;
  std::string phase; ///< "" before anybody looked at it, CreatingEtcdBackup, Completed, Failed…
  std::string error; ///< of the control plane
  std::string created;
  bool taken = false; ///< a control plane has put its finalizer on it
  bool over() const;
};

/// Why a snapshot cannot be taken now: it does not run, or its program is too old to be asked (before 0.29). CH6410.
llvm::Error snapshotPossible(const Installed& cluster);

struct SnapshotOptions {
  std::string now;                                ///< "2026-11-28T09:00:00Z"
  std::string stale;                              ///< some minutes ago: a Secret from before that no request goes with was left by a process that died
  std::chrono::milliseconds patience{600000};     ///< until it is there
  std::chrono::milliseconds unheard{90000};       ///< until a control plane takes it up; it waits for an older one with the same URL
  bool wait = true;
  std::function<void(const std::string&)> told;   ///< what is being waited for
};
/// Asks for a snapshot and follows it until it is there. One that nobody takes up is taken back (CH6413), so that no credentials stay;
/// CH6412 with the words of the control plane when it failed, and CH6413 when it is not done in time: then it goes on.
llvm::Expected<SnapshotRequest> takeSnapshot(kube::Client& host, const Installed& cluster, const Storage& storage, const SnapshotOptions& options);

/// The requests of a virtual cluster that are still there (for a day after they ended), the newest first.
llvm::Expected<std::vector<SnapshotRequest>> snapshotRequests(kube::Client& host, const Release& release);

} // namespace chasi::vcluster
