#include "compiler/syntax/layout.h"

namespace chasi::syntax {

namespace {

/// A line break after this may end something.
bool canEnd(TokenKind t) {
  switch (t) {
  case TokenKind::Int:
  case TokenKind::Float:
  case TokenKind::Quantity:
  case TokenKind::True:
  case TokenKind::False:
  case TokenKind::StringClose:
  case TokenKind::BraceClose:
  case TokenKind::BracketClose:
  case TokenKind::ParenClose:
  case TokenKind::Question: return true;
  default: return isWord(t);
  }
}

/// A line that begins with this continues the one before.
bool continues(TokenKind t) {
  switch (t) {
  case TokenKind::Dot:
  case TokenKind::OptDot:
  case TokenKind::Coalesce:
  case TokenKind::And:
  case TokenKind::Or:
  case TokenKind::Bar:
  case TokenKind::Arrow:
  case TokenKind::Colon: return true;
  default: return false;
  }
}

/// Keywords that no member begins with, so that `type { … }` can be a field.
bool isFieldKeyword(TokenKind t) {
  return t == TokenKind::Type || t == TokenKind::Import || t == TokenKind::Param || t == TokenKind::Schema ||
         t == TokenKind::Fn || t == TokenKind::In;
}

/// `x[0][0][0]…`: the parser looks ahead over such a row, and the tree holds no more levels anyway.
constexpr uint32_t kMaxRow = 1000;

struct Frame {
  TokenKind kind;
  uint32_t opening;     ///< index of the parser token
  uint32_t openingToken;
  uint32_t headers;     ///< size of headers_ when it was opened
  uint32_t angles;      ///< of the frame around it
  uint32_t weight;      ///< of the frame around it
  uint32_t row;         ///< of the frame around it
  bool loopBody;        ///< taken for the body of a `for` among members; what follows it may prove otherwise
};

class Layer {
public:
  Layer(llvm::ArrayRef<Token> tokens, const Balance& balance, uint32_t maxDepth, Layout& out)
      : tokens_(tokens), balance_(balance), maxDepth_(maxDepth), out_(out) {}

  uint32_t tooDeep = UINT32_MAX; ///< the token where the limit is passed
  uint32_t tooLong = UINT32_MAX; ///< likewise, of a row of brackets

  void run() {
    tooDeep = balance_.tooDeep < tokens_.size() ? balance_.tooDeep : UINT32_MAX;
    for (uint32_t i = 0; i < tokens_.size(); ++i) {
      if (!isTrivia(tokens_[i].kind)) significant_.push_back(i);
    }
    size_t repair = 0;
    size_t next = 0;
    out_.tokens.reserve(significant_.size() + significant_.size() / 4);
    for (uint32_t i = 0; i < tokens_.size(); ++i) {
      bool dropped = false;
      for (; repair < balance_.repairs.size() && balance_.repairs[repair].before == i; ++repair) {
        chunkDamaged_ = true;
        if (balance_.repairs[repair].drop) dropped = true;
        else closeVirtual();
      }
      const TokenKind kind = tokens_[i].kind;
      const bool significant = !isTrivia(kind);
      if (significant) ++next;
      if (kind == TokenKind::EndOfFile) break;
      if (significant && !dropped) add(i, next);
      else trivia(i, kind, dropped);
    }
    endChunk();
  }

private:
  llvm::ArrayRef<Token> tokens_;
  const Balance& balance_;
  uint32_t maxDepth_;
  Layout& out_;
  std::vector<uint32_t> significant_;
  std::vector<Frame> frames_;
  std::vector<uint32_t> headers_; ///< parser tokens of `if`, `for`, `match` whose body has not come yet
  uint32_t lineBreak_ = UINT32_MAX; ///< the first line break since the last token
  uint32_t angles_ = 0;
  uint32_t row_ = 0; ///< brackets behind one another since something was separated
  uint32_t weight_ = 0; ///< how deep the parser would recurse
  uint32_t chunkBegin_ = 0;
  uint32_t lastToken_ = 0;
  bool chunkDamaged_ = false;
  bool chunkTooDeep_ = false;
  bool damaged_ = false;
  enum class Cast : uint8_t { None, Awaited, Named } cast_ = Cast::None; ///< inside the type's name of `x as a.b`

  TokenKind kindAt(size_t significant) const {
    return significant < significant_.size() ? tokens_[significant_[significant]].kind : TokenKind::EndOfFile;
  }
  TokenKind previous() const {
    return out_.tokens.size() == chunkBegin_ ? TokenKind::Separator : out_.tokens.back().type;
  }

