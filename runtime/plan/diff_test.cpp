#include "runtime/plan/diff.h"

#include <gtest/gtest.h>

using namespace chasi::plan;
using nlohmann::json;

static std::string lines(const std::vector<FieldChange>& changes) {
  std::string text;
  for (const FieldChange& c : changes) {
    text += c.path + ": " + (c.secret ? "(secret)" : c.before + " -> " + c.after);
    if (!c.manager.empty()) text += " (" + c.manager + ")";
    text += "\n";
  }
  return text;
}

TEST(Diff, ListsGoByTheirKeys) {
  json before = json::parse(R"({"spec":{"containers":[{"name":"api","image":"a:1","args":["x"]},{"name":"log","image":"l:1"}]}})");
  json after = json::parse(R"({"spec":{"containers":[{"name":"sum","image":"s:1"},{"name":"api","image":"a:2","args":["x","y"]}]}})");
  EXPECT_EQ(lines(diffObjects(before, after, {})),
            "spec.containers[name=api].args: [\"x\"] -> [\"x\",\"y\"]\n"
            "spec.containers[name=api].image: \"a:1\" -> \"a:2\"\n"
            "spec.containers[name=log].image: \"l:1\" -> \n"
            "spec.containers[name=log].name: \"log\" -> \n"
            "spec.containers[name=sum].image:  -> \"s:1\"\n"
            "spec.containers[name=sum].name:  -> \"sum\"\n");
}

TEST(Diff, KeysComeFromTheSchemaWhenThereIsOne) {
  DiffOptions options;
  options.mergeKeys = [](const std::vector<std::string>& path) -> std::vector<std::string> {
    if (path == std::vector<std::string>{"spec", "ports"}) return {"port", "protocol"};
    return {};
  };
  json before = json::parse(R"({"spec":{"ports":[{"port":80,"protocol":"TCP","targetPort":1}]}})");
  json after = json::parse(R"({"spec":{"ports":[{"port":80,"protocol":"TCP","targetPort":2}]}})");
  EXPECT_EQ(lines(diffObjects(before, after, options)), "spec.ports[port=80,protocol=TCP].targetPort: 1 -> 2\n");
  options.mergeKeys = nullptr;
  EXPECT_EQ(lines(diffObjects(before, after, options)), "spec.ports[0].targetPort: 1 -> 2\n");
}

TEST(Diff, LeavesOutWhatTheServerKeeps) {
  json before = json::parse(R"({"metadata":{"name":"a","uid":"1","resourceVersion":"1","generation":1,"managedFields":[]},"status":{"x":1}})");
  json after = json::parse(R"({"metadata":{"name":"a","uid":"2","resourceVersion":"2","generation":2,
    "labels":{"applyset.kubernetes.io/part-of":"x","app.kubernetes.io/name":"a"}},"status":{"x":2}})");
  EXPECT_EQ(lines(diffObjects(before, after, {})), "metadata.labels[\"app.kubernetes.io/name\"]:  -> \"a\"\n");
}

TEST(Diff, NamesTheOtherOwner) {
  json before = json::parse(R"({"metadata":{"managedFields":[
      {"manager":"chasic","fieldsV1":{"f:spec":{"f:paused":{}}}},
      {"manager":"hpa","fieldsV1":{"f:spec":{"f:replicas":{},"f:containers":{"k:{\"name\":\"a\"}":{".":{},"f:image":{}}}}}}]},
      "spec":{"replicas":5,"paused":true,"containers":[{"name":"a","image":"1"}]}})");
  json after = json::parse(R"({"metadata":{},"spec":{"replicas":2,"paused":false,"containers":[{"name":"a","image":"2"}]}})");
  EXPECT_EQ(lines(diffObjects(before, after, {})), "spec.containers[name=a].image: \"1\" -> \"2\" (hpa)\n"
                                                   "spec.paused: true -> false\n"
                                                   "spec.replicas: 5 -> 2 (hpa)\n");
}

TEST(Diff, SecretsAreNeverShown) {
  json before = json::parse(R"({"apiVersion":"v1","kind":"Secret","data":{"p":"CANARY1"},"metadata":{"annotations":
      {"kubectl.kubernetes.io/last-applied-configuration":"CANARY"}}})");
  json after = json::parse(R"({"apiVersion":"v1","kind":"Secret","data":{"p":"CANARY2","q":"CANARY"},"metadata":{}})");
  std::string text = lines(diffObjects(before, after, {}));
  EXPECT_EQ(text.find("CANARY"), text.npos) << text;
  EXPECT_NE(text.find("data.p: (secret)"), text.npos);

  DiffOptions options;
  options.secrets = {"/spec/env/1/value"};
  json old = json::parse(R"({"spec":{"env":[{"name":"A","value":"1"},{"name":"B","value":"CANARY"}]}})");
  json now = json::parse(R"({"spec":{"env":[{"name":"A","value":"2"},{"name":"B","value":"CANARY9"}]}})");
  EXPECT_EQ(lines(diffObjects(old, now, options)), "spec.env[name=A].value: \"1\" -> \"2\"\nspec.env[name=B].value: (secret)\n");
  options.secrets.clear();
  options.hideBefore = true;
  now["spec"]["env"].erase(1);
  text = lines(diffObjects(old, now, options));
  EXPECT_EQ(text.find("CANARY"), text.npos) << text;
}

TEST(Diff, EmptyAndAbsentAreDifferent) {
  EXPECT_EQ(lines(diffObjects(json::parse(R"({"a":{}})"), json::parse(R"({})"), {})), "a: {} -> \n");
  EXPECT_EQ(lines(diffObjects(json::parse(R"({"a":{"b":1}})"), json::parse(R"({"a":{}})"), {})), "a.b: 1 -> \n");
  EXPECT_EQ(lines(diffObjects(json::parse(R"({"a":[]})"), json::parse(R"({"a":["x"]})"), {})), "a: [] -> [\"x\"]\n");
}
