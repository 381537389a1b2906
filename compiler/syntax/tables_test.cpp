// The tables that are made while building say the same as ANTLR.
#include "compiler/syntax/antlr_wall.h"
#include "compiler/syntax/layout.h"
#include "compiler/syntax/lex.h"
#include "compiler/syntax/testing.h"

namespace chasi::syntax {
namespace {

using namespace testing;

std::string shown(const std::vector<Token>& tokens) {
  std::string out;
  for (const Token& t : tokens) out += fmt::format("{}-{}:{} ", t.begin, t.end, static_cast<int>(t.kind));
  return out;
}

TEST(Tables, TheLexerFindsTheSameTokens) {
  const std::string bytes = lexerTable();
  ASSERT_FALSE(bytes.empty());
  const TokenTable table(bytes), none("");
  std::string all;
  for (int c = 0; c < 256; ++c) all += static_cast<char>(c);
  std::vector<std::string> texts = {all, "", "/* a /* b */ c */ d", "/* no end", "\"a ${ {} } \\\" $ b\n\"", "\"\"\" \" ${x} \"\"\" y", "r#\"a\"b\"# r\"x", "1.5Gi 0x1F 1.2.3 1e9 a..b ..< ...", "}}} \"${", "größe — ’"};
  for (const fs::path& path : allSources()) texts.push_back(readFile(path));
  for (const std::string& text : texts) EXPECT_EQ(shown(lexBytes(text, table)), shown(lexBytes(text, none))) << text.substr(0, 200);
}

/// The concrete syntax of a text, item by item.
std::string parsedBy(const std::string& decisions, const std::string& text) {
  source::Diagnostics diagnostics;
  Reporter reporter(diagnostics, 0, 100);
  std::vector<Token> tokens = lex(text, reporter);
  const Balance brackets = balance(text, tokens, 200, reporter);
  const Layout layout = layOut(tokens, brackets, 200, reporter);
  GrammarParser parser(decisions);
  std::string out;
  for (const Chunk& chunk : layout.chunks) {
    if (chunk.tooDeep) continue;
    std::vector<Concrete> concrete;
    const bool good = parser.parse(llvm::ArrayRef(layout.tokens).slice(chunk.begin, chunk.end - chunk.begin), false, concrete, [](const Problem&) {});
    out += fmt::format("{}\n", good);
    for (const Concrete& c : concrete) out += fmt::format("{},{},{},{} ", static_cast<int>(c.rule), c.flags, c.at, c.end);
  }
  return out;
}

TEST(Tables, TheParserGoesTheSameWays) {
  for (const fs::path& path : allSources()) parsedBy("", readFile(path)); // ANTLR's tables grow
  const std::string decisions = GrammarParser().decisions();
  ASSERT_FALSE(decisions.empty());
  EXPECT_GT(decisions.size(), 2000U);
  for (const fs::path& path : allSources()) EXPECT_EQ(parsedBy(decisions, readFile(path)), parsedBy("", readFile(path))) << path;
}

TEST(Tables, WhatWasNotLearnedIsNotKnown) {
  const std::string bytes = Decisions::toBytes({{3, 0, 1}, {7, 2, 2}}, {{0, {{5, 2}, {9, 1}}}, {4, {}}});
  const Decisions d(bytes);
  EXPECT_EQ(d.start(3, 0), 1);
  EXPECT_EQ(d.start(7, 2), 2);
  EXPECT_EQ(d.start(7, 1), 0);
  EXPECT_EQ(d.start(8, 0), 0);
  EXPECT_EQ(d.next(1, 5), 2);
  EXPECT_EQ(d.next(1, 9), 1);
  EXPECT_EQ(d.next(1, 6), 0);
  EXPECT_EQ(d.alternative(1), 0);
  EXPECT_EQ(d.alternative(2), 4);
  EXPECT_EQ(Decisions("").start(3, 0), 0);
  EXPECT_EQ(d.loop(), 7U);
  EXPECT_EQ(Decisions(Decisions::toBytes({{3, 0, 1}}, {{4, {}}})).loop(), UINT32_MAX);
}

} // namespace
} // namespace chasi::syntax
