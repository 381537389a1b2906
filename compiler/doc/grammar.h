// Reads the two grammar files as far as the reference needs them: rules, the words and signs that tokens stand for, and the
// comments above. It is not a reader of every ANTLR grammar; what it cannot read shows as it is written.
#pragma once

#include <llvm/ADT/StringRef.h>

#include <map>
#include <string>
#include <vector>

namespace chasi::doc {

struct GrammarRule {
  std::string name;
  std::string comment;                   ///< the lines directly above
  std::vector<std::string> alternatives; ///< as written, in one line each
};

struct GrammarSection {
  std::string title; ///< of a parser: "expressions"; of a lexer: the comment above the tokens, or empty
  std::vector<GrammarRule> rules;
};

struct Grammar {
  std::vector<GrammarSection> parser, lexer;
  std::map<std::string, std::string> literals; ///< token -> the word or sign that it is, without quotes
  /// Tokens that the pass before the parser makes, and what each is.
  std::vector<std::pair<std::string, std::string>> made;
};

/// The grammar that the program was built from.
Grammar readGrammar();

/// An alternative with words and signs in place of tokens: `"let" name (":" type)? "=" expr`.
std::string readable(const Grammar& grammar, llvm::StringRef alternative);

// Pieces of chapters, as Markdown.
std::string productions(const Grammar& grammar);
std::string operatorTable(const Grammar& grammar);
/// The words of the lexer's section whose comment begins so, each with the rules that use it.
std::string wordTable(const Grammar& grammar, llvm::StringRef comment);
std::string tokenTable(const Grammar& grammar);

} // namespace chasi::doc
