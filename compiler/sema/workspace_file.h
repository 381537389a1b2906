// What workspace.chasi says of the workspace as a whole. What it says about packages is read by compiler/package, the switches by lint.
#pragma once

#include "compiler/sema/program.h"

namespace chasi::sema {

/// Reports what is wrong with the edition and the name, and what does not belong there.
void checkWorkspaceFile(Program& program, const File& file);

} // namespace chasi::sema
