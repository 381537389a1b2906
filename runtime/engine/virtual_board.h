// Takes a virtual cluster that began to run into a run that is under way.
#pragma once

#include "runtime/engine/run.h"

namespace chasi::engine {

/// Loads the cluster of a target that is open by now, compares what goes inside when the plan could not, and locks it when something
/// changes. What nothing describes any more stays until a plan has shown it. Runs the loop; not from within it.
llvm::Error board(Run& run, const std::string& target);

/// Takes the lock of one cluster and reads the inventory under it. Runs the loop.
llvm::Error lockSite(Run& run, SiteRun& site);

/// CH6201 when the site is another cluster than the plan was made for.
llvm::Error checkPin(const plan::Plan& plan, const plan::Target& target, const Site& site);

} // namespace chasi::engine
