// From what the parser saw to what a person did: one friendly error for a place that does not fit.
#pragma once

#include "compiler/syntax/concrete.h"
#include "compiler/syntax/reporter.h"

namespace chasi::syntax {

/// `chunk` are the tokens that the problem counts in. Says nothing where a mistake was reported already.
void explain(const Problem& problem, llvm::ArrayRef<ParserToken> chunk, llvm::StringRef text, llvm::ArrayRef<Token> tokens,
             Reporter& reporter);

/// What to call a token in a message.
const char* describe(TokenKind kind);

} // namespace chasi::syntax
