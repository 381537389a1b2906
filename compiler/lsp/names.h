// From a name in the text to what it stands for, and back.
#pragma once

#include "compiler/lsp/snapshot.h"

namespace chasi::lsp {

/// What stands at an address: the name under it, or the one that ends there.
std::optional<sema::Use> useAt(const Snapshot& snapshot, uint32_t address);
/// The name where it is declared; invalid for what the language itself gives.
source::Span declarationOf(const Snapshot& snapshot, const sema::Use& use);
/// Every place that stands for what is declared there, the declaration included, in source order.
std::vector<source::Span> placesOf(const Snapshot& snapshot, source::Span declaration);
/// The field that a use is of, or null.
const sema::Field* fieldOf(const sema::Use& use);
/// Where the type of what stands at a place is declared.
source::Span typeDeclarationOf(const Snapshot& snapshot, const sema::Use& use);

} // namespace chasi::lsp
