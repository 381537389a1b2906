// `chasic explain VALUE [PATH]`: what a value is and where it comes from, for people and as JSON.
#pragma once

#include "compiler/driver/terminal.h"

namespace chasi::driver {

int explainValue(const Invocation& invocation, const Terminal& terminal);

} // namespace chasi::driver
