// Questions that somebody asks a compiled specification, one after the other. None of them changes what is there.
#pragma once

#include "compiler/lower/compile.h"

namespace chasi::lower {

/// The value of an expression as JSON; otherwise nothing, and what is wrong with it, alone, in `diagnostics`. Nothing without
/// a diagnostic: it needs something that was found wrong while compiling.
std::optional<std::string> evaluateAlone(Compiled& compiled, const std::string& expression, source::Diagnostics& diagnostics);

/// The type of an expression as people write it; likewise.
std::optional<std::string> typeOf(Compiled& compiled, const std::string& expression, source::Diagnostics& diagnostics);

/// What can stand at the end of a line in place of its last word: names behind a name, members behind a dot. Each begins
/// with that word; sorted, without repetitions.
struct Completion {
  std::string word;
  std::vector<std::string> candidates;
};
Completion complete(Compiled& compiled, llvm::StringRef line);

} // namespace chasi::lower
