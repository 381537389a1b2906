// Rollouts: which declarations change in which wave.
#pragma once

#include "compiler/eval/evaluator.h"
#include "runtime/plan/operation.h"

namespace chasi::lower {

/// What std.core's `rollout` planned; a tenant brings its systems with it. `name` and `source` are left to the caller. Without waves when it
/// could not be worked out, which was reported.
plan::Rollout readRollout(eval::Evaluator& evaluator, sema::Record& rollout);

} // namespace chasi::lower
