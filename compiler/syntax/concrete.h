// What stands between the token list and the tree: the tokens as the grammar sees them, and the concrete syntax as the
// grammar's rules cut it, flat and in pre-order. Internal to this room; knows nothing of ANTLR.
#pragma once

#include "compiler/syntax/tree.h"

#include <llvm/ADT/STLFunctionalExtras.h>

#include <bitset>
#include <memory>

namespace chasi::syntax {

enum class Rule : uint8_t {
#define CHASI_RULE(name) name,
#include "compiler/syntax/rules.def"
#undef CHASI_RULE
  Token, ///< not a rule: a single token
};

/// A token as the grammar sees it. Brackets are always balanced here.
struct ParserToken {
  uint32_t token;     ///< index in the token list; for a virtual one, of the token before it
  TokenKind type;     ///< may differ from the kind of the token: a `{` that opens a body, a keyword used as a name
  uint8_t flags;      ///< ParserTokenFlag bits
  uint16_t depth;     ///< brackets around it; an opening and its closing bracket have the same
};

enum ParserTokenFlag : uint8_t {
  kVirtual = 1, ///< a missing bracket, put in
  kDamaged = 2, ///< a mistake was reported here already
};

/// One rule with everything below it, or one token.
struct Concrete {
  Rule rule;
  uint8_t flags; ///< ConcreteFlag bits
  uint32_t at;   ///< index of the first parser token (the token itself for Rule::Token)
  uint32_t end;  ///< index after the last Concrete below this one
};

enum ConcreteFlag : uint8_t {
  kFailed = 1,  ///< the rule could not be completed
  kSkipped = 2, ///< the token was passed over while recovering
};

/// What the parser saw when it could not go on.
struct Problem {
  uint32_t at;               ///< index of the parser token that does not fit
  std::vector<Rule> rules;   ///< innermost first
  std::bitset<128> expected; ///< by TokenKind
};

/// An opening bracket of any kind, `"` and `${` not included.
constexpr bool isOpening(TokenKind t) {
  return t == TokenKind::BraceOpen || t == TokenKind::BodyOpen || t == TokenKind::BracketOpen ||
         t == TokenKind::ParenOpen || t == TokenKind::LambdaOpen || t == TokenKind::FnTypeOpen;
}
constexpr bool isClosing(TokenKind t) {
  return t == TokenKind::BraceClose || t == TokenKind::BracketClose || t == TokenKind::ParenClose ||
         t == TokenKind::StringClose;
}
constexpr bool isStringOpening(TokenKind t) {
  return t == TokenKind::StringOpen || t == TokenKind::MultiOpen || t == TokenKind::RawOpen;
}
/// Everything that the grammar does not see: spaces, comments, and characters that were reported and dropped.
bool isTrivia(TokenKind t);
/// Words that are reserved wherever a name may stand.
constexpr bool isKeyword(TokenKind t) { return t >= TokenKind::Import && t <= TokenKind::Unset; }
/// Words with a meaning at one place only; names elsewhere.
constexpr bool isWord(TokenKind t) { return t >= TokenKind::Edition && t <= TokenKind::Identifier; }

} // namespace chasi::syntax
