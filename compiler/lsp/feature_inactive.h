// What the chosen environment leaves out.
#pragma once

#include "compiler/lsp/names.h"

namespace chasi::lsp {

/// Branches of `if` that are not taken, in source order; none lies in another. Around declarations all are known; inside of one those
/// whose condition compares names of the module with what is written there.
std::vector<source::Span> inactive(const Snapshot& snapshot);

} // namespace chasi::lsp
