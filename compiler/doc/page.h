// What all HTML pages have in common: the head with its styles, for light and dark, and the end.
#pragma once

#include <llvm/ADT/StringRef.h>
#include <llvm/Support/raw_ostream.h>

namespace chasi::doc {

/// Up to the beginning of the body; a `<nav>` and a `<main>` follow.
void beginPage(llvm::StringRef title, llvm::raw_ostream& out);
/// Ends the `<main>` as well.
void endPage(llvm::raw_ostream& out);

} // namespace chasi::doc
