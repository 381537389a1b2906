// Environments stand on each other in a line: which one a file extends.
#pragma once

#include "compiler/sema/program.h"

namespace chasi::sema {

/// What the lowest of `program.layers` extends: the name of one of `environments`, or "" when it stands on none, or on one
/// that is there already. Reports what is wrong about how it says so.
std::string environmentBelow(Program& program, const std::map<std::string, std::string>& environments);

} // namespace chasi::sema
