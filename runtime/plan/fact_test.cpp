#include "runtime/plan/fact.h"

#include "runtime/plan/fault.h"
#include "runtime/plan/recipe.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

using namespace chasi::plan;

namespace {

std::string told(const std::string& type, const std::string& path, const std::string& object) {
  llvm::Expected<JsonView> view = JsonView::parse(object);
  if (!view) return "broken: " + takeText(view.takeError()).message;
  llvm::Expected<std::optional<std::string>> found = tellFact({type, "a/Service/b", path}, view->root());
  if (!found) return "error: " + takeText(found.takeError()).message;
  return *found ? **found : "(not there)";
}

std::string whyNot(const std::string& path) {
  std::string why;
  return factSteps(path, why).empty() ? why : "(a path)";
}

} // namespace

TEST(Fact, IsWrittenAndReadWithSpacesInNames) {
  const Fact fact = readFact(writeFact({"String", "tenant.my shop/Service/a/b", "spec.clusterIP"}));
  EXPECT_EQ(fact.type, "String");
  EXPECT_EQ(fact.operation, "tenant.my shop/Service/a/b");
  EXPECT_EQ(fact.path, "spec.clusterIP");
  EXPECT_EQ(readFact("nothing").operation, "");
}

TEST(Fact, PathsLeadToOneValue) {
  EXPECT_EQ(whyNot("a.b[0].c"), "(a path)");
  EXPECT_EQ(whyNot("metadata.annotations[\"a.b/c\"]"), "(a path)");
  EXPECT_EQ(whyNot("a[*]"), "it leads to many values, and a fact is one");
  EXPECT_EQ(whyNot(""), "a name is missing");
  EXPECT_EQ(whyNot("a."), "a name is missing");
  EXPECT_EQ(whyNot("a[0]b"), "after a bracket comes a dot");
  EXPECT_EQ(whyNot("a[0"), "a bracket has no end");
  EXPECT_EQ(whyNot("a[]"), "there is nothing between its brackets");
  EXPECT_EQ(whyNot("a b"), "there is a space in it");
}

TEST(Fact, IsToldWhenItIsThere) {
  const std::string object = R"({"spec":{"clusterIP":"10.0.0.1","none":"","ports":[{"name":"a","port":1},{"name":"b","port":2}],"on":true},
    "metadata":{"annotations":{"x.y/z":"q\"r"}},"status":{"a":null}})";
  EXPECT_EQ(told("String", "spec.clusterIP", object), "10.0.0.1");
  EXPECT_EQ(told("Int", "spec.ports[name=b].port", object), "2");
  EXPECT_EQ(told("Int", "spec.ports[1].port", object), "2");
  EXPECT_EQ(told("Bool", "spec.on", object), "true");
  EXPECT_EQ(told("Text", "spec.ports[0].port", object), "1");
  EXPECT_EQ(told("String", "metadata.annotations[\"x.y/z\"]", object), "q\"r");
  EXPECT_EQ(told("Any", "spec.ports[0]", object), R"({"name":"a","port":1})");
  EXPECT_EQ(told("Any", "spec.clusterIP", object), "\"10.0.0.1\"");
  for (const char* path : {"spec.none", "status.a", "status.b.c", "spec.ports[2].port", "spec.ports[name=c].port", "spec.clusterIP.x"})
    EXPECT_EQ(told("String", path, object), "(not there)") << path;
  EXPECT_EQ(told("Int", "spec.clusterIP", object), "error: spec.clusterIP of a/Service/b is string, and not of type Int");
  EXPECT_EQ(told("Text", "spec.ports", object), "error: spec.ports of a/Service/b is array, and not of type String");
}

TEST(Fact, FillsPayloads) {
  Operation op;
  op.object = {"v1", "ConfigMap", "x", "y"};
  op.payload = R"({"data":{"a":null,"b":null,"c":null}})";
  const std::string ip = writeFact({"String", "s", "spec.clusterIP"}), port = writeFact({"Int", "s", "spec.port"}), other = writeFact({"Text", "t", "x"});
  op.later = {{"/data/a", kFact, ip}, {"/data/b", kFact, port}, {"/data/c", kTemplate, writeRecipe({{.literal = "x"}, {.provider = kFact, .key = ip}, {.provider = kFact, .key = other}})}};
  const SecretReader reader = [&](const SecretRef& ref) -> llvm::Expected<std::string> {
    if (ref.key == ip) return "10.0.0.1";
    if (ref.key == port) return "80";
    return fault("CH6217", "not there");
  };
  std::map<std::string, std::string> unknown;
  EXPECT_EQ(withFacts(op, reader, unknown), R"({"data":{"a":"10.0.0.1","b":80,"c":null}})");
  EXPECT_EQ(unknown, (std::map<std::string, std::string>{{"/data/c", "known after s, t"}}));
  EXPECT_EQ(factsOf(op).size(), 4u);
  llvm::Expected<std::string> whole = unsealed(op, reader);
  EXPECT_FALSE(bool(whole));
  llvm::consumeError(whole.takeError());
  op.later.pop_back();
  whole = unsealed(op, reader);
  ASSERT_TRUE(bool(whole));
  EXPECT_EQ(*whole, R"({"data":{"a":"10.0.0.1","b":80,"c":null}})");
}

TEST(Fact, IsEncodedInSecrets) {
  Operation op;
  op.object = {"v1", "Secret", "x", "y"};
  op.payload = R"({"apiVersion":"v1","kind":"Secret","stringData":{"a":null}})";
  op.later = {{"/stringData/a", kFact, writeFact({"String", "s", "spec.clusterIP"})}};
  sealSecret(op);
  EXPECT_EQ(op.later[0].pointer, "/data/a");
  llvm::Expected<std::string> whole = unsealed(op, [](const SecretRef&) -> llvm::Expected<std::string> { return "hi"; });
  ASSERT_TRUE(bool(whole));
  EXPECT_EQ(nlohmann::json::parse(*whole)["data"]["a"], "aGk=");
}
