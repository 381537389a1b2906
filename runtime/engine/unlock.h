// Locks as people see and break them.
#pragma once

#include "runtime/engine/connections.h"
#include "runtime/engine/engine.h"

#include <llvm/Support/Error.h>

#include <string>
#include <vector>

namespace chasi::engine {

struct HeldLock {
  std::string target;  ///< the first of the cluster
  std::string holder;  ///< "user@host/pid/run"
  std::string since, renewed;
  int64_t seconds = 0; ///< without renewal for so long, it expires
  bool ended = false;  ///< the holder was a process of this machine, and is no more
  std::string uid, version;
};

/// The locks of the workspace, on each cluster that can be asked; `missing` gets the others. An error when there is none.
llvm::Expected<std::vector<HeldLock>> heldLocks(const plan::Desired& desired, Connections& connections, std::vector<LeftOutTarget>& missing);

/// Deletes it, unless it was renewed or taken since (CH6230). Its holder notices before it writes again.
llvm::Error breakLock(const HeldLock& lock, const plan::Desired& desired, Connections& connections);

} // namespace chasi::engine
