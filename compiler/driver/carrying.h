// Carries a plan out for people and pipelines: shows it, asks, applies it, tells of it while it happens and afterwards.
#pragma once

#include "compiler/driver/planning.h"
#include "compiler/driver/terminal.h"

namespace chasi::driver {

/// Returns the exit code. `verb` begins the question: "Apply". Without changes nobody is asked.
int carryOut(plan::Plan& plan, Session& session, const Invocation& invocation, const Terminal& terminal, bool json, const char* verb);

/// What a plan with problems ends with: 4 when registries that do not answer are all of them, as with clusters.
int exitOfProblems(const plan::Plan& plan, int otherwise);

} // namespace chasi::driver
