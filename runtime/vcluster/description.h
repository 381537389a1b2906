// What is wanted of a virtual cluster (the payload of its operation), and whether one that is there can become that.
#pragma once

#include "runtime/plan/plan.h"
#include "runtime/vcluster/release.h"

#include <llvm/Support/Error.h>

#include <optional>
#include <string>

namespace chasi::vcluster {

struct Description {
  Release release;
  std::string chart;      ///< "0.36.1"
  std::string kubernetes; ///< "v1.36.0"; what is seen inside
  std::string store;      ///< in the words of the control plane: "embedded-database", "deployed-etcd"…
  bool paused = false;
  std::optional<int64_t> members; ///< of a deployed etcd
};

/// CH6004 for what does not name a release.
llvm::Expected<Description> readDescription(const std::string& payload);

/// What tells of a virtual cluster that is there, besides its control plane.
struct Surroundings {
  std::string store;              ///< annotation vcluster.loft.sh/store of its configuration; empty when nobody wrote it
  std::optional<int64_t> members; ///< of the etcd beside it, if there is one
};

/// Why it cannot become what is wanted: another store would start empty (CH6403), and versions go up one minor at a time (CH6404 the
/// chart, CH6405 Kubernetes). Nothing is lost by asking again later.
std::optional<plan::Problem> refusedChange(const Description& wanted, const Installed& there, const Surroundings& around);

} // namespace chasi::vcluster
