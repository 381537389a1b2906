#include "compiler/driver/arguments.h"
#include "compiler/driver/report.h"
#include "compiler/driver/snapshot.h"
#include "compiler/driver/test_report.h"
#include "runtime/plan/yaml_text.h"
#include "compiler/eval/date.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <yaml-cpp/yaml.h>

#include <set>

namespace chasi::driver {
namespace {

Invocation parsed(const std::vector<std::string>& words) {
  Parsed result = parseArguments(words);
  EXPECT_TRUE(result.invocation.has_value());
  return result.invocation ? std::move(*result.invocation) : Invocation{};
}

TEST(Arguments, FlagsAndWordsInAnyOrder) {
  const Invocation i = parsed({"plan", "--set", "a=1", "shop", "--env=prod", "--set", "b=2", "-q"});
  EXPECT_STREQ(i.command->name, "plan");
  EXPECT_EQ(i.words, std::vector<std::string>{"shop"});
  EXPECT_EQ(i.all("--set"), (std::vector<std::string>{"a=1", "b=2"}));
  EXPECT_EQ(i.get("--env"), "prod");
  EXPECT_TRUE(i.has("--quiet"));
  EXPECT_FALSE(i.has("--verbose"));
}

TEST(Arguments, CommandsOfTwoWords) {
  EXPECT_STREQ(parsed({"image", "build", "--layout", "x"}).command->name, "image build");
  EXPECT_STREQ(parsed({"--version"}).command->name, "version");
}

TEST(Arguments, MistakesAreUsage) {
  for (const std::vector<std::string>& words : std::vector<std::vector<std::string>>{{}, {"aply"}, {"image"}, {"image", "biuld"}, {"plan", "--nope"}, {"plan", "--env"}, {"plan", "a", "b"}, {"render", "--format", "xml"}, {"--env", "x"}, {"explain"}, {"drift", "a", "b"}, {"check", "--date", "2026-02-30"}}) {
    const Parsed result = parseArguments(words);
    EXPECT_FALSE(result.invocation.has_value()) << fmt::format("{}", fmt::join(words, " "));
    EXPECT_EQ(result.code, kUsage);
  }
}

TEST(Commands, TablesAreWhole) {
  std::set<std::string> names;
  for (const Command& c : commands()) {
    EXPECT_TRUE(names.insert(c.name).second) << c.name;
    EXPECT_TRUE(c.run) << c.name;
    EXPECT_TRUE(*c.summary) << c.name;
    std::set<std::string> flags;
    for (const Flag& f : c.flags) {
      EXPECT_TRUE(flags.insert(f.name).second) << c.name << ' ' << f.name;
      EXPECT_TRUE(*f.help) << c.name << ' ' << f.name;
    }
  }
}

TEST(Report, ExitCodesOfFaults) {
  EXPECT_EQ(exitOf("CH6102"), kUnreachable);
  EXPECT_EQ(exitOf("CH6203"), kIncomplete);
  EXPECT_EQ(exitOf("CH6210"), kInterrupted);
  EXPECT_EQ(exitOf("CH7001"), kWrong);
  EXPECT_EQ(exitOf("CH6301"), kUnreachable);
}

/// What is written reads back as the same value, for every reader of YAML 1.1 too.
TEST(Yaml, TextsStayTexts) {
  for (const char* text : {"", "a", "true", "yes", "Off", "n", "null", "~", "1", "1.5", "1e3", "0x1F", "1_000", "2026-01-31", "12:30:45", "500m", "- a", "a: b", "#", "a #b", "*x", "&x", "!x", "%x", "@x", "`x", "{a}", "[a]", "a\nb\n", "a\nb", " a", "a ", "\n", "a\n\n", "tab\there", "quote\"", "it's", "\x01", "ü", "=", "<<", "?", "-", "--- a"}) {
    std::string out;
    llvm::raw_string_ostream stream(out);
    plan::writeYaml({{"k", text}}, stream);
    const YAML::Node node = YAML::Load(out)["k"];
    ASSERT_TRUE(node.IsScalar()) << out;
    EXPECT_EQ(node.as<std::string>(), text) << out;
    // Plain scalars are guessed at; only these may be plain.
    EXPECT_EQ(node.Tag() == "!", std::string(text) != "a") << out;
  }
}

TEST(Yaml, ShapesStayShapes) {
  const nlohmann::ordered_json value = {{"list", {1, -2, 1.5, true, false}}, {"empty", nlohmann::ordered_json::object()}, {"none", nlohmann::ordered_json::array()}, {"deep", {{"a", {{"b", {{{"c", "d"}}}}}}}}};
  std::string out;
  llvm::raw_string_ostream stream(out);
  plan::writeYaml(value, stream);
  const YAML::Node node = YAML::Load(out);
  EXPECT_EQ(node["list"].size(), 5u);
  EXPECT_EQ(node["list"][1].as<int>(), -2);
  EXPECT_TRUE(node["empty"].IsMap());
  EXPECT_TRUE(node["none"].IsSequence());
  EXPECT_EQ(node["deep"]["a"]["b"][0]["c"].as<std::string>(), "d");
}

TEST(Date, OnlyDaysOfTheCalendar) {
  for (const char* day : {"2026-01-01", "2024-02-29", "2000-02-29", "2026-12-31"}) EXPECT_TRUE(eval::isDate(day)) << day;
  for (const char* none : {"", "2026", "2026-1-1", "2026-13-01", "2026-00-10", "2026-02-29", "1900-02-29", "2026-04-31", "2026-12-32", "2026/12/31", "2026-12-31 ", "+026-12-31", "0000-01-01"})
    EXPECT_FALSE(eval::isDate(none)) << none;
}

TEST(Snapshot, LinesThatDifferComeWithTheirSurroundings) {
  using Lines = std::vector<std::string>;
  EXPECT_EQ(differingLines("a\nb\nc\n", "a\nx\nc\n"), (Lines{"  a", "- b", "+ x", "  c"}));
  EXPECT_EQ(differingLines("1\n2\n3\n4\n5\n6\n", "1\n2\n3\n4\n5\n7\n"), (Lines{"…", "  4", "  5", "- 6", "+ 7"}));
  EXPECT_EQ(differingLines("a\n", "a\nb\n"), (Lines{"  a", "+ b"}));
  EXPECT_EQ(differingLines("a\nb\nc\nd\n", "b\nc\nx\nd\n"), (Lines{"- a", "  b", "  c", "+ x", "  d"}));
}

/// The table of a comparison is bounded; what is too long for it is still all shown.
TEST(Snapshot, VeryDifferentTextsAreShownWhole) {
  std::string before, after;
  for (int i = 0; i < 3000; ++i) {
    before += fmt::format("a{}\n", i);
    after += fmt::format("b{}\n", i);
  }
  EXPECT_EQ(differingLines(before, after).size(), 6000u);
}

TEST(Junit, TextIsXml) {
  EXPECT_EQ(xmlText("<a> & \"b\"\n"), "&lt;a&gt; &amp; &quot;b&quot;&#10;");
  EXPECT_EQ(xmlText("a\n", false), "a\n");
  EXPECT_EQ(xmlText(llvm::StringRef("\0\x1b\xff\xEF\xBF\xBEü", 8)), "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBDü");
}

} // namespace
} // namespace chasi::driver
