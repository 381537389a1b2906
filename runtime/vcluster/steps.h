// What pausing, restoring and upgrading a virtual cluster have in common.
#pragma once

#include "runtime/kube/client.h"
#include "runtime/plan/json_view.h"
#include "runtime/vcluster/release.h"

#include <llvm/Support/Error.h>

#include <chrono>
#include <functional>
#include <string>

namespace chasi::vcluster {

std::string workloadPath(const Installed& cluster);
/// "virtual cluster retail"
std::string nameOf(const Installed& cluster);

/// How many there are when it runs, also while it is paused.
int64_t replicasOf(plan::JsonValue workload);

/// The etcd beside a control plane that has no volume of its own.
llvm::Error eachEtcd(kube::Client& host, const Installed& cluster, const std::function<llvm::Error(const std::string& path, plan::JsonValue object)>& use);

/// Until no pod of the control plane is left. CH6401.
llvm::Error awaitNothing(kube::Client& host, const Installed& cluster, std::chrono::milliseconds patience, const std::function<void(const std::string&)>& told);

/// Ends the pods of what is inside.
llvm::Error endPods(kube::Client& host, const Installed& cluster);

/// The pod that puts a snapshot back, whoever made it; empty when none does.
llvm::Expected<std::string> restorer(kube::Client& host, const Release& release);
/// CH6418 while one is at work.
llvm::Error refuseRestored(kube::Client& host, const Installed& cluster);

} // namespace chasi::vcluster
