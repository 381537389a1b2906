#include "compiler/syntax/unfinished.h"

#include "compiler/syntax/lex.h"

namespace chasi::syntax {

namespace {

bool isBetween(TokenKind kind) {
  return kind == TokenKind::Whitespace || kind == TokenKind::NewLine || kind == TokenKind::DocComment || kind == TokenKind::LineComment ||
         kind == TokenKind::BlockComment || kind == TokenKind::EndOfFile;
}

/// Something must follow it.
bool wantsMore(TokenKind kind) {
  switch (kind) {
  case TokenKind::Assign: case TokenKind::PlusAssign: case TokenKind::Equal: case TokenKind::NotEqual: case TokenKind::LessEqual:
  case TokenKind::GreaterEqual: case TokenKind::Less: case TokenKind::FatArrow: case TokenKind::Arrow: case TokenKind::Plus:
  case TokenKind::Minus: case TokenKind::Star: case TokenKind::Slash: case TokenKind::Not: case TokenKind::And: case TokenKind::Or:
  case TokenKind::Bar: case TokenKind::Coalesce: case TokenKind::OptDot: case TokenKind::Range: case TokenKind::RangeUntil: case TokenKind::Dot:
  case TokenKind::Colon: case TokenKind::Comma: case TokenKind::Else: case TokenKind::In: case TokenKind::Spread: return true;
  default: return false;
  }
}

} // namespace

bool isUnfinished(llvm::StringRef text) {
  source::Diagnostics diagnostics;
  Reporter reporter(diagnostics, 0, 1000);
  const std::vector<Token> tokens = lex(text, reporter);
  for (const source::Diagnostic& d : diagnostics.all())
    if (d.code == source::Code::UnterminatedComment) return true;
  int open = 0;
  TokenKind last = TokenKind::EndOfFile, string = TokenKind::StringOpen;
  for (const Token& t : tokens) {
    switch (t.kind) {
    case TokenKind::BraceOpen: case TokenKind::BracketOpen: case TokenKind::ParenOpen: case TokenKind::InterpOpen: ++open; break;
    case TokenKind::BraceClose: case TokenKind::BracketClose: case TokenKind::ParenClose: --open; break;
    case TokenKind::MultiOpen: ++open, string = t.kind; break;
    case TokenKind::StringOpen: string = t.kind; break; // ends with its line, closed or not
    case TokenKind::StringClose: open -= string == TokenKind::MultiOpen, string = TokenKind::StringOpen; break;
    case TokenKind::RawOpen: // r"…" ends with its line, r#"…"# may go on
      if (text.slice(t.begin, t.end).contains('#')) ++open, string = TokenKind::MultiOpen;
      break;
    default: break;
    }
    if (!isBetween(t.kind)) last = t.kind;
  }
  return open > 0 || (open == 0 && wantsMore(last));
}

} // namespace chasi::syntax
