// What the emitter of yaml.v2 writes; the words were looked at in texts that Helm made.
#include "compiler/eval/yaml_text.h"
#include "compiler/eval/yaml_words.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace chasi::eval {
namespace {

std::string of(const char* json) { return yamlText(nlohmann::ordered_json::parse(json)); }

TEST(YamlText, QuotesWhatAnotherTypeWouldBeReadFrom) {
  for (const char* word : {"yes", "y", "null", "~", "", "0x10", "0123", "12:30:45", "1e3", "2026-01-02", ".inf", "1_000", "1.5", "-7", "+1", "off", ".5", "0b101"})
    EXPECT_EQ(yamlText(word), '"' + std::string(word) + '"');
  for (const char* word : {"a", "1.2.3", "10Gi", "2026-13-02", "2026-02-30", "a#b", "a:b", "1e", "0x", "-", "<<", "12:99"})
    EXPECT_EQ(yamlText(word), std::string(word) == "-" ? "'-'" : word);
}

TEST(YamlText, QuotesWhatSyntaxAsksFor) {
  EXPECT_EQ(yamlText("a: b"), "'a: b'");
  EXPECT_EQ(yamlText("a #b"), "'a #b'");
  EXPECT_EQ(yamlText(" lead"), "' lead'");
  EXPECT_EQ(yamlText("it's"), "it's");
  EXPECT_EQ(yamlText("'it"), "'''it'");
  EXPECT_EQ(yamlText("- x"), "'- x'");
  EXPECT_EQ(yamlText("-x"), "-x");
  EXPECT_EQ(yamlText("? x"), "'? x'");
  EXPECT_EQ(yamlText("--- x"), "'--- x'");
  EXPECT_EQ(yamlText("tab\tbell\a"), "\"tab\\tbell\\a\"");
  EXPECT_EQ(yamlText("größe 数据"), "größe 数据");
  EXPECT_EQ(yamlText("🚀"), "\"\\U0001F680\"");
}

TEST(YamlText, LinesStandInBlocks) {
  EXPECT_EQ(of(R"({"a":"one\ntwo\n","b":"x"})"), "a: |\n  one\n  two\nb: x");
  EXPECT_EQ(of(R"({"a":"one\n\n","b":"x"})"), "a: |+\n  one\n\nb: x");
  EXPECT_EQ(of(R"({"a":"\none","b":["y\nz"]})"), "a: |2-\n\n  one\nb:\n- |-\n  y\n  z");
  EXPECT_EQ(of(R"({"a":"x \ny"})"), "a: \"x \\ny\"");
}

TEST(YamlText, ListsStandBelowTheirKey) {
  EXPECT_EQ(of(R"({"a":[{"k":1,"j":[]},[1,[2]],{}],"b":{"c":{}}})"), "a:\n- j: []\n  k: 1\n- - 1\n  - - 2\n- {}\nb:\n  c: {}");
}

TEST(YamlText, NumbersAreThoseOfGo) {
  EXPECT_EQ(of("[1500000, 0.25, 1500000.5, 1e21, -0.00001, 1e3, null, true]"), "- 1500000\n- 0.25\n- 1.5000005e+06\n- 1e+21\n- -1e-05\n- 1000\n- null\n- true");
  EXPECT_EQ(goFloat(134217728), "1.34217728e+08");
  EXPECT_EQ(goFloat(999999), "999999");
}

/// The order goes in circles for a01, a10, a1b and a2; it is the same each time.
TEST(YamlText, TheSameKeysAlwaysComeInTheSameOrder) {
  EXPECT_EQ(of(R"({"a10":1,"a2":1})"), "a2: 1\na10: 1");
  EXPECT_EQ(of(R"({"a01":1,"a10":1,"a1b":1,"a2":1})"), of(R"({"a2":1,"a1b":1,"a10":1,"a01":1})"));
}

/// Each level of nesting is indented further, so that a small value can become a long text.
TEST(YamlText, WhatIsTooLongIsNotFinished) {
  nlohmann::ordered_json deep = "end";
  for (int i = 0; i < 4000; ++i) deep = {{"a", std::move(deep)}};
  const std::string text = yamlText(deep, 10'000);
  EXPECT_GT(text.size(), 10'000U);
  EXPECT_LT(text.size(), 20'000U);
}

TEST(YamlWords, AreReadAsInYaml11) {
  EXPECT_EQ(yamlWord("010").integer, 8);
  EXPECT_EQ(yamlWord("-0x1F").integer, -31);
  EXPECT_EQ(yamlWord("1_000").integer, 1000);
  EXPECT_EQ(yamlWord("089").kind, YamlWord::Float);
  EXPECT_TRUE(yamlWord("On").boolean);
  EXPECT_EQ(yamlWord("2026-1-2 10:20:30.5").kind, YamlWord::Time);
  EXPECT_EQ(yamlWord("1.2.3").kind, YamlWord::Text);
}

} // namespace
} // namespace chasi::eval
