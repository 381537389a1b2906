#include "compiler/syntax/parse.h"

#include "compiler/syntax/dump.h"
#include "compiler/syntax/serialize.h"
#include "compiler/syntax/testing.h"

#include <chrono>
#include <unistd.h>

// Golden files: cases/good/NAME.chasi must parse without a word and give the tree in NAME.tree; cases/bad/NAME.chasi must
// give the messages and what is left of the tree in NAME.out.
namespace chasi::syntax {
namespace {

using namespace testing;
using source::Code;

TEST(Golden, Trees) {
  for (const fs::path& path : cases("good")) {
    const Parsed parsed(readFile(path), path.filename().string());
    EXPECT_EQ(parsed.messages(), "");
    compare(fs::path(path).replace_extension(".tree"), dump(parsed.tree));
  }
}

TEST(Golden, Mistakes) {
  for (const fs::path& path : cases("bad")) {
    const Parsed parsed(readFile(path), path.filename().string());
    std::string out = parsed.messages() + "\n";
    for (const NodeRef item : parsed.tree.root().children()) out += dumpLine(item) + "\n";
    EXPECT_TRUE(parsed.diagnostics.hasErrors()) << path;
    compare(fs::path(path).replace_extension(".out"), out);
  }
}

/// What a walk may rely on, whatever the input was; what is wrong, or nothing.
std::string flawOf(const Tree& tree) {
  uint32_t at = 0;
  for (const Token& token : tree.tokens()) {
    if (token.begin != at || token.end < token.begin) return fmt::format("a gap or an overlap between tokens at byte {}", at);
    at = token.end;
  }
  if (at != tree.text().size() || tree.tokens().back().kind != TokenKind::EndOfFile) return "the tokens end before the file";
  const auto nodes = tree.nodes();
  if (nodes[0].end != nodes.size()) return "the File does not hold everything";
  std::vector<uint32_t> ends{nodes[0].end};
  for (uint32_t i = 1; i < nodes.size(); ++i) {
    while (ends.back() <= i) ends.pop_back();
    if (nodes[i].end <= i || nodes[i].end > ends.back()) return fmt::format("node {} ends behind the one around it", i);
    if (nodes[i].first > nodes[i].last + 1 || nodes[i].last >= tree.tokens().size()) return fmt::format("node {} has impossible tokens", i);
    ends.push_back(nodes[i].end);
    if (ends.size() > ParseLimits().nodeDepth + 2) return "deeper than the limit";
  }
  return "";
}

TEST(Parse, EveryTreeIsLossless) {
  for (const fs::path& path : allSources()) {
    SCOPED_TRACE(path.string());
    EXPECT_EQ(flawOf(Parsed(readFile(path)).tree), "");
  }
}

TEST(Parse, EveryPrefix) {
  const std::string text = readFile(fs::path(CHASI_SYNTAX_CASES) / "good" / "all.chasi");
  for (size_t n = 0; n < text.size(); ++n) {
    SCOPED_TRACE(n);
    const Parsed parsed(text.substr(0, n));
    EXPECT_EQ(flawOf(parsed.tree), "");
    // What stands before the line that was cut is untouched by it.
    EXPECT_LE(parsed.diagnostics.errorCount(), 3U) << parsed.messages();
  }
}

TEST(Parse, EveryMissingLine) {
  // A line that is gone takes its own declaration along and no other.
  const std::string text = readFile(fs::path(CHASI_SYNTAX_CASES) / "good" / "bank.chasi");
  const uint32_t items = Parsed(text).tree.root().childCount();
  std::vector<size_t> lines{0};
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\n') lines.push_back(i + 1);
  }
  for (size_t k = 0; k + 1 < lines.size(); ++k) {
    const Parsed parsed(text.substr(0, lines[k]) + text.substr(lines[k + 1]));
    EXPECT_EQ(flawOf(parsed.tree), "");
    uint32_t whole = 0;
    for (const NodeRef item : parsed.tree.root().children()) whole += item.kind() != NodeKind::Error && !item.flag(kBroken);
    EXPECT_GE(whole + 3, items) << "without line " << k + 1 << "\n" << parsed.messages();
  }
}

TEST(Parse, BytesThatAreNoText) {
  const Parsed invalid("let a = 1\nlet b = \"\xFF\xFE\"\n");
  EXPECT_TRUE(invalid.reports(Code::InvalidUtf8)); // CH0003
  EXPECT_NE(invalid.messages().find("byte 19"), std::string::npos) << invalid.messages();
  EXPECT_EQ(flawOf(invalid.tree), "");

  const Parsed zero(std::string("let a = 1\nlet \0 b = 2\nlet c = 3\n", 32));
  EXPECT_TRUE(zero.reports(Code::BadCharacter)); // CH1004
  EXPECT_EQ(flawOf(zero.tree), "");

  std::string noise;
  uint32_t state = 1;
  for (int i = 0; i < 20000; ++i) {
    state = state * 1664525 + 1013904223;
    noise += static_cast<char>((state >> 24) & 0x7F);
  }
  const Parsed binary(noise);
  EXPECT_TRUE(binary.reports(Code::TooManyErrors)); // CH1009
  EXPECT_EQ(flawOf(binary.tree), "");
}

TEST(Parse, LineEndsOfAllKinds) {
  const std::string unix = readFile(fs::path(CHASI_SYNTAX_CASES) / "good" / "bank.chasi");
  const std::string plain = dump(Parsed(unix).tree);
  std::string windows, old;
  for (const char c : unix) windows += c == '\n' ? std::string("\r\n") : std::string(1, c);
  for (const char c : unix) old += c == '\n' ? '\r' : c;
  for (const std::string& text : {windows, old, "\xEF\xBB\xBF" + windows}) {
    const Parsed parsed(text);
    EXPECT_EQ(parsed.messages(), "");
    EXPECT_EQ(dump(parsed.tree), plain);
    EXPECT_EQ(flawOf(parsed.tree), "");
  }
}

TEST(Parse, DeepInputEnds) {
  constexpr size_t kMany = 100000;
  const auto repeat = [](const std::string& s, size_t n) {
    std::string out;
    for (size_t i = 0; i < n; ++i) out += s;
    return out;
  };
  for (const std::string& deep : {repeat("[", kMany), repeat("[", kMany) + repeat("]", kMany), repeat("(", kMany), repeat("{", kMany),
                                  repeat("-", kMany) + "1", repeat("!", kMany) + "x", repeat("f(", kMany), repeat("\"${", kMany),
                                  repeat("if a { ", kMany), repeat("x => ", kMany) + "1", repeat("a.", kMany) + "b",
                                  repeat("1 + ", kMany) + "1", repeat("List<", kMany), repeat("a { ", kMany), repeat("/*", kMany)}) {
    SCOPED_TRACE(deep.substr(0, 20));
    const Parsed parsed("let before = 1\nlet x = " + deep + "\nlet after = 2\n");
    EXPECT_TRUE(parsed.diagnostics.hasErrors());
    EXPECT_EQ(flawOf(parsed.tree), "");
    EXPECT_EQ(dumpLine(parsed.tree.root().child(0)), "(Let (Name before) (IntLit 1))");
  }
  EXPECT_TRUE(Parsed("let x = " + repeat("[", 300) + repeat("]", 300)).reports(Code::TooDeep)); // CH1007
  EXPECT_FALSE(Parsed("let x = " + repeat("[", 150) + repeat("]", 150)).diagnostics.hasErrors());
}

/// Seconds to parse so many copies of the bank example.
double timeOf(size_t copies) {
  const std::string one = readFile(fs::path(CHASI_SYNTAX_CASES) / "good" / "bank.chasi");
  std::string text;
  for (size_t i = 0; i < copies; ++i) text += one;
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(flawOf(Parsed(std::move(text)).tree), "");
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

TEST(Parse, IsLinear) {
  timeOf(10);
  const double small = timeOf(25);
  const double large = timeOf(100);
  EXPECT_LT(large, 12 * small + 0.1) << "four times the text took " << large / small << " times as long";
}

TEST(Parse, TheLargestFileIsRefusedBeforeItIsRead) {
  const fs::path path = fs::temp_directory_path() / fmt::format("chasi-syntax-large-{}.chasi", ::getpid());
  std::ofstream(path) << "let a = 1\n";
  fs::resize_file(path, 50 << 20);
  source::SourceSet sources;
  const auto begin = std::chrono::steady_clock::now();
  auto opened = sources.open(path.string());
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  fs::remove(path);
  ASSERT_FALSE(static_cast<bool>(opened));
  EXPECT_NE(llvm::toString(opened.takeError()).find("larger"), std::string::npos);
  EXPECT_LT(took.count(), 2.0);
}

TEST(Parse, MistakesAreLinearToo) {
  std::string text;
  for (int i = 0; i < 3000; ++i) text += "let x" + std::to_string(i) + " = [1, , = 2 }\ntenant x { on = }\n";
  const auto begin = std::chrono::steady_clock::now();
  const Parsed parsed(text);
  EXPECT_TRUE(parsed.reports(Code::TooManyErrors));
  EXPECT_EQ(flawOf(parsed.tree), "");
  EXPECT_LT(std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count(), 20.0);
}

TEST(Serialize, GivesTheSameTree) {
  for (const fs::path& path : allSources()) {
    const Parsed parsed(readFile(path));
    auto again = fromBytes(toBytes(parsed.tree), parsed.tree.text(), parsed.tree.base());
    ASSERT_TRUE(static_cast<bool>(again)) << llvm::toString(again.takeError());
    EXPECT_EQ(dump(parsed.tree), dump(*again));
  }
}

} // namespace
} // namespace chasi::syntax
