// From bytes to a tree. Always gives a tree; what could not be read is reported and stands in it as Error nodes.
#pragma once

#include "compiler/source/diagnostic.h"
#include "compiler/syntax/tree.h"

namespace chasi::syntax {

struct ParseLimits {
  /// Brackets, interpolations and prefix operators inside each other. Deeper items are dropped with CH1007.
  uint32_t depth = 200;
  /// Nodes inside each other, left-leaning chains such as `a + b + c …` included: what a walk over a tree may rely on.
  uint32_t nodeDepth = 1000;
  /// Errors reported for one file; then CH1009 and silence.
  uint32_t errors = 100;
};

/// Reports CH0003 and CH1xxx. The tree refers to the text in `sources`. Thread-safe as far as `sources` is; calls take
/// turns, because the parser's tables are shared. Throws nothing. Linear in the size of the file.
Tree parse(const source::SourceSet& sources, source::FileId file, source::Diagnostics& diagnostics,
           const ParseLimits& limits = {});

} // namespace chasi::syntax
