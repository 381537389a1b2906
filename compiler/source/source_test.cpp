#include "compiler/source/diagnostic.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace chasi::source {
namespace {

std::string text(const Diagnostics& d, const SourceSet& s, TextStyle style = {}) {
  std::string out;
  llvm::raw_string_ostream stream(out);
  printText(d, s, stream, style);
  return out;
}

TEST(SourceSet, AddressesAndLines) {
  SourceSet s;
  const FileId a = s.add("a", "one\ntwo\r\n\nx");
  const FileId b = s.addStatic("b", "");
  const FileId c = s.add("c", "é=1");
  EXPECT_EQ(s.base(a), 1u);
  EXPECT_EQ(s.fileOf(s.base(a) + 11), a) << "the end belongs to the file";
  EXPECT_EQ(s.fileOf(s.base(b)), b);
  EXPECT_EQ(s.fileOf(s.base(c)), c);
  const Position p = s.position(s.base(a) + 5);
  EXPECT_EQ(p.line, 2u);
  EXPECT_EQ(p.column, 2u);
  EXPECT_EQ(p.offset, 5u);
  EXPECT_EQ(s.line(a, 2), "two");
  EXPECT_EQ(s.line(a, 3), "");
  EXPECT_EQ(s.line(a, 4), "x");
  EXPECT_EQ(s.line(a, 5), "");
  EXPECT_EQ(s.text(Span{s.base(c), s.base(c) + 2}), "é");
}

TEST(SourceSet, OpenSaysWhy) {
  SourceSet s;
  auto missing = s.open("/no/such/file.chasi");
  ASSERT_FALSE(missing);
  EXPECT_NE(llvm::toString(missing.takeError()).find("No such file"), std::string::npos);
  const auto folder = std::filesystem::temp_directory_path();
  auto directory = s.open(folder.string());
  ASSERT_FALSE(directory);
  EXPECT_NE(llvm::toString(directory.takeError()).find("directory"), std::string::npos);
  const auto big = folder / ("chasi-source-test-" + std::to_string(::getpid()));
  { std::ofstream(big) << "x"; }
  std::filesystem::resize_file(big, kMaxFileBytes + 1);
  auto large = s.open(big.string());
  EXPECT_FALSE(large);
  EXPECT_NE(llvm::toString(large.takeError()).find("larger than 8 MiB"), std::string::npos);
  std::filesystem::resize_file(big, 3);
  auto small = s.open(big.string());
  ASSERT_TRUE(static_cast<bool>(small)) << llvm::toString(small.takeError());
  EXPECT_EQ(s.text(*small).size(), 3u);
  std::filesystem::remove(big);
}

TEST(Text, LabelsOnOneLineAndFarAway) {
  SourceSet s;
  const FileId f = s.add("bank.chasi", "a = 1\n\tb = foo + bar\n\n\n\n\nc = 2\n");
  const FileId g = s.add("other.chasi", "import x\n");
  const uint32_t b = s.base(f);
  Diagnostics d;
  d.report(Code::UnknownName, {b + 11, b + 14}, "unknown name `foo`")
      .mark("not found")
      .at({b + 17, b + 20}, "used with this")
      .at({b + 25, b + 26}, "far")
      .at({s.base(g), s.base(g) + 6}, "imported here")
      .note("first\nsecond")
      .hint("write something else");
  EXPECT_EQ(text(d, s), R"(error[CH2001]: unknown name `foo`
 --> bank.chasi:2:6
  |
2 |     b = foo + bar
  |         ^^^   --- used with this
  |         |
  |         not found
  ...
7 | c = 2
  | - far
 ::: other.chasi:1:1
  |
1 | import x
  | ------ imported here
  = note: first
          second
  = help: write something else

1 error
)");
}

TEST(Text, WideCharactersControlBytesAndMultiLineSpans) {
  SourceSet s;
  const FileId f = s.add("x", "名 = \x1b[31m é!\nrest");
  const uint32_t b = s.base(f);
  Diagnostics d;
  d.report(Code::BadCharacter, {b + 15, b + 20}, "odd \x1b text");
  EXPECT_EQ(text(d, s), "error[CH1004]: odd \xEF\xBF\xBD text\n --> x:1:16\n  |\n1 | 名 = \xEF\xBF\xBD[31m é!\n"
                        "  |              ^\n\n1 error\n");
}

TEST(Text, LongLinesAreCutAroundThePlace) {
  SourceSet s;
  const FileId f = s.add("x", std::string(500, 'a') + "B" + std::string(500, 'c'));
  Diagnostics d;
  d.report(Code::BadCharacter, {s.base(f) + 500, s.base(f) + 501}, "here");
  const std::string out = text(d, s);
  const llvm::StringRef marked = llvm::StringRef(out).split("1 | ").second;
  EXPECT_LT(marked.split('\n').first.size(), 130u);
  const size_t caret = marked.split('\n').second.find('^');
  // Both rows begin with a gutter of four columns; the ellipsis is one column and three bytes.
  EXPECT_EQ(marked.split('\n').first.find('B') - 2, caret - 4);
}

TEST(Text, CountsWhatIsNotShown) {
  SourceSet s;
  const FileId f = s.add("x", "ab");
  Diagnostics d;
  for (uint32_t i = 0; i < 3; ++i) d.report(Code::Deprecated, {s.base(f), s.base(f) + 1}, fmt::format("w{}", i));
  d.report(Code::Cycle, {}, "no place");
  EXPECT_TRUE(llvm::StringRef(text(d, s, {false, 1})).ends_with("1 error, 3 warnings, 3 not shown\n"));
  EXPECT_EQ(text(Diagnostics(), s), "");
}

TEST(Diagnostics, SortedAndWithoutRepetition) {
  Diagnostics a;
  a.report(Code::Cycle, {9, 10}, "later");
  a.report(Code::UnknownName, {5, 6}, "first");
  Diagnostics b;
  b.report(Code::Cycle, {9, 10}, "later");
  a.append(std::move(b));
  EXPECT_EQ(a.errorCount(), 3u);
  a.sort();
  ASSERT_EQ(a.all().size(), 2u);
  EXPECT_EQ(a.errorCount(), 2u);
  EXPECT_EQ(a.all()[0].message, "first");
}

TEST(Json, OneLineWithEverything) {
  SourceSet s;
  const FileId f = s.add("a.chasi", "x\nyy");
  const uint32_t b = s.base(f);
  Diagnostics d;
  d.report(Code::UnknownName, {b + 2, b + 4}, "no \xff").at({b, b + 1}, "here").fix("do", {b, b}, "z");
  std::string out;
  llvm::raw_string_ostream stream(out);
  printJson(d, s, stream);
  EXPECT_EQ(std::count(out.begin(), out.end(), '\n'), 1);
  const auto json = nlohmann::json::parse(out);
  const auto& one = json.at("diagnostics").at(0);
  EXPECT_EQ(one.at("code"), "CH2001");
  EXPECT_EQ(one.at("range").at("start").at("line"), 2);
  EXPECT_EQ(one.at("range").at("end").at("offset"), 4);
  EXPECT_EQ(one.at("related").at(0).at("message"), "here");
  EXPECT_EQ(one.at("fixes").at(0).at("edits").at(0).at("text"), "z");
}

TEST(Nearest, FindsTheSlip) {
  EXPECT_EQ(nearest("replcas", {"labels", "replicas", "port"}), "replicas");
  EXPECT_EQ(nearest("Replicas", {"replicas"}), "replicas");
  EXPECT_EQ(nearest("xy", {"labels", "ab"}), "");
  EXPECT_EQ(nearest("", {"a"}), "");
}

TEST(Codes, AreFoundById) {
  EXPECT_EQ(findCode("ch2001"), Code::UnknownName);
  EXPECT_FALSE(findCode("CH9999"));
  for (size_t i = 1; i < allCodes().size(); ++i) EXPECT_LT(std::string(allCodes()[i - 1].id), allCodes()[i].id);
}

} // namespace
} // namespace chasi::source
