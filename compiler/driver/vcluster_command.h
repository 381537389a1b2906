// What the commands for one virtual cluster of a host begin with.
#pragma once

#include "compiler/driver/clusters.h"
#include "compiler/driver/terminal.h"
#include "runtime/vcluster/release.h"
#include "runtime/vcluster/storage.h"

#include <chrono>
#include <functional>
#include <optional>
#include <string>

namespace chasi::driver {

struct Chosen {
  std::unique_ptr<Clusters> clusters;
  vcluster::Installed cluster;
  kube::Client& host() { return clusters->only(); }
};
/// The one of the first word; nothing when that went wrong, and `exit` says how.
std::optional<Chosen> chooseCluster(const Invocation& invocation, const Terminal& terminal, int& exit);

/// Prints what is being waited for: each text once, and only with `always` or --verbose.
std::function<void(const std::string&)> tellOnce(const Terminal& terminal, bool always);

/// --timeout, or `fallback`. Nothing when it is no duration, which was said then.
std::optional<std::chrono::milliseconds> timeoutOf(const Invocation& invocation, std::chrono::milliseconds fallback);

/// Where a snapshot lies, with the credentials of this machine.
llvm::Expected<vcluster::Storage> storageOf(const std::string& url);

} // namespace chasi::driver
