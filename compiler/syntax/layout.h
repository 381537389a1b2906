// The pass between lexer and parser. It decides what a grammar can only decide with pain, so that the grammar stays small:
//  - which line breaks end something (`Separator`): the one before must be able to end a statement, the next must not
//    continue it (`.` `?.` `??` `&&` `||` `|` `:` `->`, `else` after `}`, `where`, `extends`); inside ( ) and ${ } none does;
//  - which `{` opens the body of `if`, `for`, `match` (`BodyOpen`): the first one outside brackets after such a word;
//  - which `(` begins the parameters of a lambda or of a function type;
//  - which keywords are names: after a dot, and before `=`, `:`, `+=` where a member begins.
// It also cuts the file into items, so that a mistake in one never touches another.
#pragma once

#include "compiler/syntax/brackets.h"
#include "compiler/syntax/concrete.h"

namespace chasi::syntax {

/// The tokens of one item (or of several on one line).
struct Chunk {
  uint32_t begin; ///< index of the first parser token
  uint32_t end;
  bool tooDeep; ///< reported; not to be parsed
  bool damaged; ///< brackets were repaired in it: what does not fit there needs no second report
};

struct Layout {
  std::vector<ParserToken> tokens;
  std::vector<Chunk> chunks;
};

/// Reports CH1007 once when something is nested deeper than `maxDepth`.
Layout layOut(llvm::ArrayRef<Token> tokens, const Balance& balance, uint32_t maxDepth, Reporter& reporter);

} // namespace chasi::syntax
