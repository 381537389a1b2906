// The wall around ANTLR: the only thing that knows it is antlr_wall.cpp. Nothing is thrown over it. Callers hold the
// parser lock (see parse.cpp), because the tables behind all parsers are shared.
#pragma once

#include "compiler/syntax/concrete.h"
#include "compiler/syntax/decisions.h"
#include "compiler/syntax/token_table.h"

namespace chasi::syntax {

/// The tokens that the grammar's lexer finds. There may be gaps: a comment without end is not a token. When the runtime
/// fails, the rest of the text is missing.
std::vector<Token> lexBytes(llvm::StringRef text, const TokenTable& table = TokenTable(learnedTokens()));
/// All that the lexer does, for `TokenTable`. Empty when it does not fit.
std::string lexerTable();

/// Parses lists of items, one after the other, with the same tables.
class GrammarParser {
public:
  explicit GrammarParser(llvm::StringRef decisions = learnedDecisions());
  ~GrammarParser();

  /// Appends the concrete syntax of a `file` made of these tokens; indices count from the first of them. Problems come
  /// in order. First a quick attempt that gives up at the first mistake, then, unless `quickOnly`, a careful one that
  /// reports and goes on. False when there was a mistake and nothing was appended.
  bool parse(llvm::ArrayRef<ParserToken> tokens, bool quickOnly, std::vector<Concrete>& out,
             llvm::function_ref<void(const Problem&)> report);

  /// What all parsers of this process have found out so far, for `Decisions`.
  std::string decisions() const;

  struct Impl;

private:
  std::unique_ptr<Impl> impl_;
};

} // namespace chasi::syntax
