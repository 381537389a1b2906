#include "runtime/local/merge_test.h"

#include <gtest/gtest.h>

namespace chasi::local {
namespace {

Result<Json> patched(const char* apiVersion, const char* kind, const char* target, const char* patch) {
  return strategicPatch(k8s::Schema::builtin().type(apiVersion, kind), Json::parse(target), Json::parse(patch));
}

TEST(StrategicPatch, MergesByKeyAndFollowsDirectives) {
  struct Case {
    const char *what, *target, *patch, *result;
  };
  const Case cases[] = {
      {"maps merge, null removes", R"({"metadata":{"labels":{"a":"1","b":"2"}}})", R"({"metadata":{"labels":{"a":null,"c":"3"}}})", R"({"metadata":{"labels":{"b":"2","c":"3"}}})"},
      {"containers merge by name", R"({"spec":{"containers":[{"name":"a","image":"1"},{"name":"b","image":"1"}]}})",
       R"({"spec":{"containers":[{"name":"b","image":"2"},{"name":"c","image":"1"}]}})",
       R"({"spec":{"containers":[{"name":"a","image":"1"},{"name":"b","image":"2"},{"name":"c","image":"1"}]}})"},
      {"ports merge by containerPort alone", R"({"spec":{"containers":[{"name":"a","ports":[{"containerPort":80,"protocol":"TCP"}]}]}})",
       R"({"spec":{"containers":[{"name":"a","ports":[{"containerPort":80,"name":"h"}]}]}})",
       R"({"spec":{"containers":[{"name":"a","ports":[{"containerPort":80,"protocol":"TCP","name":"h"}]}]}})"},
      {"elements are deleted", R"({"spec":{"containers":[{"name":"a"},{"name":"b"}]}})", R"({"spec":{"containers":[{"name":"a","$patch":"delete"}]}})", R"({"spec":{"containers":[{"name":"b"}]}})"},
      {"lists are replaced", R"({"spec":{"containers":[{"name":"a"},{"name":"b"}]}})", R"({"spec":{"containers":[{"$patch":"replace"},{"name":"c"}]}})", R"({"spec":{"containers":[{"name":"c"}]}})"},
      {"atomic lists are replaced", R"({"spec":{"tolerations":[{"key":"a"}]}})", R"({"spec":{"tolerations":[{"key":"b"}]}})", R"({"spec":{"tolerations":[{"key":"b"}]}})"},
      {"maps are replaced", R"({"metadata":{"labels":{"a":"1"}}})", R"({"metadata":{"labels":{"$patch":"replace","b":"2"}}})", R"({"metadata":{"labels":{"b":"2"}}})"},
      {"maps are deleted", R"({"metadata":{"labels":{"a":"1"},"name":"x"}})", R"({"metadata":{"labels":{"$patch":"delete"}}})", R"({"metadata":{"name":"x"}})"},
      {"sets merge", R"({"metadata":{"finalizers":["a","b"]}})", R"({"metadata":{"finalizers":["c","a"]}})", R"({"metadata":{"finalizers":["a","b","c"]}})"},
      {"values of sets are deleted", R"({"metadata":{"finalizers":["a","b"]}})", R"({"metadata":{"$deleteFromPrimitiveList/finalizers":["a"]}})", R"({"metadata":{"finalizers":["b"]}})"},
      {"elements are ordered", R"({"spec":{"containers":[{"name":"a"},{"name":"b"}]}})",
       R"({"spec":{"$setElementOrder/containers":[{"name":"c"},{"name":"b"},{"name":"a"}],"containers":[{"name":"c"}]}})",
       R"({"spec":{"containers":[{"name":"c"},{"name":"b"},{"name":"a"}]}})"},
      {"unions keep what is named", R"({"spec":{"volumes":[{"name":"v","emptyDir":{}}]}})",
       R"({"spec":{"volumes":[{"name":"v","$retainKeys":["name","configMap"],"configMap":{"name":"c"}}]}})", R"({"spec":{"volumes":[{"name":"v","configMap":{"name":"c"}}]}})"},
      {"what is new has no directives", R"({})", R"({"spec":{"containers":[{"name":"a","$patch":"merge","env":[{"name":"x","$patch":"delete"}]}],"nodeName":null}})",
       R"({"spec":{"containers":[{"name":"a","env":[]}]}})"},
  };
  for (const Case& c : cases) {
    auto out = patched("v1", "Pod", c.target, c.patch);
    ASSERT_TRUE(std::holds_alternative<Json>(out)) << c.what << ": " << std::get<Refusal>(out).message;
    EXPECT_JSON(std::get<Json>(out), c.result) << c.what;
  }
}

TEST(StrategicPatch, Refusals) {
  auto refusal = [](const char* patch) { return std::get<Refusal>(patched("v1", "Pod", R"({"spec":{"containers":[{"name":"a"}],"volumes":[{"name":"v"}]}})", patch)); };
  EXPECT_EQ(refusal(R"([])").http, 400);
  EXPECT_EQ(refusal(R"({"spec":{"$patch":"frob"}})").message, "unknown patch type found: frob");
  EXPECT_EQ(refusal(R"({"spec":{"containers":[1]}})").http, 400);
  EXPECT_EQ(refusal(R"({"spec":{"containers":[{"image":"x"}]}})").message, R"(map: {"image":"x"} does not contain declared merge key: name)");
  EXPECT_EQ(refusal(R"({"spec":{"containers":[{"image":"x"}]}})").http, 500);
  EXPECT_EQ(refusal(R"({"spec":{"volumes":[{"name":"v","$retainKeys":["name"],"emptyDir":{}}]}})").http, 422);
  EXPECT_EQ(refusal(R"({"spec":{"volumes":[{"name":"v","$retainKeys":1}]}})").http, 400);
  EXPECT_EQ(refusal(R"({"spec":{"$setElementOrder/containers":1}})").http, 400);
  EXPECT_EQ(refusal(R"({"metadata":{"$deleteFromPrimitiveList/finalizers":1}})").http, 400);
  EXPECT_EQ(std::get<Refusal>(strategicPatch(nullptr, Json::object(), Json::object())).http, 415);
}

} // namespace
} // namespace chasi::local
