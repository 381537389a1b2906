// The token list of a file: lossless, the end of the file last.
#pragma once

#include "compiler/syntax/reporter.h"

namespace chasi::syntax {

/// Every byte is in exactly one token. Reports what no token begins with, comments without end, bad numbers and the
/// habits of other languages (`;`, `#`, `'text'`); strings without end are left to balance(). `text` is valid UTF-8.
std::vector<Token> lex(llvm::StringRef text, Reporter& reporter);

} // namespace chasi::syntax
