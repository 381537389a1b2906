#include "compiler/syntax/format.h"

#include "compiler/syntax/dump.h"
#include "compiler/syntax/parse.h"
#include "compiler/syntax/testing.h"

#include <gtest/gtest.h>

// Golden files: cases/format/NAME.chasi must become NAME.out. What must hold for every file is checked for all sources of
// the repository and for every golden file there is.
namespace chasi::syntax {
namespace {

using namespace testing;

TEST(Format, Golden) {
  for (const fs::path& path : cases("format")) {
    const Parsed parsed(readFile(path));
    compare(fs::path(path).replace_extension(".out"), format(parsed.tree));
  }
}

/// Everything but white space, commas and the ends of comments.
std::string essence(const Tree& tree) {
  std::string out;
  for (const Token& token : tree.tokens()) {
    llvm::StringRef text = tree.text().slice(token.begin, token.end);
    switch (token.kind) {
    case TokenKind::Whitespace:
    case TokenKind::NewLine:
    case TokenKind::Comma: continue;
    case TokenKind::DocComment:
    case TokenKind::LineComment: text = text.rtrim(); break;
    default: break;
    }
    if (token.end == tree.text().size()) text = text.rtrim("\r\n"); // a string or comment without end
    out += text.str() + "\n";
  }
  out.resize(llvm::StringRef(out).rtrim().size());
  return out;
}

void checkProperties(const std::string& name, const std::string& text) {
  SCOPED_TRACE(name);
  const Parsed before(text);
  const std::string once = format(before.tree);
  const Parsed after(once);
  EXPECT_EQ(essence(before.tree), essence(after.tree)) << once;
  if (before.diagnostics.hasErrors()) return;
  EXPECT_EQ(after.messages(), "");
  EXPECT_EQ(dump(before.tree), dump(after.tree));
  const std::string twice = format(after.tree);
  EXPECT_EQ(once, twice);
  EXPECT_TRUE(once.empty() || (once.back() == '\n' && !llvm::StringRef(once).ends_with("\n\n")));
}

TEST(Format, KeepsWhatMattersInEverySource) {
  size_t count = 0;
  for (const fs::path& path : allSources()) {
    checkProperties(path.string(), readFile(path));
    ++count;
  }
  EXPECT_GT(count, 50U);
}

TEST(Format, EveryPrefixOfAFileKeepsItsTokens) {
  const std::string text = readFile(fs::path(CHASI_SYNTAX_CASES) / "good" / "all.chasi");
  for (size_t n = 0; n < text.size(); n += 5) checkProperties(fmt::format("the first {} bytes", n), text.substr(0, n));
}

TEST(Format, SourcesOfTheRepositoryAreFormatted) {
  for (const char* folder : {"examples", "stdlib"}) {
    for (const fs::path& path : sourcesBelow(fs::path(CHASI_ROOT) / folder)) {
      const std::string text = readFile(path);
      EXPECT_EQ(format(Parsed(text).tree), text) << path << ": run `chasic fmt` on it";
    }
  }
}

TEST(Format, IsLinear) {
  // A line that is too long, brackets that do not fit, chains, and comments: four times the size, about four times the time.
  const auto seconds = [](size_t copies) {
    std::string text;
    for (size_t i = 0; i < copies; ++i) text += "let x" + std::to_string(i) + " = [f(a, { b = [1, 2, 3], c { d = if x { 1 } else { 2 } } }), ...xs] // why\n";
    text += "let long = [" ;
    for (size_t i = 0; i < copies; ++i) text += "f(a.b(c).d, { e = 1 }), ";
    text += "]\n";
    const Parsed parsed(text);
    const auto begin = std::chrono::steady_clock::now();
    const std::string out = format(parsed.tree);
    EXPECT_GT(out.size(), copies);
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  };
  seconds(500);
  const double small = seconds(1000);
  const double large = seconds(4000);
  EXPECT_LT(large, 12 * small + 0.05);
}

TEST(Format, MistakesStayAsTheyAre) {
  const std::string text = "let   a=1\nlet b = = 2   3\nlet   c=3\ntenant x {\n   on=core\n";
  EXPECT_EQ(format(Parsed(text).tree), "let a = 1\nlet b = = 2   3\nlet c = 3\ntenant x {\n   on=core\n");
}

TEST(Format, LineEndsAndMarks) {
  EXPECT_EQ(format(Parsed("\xEF\xBB\xBFlet a=1\r\n\r\n\r\n\r\nlet b=2").tree), "let a = 1\n\nlet b = 2\n");
  EXPECT_EQ(format(Parsed("\xEF\xBB\xBF\xEF\xBB\xBFlet a=1").tree), "\xEF\xBB\xBF\xEF\xBB\xBFlet a=1\n"); // one too many
  EXPECT_EQ(format(Parsed("\n\xEF\xBB\xBF\xFF let a=1 \r\n").tree), "\n\xEF\xBB\xBF\xFF let a=1 \r\n"); // no text at all
  EXPECT_EQ(format(Parsed("").tree), "");
  EXPECT_EQ(format(Parsed("\n\n  \n").tree), "");
  EXPECT_EQ(format(Parsed("// only\n").tree), "// only\n");
  EXPECT_EQ(format(Parsed("#!/usr/bin/env chasic\nlet a = 1").tree), "#!/usr/bin/env chasic\nlet a = 1\n");
}

} // namespace
} // namespace chasi::syntax
