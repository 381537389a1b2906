// Reads and writes the inventory of a run. Both happen under the lock.
#pragma once

#include "runtime/engine/run.h"

namespace chasi::engine {

/// Reads what is stored now: another run may have ended since the comparison. Runs the loop.
llvm::Error readStored(Run& run, SiteRun& site);

/// Before the first change: everything that may exist after it is on record, so that a run that dies here leaves nothing that is
/// not known. Writes only when that is more than what is stored. Runs the loop.
llvm::Error writeSuperset(Run& run, SiteRun& site);

/// After the last change: what is there, with the stamps that make the next comparison cheap; nothing is dropped that was not seen to
/// be gone. An empty inventory is deleted. Runs the loop.
llvm::Error writeFinal(Run& run, SiteRun& site);

} // namespace chasi::engine