  void trivia(uint32_t i, TokenKind kind, bool dropped) {
    if ((kind == TokenKind::NewLine || kind == TokenKind::Semicolon) && lineBreak_ == UINT32_MAX) lineBreak_ = i;
    if (dropped || kind == TokenKind::Semicolon || kind == TokenKind::NonAscii || kind == TokenKind::BadByte) damaged_ = true;
  }

  void emit(TokenKind type, uint32_t token, uint8_t flags) {
    if (damaged_) flags |= kDamaged;
    damaged_ = false;
    out_.tokens.push_back({token, type, flags, static_cast<uint16_t>(std::min<size_t>(frames_.size(), UINT16_MAX))});
    lastToken_ = token;
  }

  // --- line breaks ---------------------------------------------------------------------------------------------------

  /// `next` is the index in significant_ after the token that comes.
  bool separates(TokenKind kind, size_t next) const {
    if (out_.tokens.size() == chunkBegin_) return false;
    if (!frames_.empty()) {
      const TokenKind around = frames_.back().kind;
      if (around == TokenKind::ParenOpen || around == TokenKind::InterpOpen || isStringOpening(around)) return false;
    }
    const TokenKind before = previous();
    if (isOpening(before) || isClosing(kind)) return false;
    const TokenKind after = kindAt(next);
    if (abandons(before, kind, after)) return true;
    const bool typeEnd = before == TokenKind::Greater && closedAngle_;
    if (!canEnd(before) && !typeEnd) return false;
    if (continues(kind)) return false;
    if (kind == TokenKind::Else && before == TokenKind::BraceClose && after != TokenKind::FatArrow) return false;
    const TokenKind first = out_.tokens[chunkBegin_].type;
    if (kind == TokenKind::Where && !startsField(after)) return false;
    // Behind anything but a schema or a kind it begins an item of its own: what an environment stands on.
    const bool schema = !frames_.empty() || first == TokenKind::Schema || first == TokenKind::Kind || first == TokenKind::Deprecated;
    if (kind == TokenKind::Extends && schema && !startsField(after)) return false;
    // The guard of a `for` whose body is still to come.
    if (kind == TokenKind::If && !headersHere().empty() && out_.tokens[headersHere().back()].type == TokenKind::For) return false;
    const bool marks = frames_.empty() && first == TokenKind::Deprecated && (kind == TokenKind::Schema || kind == TokenKind::Kind);
    return !(marks && before == TokenKind::StringClose);
  }

  /// The line before is unfinished, and this one begins something that continues nothing: a person is still writing there,
  /// or forgot the rest, and what follows must not go down with it.
  bool abandons(TokenKind before, TokenKind kind, TokenKind after) const {
    if (canEnd(before)) return false;
    if (frames_.empty()) {
      switch (kind) {
      case TokenKind::Import:
      case TokenKind::Param:
      case TokenKind::Let:
      case TokenKind::Fn:
      case TokenKind::Schema: return true;
      case TokenKind::Type: return after == TokenKind::Identifier;
      default: return isWord(kind) && (after == TokenKind::Identifier || after == TokenKind::StringOpen);
      }
    }
    if (frames_.back().kind != TokenKind::BraceOpen || !isWord(kind)) return false;
    // Behind the `:` of a loop comes `key = value`.
    if (after == TokenKind::Assign || after == TokenKind::PlusAssign) return before != TokenKind::Colon;
    return after == TokenKind::Colon && (before == TokenKind::Colon || before == TokenKind::Assign);
  }

  static bool startsField(TokenKind t) {
    return t == TokenKind::Assign || t == TokenKind::PlusAssign || t == TokenKind::Colon || t == TokenKind::Question ||
           t == TokenKind::BraceOpen;
  }

  void separate() {
    row_ = 0;
    cast_ = Cast::None;
    headers_.resize(headerBase());
    angles_ = 0;
    weight_ = frames_.empty() ? 0 : frames_.back().weight + 1;
    if (frames_.empty()) endChunk();
    else emit(TokenKind::Separator, lineBreak_, 0);
  }

  void endChunk() {
    const auto end = static_cast<uint32_t>(out_.tokens.size());
    if (end > chunkBegin_) out_.chunks.push_back({chunkBegin_, end, chunkTooDeep_, chunkDamaged_ || damaged_});
    chunkBegin_ = end;
    chunkDamaged_ = chunkTooDeep_ = damaged_ = false;
  }

