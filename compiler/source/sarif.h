// SARIF of several sets of diagnostics, each with its own texts, as one run.
#pragma once

#include "compiler/source/diagnostic.h"

namespace chasi::source {

struct SarifPart {
  const Diagnostics& diagnostics;
  const SourceSet& sources;
  std::string test; ///< the title of the test that they come from
};

/// Each result names its test: in the message, and as the property `test` (3.8).
void printSarifParts(llvm::ArrayRef<SarifPart> parts, llvm::raw_ostream& out);

} // namespace chasi::source
