// One operation of a plan as JSON: plan files and recorded states share it.
#pragma once

#include "runtime/plan/json_view.h"
#include "runtime/plan/plan.h"

namespace chasi::plan {

/// Data of Secrets is left out. `desired` names what the operation needs.
void writeOperation(llvm::raw_ostream& out, const Desired& desired, const Operation& op, const Step& step);
/// All but `needs`, which the caller finds by their ids. CH6001 for what is none.
llvm::Error readOperation(JsonValue value, Operation& op, Step& step);

} // namespace chasi::plan
