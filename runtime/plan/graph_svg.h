// Draws the graph: a band for each cluster, a box for each declaration with its operations, a curve to each that it needs.
#pragma once

#include "runtime/plan/network_policy.h"

#include <llvm/Support/raw_ostream.h>

namespace chasi::plan {

/// `rows`: what is written for each operation. Links are dashed, once for each pair of declarations.
void printGraphSvg(const Desired& desired, const std::vector<Link>& links, const std::vector<std::string>& rows, llvm::raw_ostream& out);

} // namespace chasi::plan
