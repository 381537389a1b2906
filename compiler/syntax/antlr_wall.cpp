// The one translation unit that sees ANTLR: its headers take long, define EOF away and its exceptions end here.
#include "compiler/syntax/antlr_wall.h"

#include "antlr4-runtime.h"
#include "grammar/ChasiLexer.h"
#include "grammar/ChasiParser.h"

namespace chasi::syntax {

namespace {

struct LexerTypes : ChasiLexer {
  enum { EndOfFile = 0 };
};
#define CHASI_TOKEN(name, text)                                                                                         \
  static_assert(static_cast<size_t>(TokenKind::name) == static_cast<size_t>(LexerTypes::name));
#include "compiler/syntax/tokens.def"
#undef CHASI_TOKEN
#define CHASI_RULE(name)                                                                                                \
  static_assert(static_cast<size_t>(Rule::name) == static_cast<size_t>(ChasiParser::Rule##name));
#include "compiler/syntax/rules.def"
#undef CHASI_RULE

constexpr size_t kEnd = antlr4::Token::EOF;

/// Bytes, not characters: offsets are what the rest of the compiler counts, and nothing is copied.
class ByteStream : public antlr4::CharStream {
public:
  explicit ByteStream(llvm::StringRef text) : text_(text) {}

  void consume() override {
    if (at_ < text_.size()) ++at_;
  }
  size_t LA(ssize_t i) override {
    const size_t at = i > 0 ? at_ + static_cast<size_t>(i) - 1 : at_ + static_cast<size_t>(i);
    return at < text_.size() ? static_cast<unsigned char>(text_[at]) : kEnd;
  }
  ssize_t mark() override { return 0; }
  void release(ssize_t) override {}
  size_t index() override { return at_; }
  void seek(size_t index) override { at_ = std::min(index, text_.size()); }
  size_t size() override { return text_.size(); }
  std::string getSourceName() const override { return ""; }
  std::string getText(const antlr4::misc::Interval&) override { return ""; }
  std::string toString() const override { return ""; }

private:
  llvm::StringRef text_;
  size_t at_ = 0;
};

/// The lexer with a mode stack that survives unbalanced input.
class ByteLexer : public ChasiLexer {
public:
  using ChasiLexer::ChasiLexer;

  void pushMode(size_t m) override {
    if (mode == TEXT) ++texts_;
    ChasiLexer::pushMode(m);
  }
  size_t popMode() override {
    if (modeStack.empty()) return mode; // a stray `}`
    const size_t now = ChasiLexer::popMode();
    if (now == TEXT) --texts_;
    return now;
  }
  /// A line break ends a `"…"` string together with the interpolations in it.
  void endLine() {
    if (texts_ == 0) return;
    const auto outermost = std::find(modeStack.begin(), modeStack.end(), static_cast<size_t>(TEXT));
    texts_ = 0;
    modeStack.erase(outermost, modeStack.end());
    ChasiLexer::popMode();
  }

private:
  size_t texts_ = 0; ///< entries of modeStack that are TEXT
};

} // namespace

std::vector<Token> lexBytes(llvm::StringRef text, const TokenTable& table) {
  std::vector<Token> tokens;
  tokens.reserve(text.size() / 3);
  try {
    ByteStream bytes(text);
    ByteLexer lexer(&bytes);
    lexer.removeErrorListeners();
    for (uint32_t at = 0; at < text.size(); at = static_cast<uint32_t>(bytes.index())) {
      if (const TokenTable::Match found = table.knows(lexer.mode) ? table.match(lexer.mode, text.substr(at)) : TokenTable::Match();
          found.size && found.accept.action != TokenTable::Accept::AskAntlr) {
        const auto kind = static_cast<TokenKind>(found.accept.kind);
        tokens.push_back({at, at + static_cast<uint32_t>(found.size), kind, 0, 0});
        if (found.accept.action == TokenTable::Accept::Push) lexer.pushMode(found.accept.mode);
        if (found.accept.action == TokenTable::Accept::Pop) lexer.popMode();
        if (kind == TokenKind::NewLine || kind == TokenKind::TextNewLine) lexer.endLine();
        bytes.seek(at + found.size);
        continue;
      }
      ChasiLexer::prepare();
      const auto token = lexer.nextToken();
      if (token->getType() == kEnd) break;
      const auto kind = static_cast<TokenKind>(token->getType());
      tokens.push_back({static_cast<uint32_t>(token->getStartIndex()), static_cast<uint32_t>(token->getStopIndex() + 1), kind, 0, 0});
      if (kind == TokenKind::NewLine || kind == TokenKind::TextNewLine) lexer.endLine();
    }
  } catch (...) {
    // Nothing in the grammar can get here; the caller reports the text that no token covers.
  }
  return tokens;
}

namespace {

/// States of ANTLR with numbers from 1, in the order in which they were met.
template <class State> struct Numbered {
  std::vector<State*> order;

  uint16_t number(State* state) {
    const auto [it, fresh] = numbers_.try_emplace(state, static_cast<uint16_t>(order.size() + 1));
    if (fresh) order.push_back(state);
    return it->second;
  }

private:
  std::map<State*, uint16_t> numbers_;
};

/// Makes the whole table of the lexer by asking ANTLR for each state and byte.
class LexerReader : public antlr4::atn::LexerATNSimulator {
public:
  explicit LexerReader(LexerATNSimulator& plain) : LexerATNSimulator(nullptr, plain.atn, plain._decisionToDFA, plain.getSharedContextCache()) {}

  std::string read() {
    ByteStream nothing("");
    std::vector<uint16_t> starts;
    for (const size_t mode : {static_cast<size_t>(ChasiLexer::DEFAULT_MODE), static_cast<size_t>(ChasiLexer::TEXT), static_cast<size_t>(ChasiLexer::MULTI)}) {
      _mode = mode;
      starts.push_back(states_.number(addDFAState(computeStartState(&nothing, atn.modeToStartState[mode]).release())));
    }
    std::vector<TokenTable::State> states(1); // state 0 is none
    for (size_t i = 0; i < states_.order.size(); ++i) { // grows while states are being numbered
      TokenTable::State state;
      state.accept = acceptOf(*states_.order[i]);
      for (size_t byte = 0; byte < 256; ++byte) {
        antlr4::dfa::DFAState* next = getExistingTargetState(states_.order[i], byte);
        if (!next) next = computeTargetState(&nothing, states_.order[i], byte);
        if (next != ERROR.get()) state.next[byte] = states_.number(next);
      }
      states.push_back(state);
    }
    return TokenTable::toBytes(starts, states);
  }

private:
  using State = antlr4::dfa::DFAState;
  Numbered<State> states_;

  static TokenTable::Accept acceptOf(const State& state) {
    using antlr4::atn::LexerActionType;
    if (!state.isAcceptState) return {};
    TokenTable::Accept accept{static_cast<uint8_t>(state.prediction)};
    if (!state.lexerActionExecutor) return accept;
    for (const auto& action : state.lexerActionExecutor->getLexerActions()) {
      switch (action->getActionType()) {
      case LexerActionType::TYPE: accept.kind = static_cast<uint8_t>(std::static_pointer_cast<antlr4::atn::LexerTypeAction>(action)->getType()); break;
      case LexerActionType::POP_MODE: accept.action = TokenTable::Accept::Pop; break;
      case LexerActionType::PUSH_MODE:
        accept.action = TokenTable::Accept::Push;
        accept.mode = static_cast<uint8_t>(std::static_pointer_cast<antlr4::atn::LexerPushModeAction>(action)->getMode());
        break;
      default: return {1, TokenTable::Accept::AskAntlr};
      }
    }
    return accept;
  }
};

} // namespace

std::string lexerTable() {
  ChasiLexer::prepare();
  ByteStream nothing("");
  ByteLexer lexer(&nothing);
  return LexerReader(*lexer.getInterpreter<antlr4::atn::LexerATNSimulator>()).read();
}

namespace {

class ListToken : public antlr4::Token {
public:
  ListToken(size_t type, size_t index) : type_(type), index_(index) {}
  std::string getText() const override { return ""; }
  size_t getType() const override { return type_; }
  size_t getLine() const override { return 0; }
  size_t getCharPositionInLine() const override { return 0; }
  size_t getChannel() const override { return 0; }
  size_t getTokenIndex() const override { return index_; }
  size_t getStartIndex() const override { return index_; }
  size_t getStopIndex() const override { return index_; }
  antlr4::TokenSource* getTokenSource() const override { return nullptr; }
  antlr4::CharStream* getInputStream() const override { return nullptr; }
  std::string toString() const override { return ""; }

private:
  size_t type_;
  size_t index_;
};

class ListStream : public antlr4::TokenStream {
public:
  void set(llvm::ArrayRef<ParserToken> tokens) {
    tokens_.clear();
    at_ = 0;
    for (size_t i = 0; i < tokens.size(); ++i) tokens_.emplace_back(static_cast<size_t>(tokens[i].type), i);
    tokens_.emplace_back(kEnd, tokens.size());
  }
  antlr4::Token* LT(ssize_t k) override {
    if (k < 0) return static_cast<size_t>(-k) > at_ ? nullptr : &tokens_[at_ - static_cast<size_t>(-k)];
    return &tokens_[std::min(at_ + static_cast<size_t>(k) - 1, tokens_.size() - 1)];
  }
  size_t LA(ssize_t i) override {
    const antlr4::Token* token = LT(i);
    return token ? token->getType() : antlr4::Token::INVALID_TYPE;
  }
  void consume() override {
    if (at_ + 1 < tokens_.size()) ++at_;
  }
  antlr4::Token* get(size_t index) const override { return const_cast<ListToken*>(&tokens_[index]); }
  antlr4::TokenSource* getTokenSource() const override { return nullptr; }
  ssize_t mark() override { return 0; }
  void release(ssize_t) override {}
  size_t index() override { return at_; }
  void seek(size_t index) override { at_ = std::min(index, tokens_.size() - 1); }
  size_t size() override { return tokens_.size(); }
  std::string getSourceName() const override { return ""; }
  std::string getText(const antlr4::misc::Interval&) override { return ""; }
  std::string getText() override { return ""; }
  std::string getText(antlr4::RuleContext*) override { return ""; }
  std::string getText(antlr4::Token*, antlr4::Token*) override { return ""; }

private:
  std::vector<ListToken> tokens_;
  size_t at_ = 0;
};

bool isHeaderRule(size_t rule) {
  return rule == ChasiParser::RuleForItem || rule == ChasiParser::RuleIfItem || rule == ChasiParser::RuleForMember ||
         rule == ChasiParser::RuleIfMember || rule == ChasiParser::RuleIfExpr || rule == ChasiParser::RuleMatchExpr;
}

/// Rules that are a loop between brackets, and the file.
bool isContainer(size_t rule) {
  switch (rule) {
  case ChasiParser::RuleFile:
  case ChasiParser::RuleFn:
  case ChasiParser::RuleFnBody:
  case ChasiParser::RuleSchemaBody:
  case ChasiParser::RuleItemBody:
  case ChasiParser::RulePolicy:
  case ChasiParser::RuleTest:
  case ChasiParser::RuleBlock:
  case ChasiParser::RuleMemberBody:
  case ChasiParser::RuleFnType:
  case ChasiParser::RuleLambda:
  case ChasiParser::RuleOperand:
  case ChasiParser::RuleBodyExpr:
  case ChasiParser::RuleMatchExpr:
  case ChasiParser::RuleList: return true;
  default: return false;
  }
}

/// Goes on at the next entry of the innermost list. Brackets are balanced, so depths say where that is; nothing is
/// guessed by inserting or deleting tokens, so one mistake never makes another.
class Recovery : public antlr4::DefaultErrorStrategy {
public:
  llvm::ArrayRef<ParserToken> tokens;
  llvm::function_ref<void(const Problem&)>* report = nullptr;

  void reportError(antlr4::Parser* parser, const antlr4::RecognitionException& e) override {
    if (inErrorRecoveryMode(parser)) return;
    beginErrorCondition(parser);
    Problem problem;
    problem.at = static_cast<uint32_t>(e.getOffendingToken()->getTokenIndex());
    for (antlr4::tree::ParseTree* c = parser->getContext(); c; c = c->parent)
      problem.rules.push_back(static_cast<Rule>(static_cast<antlr4::ParserRuleContext*>(c)->getRuleIndex()));
    const auto expected = parser->getExpectedTokens();
    for (size_t type = 1; type < 104; ++type) {
      if (expected.contains(type)) problem.expected.set(type);
    }
    (*report)(problem);
  }

  void recover(antlr4::Parser* parser, std::exception_ptr) override {
    antlr4::ParserRuleContext* context = parser->getContext();
    const size_t start = context->start->getTokenIndex();
    bool inHeader = false;
    for (antlr4::tree::ParseTree* c = context->parent; c && !inHeader; c = c->parent) {
      const size_t rule = static_cast<antlr4::ParserRuleContext*>(c)->getRuleIndex();
      inHeader = isHeaderRule(rule);
      if (isContainer(rule) && rule != ChasiParser::RuleOperand && rule != ChasiParser::RuleLambda) break;
    }
    if (isHeaderRule(context->getRuleIndex())) inHeader = false;
    skip(parser, levelOf(start), [&](TokenKind type) {
      return type == TokenKind::Separator || type == TokenKind::Comma || (inHeader && type == TokenKind::BodyOpen);
    });
  }

  antlr4::Token* recoverInline(antlr4::Parser* parser) override {
    antlr4::InputMismatchException mismatch(parser);
    const auto expected = parser->getExpectedTokens();
    const TokenKind opening = expected.contains(static_cast<size_t>(ChasiParser::BodyOpen)) ? TokenKind::BodyOpen : TokenKind::BraceOpen;
    if (expected.contains(static_cast<size_t>(opening)) && findAhead(parser, opening)) {
      reportError(parser, mismatch);
      beginErrorCondition(parser);
      const uint16_t level = levelOf(parser->getTokenStream()->index());
      skip(parser, level, [&](TokenKind type) { return type == opening; });
      return parser->getCurrentToken();
    }
    throw mismatch;
  }

  void sync(antlr4::Parser* parser) override {
    antlr4::ParserRuleContext* context = parser->getContext();
    if (!isContainer(context->getRuleIndex())) return;
    const auto& atn = parser->getInterpreter<antlr4::atn::ATNSimulator>()->atn;
    antlr4::atn::ATNState* state = atn.states[parser->getState()];
    const size_t kind = state->getStateType();
    if (kind != antlr4::atn::ATNState::STAR_LOOP_ENTRY && kind != antlr4::atn::ATNState::STAR_LOOP_BACK) return;
    const auto& next = atn.nextTokens(state);
    const size_t type = parser->getTokenStream()->LA(1);
    if (next.contains(antlr4::Token::EPSILON) || next.contains(type)) return;
    reportError(parser, antlr4::InputMismatchException(parser));
    beginErrorCondition(parser);
    skip(parser, levelOf(parser->getTokenStream()->index()), [&](TokenKind t) {
      return (t == TokenKind::Separator || t == TokenKind::Comma) && next.contains(static_cast<size_t>(t));
    });
  }

private:
  /// Depth of the entries of the list that this token stands in.
  uint16_t levelOf(size_t index) const {
    if (index >= tokens.size()) return 0;
    return static_cast<uint16_t>(tokens[index].depth + (isClosing(tokens[index].type) ? 1 : 0));
  }

  template <typename Stop> void skip(antlr4::Parser* parser, uint16_t level, const Stop& stop) {
    while (true) {
      const size_t index = parser->getTokenStream()->index();
      if (index >= tokens.size()) return;
      const ParserToken& token = tokens[index];
      if (token.depth < level || (token.depth == level && stop(token.type))) return;
      parser->consume();
    }
  }

  bool findAhead(antlr4::Parser* parser, TokenKind opening) const {
    size_t index = parser->getTokenStream()->index();
    const uint16_t level = levelOf(index);
    for (; index < tokens.size() && tokens[index].depth >= level; ++index) {
      if (tokens[index].depth > level) continue;
      if (tokens[index].type == opening) return true;
      if (tokens[index].type == TokenKind::Separator || tokens[index].type == TokenKind::Comma) return false;
    }
    return false;
  }
};

/// Copies ANTLR's tree into the flat form. Every consumed token is in it in order, so counting replaces asking.
void flatten(antlr4::ParserRuleContext* root, std::vector<Concrete>& out) {
  struct Frame {
    antlr4::ParserRuleContext* context;
    size_t child;
    size_t index;
  };
  std::vector<Frame> stack;
  uint32_t token = 0;
  const auto open = [&](antlr4::ParserRuleContext* context) {
    const uint8_t flags = context->exception ? kFailed : 0;
    out.push_back({static_cast<Rule>(context->getRuleIndex()), flags, token, 0});
    stack.push_back({context, 0, out.size() - 1});
  };
  open(root);
  while (!stack.empty()) {
    Frame& frame = stack.back();
    if (frame.child == frame.context->children.size()) {
      out[frame.index].end = static_cast<uint32_t>(out.size());
      stack.pop_back();
      continue;
    }
    antlr4::tree::ParseTree* child = frame.context->children[frame.child++];
    const auto& type = typeid(*child);
    const bool plain = type == typeid(antlr4::tree::TerminalNodeImpl);
    if (plain || type == typeid(antlr4::tree::ErrorNodeImpl)) {
      const auto next = static_cast<uint32_t>(out.size() + 1);
      out.push_back({Rule::Token, static_cast<uint8_t>(plain ? 0 : kSkipped), token++, next});
    } else {
      open(static_cast<antlr4::ParserRuleContext*>(child));
    }
  }
}

} // namespace

namespace {

using antlr4::atn::ParserATNSimulator;

/// Decides by what was learned, as long as that goes on. ANTLR's network of states is there only once that has come to an end.
class LearnedSimulator : public ParserATNSimulator {
public:
  LearnedSimulator(antlr4::Parser* of, ParserATNSimulator& plain, llvm::StringRef decisions)
      : ParserATNSimulator(of, plain.atn, plain.decisionToDFA, plain.getSharedContextCache()), decisions_(decisions) {
    if (decisions.empty()) ChasiParser::prepare();
  }

  size_t adaptivePredict(antlr4::TokenStream* input, size_t decision, antlr4::ParserRuleContext* context) override {
    // The tables are those of the quick attempt; the careful one looks further where ways run together.
    if (getPredictionMode() == antlr4::atn::PredictionMode::SLL)
      if (const size_t alternative = learned(*input, decision)) return alternative;
    ChasiParser::prepare();
    return ParserATNSimulator::adaptivePredict(input, decision, context);
  }

private:
  const Decisions decisions_;

  size_t learned(antlr4::TokenStream& input, size_t decision) const {
    // The one of `operand`, the only rule that begins with itself: goes on, or ends.
    const bool loop = decisions_.empty() ? decisionToDFA[decision].isPrecedenceDfa() : decision == decisions_.loop();
    // Where lists are, a block could be an entry of its own, for the grammar does not ask for commas; that ways run together is
    // seen at the end of the block only. The first way is taken then, so looking through the block can be left out.
    if (loop && input.LA(1) == ChasiParser::BraceOpen) return 1;
    const int precedence = loop ? parser->getPrecedence() + 1 : 0;
    uint16_t state = decisions_.start(static_cast<uint16_t>(decision), static_cast<uint16_t>(precedence));
    for (ssize_t k = 1; state; ++k) {
      state = decisions_.next(state, static_cast<uint16_t>(input.LA(k))); // the end of the input is all ones in both
      if (const uint16_t alternative = state ? decisions_.alternative(state) : 0) return alternative;
    }
    return 0;
  }
};

/// Reads the tables that ANTLR has made so far.
class TableReader {
public:
  std::string read(const std::vector<antlr4::dfa::DFA>& all) {
    for (const antlr4::dfa::DFA& dfa : all) {
      if (!dfa.s0) continue;
      const auto decision = static_cast<uint16_t>(dfa.decision);
      if (!dfa.isPrecedenceDfa()) {
        starts_.push_back({decision, 0, states_.number(dfa.s0)});
        continue;
      }
      for (const auto& [precedence, state] : sorted(dfa.s0->edges)) starts_.push_back({decision, static_cast<uint16_t>(precedence + 1), states_.number(state)});
    }
    std::vector<Decisions::State> states;
    for (size_t i = 0; i < states_.order.size(); ++i) { // grows while states are being numbered
      Decisions::State state;
      state.alternative = static_cast<uint16_t>(alternative(*states_.order[i]));
      if (!state.alternative)
        for (const auto& [token, to] : sorted(states_.order[i]->edges))
          if (usable(to)) state.edges.push_back({static_cast<uint16_t>(token), states_.number(to)});
      states.push_back(std::move(state));
    }
    return Decisions::toBytes(starts_, states);
  }

private:
  using State = antlr4::dfa::DFAState;
  std::vector<Decisions::Start> starts_;
  Numbered<const State> states_;

  static std::map<size_t, const State*> sorted(const std::unordered_map<size_t, State*>& edges) { return {edges.begin(), edges.end()}; }
  static bool usable(const State* s) { return s && s != antlr4::atn::ATNSimulator::ERROR.get() && s->predicates.size() < 2; }
  /// A predicate stands where an operator follows: does it bind closely enough? Where there is one way, the loop around has asked.
  static size_t alternative(const State& s) { return !s.isAcceptState ? 0 : s.predicates.empty() ? s.prediction : static_cast<size_t>(s.predicates[0]->alt); }
};

} // namespace

struct GrammarParser::Impl {
  ListStream stream;
  ChasiParser parser{&stream};
  std::shared_ptr<Recovery> recovery = std::make_shared<Recovery>();
  std::shared_ptr<antlr4::BailErrorStrategy> bail = std::make_shared<antlr4::BailErrorStrategy>();

  explicit Impl(llvm::StringRef decisions) {
    parser.removeErrorListeners();
    parser.setInterpreter(new LearnedSimulator(&parser, *parser.getInterpreter<ParserATNSimulator>(), decisions));
  }

  ChasiParser::FileContext* run(bool quick) {
    parser.getTreeTracker().reset();
    parser.reset();
    if (quick) parser.setErrorHandler(bail);
    else parser.setErrorHandler(recovery);
    parser.getInterpreter<antlr4::atn::ParserATNSimulator>()->setPredictionMode(
        quick ? antlr4::atn::PredictionMode::SLL : antlr4::atn::PredictionMode::LL);
    return parser.file();
  }
};

GrammarParser::GrammarParser(llvm::StringRef decisions) : impl_(std::make_unique<Impl>(decisions)) {}
GrammarParser::~GrammarParser() = default;

std::string GrammarParser::decisions() const { return TableReader().read(impl_->parser.getInterpreter<ParserATNSimulator>()->decisionToDFA); }

bool GrammarParser::parse(llvm::ArrayRef<ParserToken> tokens, bool quickOnly, std::vector<Concrete>& out,
                          llvm::function_ref<void(const Problem&)> report) {
  const size_t before = out.size();
  impl_->stream.set(tokens);
  try {
    flatten(impl_->run(true), out);
    return true;
  } catch (const antlr4::ParseCancellationException&) {
    // There is a mistake; now carefully.
  } catch (...) {
  }
  if (quickOnly) return false;
  try {
    impl_->recovery->tokens = tokens;
    impl_->recovery->report = &report;
    ChasiParser::prepare();
    flatten(impl_->run(false), out);
    return true;
  } catch (...) {
    out.resize(before);
    return false;
  }
}

} // namespace chasi::syntax
