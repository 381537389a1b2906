// Who uses a function or a kind, and what it uses itself.
#pragma once

#include "compiler/lsp/names.h"

namespace chasi::lsp {

struct Call {
  const sema::Symbol* symbol = nullptr; ///< the one on the other side
  std::vector<source::Span> places;
};
/// The function or kind at a place, or null.
const sema::Symbol* callableAt(const Snapshot& snapshot, uint32_t address);
/// Names of a module that call it, and where.
std::vector<Call> callers(const Snapshot& snapshot, const sema::Symbol& of);
/// Functions and kinds that are named inside of it.
std::vector<Call> callees(const Snapshot& snapshot, const sema::Symbol& of);
/// Where the kind at a place is lowered; invalid when it is none or becomes nothing.
source::Span loweringAt(const Snapshot& snapshot, uint32_t address);

} // namespace chasi::lsp