  // --- headers -------------------------------------------------------------------------------------------------------

  uint32_t headerBase() const { return frames_.empty() ? 0 : frames_.back().headers; }
  llvm::ArrayRef<uint32_t> headersHere() const { return llvm::ArrayRef(headers_).drop_front(headerBase()); }

  /// `if` after something complete is a guard, or the `if` of `deny if`.
  bool startsHeader(TokenKind kind) const {
    if (kind == TokenKind::For || kind == TokenKind::Match) return true;
    return kind == TokenKind::If && !canEnd(previous());
  }

  void colon() {
    if (frames_.empty() || headersHere().empty()) return;
    ParserToken& header = out_.tokens[headers_.back()];
    if (header.type == TokenKind::If && frames_.back().kind == TokenKind::BracketOpen) header.type = TokenKind::IfEntry;
    headers_.resize(headerBase());
  }

  TokenKind brace() {
    if (previous() == TokenKind::Else) return TokenKind::BodyOpen;
    if (headersHere().empty()) return TokenKind::BraceOpen;
    // `[for k, v in { … } : …]`: what a list is made of has no body.
    const bool inList = !frames_.empty() && frames_.back().kind == TokenKind::BracketOpen;
    if (inList && out_.tokens[headers_.back()].type == TokenKind::For) return TokenKind::BraceOpen;
    loopBody_ = out_.tokens[headers_.back()].type == TokenKind::For && !frames_.empty();
    headers_.pop_back();
    return TokenKind::BodyOpen;
  }

  // --- brackets ------------------------------------------------------------------------------------------------------

  void open(TokenKind type, TokenKind kind, uint32_t i) {
    if (canEnd(previous()) && ++row_ > kMaxRow) {
      chunkTooDeep_ = true;
      tooLong = std::min(tooLong, i);
    }
    emit(type, i, 0);
    frames_.push_back({kind, static_cast<uint32_t>(out_.tokens.size() - 1), i, static_cast<uint32_t>(headers_.size()), angles_, weight_, row_, loopBody_});
    loopBody_ = false;
    row_ = 0;
    angles_ = 0;
    deepen(i);
  }

  /// The frame on top is of the kind that `type` closes: brackets are balanced.
  void close(TokenKind type, uint32_t token, uint8_t flags, TokenKind following) {
    const Frame frame = frames_.back();
    frames_.pop_back();
    headers_.resize(frame.headers);
    angles_ = frame.angles;
    weight_ = frame.weight;
    row_ = frame.row;
    if (frame.kind == TokenKind::ParenOpen && out_.tokens[frame.opening].type == TokenKind::ParenOpen) {
      ParserToken& opening = out_.tokens[frame.opening];
      const bool called = frame.opening > chunkBegin_ && canEnd(out_.tokens[frame.opening - 1].type);
      if (following == TokenKind::Arrow) opening.type = TokenKind::FnTypeOpen;
      else if (following == TokenKind::FatArrow && !called) opening.type = TokenKind::LambdaOpen;
    }
    // `{ for k, v in { … } if c : key = v }`: neither follows a body, so it was a map.
    if (frame.loopBody && (following == TokenKind::Colon || following == TokenKind::If)) out_.tokens[frame.opening].type = TokenKind::BraceOpen;
    emit(type, token, flags);
  }

  void closeVirtual() { close(closingOf(frames_.back().kind), lastToken_, kVirtual, TokenKind::Separator); }

  void deepen(uint32_t i) {
    if (++weight_ <= maxDepth_) return;
    chunkTooDeep_ = true;
    tooDeep = std::min(tooDeep, i);
  }

  /// Operators that the parser follows by recursion although no bracket opens.
  void weigh(TokenKind type, uint32_t i) {
    switch (type) {
    case TokenKind::Minus:
      if (!canEnd(previous())) deepen(i);
      return;
    case TokenKind::Not:
    case TokenKind::FatArrow:
    case TokenKind::Arrow:
    case TokenKind::Match: deepen(i); return;
    case TokenKind::If:
      if (previous() != TokenKind::Else) deepen(i);
      return;
    case TokenKind::Less:
      ++angles_;
      deepen(i);
      return;
    case TokenKind::Greater:
      if (angles_ > 0) --angles_, --weight_;
      return;
    case TokenKind::And:
    case TokenKind::Or:
    case TokenKind::Coalesce:
      weight_ -= angles_;
      angles_ = 0;
      return;
    case TokenKind::Comma:
      row_ = 0;
      weight_ = angles_ + (frames_.empty() ? 0 : frames_.back().weight + 1);
      return;
    default: return;
    }
  }

