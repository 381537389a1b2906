// What the API server checks between the fields of one workload, and the types do not say.
#pragma once

#include "compiler/lower/lower.h"

namespace chasi::lower {

/// Checks the pods of workloads: names that must be unique, volumes that must be there, limits, labels, restart policies. What is not
/// known before applying counts as right. Reports CH5001 at the value. Time: linear in the objects.
void checkPods(sema::Program& program, eval::Evaluator& evaluator, const std::vector<Draft>& drafts, const std::vector<plan::Operation>& operations);

} // namespace chasi::lower
