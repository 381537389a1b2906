#include "compiler/syntax/lex.h"

#include "compiler/syntax/antlr_wall.h"

namespace chasi::syntax {

using source::Code;

bool isTrivia(TokenKind t) {
  switch (t) {
  case TokenKind::Whitespace:
  case TokenKind::NewLine:
  case TokenKind::DocComment:
  case TokenKind::LineComment:
  case TokenKind::HashComment:
  case TokenKind::BlockComment:
  case TokenKind::Semicolon:
  case TokenKind::NonAscii:
  case TokenKind::BadByte: return true;
  default: return false;
  }
}

namespace {

class Lexing {
public:
  Lexing(llvm::StringRef text, Reporter& reporter) : text_(text), reporter_(reporter) {}

  std::vector<Token> run() {
    // A byte order mark is what some editors leave; it is not part of the language.
    const uint32_t start = text_.starts_with("\xEF\xBB\xBF") ? 3 : 0;
    if (start) push(0, start, TokenKind::Whitespace);
    const std::vector<Token> raw = lexBytes(text_.drop_front(start));
    out_.reserve(raw.size() + 16);
    for (const Token& token : raw) {
      gap(token.begin + start);
      add({token.begin + start, token.end + start, token.kind, 0, 0});
    }
    gap(static_cast<uint32_t>(text_.size()));
    push(covered_, covered_, TokenKind::EndOfFile);
    return std::move(out_);
  }

private:
  void push(uint32_t begin, uint32_t end, TokenKind kind) {
    out_.push_back({begin, end, kind, 0, 0});
    covered_ = end;
  }

  llvm::StringRef textOf(const Token& t) const { return text_.slice(t.begin, t.end); }

  /// Text that no token covers: only a comment without end leaves any.
  void gap(uint32_t until) {
    if (covered_ >= until) return;
    const uint32_t begin = covered_;
    push(begin, until, TokenKind::BlockComment);
    if (auto* d = reporter_.report(Code::UnterminatedComment, reporter_.span(begin, begin + 2), "this comment has no end"))
      d->mark("begins here").hint("close it with `*/`; nested comments need one each");
  }

  void add(const Token& token) {
    switch (token.kind) {
    case TokenKind::TextNewLine: push(token.begin, token.end, TokenKind::NewLine); return;
    case TokenKind::StringText:
      if (!out_.empty() && out_.back().kind == TokenKind::StringText) {
        out_.back().end = covered_ = token.end;
        return;
      }
      break;
    case TokenKind::RawString: addRaw(token, true); return;
    case TokenKind::RawUnterminated: addRaw(token, false); return;
    case TokenKind::QuotedText: addQuoted(token); return;
    case TokenKind::HashComment: addHash(token); return;
    case TokenKind::Int:
      if (textOf(token).size() > 1 && textOf(token)[0] == '0' && textOf(token).find_first_of("xX") == llvm::StringRef::npos) {
        badNumber(token, "a number does not begin with 0").hint("write the digits without it, or a text in quotes");
        return;
      }
      break;
    case TokenKind::BadNumber:
      badNumber(token, fmt::format("`{}` is not a number", textOf(token).str()))
          .hint(fmt::format("versions and addresses are texts: \"{}\"", textOf(token).str()));
      return;
    case TokenKind::Semicolon:
      if (auto* d = reporter_.report(Code::UnexpectedToken, reporter_.span(token), "`;` is not used in chasi"))
        d->hint("a line break ends a statement, `,` separates members on one line").sureFix("remove `;`", reporter_.span(token), "");
      break;
    case TokenKind::Ampersand:
      if (auto* d = reporter_.report(Code::BadCharacter, reporter_.span(token), "`&` is not an operator"))
        d->hint("`&&` is the logical and").sureFix("write `&&`", reporter_.span(token), "&&");
      break;
    case TokenKind::NonAscii:
    case TokenKind::BadByte: badCharacter(token); break;
    default: break;
    }
    push(token.begin, token.end, token.kind);
  }

