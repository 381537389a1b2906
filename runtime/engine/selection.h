// A part of a plan: what was chosen by name, with all that it needs. The rest stays in the plan, and is left out of the run.
#pragma once

#include "runtime/plan/plan.h"

#include <llvm/Support/Error.h>

#include <string>
#include <vector>

namespace chasi::engine {

/// Each is the id of an operation, a declaration ("system.shop"), a cluster ("cluster.east"), or one of these with `*` and `?`.
struct Selection {
  std::vector<std::string> only;    ///< empty: everything
  std::vector<std::string> exclude; ///< not these, and nothing that needs a change of theirs
  bool empty() const { return only.empty() && exclude.empty(); }
};

/// Leaves out what is not selected. In a plan of a destroy, what needs a selected operation of `described` goes with it; otherwise
/// `described` is the plan's own desired state. CH6226 for a pattern that fits nothing.
llvm::Error select(plan::Plan& plan, const Selection& selection, const plan::Desired& described);

} // namespace chasi::engine
