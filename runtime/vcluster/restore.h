// Puts a snapshot back into a virtual cluster. Each step leaves a trace on the host, so that another run goes on where one died. These
// functions run the loop of the client.
#pragma once

#include "runtime/kube/client.h"
#include "runtime/vcluster/release.h"
#include "runtime/vcluster/storage.h"

#include <llvm/Support/Error.h>

#include <nlohmann/json.hpp>

#include <chrono>
#include <functional>
#include <string>

namespace chasi::vcluster {

/// "vcluster-restore-NAME": the Pod that writes the state, and the Secret with what it needs to reach the snapshot.
std::string restoreName(const Release& release);

/// That Pod: the program, volumes and account of the control plane, one command, the first claim. CH6415 when the control plane has no
/// container `syncer`, or a snapshot in a container lies on none of its volumes.
llvm::Expected<nlohmann::ordered_json> restorePod(const nlohmann::ordered_json& workload, const Release& release, const Storage& storage);

/// A reference for what goes away with the control plane, should somebody delete it meanwhile.
nlohmann::ordered_json ownedBy(const nlohmann::ordered_json& workload);

struct RestoreOptions {
  std::string date;                             ///< written down as loft.sh/paused-date
  std::chrono::milliseconds pause{180000};      ///< until the pods of the control plane have ended
  std::chrono::milliseconds patience{1800000};  ///< until the snapshot is back
  std::function<void(const std::string&)> told; ///< what is being waited for
};

/// The control plane ends with the annotation loft.sh/restoring, and so do the pods of what is inside; claims but the first go; a Pod writes
/// the state; then the control plane runs again, or stays paused when it was. One that was begun with the same snapshot is continued.
/// CH6414 when the Pod fails, with the end of its log: what is half restored stays down, because a control plane over it would delete on
/// the host what is missing inside. CH6418 when another restore is at work.
llvm::Error restore(kube::Client& host, const Installed& cluster, const Storage& storage, const RestoreOptions& options);

} // namespace chasi::vcluster
