#include "runtime/local/merge_test.h"

#include <gtest/gtest.h>

namespace chasi::local {
namespace {

Result<Json> patched(const char* target, const char* patch) { return jsonPatch(Json::parse(target), Json::parse(patch)); }

TEST(JsonPatch, DoesWhatTheRfcSays) {
  const char* cases[][3] = {
      {R"({"foo":"bar"})", R"([{"op":"add","path":"/baz","value":"qux"}])", R"({"baz":"qux","foo":"bar"})"},
      {R"({"foo":["bar","baz"]})", R"([{"op":"add","path":"/foo/1","value":"qux"}])", R"({"foo":["bar","qux","baz"]})"},
      {R"({"foo":["bar"]})", R"([{"op":"add","path":"/foo/-","value":["abc"]}])", R"({"foo":["bar",["abc"]]})"},
      {R"({"foo":["bar"]})", R"([{"op":"add","path":"/foo/1","value":1}])", R"({"foo":["bar",1]})"},
      {R"({"baz":"qux","foo":"bar"})", R"([{"op":"remove","path":"/baz"}])", R"({"foo":"bar"})"},
      {R"({"foo":["bar","qux","baz"]})", R"([{"op":"remove","path":"/foo/1"}])", R"({"foo":["bar","baz"]})"},
      {R"({"baz":"qux"})", R"([{"op":"replace","path":"/baz","value":"boo"}])", R"({"baz":"boo"})"},
      {R"({"foo":{"bar":"baz","waldo":"fred"},"qux":{"corge":"grault"}})", R"([{"op":"move","from":"/foo/waldo","path":"/qux/thud"}])",
       R"({"foo":{"bar":"baz"},"qux":{"corge":"grault","thud":"fred"}})"},
      {R"({"foo":["all","grass","cows","eat"]})", R"([{"op":"move","from":"/foo/1","path":"/foo/3"}])", R"({"foo":["all","cows","eat","grass"]})"},
      {R"({"a":{"b":1}})", R"([{"op":"copy","from":"/a","path":"/c"}])", R"({"a":{"b":1},"c":{"b":1}})"},
      {R"({"/":9,"~1":10})", R"([{"op":"test","path":"/~01","value":10},{"op":"remove","path":"/~1"}])", R"({"~1":10})"},
      {R"({"a":1})", R"([{"op":"replace","path":"","value":{"b":2}}])", R"({"b":2})"},
      {R"({"":1})", R"([{"op":"replace","path":"/","value":2}])", R"({"":2})"},
      {R"({"a":1})", R"([])", R"({"a":1})"},
      {R"({"a":1})", R"([{"op":"test","path":"/b","value":null}])", R"({"a":1})"},
  };
  for (auto& [target, patch, result] : cases) {
    auto out = patched(target, patch);
    ASSERT_TRUE(std::holds_alternative<Json>(out)) << patch << ": " << std::get<Refusal>(out).message;
    EXPECT_JSON(std::get<Json>(out), result);
  }
}

struct RefusedPatch {
  const char *target, *patch;
  int http;
  const char* message; ///< after the general sentence
};
TEST(JsonPatch, RefusesTheRest) {
  const RefusedPatch cases[] = {
      {"{}", R"({})", 400, "error decoding patch: a JSON patch is a list of operations"},
      {"{}", R"([1])", 400, "error decoding patch: an operation must be an object"},
      {"{}", R"([{"path":"/a"}])", 400, "error decoding patch: an operation needs `op`"},
      {"{}", R"([{"op":"add","value":1}])", 400, "error decoding patch: operation \"add\" needs `path`"},
      {"{}", R"([{"op":"add","path":"a","value":1}])", 400, "error decoding patch: \"a\" is no JSON pointer"},
      {"{}", R"([{"op":"add","path":"/a~2","value":1}])", 400, "error decoding patch: \"/a~2\" is no JSON pointer"},
      {"{}", R"([{"op":"add","path":"/a"}])", 400, "error decoding patch: operation \"add\" needs `value`"},
      {"{}", R"([{"op":"move","path":"/a"}])", 400, "error decoding patch: operation \"move\" needs `from`"},
      {"{}", R"([{"op":"frob","path":"/a"}])", 400, "error decoding patch: Unexpected kind: frob"},
      {R"({"a":1})", R"([{"op":"test","path":"/a","value":2}])", 422, "testing value /a failed: test failed"},
      {"{}", R"([{"op":"remove","path":"/a"}])", 422, "remove operation does not apply: doc is missing path: \"/a\": missing value"},
      {"{}", R"([{"op":"replace","path":"/a","value":1}])", 422, "replace operation does not apply: doc is missing key: /a: missing value"},
      {"{}", R"([{"op":"add","path":"/a/b","value":1}])", 422, "add operation does not apply: doc is missing path: \"/a/b\": missing value"},
      {R"({"a":[1]})", R"([{"op":"add","path":"/a/2","value":1}])", 422, "add operation does not apply: Unable to access invalid index: 2: invalid index referenced"},
      {R"({"a":[1]})", R"([{"op":"remove","path":"/a/01"}])", 422, "remove operation does not apply: doc is missing path: \"/a/01\": missing value"},
      {R"({"a":{"b":1}})", R"([{"op":"move","from":"/a","path":"/a/b"}])", 422, "move operation does not apply: a value cannot be moved into itself"},
      {"{}", R"([{"op":"copy","from":"/a","path":"/b"}])", 422, "copy operation does not apply: doc is missing from path: \"/a\": missing value"},
  };
  for (const RefusedPatch& c : cases) {
    auto out = patched(c.target, c.patch);
    ASSERT_TRUE(std::holds_alternative<Refusal>(out)) << c.patch;
    const Refusal& refusal = std::get<Refusal>(out);
    EXPECT_EQ(refusal.http, c.http) << c.patch;
    std::string prefix = c.http == 422 ? "the server rejected our request due to an error in our request: " : "";
    EXPECT_EQ(refusal.message, prefix + c.message);
  }
}

TEST(JsonPatch, CannotMakeAnObjectExplode) {
  Json patch = Json::array();
  for (int i = 0; i < 60; ++i) patch.push_back({{"op", "copy"}, {"from", ""}, {"path", "/k" + std::to_string(i)}});
  auto out = jsonPatch(Json::parse(R"({"a":[1,2,3]})"), patch);
  ASSERT_TRUE(std::holds_alternative<Refusal>(out));
  EXPECT_EQ(std::get<Refusal>(out).http, 422);
  Json many = Json::array();
  for (int i = 0; i < 10001; ++i) many.push_back({{"op", "add"}, {"path", "/a"}, {"value", 1}});
  EXPECT_EQ(std::get<Refusal>(jsonPatch(Json::object(), many)).http, 413);
}

TEST(JsonPatch, CannotNestWithoutEnd) {
  Json patch = Json::array();
  std::string path;
  for (int i = 0; i < 2000; ++i) {
    path += "/a";
    patch.push_back({{"op", "add"}, {"path", path}, {"value", Json::object()}});
  }
  auto out = jsonPatch(Json::object(), patch);
  ASSERT_TRUE(std::holds_alternative<Refusal>(out));
  EXPECT_NE(std::get<Refusal>(out).message.find("exceeded max depth"), std::string::npos);
}

} // namespace
} // namespace chasi::local
