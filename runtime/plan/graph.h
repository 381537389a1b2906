// The graph of operations: what must come before what.
#pragma once

#include "runtime/plan/network_policy.h"
#include "runtime/plan/operation.h"

#include <llvm/Support/Error.h>
#include <llvm/Support/raw_ostream.h>

#include <string>
#include <vector>

namespace chasi::plan {

/// For each operation those that need it, in ascending order. `needs` must be in range.
std::vector<std::vector<uint32_t>> dependants(const std::vector<Operation>& operations);

/// Every operation after what it needs; of those that could come next, the one that stands first. Fails with CH6003 and
/// the cycle in words, or CH6004 for an index out of range.
llvm::Expected<std::vector<uint32_t>> topologicalOrder(const std::vector<Operation>& operations);

/// Length of the longest way to an operation without needs. The graph must have no cycle.
std::vector<uint32_t> levels(const std::vector<Operation>& operations);

/// Unique ids, declared targets, needs that exist, no cycle, no waves that wait for each other.
llvm::Error validate(const Desired& desired);

enum class GraphFormat : uint8_t { Dot, Mermaid, Svg, Json };
/// CH6005 for a format that is not drawn.
llvm::Expected<GraphFormat> graphFormat(llvm::StringRef name);
/// Operations grouped by declaration, with an edge from each to what it needs, and a dashed one for each link.
void printGraph(const Desired& desired, const std::vector<Link>& links, GraphFormat format, llvm::raw_ostream& out);

} // namespace chasi::plan