  /// `r"…"` is one token to the grammar's lexer, because its end depends on its beginning.
  void addRaw(const Token& token, bool closed) {
    const auto quote = static_cast<uint32_t>(textOf(token).find('"'));
    const uint32_t open = token.begin + quote + 1;
    const uint32_t close = closed ? token.end - quote : token.end;
    push(token.begin, open, TokenKind::RawOpen);
    if (open < close) push(open, close, TokenKind::StringText);
    if (closed) push(close, token.end, TokenKind::StringClose);
  }

  void addQuoted(const Token& token) {
    const llvm::StringRef inner = textOf(token).drop_front().drop_back();
    if (auto* d = reporter_.report(Code::BadCharacter, reporter_.span(token), "texts are written in double quotes")) {
      d->hint("write `\"…\"`");
      if (!inner.contains('"')) d->sureFix("use double quotes", reporter_.span(token), fmt::format("\"{}\"", inner.str()));
    }
    push(token.begin, token.begin + 1, TokenKind::StringOpen);
    if (!inner.empty()) push(token.begin + 1, token.end - 1, TokenKind::StringText);
    push(token.end - 1, token.end, TokenKind::StringClose);
  }

  void addHash(const Token& token) {
    push(token.begin, token.end, TokenKind::LineComment);
    if (token.begin == 0 && textOf(token).starts_with("#!")) return; // how a script says what runs it
    const source::Span mark = reporter_.span(token.begin, token.begin + 1);
    if (auto* d = reporter_.report(Code::BadCharacter, mark, "comments begin with `//`"))
      d->hint("write `//` instead of `#`").sureFix("write `//`", mark, "//");
  }

  source::Diagnostic& badNumber(const Token& token, std::string message) {
    push(token.begin, token.end, TokenKind::BadNumber);
    if (auto* d = reporter_.report(Code::BadNumber, reporter_.span(token), std::move(message))) return *d;
    return silent_;
  }

  /// One report a line: where there is one, there are many.
  void badCharacter(const Token& token) {
    const llvm::StringRef between = text_.slice(lastBad_, token.begin);
    const bool sameLine = anyBad_ && !between.contains('\n');
    anyBad_ = true;
    lastBad_ = token.end;
    if (sameLine) return;
    const llvm::StringRef bad = textOf(token);
    const source::Span at = reporter_.span(token);
    const unsigned char first = static_cast<unsigned char>(bad[0]);
    if (first < 0x20 || first == 0x7f) {
      reporter_.report(Code::BadCharacter, at, fmt::format("a control character (U+{:04X}) has no place in a text file", first));
    } else if (bad.starts_with("\xE2\x80\x9C") || bad.starts_with("\xE2\x80\x9D") || bad.starts_with("\xE2\x80\x9E")) {
      if (auto* r = reporter_.report(Code::BadCharacter, at, "these are typographic quotes")) r->hint("write plain ones: \"");
    } else if (bad.starts_with("\xC2\xA0") || bad.starts_with("\xE2\x80\x8B") || bad.starts_with("\xEF\xBB\xBF")) {
      if (auto* r = reporter_.report(Code::BadCharacter, at, "an invisible character")) r->hint("remove it, or write a plain space");
    } else if (first >= 0x80) {
      if (auto* r = reporter_.report(Code::BadCharacter, at, fmt::format("`{}` is not part of any name", bad.str())))
        r->hint("names are made of a-z, A-Z, 0-9 and _; other characters stand in texts and comments");
    } else if (first == '\'') {
      if (auto* r = reporter_.report(Code::BadCharacter, at, "a single quote begins nothing")) r->hint("texts are written in double quotes");
    } else {
      reporter_.report(Code::BadCharacter, at, fmt::format("`{}` begins nothing in chasi", bad.str()));
    }
  }

  llvm::StringRef text_;
  Reporter& reporter_;
  std::vector<Token> out_;
  uint32_t covered_ = 0;
  uint32_t lastBad_ = 0;
  bool anyBad_ = false;
  source::Diagnostic silent_{};
};

} // namespace

std::vector<Token> lex(llvm::StringRef text, Reporter& reporter) { return Lexing(text, reporter).run(); }

} // namespace chasi::syntax
