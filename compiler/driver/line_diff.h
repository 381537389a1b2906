// What changed between two texts, line by line, as `diff -u` shows it.
#pragma once

#include <llvm/ADT/StringRef.h>

#include <string>

namespace chasi::driver {

/// A unified diff with three lines around each change; "" when nothing changed. `color` paints it for a terminal.
std::string lineDiff(const std::string& name, llvm::StringRef before, llvm::StringRef after, bool color);

} // namespace chasi::driver
