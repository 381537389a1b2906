// Which bracket belongs to which, also where some are missing or too many.
#pragma once

#include "compiler/syntax/reporter.h"

namespace chasi::syntax {

/// A change that makes the brackets of a token list balanced.
struct Repair {
  uint32_t before;  ///< index of the token that a closing one is put in front of; or the token that is dropped
  uint32_t opening; ///< index of the token that gets its partner; unused for a dropped one
  bool drop;
};

struct Balance {
  std::vector<Repair> repairs; ///< by position
  /// Index of the first bracket that stands deeper than the limit, or the number of tokens.
  uint32_t tooDeep;
};

/// Finds and reports missing and stray brackets and strings without end (CH1008, CH1002). Where brackets do not match,
/// the indentation of lines decides which one is missing, since that is what a person looks at.
Balance balance(llvm::StringRef text, llvm::ArrayRef<Token> tokens, uint32_t maxDepth, Reporter& reporter);

/// The kind of token that closes this opening one.
TokenKind closingOf(TokenKind opening);

} // namespace chasi::syntax
