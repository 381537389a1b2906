// Which changes make pods anew: people want to know before they agree.
#pragma once

#include "runtime/plan/plan.h"

namespace chasi::engine {

/// Whether the controller of a living workload replaces its pods because of this step: its pod template changes, and it is none that waits
/// for somebody to delete them.
bool makesPodsAnew(const plan::Operation& op, const plan::Step& step);

/// Says so in the reason of each such step.
void tellRestarts(plan::Plan& plan);

} // namespace chasi::engine