  // --- tokens --------------------------------------------------------------------------------------------------------

  /// A keyword that is a name where it stands.
  bool isName(TokenKind kind, size_t next) const {
    if (!isKeyword(kind)) return false;
    const TokenKind before = previous();
    if (before == TokenKind::Dot || before == TokenKind::OptDot || before == TokenKind::TypeDot || before == TokenKind::Unset) return true;
    const bool begins = before == TokenKind::Separator || before == TokenKind::BraceOpen || before == TokenKind::BodyOpen ||
                        before == TokenKind::Comma || before == TokenKind::ParenOpen;
    if (!begins || frames_.empty()) return false;
    const TokenKind after = kindAt(next);
    if (after == TokenKind::Assign || after == TokenKind::PlusAssign) return true;
    if (before == TokenKind::ParenOpen || frames_.back().kind != TokenKind::BraceOpen) return false;
    if (after == TokenKind::Colon || (after == TokenKind::Question && kindAt(next + 1) == TokenKind::Colon)) return true;
    return after == TokenKind::BraceOpen && isFieldKeyword(kind);
  }

  /// No line break lies between the token and the one that comes, or the latter continues the line.
  bool sameLine(uint32_t i, size_t next) const {
    if (continues(kindAt(next)) || kindAt(next) == TokenKind::FatArrow) return true;
    const uint32_t end = next < significant_.size() ? significant_[next] : static_cast<uint32_t>(tokens_.size());
    for (++i; i < end; ++i)
      if (tokens_[i].kind == TokenKind::NewLine) return false;
    return true;
  }

  /// The dots of the name behind `as` belong to it.
  TokenKind dotted(TokenKind type) {
    if (type == TokenKind::Dot && cast_ == Cast::Named) {
      cast_ = Cast::Awaited;
      return TokenKind::TypeDot;
    }
    const bool operatorAs = type == TokenKind::As && canEnd(previous());
    if (cast_ == Cast::Awaited && isWord(type)) cast_ = Cast::Named;
    else cast_ = operatorAs ? Cast::Awaited : Cast::None;
    return type;
  }

  void add(uint32_t i, size_t next) {
    const TokenKind kind = tokens_[i].kind;
    if (lineBreak_ != UINT32_MAX) {
      if (separates(kind, next)) separate();
      lineBreak_ = UINT32_MAX;
    }
    closedAngle_ = kind == TokenKind::Greater && angles_ > 0;
    TokenKind type = kind;
    if (isName(kind, next)) type = TokenKind::Identifier;
    else if (kind == TokenKind::Ampersand) type = TokenKind::And;
    else if (kind == TokenKind::BadNumber) type = TokenKind::Int;
    type = dotted(type);
    weigh(type, i);
    if (isClosing(kind)) {
      close(kind, i, 0, sameLine(i, next) ? kindAt(next) : TokenKind::Separator);
    } else if (kind == TokenKind::BraceOpen) {
      open(brace(), kind, i);
    } else if (isOpening(kind) || isStringOpening(kind) || kind == TokenKind::InterpOpen) {
      open(kind, kind, i);
    } else {
      if (startsHeader(type)) headers_.push_back(static_cast<uint32_t>(out_.tokens.size()));
      if (type == TokenKind::Colon) colon();
      emit(type, i, 0);
    }
  }

  bool closedAngle_ = false;
  bool loopBody_ = false; ///< of the brace that is being opened
};

} // namespace

Layout layOut(llvm::ArrayRef<Token> tokens, const Balance& balance, uint32_t maxDepth, Reporter& reporter) {
  Layout out;
  Layer layer(tokens, balance, maxDepth, out);
  layer.run();
  if (layer.tooDeep != UINT32_MAX) {
    if (auto* d = reporter.report(source::Code::TooDeep, reporter.span(tokens[layer.tooDeep]),
                                  fmt::format("nested more than {} levels deep", maxDepth)))
      d->hint("give the inner parts names with `let`");
  }
  if (layer.tooLong != UINT32_MAX) {
    if (auto* d = reporter.report(source::Code::TooDeep, reporter.span(tokens[layer.tooLong]), fmt::format("more than {} brackets in a row", kMaxRow)))
      d->hint("cut it into parts with `let`");
  }
  return out;
}

} // namespace chasi::syntax
