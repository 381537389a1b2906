// From one version of the public chart to another, for a virtual cluster that no specification describes: what the chart changes is
// changed, and nothing else. These functions run the loop of the client.
#pragma once

#include "runtime/kube/client.h"
#include "runtime/plan/plan.h"
#include "runtime/vcluster/release.h"

#include <llvm/Support/Error.h>

#include <nlohmann/json.hpp>

#include <chrono>
#include <functional>
#include <string>
#include <vector>

namespace chasi::vcluster {

using Objects = std::vector<nlohmann::ordered_json>;

/// The merge patch (RFC 7386) that makes `after` of `before`; null when there is nothing to do. Lists are replaced as a whole.
nlohmann::ordered_json mergePatch(const nlohmann::ordered_json& before, const nlohmann::ordered_json& after);

/// Whether the chart of `after` may follow that of `before`: CH6403 when the control plane would be of another kind, and so start empty,
/// CH6404 and CH6405 for jumps and ways back (see description.h).
std::optional<plan::Problem> refusedUpgrade(const Installed& there, const Objects& before, const Objects& after, const std::string& chart);

struct UpgradeChange {
  plan::ObjectRef object;
  plan::Step step;             ///< Create, Update, Delete, None; a problem when the server would refuse it
  std::string path;            ///< on the host
  nlohmann::ordered_json body; ///< the new object, or the merge patch
};
/// Compares what the two charts make with what is there, by dry runs. In the order of carrying out; deletions come last. `leftovers`: only
/// what the older chart left behind.
llvm::Expected<std::vector<UpgradeChange>> compareCharts(kube::Client& host, const Release& release, const Objects& before, const Objects& after, bool leftovers);

/// The same as a plan, for printing.
plan::Plan planOf(const std::vector<UpgradeChange>& changes, const Release& release);

struct UpgradeOptions {
  std::string chart;                            ///< that it runs afterwards
  std::chrono::milliseconds patience{600000};   ///< until it does
  std::function<void(const std::string&)> told; ///< what is being waited for
};
/// Carries them out: writes, waits until the control plane runs (not for one that is paused), deletes. Each write may be done again, so
/// the same command continues where one died. CH6401, CH6402.
llvm::Error upgrade(kube::Client& host, const Installed& cluster, const std::vector<UpgradeChange>& changes, const UpgradeOptions& options);

} // namespace chasi::vcluster
