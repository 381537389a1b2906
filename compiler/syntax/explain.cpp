#include "compiler/syntax/explain.h"

namespace chasi::syntax {

using source::Code;

namespace {

constexpr const char* kNames[] = {
#define CHASI_TOKEN(name, text) text,
#include "compiler/syntax/tokens.def"
#undef CHASI_TOKEN
};

/// How the construct is written in which something does not fit.
const char* formOf(Rule rule) {
  switch (rule) {
  case Rule::Edition: return "the edition is written `edition 2026`";
  case Rule::ImportItem: return "an import is written `import std.name` or `import \"./folder\" as name`";
  case Rule::Param: return "a parameter is written `param name: Type = default`";
  case Rule::Let: return "a value is named with `let name = value`";
  case Rule::Fn: return "a function is written `fn name(a: Type) -> Type = value`";
  case Rule::FnParam: return "a parameter of a function is written `name: Type` or `name: Type = default`";
  case Rule::TypeDecl: return "a type is written `type Name = Type`";
  case Rule::SchemaItem: return "a schema is written `schema Name { field: Type }`, a kind `kind name { field: Type }`";
  case Rule::Field:
  case Rule::SchemaMember: return "a field is written `name: Type` or `name: Type = default`";
  case Rule::Check: return "a check is written `check condition : message`";
  case Rule::Nested: return "nested declarations are described by `nested word as field { … }`";
  case Rule::Lower: return "a lowering is written `lower = [operation, …]`";
  case Rule::Declaration: return "a declaration is written `kind name { … }`, a value `let name = value`";
  case Rule::OverrideItem: return "an override is written `override name { … }`";
  case Rule::SetParam: return "a parameter is set with `set name = value`";
  case Rule::Layer: return "an environment stands on another with `extends name` or `extends \"name\"`";
  case Rule::ForItem:
  case Rule::ForMember: return "a loop is written `for x in list { … }` or `for key, value in map { … }`";
  case Rule::ForElement: return "in a list, a loop is written `for x in list : value`";
  case Rule::IfItem:
  case Rule::IfMember:
  case Rule::IfExpr: return "a choice is written `if condition { … } else { … }`";
  case Rule::Policy: return "a policy is written `policy \"title\" { … }`";
  case Rule::PolicyMember: return "a policy holds `let`, `for`, `deny`, `warn` and `except`";
  case Rule::PolicyFor: return "a policy goes over things with `for x in list`";
  case Rule::Deny: return "a denial is written `deny if condition : message`";
  case Rule::Warn: return "a warning is written `warn if condition : message`";
  case Rule::Except: return "an exception is written `except target reason \"why\" until \"2027-01-31\"`";
  case Rule::Test: return "a test is written `test \"title\" { … }`";
  case Rule::TestMember: return "a test holds `let`, `with`, `assert`, `expect` and `snapshot`";
  case Rule::With: return "parameters of a test are set with `with { name = value }`";
  case Rule::Assertion: return "an assertion is written `assert condition` or `assert condition : message`";
  case Rule::Expect: return "an expected mistake is written `expect CH4001` or `expect CH4001 \"part of the message\"`";
  case Rule::Snapshot: return "a snapshot is written `snapshot value`";
  case Rule::Member:
  case Rule::Block: return "a member is written `name = value`, `name { … }` or `kind name { … }`";
  case Rule::Unset: return "a field is taken back with `unset name`";
  case Rule::MatchExpr:
  case Rule::MatchArm: return "a match is written `match value { pattern => result, else => result }`";
  case Rule::LambdaParam:
  case Rule::Lambda: return "a function without a name is written `x => value` or `(x, y) => value`";
  case Rule::NamedType: return "types in angle brackets are separated by commas and closed with `>`";
  default: return nullptr;
  }
}

/// What could have stood there, in few words; empty when that says nothing.
std::string expectation(const std::bitset<128>& expected) {
  const auto has = [&](TokenKind t) { return expected.test(static_cast<size_t>(t)); };
  if (has(TokenKind::Not) && has(TokenKind::Int) && has(TokenKind::Identifier)) return "a value";
  if (has(TokenKind::FnTypeOpen) && has(TokenKind::Identifier)) return "a type";
  std::vector<llvm::StringRef> words;
  if (has(TokenKind::Identifier)) words.emplace_back("a name");
  for (size_t t = 1; t < std::size(kNames); ++t) {
    const auto kind = static_cast<TokenKind>(t);
    const bool silent = isWord(kind) || kind == TokenKind::Separator || kind == TokenKind::Comma;
    if (!expected.test(t) || (has(TokenKind::Identifier) && silent) || kind == TokenKind::Separator) continue;
    if (kind == TokenKind::RawOpen && has(TokenKind::StringOpen)) continue; // one form stands for all
    if (std::find(words.begin(), words.end(), kNames[t]) == words.end()) words.emplace_back(kNames[t]);
  }
  if (words.empty() || words.size() > 4) return "";
  std::string out = words[0].str();
  for (size_t i = 1; i < words.size(); ++i) out += (i + 1 == words.size() ? " or " : ", ") + words[i].str();
  return out;
}

std::string found(TokenKind kind, llvm::StringRef text) {
  switch (kind) {
  case TokenKind::Separator: return "the end of the line";
  case TokenKind::StringOpen:
  case TokenKind::MultiOpen:
  case TokenKind::RawOpen: return "a string";
  default: return "`" + text.str() + "`";
  }
}

struct Place {
  const Problem& problem;
  TokenKind before; ///< type of the token before it
  TokenKind type;
  llvm::StringRef text;
  llvm::StringRef textBefore;
  source::Span span;
  source::Span spanBefore;
  bool inBlock = false; ///< known to be, whatever the parser expected

