#include "runtime/plan/recipe.h"

#include "runtime/plan/digest.h"
#include "runtime/plan/fault.h"
#include "runtime/plan/plan.h"
#include "runtime/plan/secrets.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

using namespace chasi::plan;

namespace {

const Recipe kUrl = {{.literal = "pg://app:"}, {.function = "urlEncode", .parts = {{.provider = "env", .key = "DB"}}}, {.literal = "@db"}};

SecretRef templateOf(const Recipe& recipe) { return {"/data/url", kTemplate, writeRecipe(recipe)}; }

SecretReader only(std::string value) {
  return [value = std::move(value)](const SecretRef& ref) -> llvm::Expected<std::string> {
    if (ref.provider == "env" && ref.key == "DB") return value;
    return fault("CH6212", "there is no " + ref.key);
  };
}

std::string made(const Recipe& recipe, const std::string& value) { return llvm::cantFail(resolveSecret(templateOf(recipe), only(value))); }
std::string made(const char* function, const std::string& value) { return made({{.function = function, .parts = {{.provider = "env", .key = "DB"}}}}, value); }

} // namespace

TEST(Recipe, IsWorkedOutFromValues) {
  EXPECT_EQ(made(kUrl, "p@ss/ü"), "pg://app:p%40ss%2F%C3%BC@db");
  EXPECT_EQ(made("base64", "hi"), "aGk=");
  EXPECT_EQ(made("trim", " \n hi\t\n"), "hi");
  EXPECT_EQ(made("trim", " \n "), "");
  EXPECT_EQ(made("sha256", ""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(made("toJson", "a\"b\n"), R"("a\"b\n")");
  EXPECT_EQ(made({{.function = "base64", .parts = kUrl}}, "x"), base64("pg://app:x@db"));
  EXPECT_EQ(made({{.literal = "only"}}, "x"), "only");
}

TEST(Recipe, TellsWhatIsMissing) {
  const SecretRef ref = templateOf({{.literal = "a"}, {.provider = "file", .key = "nowhere"}});
  EXPECT_EQ(takeText(resolveSecret(ref, only("x")).takeError()).message, "there is no nowhere");
}

TEST(Recipe, WhatIsNoTextHasNoJson) {
  const SecretRef ref = templateOf({{.function = "toJson", .parts = {{.provider = "env", .key = "DB"}}}});
  FaultText told = takeText(resolveSecret(ref, only("\xff\xfe")).takeError());
  EXPECT_EQ(told.code, "CH6212");
  EXPECT_EQ(told.message.find('\xff'), told.message.npos);
}

TEST(Recipe, ComesBackFromItsText) {
  const Recipe recipe = {{.function = "base64", .parts = kUrl}, {.literal = "\"\n\\"}, {.provider = "k8s", .key = "a/b/c"}};
  const std::string text = writeRecipe(recipe);
  EXPECT_EQ(writeRecipe(llvm::cantFail(readRecipe(text))), text);
  EXPECT_EQ(describeRecipe(recipe), R"("${base64("pg://app:${urlEncode("${env/DB}")}@db")}\"\n\\${k8s/a/b/c}")");
  EXPECT_EQ(describeSource(templateOf({{.function = "base64", .parts = {{.provider = "env", .key = "DB"}}}})), R"(base64("${env/DB}"))");
  EXPECT_EQ(sourcesOf(templateOf(recipe)).size(), 2U);
}

TEST(Recipe, RefusesWhatIsNone) {
  std::string deep = "[\"x\"]";
  for (int i = 0; i < 40; ++i) deep = R"([{"function":"trim","of":)" + deep + "}]";
  for (const std::string& text : {std::string("{}"), std::string("[1]"), std::string("["), std::string(R"([{"function":"system","of":[]}])"), std::string(R"([{"provider":"env"}])"),
                                  std::string(R"([{"provider":"env","key":""}])"), std::string(R"([{"function":"trim","of":"x"}])"), std::string(R"([{"provider":"a","key":"b","of":[]}])"), deep})
    EXPECT_EQ(takeText(readRecipe(text).takeError()).code, "CH6001") << text.substr(0, 60);
}

TEST(Recipe, StandsInThePlanWithoutAValue) {
  Plan plan;
  plan.desired.workspace = "w";
  plan.desired.targets = {{"core", "local", {}}};
  Operation op;
  op.id = "a";
  op.target = "core";
  op.object = {"v1", "Secret", "default", "s"};
  op.payload = R"({"apiVersion":"v1","kind":"Secret","metadata":{"name":"s","namespace":"default"},"stringData":{"url":null}})";
  op.secrets = {templateOf(kUrl)};
  op.secrets[0].pointer = "/stringData/url";
  plan.desired.operations = {op};
  plan.steps.resize(1);
  std::string text;
  llvm::raw_string_ostream out(text);
  writePlan(plan, out);
  const nlohmann::json written = nlohmann::json::parse(text)["operations"][0]["secrets"][0];
  EXPECT_EQ(written["pointer"], "/data/url");
  EXPECT_EQ(written["template"], nlohmann::json::parse(writeRecipe(kUrl)));
  EXPECT_FALSE(written.contains("key"));
  Plan again = llvm::cantFail(readPlan(text));
  const nlohmann::json whole = nlohmann::json::parse(llvm::cantFail(unsealed(again.desired.operations[0], only("x"))));
  EXPECT_EQ(whole["data"]["url"], base64("pg://app:x@db"));
  const size_t at = text.find("urlEncode");
  text.replace(at, 9, "urlDecode");
  EXPECT_EQ(takeText(readPlan(text).takeError()).code, "CH6001");
}

TEST(Secrets, ALiteralIsNeverDescribed) {
  EXPECT_EQ(describeSource({"/data/a", kLiteral, "Q0FOQVJZ"}).find("Q0FOQVJZ"), std::string::npos);
}

TEST(Secrets, AreAskedForOnce) {
  size_t asked = 0;
  const SecretReader reader = remembering([&](const SecretRef& ref) -> llvm::Expected<std::string> {
    ++asked;
    if (ref.key == "none") return fault("CH6212", "not set", "set it");
    return ref.provider + ref.key;
  });
  const SecretReader copy = reader;
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(llvm::cantFail(reader({"/a", "env", "A"})), "envA");
    EXPECT_EQ(llvm::cantFail(copy({"/b", "env", "A"})), "envA");
    FaultText told = takeText(reader({"/a", "env", "none"}).takeError());
    EXPECT_EQ(told.message, "not set");
    EXPECT_EQ(told.hint, "set it");
  }
  EXPECT_EQ(asked, 2U);
}
