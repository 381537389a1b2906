// `chasic explain isolation TENANT [PATH]`: who reaches a tenant's components, worked out from the policies that would be
// applied, and what else keeps the tenant apart.
#pragma once

#include "compiler/driver/terminal.h"

namespace chasi::driver {

int explainIsolation(const Invocation& invocation, const Terminal& terminal);

} // namespace chasi::driver
