// Trees as bytes, so that the standard library is parsed at build time and mapped at run time.
#pragma once

#include "compiler/syntax/tree.h"

#include <llvm/Support/Error.h>

#include <string>

namespace chasi::syntax {

/// For the same build of the program only: the bytes carry the layout of this version's nodes, little-endian.
std::string toBytes(const Tree& tree);

/// `text` is what the tree was parsed from, now at `base`; the tree refers to it. Fails when the bytes were made by
/// another version, from another text, or are damaged: whatever they hold, the result is safe to walk.
llvm::Expected<Tree> fromBytes(llvm::StringRef bytes, llvm::StringRef text, uint32_t base);

} // namespace chasi::syntax
