// What the API server asks of rights, services and claims, and the types do not say.
#pragma once

#include "compiler/lower/lower.h"

namespace chasi::lower {

/// Roles whose rules grant something, subjects that can be found, services with ports, claims with a size. What is not known before
/// applying counts as right. Reports CH5001 at the value. Time: linear in the objects.
void checkRules(sema::Program& program, eval::Evaluator& evaluator, const std::vector<Draft>& drafts, const std::vector<plan::Operation>& operations);

} // namespace chasi::lower
