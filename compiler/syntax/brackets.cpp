#include "compiler/syntax/brackets.h"

#include "compiler/syntax/concrete.h"

namespace chasi::syntax {

using source::Code;

TokenKind closingOf(TokenKind opening) {
  switch (opening) {
  case TokenKind::BracketOpen: return TokenKind::BracketClose;
  case TokenKind::ParenOpen: return TokenKind::ParenClose;
  case TokenKind::StringOpen:
  case TokenKind::MultiOpen:
  case TokenKind::RawOpen: return TokenKind::StringClose;
  default: return TokenKind::BraceClose;
  }
}

namespace {

struct Bracket {
  uint32_t token;
  TokenKind kind;
  bool oneLine;       ///< a string that ends with its line
  uint32_t indent;    ///< of the line that the token stands on
  uint32_t lineBegin; ///< offset of that line
};

struct Finding {
  enum Kind { Unclosed, Stray, Unterminated } kind;
  uint32_t token;
  uint32_t where; ///< Unclosed: the token before which the partner is missed
  uint32_t lineBegin; ///< offset of the line that the token stands on
};

/// How far down the stack a partner is looked for. People forget one bracket, not a hundred.
constexpr size_t kSearch = 64;

class Matching {
public:
  Matching(llvm::StringRef text, llvm::ArrayRef<Token> tokens, uint32_t maxDepth, bool byIndent, bool strays)
      : text_(text), tokens_(tokens), maxDepth_(maxDepth), byIndent_(byIndent), strays_(strays),
        tooDeep(static_cast<uint32_t>(tokens.size())) {}

  std::vector<Repair> repairs;
  std::vector<Finding> findings;

  void run() {
    for (uint32_t i = 0; i < tokens_.size(); ++i) {
      const TokenKind kind = tokens_[i].kind;
      if (kind == TokenKind::NewLine) {
        endLine(i);
        continue;
      }
      if (isTrivia(kind)) continue;
      if (kind == TokenKind::EndOfFile) {
        endFile(i);
        return;
      }
      const bool first = atLineBegin_;
      if (first) indent_ = tokens_[i].begin - lineBegin_;
      atLineBegin_ = false;
      if (first && byIndent_ && !isClosing(kind)) outdent(i);
      if (isOpening(kind) || isStringOpening(kind) || kind == TokenKind::InterpOpen) open(i);
      else if (isClosing(kind)) close(i, first);
      previous_ = i;
    }
  }

private:
  llvm::StringRef text_;
  llvm::ArrayRef<Token> tokens_;
  uint32_t maxDepth_;
  bool byIndent_;
  bool strays_; ///< a match without regard to indentation leaves closing brackets over
  std::vector<Bracket> stack_;
  std::vector<size_t> oneLines_; ///< frames of the stack that end with their line
  uint32_t embedded_ = 0; ///< strings and interpolations on the stack
  uint32_t lineBegin_ = 0;
  uint32_t indent_ = 0;
  uint32_t lineEnd_ = 0; ///< the first line break after the last token
  uint32_t previous_ = 0;
  bool atLineBegin_ = true;

public:
  uint32_t tooDeep;

private:
  void open(uint32_t i) {
    const TokenKind kind = tokens_[i].kind;
    const bool raw = kind == TokenKind::RawOpen && tokens_[i].end - tokens_[i].begin == 2;
    const bool oneLine = kind == TokenKind::StringOpen || raw;
    if (oneLine) oneLines_.push_back(stack_.size());
    stack_.push_back({i, kind, oneLine, indent_, lineBegin_});
    embedded_ += isStringOpening(kind) || kind == TokenKind::InterpOpen;
    if (stack_.size() > maxDepth_ && tooDeep == tokens_.size()) tooDeep = i;
  }

  void pop() {
    const Bracket& top = stack_.back();
    if (top.oneLine) oneLines_.pop_back();
    embedded_ -= isStringOpening(top.kind) || top.kind == TokenKind::InterpOpen;
    stack_.pop_back();
  }

  /// Puts in what closes the top, before token `i`.
  void insert(uint32_t i, bool report) {
    const Bracket& top = stack_.back();
    repairs.push_back({i, top.token, false});
    // Of several that were opened on one line, one report: they are one mistake.
    const bool repeated = !findings.empty() && findings.back().kind != Finding::Stray && findings.back().where == i &&
                          findings.back().lineBegin == top.lineBegin;
    if (report && !repeated) findings.push_back({Finding::Unclosed, top.token, i, top.lineBegin});
    pop();
  }