  bool expects(TokenKind t) const { return problem.expected.test(static_cast<size_t>(t)); }
  bool directly(Rule rule) const { return !problem.rules.empty() && problem.rules.front() == rule; }
};

/// Habits of other languages, and slips that have one cure. True when it has been reported.
bool explainHabit(const Place& p, Reporter& reporter) {
  if (p.type == TokenKind::Equal && p.expects(TokenKind::Assign)) {
    if (auto* d = reporter.report(Code::UnexpectedToken, p.span, "`==` compares, and here a value is set"))
      d->hint("write `=`").sureFix("write `=`", p.span, "=");
    return true;
  }
  if (p.type == TokenKind::Assign && p.before == TokenKind::Colon && llvm::is_contained(p.problem.rules, Rule::Let) && p.spanBefore.end == p.span.begin) {
    if (auto* d = reporter.report(Code::UnexpectedToken, {p.spanBefore.begin, p.span.end}, "a value is named with `=`, not with `:=`"))
      d->hint("write `=`").sureFix("write `=`", {p.spanBefore.begin, p.span.end}, "=");
    return true;
  }
  if (p.type == TokenKind::Assign && p.expects(TokenKind::BraceOpen) && llvm::is_contained(p.problem.rules, Rule::Declaration)) {
    if (auto* d = reporter.report(Code::UnexpectedToken, p.span, "expected `{`, found `=`"))
      d->hint(fmt::format("a value is named with `let {} = …`; a declaration is written `kind name {{ … }}`", p.textBefore.str()));
    return true;
  }
  if (p.type == TokenKind::Colon && (p.inBlock || p.directly(Rule::Member) || p.directly(Rule::Block))) {
    if (auto* d = reporter.report(Code::UnexpectedToken, p.span, "`:` stands before types; a field gets its value with `=`"))
      d->hint("write `=`").sureFix("write `=`", p.span, " =");
    return true;
  }
  for (const auto& [word, sign] : {std::pair{"and", "&&"}, {"or", "||"}, {"not", "!"}})
    if (p.textBefore == word || p.text == word) {
      if (auto* d = reporter.report(Code::UnexpectedToken, p.textBefore == word ? p.spanBefore : p.span, fmt::format("`{}` is no operator", word)))
        d->hint(fmt::format("write `{}`", sign)).fix(fmt::format("write `{}`", sign), p.textBefore == word ? p.spanBefore : p.span, sign);
      return true;
    }
  const bool number = p.type == TokenKind::Int || p.type == TokenKind::Float || p.type == TokenKind::Quantity;
  if (p.before == TokenKind::Quantity && number && p.textBefore.ends_with("%")) {
    if (auto* d = reporter.report(Code::UnexpectedToken, p.span, fmt::format("`{}` is a percentage, so nothing is divided here", p.textBefore.str())))
      d->hint(fmt::format("for the remainder, write `{} % {}`", p.textBefore.drop_back().str(), p.text.str()));
    return true;
  }
  // Behind a complete item the parser expects nothing but the next one.
  const bool behindItem = p.directly(Rule::File) && p.problem.at > 0;
  const bool afterValue = behindItem || p.expects(TokenKind::Plus) || p.expects(TokenKind::And);
  if (p.type == TokenKind::Assign && afterValue && !p.expects(TokenKind::Assign)) {
    auto* d = reporter.report(Code::UnexpectedToken, p.span, "`=` sets a field and never compares");
    if (d) d->hint("`==` compares");
    return true;
  }
  if (p.type == TokenKind::Question && p.before != TokenKind::Question && afterValue) {
    auto* d = reporter.report(Code::UnexpectedToken, p.span, "there is no `? :`");
    if (d) d->hint("write `if condition { … } else { … }`");
    return true;
  }
  return false;
}

/// `5 Gi`: a unit that stands alone, which the parser takes for the beginning of something else.
bool explainUnit(const Problem& problem, llvm::ArrayRef<ParserToken> chunk, llvm::StringRef text, llvm::ArrayRef<Token> tokens, Reporter& reporter) {
  if (problem.at < 2 || problem.at > chunk.size()) return false;
  const ParserToken &unit = chunk[problem.at - 1], &number = chunk[problem.at - 2];
  if (unit.type != TokenKind::Identifier || (number.type != TokenKind::Int && number.type != TokenKind::Float)) return false;
  const Token &u = tokens[unit.token], &n = tokens[number.token];
  const llvm::StringRef word = text.slice(u.begin, u.end), digits = text.slice(n.begin, n.end);
  static constexpr llvm::StringLiteral kUnits[] = {"m", "Ki", "Mi", "Gi", "Ti", "k", "M", "G", "T", "ms", "s", "min", "h", "d"};
  if (!llvm::is_contained(kUnits, word)) return false;
  const source::Span between = reporter.span(n.end, u.begin);
  if (auto* d = reporter.report(Code::UnexpectedToken, reporter.span(u), fmt::format("the unit `{}` belongs to the number before it", word.str())))
    d->hint(fmt::format("write `{}{}`", digits.str(), word.str())).fix(fmt::format("write `{}{}`", digits.str(), word.str()), between, "");
  return true;
}

/// `extends prod-eu1`: the name of a file that is no word.
bool explainLayer(const Problem& problem, llvm::ArrayRef<ParserToken> chunk, llvm::StringRef text, llvm::ArrayRef<Token> tokens, Reporter& reporter) {
  if (problem.at != 2 || chunk.size() < 3 || chunk.front().type != TokenKind::Extends) return false;
  const source::Span at = reporter.span(tokens[chunk[1].token].begin, tokens[chunk.back().token].end);
  const llvm::StringRef name = text.slice(tokens[chunk[1].token].begin, tokens[chunk.back().token].end);
  if (name.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.") != llvm::StringRef::npos) return false;
  if (auto* d = reporter.report(Code::UnexpectedToken, at, "the name of this environment is no word, so it is written as a text"))
    d->hint(fmt::format("write `extends \"{}\"`", name.str())).sureFix("put it into quotes", at, fmt::format("\"{}\"", name.str()));
  return true;
}

/// The parser finds no block in `S { a: 2 }` or `S { b { a: 2 } }`, and complains about the brace. The place of the colon
/// that is to blame, or 0.
size_t colonInBlock(llvm::ArrayRef<ParserToken> chunk, size_t brace) {
  std::vector<TokenKind> open;
  for (size_t i = brace; i + 2 < chunk.size(); ++i) {
    const TokenKind t = chunk[i].type;
    if (isOpening(t) || isStringOpening(t) || t == TokenKind::BodyOpen || t == TokenKind::InterpOpen) open.push_back(t);
    else if (isClosing(t)) open.pop_back();
    if (open.empty()) return 0;
    const bool begins = t == TokenKind::BraceOpen || t == TokenKind::Comma || t == TokenKind::Separator;
    if (begins && open.back() == TokenKind::BraceOpen && isWord(chunk[i + 1].type) && chunk[i + 2].type == TokenKind::Colon) return i + 2;
  }
  return 0;
}

} // namespace

const char* describe(TokenKind kind) { return kNames[static_cast<size_t>(kind)]; }

void explain(const Problem& problem, llvm::ArrayRef<ParserToken> chunk, llvm::StringRef text, llvm::ArrayRef<Token> tokens,
             Reporter& reporter) {
  const bool atEnd = problem.at >= chunk.size();
  const ParserToken& t = chunk[std::min<size_t>(problem.at, chunk.size() - 1)];
  if (t.flags & (kDamaged | kVirtual)) return;
  const Token& token = tokens[t.token];
  const TokenKind type = atEnd ? TokenKind::Separator : t.type;
  // The end of a line is shown behind its last token, not where the next line begins.
  const uint32_t behind = atEnd ? token.end : problem.at > 0 ? tokens[chunk[problem.at - 1].token].end : token.begin;
  const source::Span at = type == TokenKind::Separator ? reporter.span(behind, behind) : reporter.span(token);
  const TokenKind before = problem.at > 0 ? chunk[std::min<size_t>(problem.at, chunk.size()) - 1].type : TokenKind::Separator;
  const Token& last = tokens[chunk[problem.at > 0 ? std::min<size_t>(problem.at, chunk.size()) - 1 : 0].token];
  const Place place{problem, before, type, text.slice(token.begin, token.end), text.slice(last.begin, last.end), at, reporter.span(last)};
  if (explainHabit(place, reporter) || explainUnit(problem, chunk, text, tokens, reporter) || explainLayer(problem, chunk, text, tokens, reporter)) return;
  if (const size_t colon = type == TokenKind::BraceOpen ? colonInBlock(chunk, problem.at) : 0)
    if (explainHabit({problem, TokenKind::Identifier, TokenKind::Colon, ":", {}, reporter.span(tokens[chunk[colon].token]), {}, true}, reporter)) return;

  const std::string wanted = expectation(problem.expected);
  const std::string seen = found(type, place.text);
  const bool reserved = isKeyword(type) && wanted == "a name";
  std::string message = wanted.empty() ? fmt::format("{} does not fit here", seen) : fmt::format("expected {}, found {}", wanted, seen);
  if (reserved) message = fmt::format("{} is a reserved word and no name", seen);
  auto* d = reporter.report(Code::UnexpectedToken, at, std::move(message));
  if (!d) return;
  if (chunk.front().type == TokenKind::Extends) d->hint(formOf(Rule::Layer));
  for (const Rule rule : problem.rules) {
    if (const char* form = formOf(rule)) {
      d->hint(form);
      break;
    }
  }
}

} // namespace chasi::syntax
