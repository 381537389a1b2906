// A new name for what stands at a place.
#pragma once

#include "compiler/lsp/names.h"

namespace chasi::lsp {

/// Why what is declared there cannot be called that; empty when it can. An empty name asks whether it can be renamed at all.
std::string refusal(const Snapshot& snapshot, const sema::Use& use, llvm::StringRef name);
/// Replacements in this program; of an import without `as` the new name is put behind it.
std::vector<source::Edit> rename(const Snapshot& snapshot, const sema::Use& use, llvm::StringRef name);

} // namespace chasi::lsp