  void close(uint32_t i, bool first) {
    const TokenKind kind = tokens_[i].kind;
    const bool brace = kind == TokenKind::BraceClose;
    if (byIndent_ && first && brace && embedded_ == 0) {
      // Opened further in than this one stands, and something further out fits: the inner one was forgotten.
      while (stack_.size() > 1 && stack_.back().lineBegin != lineBegin_ && indent_ < stack_.back().indent) insert(lineEnd_, true);
      if (strays_ && !stack_.empty() && indent_ > stack_.back().indent && stack_.back().lineBegin != lineBegin_) {
        drop(i);
        return;
      }
    }
    size_t at = stack_.size();
    const size_t limit = at > kSearch ? at - kSearch : 0;
    while (at > limit) {
      const Bracket& frame = stack_[--at];
      if (closingOf(frame.kind) == kind) {
        while (stack_.size() > at + 1) insert(i, true);
        pop();
        return;
      }
      // Nothing inside a string closes what is around it.
      if (isStringOpening(frame.kind) || (frame.kind == TokenKind::InterpOpen && !brace)) break;
    }
    drop(i);
  }

  void drop(uint32_t i) {
    repairs.push_back({i, 0, true});
    findings.push_back({Finding::Stray, i, i, lineBegin_});
  }

  /// A line that begins no further in than the line of a bracket around it: that bracket was to end before.
  void outdent(uint32_t) {
    while (embedded_ == 0 && !stack_.empty() && stack_.back().lineBegin != lineBegin_ && indent_ <= stack_.back().indent)
      insert(lineEnd_, true);
  }

  void endLine(uint32_t i) {
    if (!oneLines_.empty()) {
      const size_t outermost = oneLines_.front();
      findings.push_back({Finding::Unterminated, stack_[outermost].token, i, stack_[outermost].lineBegin});
      while (stack_.size() > outermost) insert(i, false);
    }
    if (!atLineBegin_) lineEnd_ = i;
    lineBegin_ = tokens_[i].end;
    atLineBegin_ = true;
  }

  void endFile(uint32_t i) {
    if (embedded_ > 0) {
      size_t outermost = 0;
      while (!isStringOpening(stack_[outermost].kind)) ++outermost;
      findings.push_back({Finding::Unterminated, stack_[outermost].token, i, stack_[outermost].lineBegin});
      while (stack_.size() > outermost) insert(i, false);
    }
    while (!stack_.empty()) insert(i, true);
  }
};

std::string opened(TokenKind kind) {
  switch (kind) {
  case TokenKind::BracketOpen: return "[";
  case TokenKind::ParenOpen: return "(";
  case TokenKind::InterpOpen: return "${";
  default: return "{";
  }
}

std::string closed(TokenKind kind) {
  switch (closingOf(kind)) {
  case TokenKind::BracketClose: return "]";
  case TokenKind::ParenClose: return ")";
  default: return "}";
  }
}

void reportFinding(const Finding& f, llvm::StringRef text, llvm::ArrayRef<Token> tokens, Reporter& reporter) {
  const Token& token = tokens[f.token];
  const source::Span at = reporter.span(token);
  if (f.kind == Finding::Unterminated) {
    auto* d = reporter.report(Code::UnterminatedString, at, "this string has no end");
    if (!d) return;
    if (token.kind == TokenKind::StringOpen)
      d->mark("begins here").hint("close it with `\"` on the same line; a text of several lines stands between `\"\"\"`");
    else
      d->mark("begins here").hint(token.kind == TokenKind::MultiOpen ? "close it with `\"\"\"`" : "close it the way it was opened");
  } else if (f.kind == Finding::Stray) {
    if (auto* d = reporter.report(Code::UnmatchedBracket, at, fmt::format("this `{}` closes nothing", text.slice(token.begin, token.end).str())))
      d->hint("remove it, or look for the bracket that it was to close").fix("remove it", at, "");
  } else {
    auto* d = reporter.report(Code::UnmatchedBracket, at, fmt::format("this `{}` is never closed", opened(token.kind)));
    if (!d) return;
    const Token& where = tokens[f.where];
    const source::Span there = reporter.span(where.begin, where.begin);
    d->mark("opened here").hint(fmt::format("close it with `{}`", closed(token.kind)));
    if (where.kind == TokenKind::EndOfFile) d->at(there, "the file ends before that");
    else d->at(there, fmt::format("`{}` seems to be missing here", closed(token.kind)));
  }
}

} // namespace

Balance balance(llvm::StringRef text, llvm::ArrayRef<Token> tokens, uint32_t maxDepth, Reporter& reporter) {
  Matching plain(text, tokens, maxDepth, false, false);
  plain.run();
  if (plain.findings.empty()) return {{}, plain.tooDeep};
  const bool strays = std::any_of(plain.findings.begin(), plain.findings.end(), [](const Finding& f) { return f.kind == Finding::Stray; });
  Matching indented(text, tokens, maxDepth, true, strays);
  indented.run();
  Matching& best = indented.findings.size() <= plain.findings.size() ? indented : plain;
  // Nesting past the limit is one mistake, and what it leaves open is none.
  const bool deep = best.tooDeep < tokens.size();
  for (const Finding& f : best.findings) {
    if (!deep || f.kind == Finding::Unterminated) reportFinding(f, text, tokens, reporter);
  }
  return {std::move(best.repairs), best.tooDeep};
}

} // namespace chasi::syntax
