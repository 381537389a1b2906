// What history, rollback and unlock go by: the specification, and where it does not compile, what the clusters have recorded themselves.
#pragma once

#include "compiler/driver/planning.h"
#include "runtime/engine/history.h"

namespace chasi::driver {

struct Records {
  std::unique_ptr<Session> session;
  plan::Desired described; ///< workspace, environment and clusters; the operations only where the specification compiles
  bool alone = false;      ///< nobody vouches for the specification: all that is known of clusters may come from their records
};

/// Reads the specification that the word names, or none with --workspace. One that is wrong is told of and gives its name and what clusters
/// can be read of it. Nothing when there is no way to any cluster (CH6232), or nothing to read; everything was printed then.
std::optional<Records> openRecords(const Invocation& invocation, const Terminal& terminal, int& exit, bool json, size_t word);

/// The run with that id, or for none the one before the last that succeeded.
llvm::Expected<const engine::RunRecord*> chosenRun(const engine::History& history, const std::string& id);

/// The history of all clusters. Of records alone, the newest one and the chosen one tell of clusters that the sources did not.
llvm::Expected<engine::History> readHistory(Records& records, const Invocation& invocation, const std::string& id);

/// CH6233 where nothing but the record says which environment a run was of, and the command line does not say the same.
llvm::Error checkEnvironment(const Records& records, const engine::RunRecord& run);

} // namespace chasi::driver
