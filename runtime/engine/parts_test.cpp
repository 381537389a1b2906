// The small parts: texts for the server, the inventory's form, scrubbing, identities.
#include "runtime/engine/intent.h"
#include "runtime/engine/inventory.h"
#include "runtime/engine/lease.h"
#include "runtime/engine/scrub.h"
#include "runtime/plan/digest.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

using namespace chasi;
using namespace chasi::engine;
using nlohmann::json;

TEST(Intent, BodyHasLabelAndGuards) {
  for (const char* payload : {R"({"kind":"A"})", R"({"kind":"A","metadata":{}})", R"({"kind":"A","metadata":{"name":"n"}})", R"({"metadata":{"labels":{}},"kind":"A"})",
                              R"({"metadata":{"name":"n","labels":{"x":"y"}},"kind":"A"})", R"({})"}) {
    json body = json::parse(applyBody(payload, "set", {"u", "7"}));
    EXPECT_EQ(body["metadata"]["labels"][kMemberLabel], "set") << payload;
    EXPECT_EQ(body["metadata"]["uid"], "u");
    EXPECT_EQ(body["metadata"]["resourceVersion"], "7");
    json expected = json::parse(payload);
    expected.merge_patch({{"metadata", {{"uid", "u"}, {"resourceVersion", "7"}, {"labels", {{kMemberLabel, "set"}}}}}});
    EXPECT_EQ(body, expected);
    body = json::parse(applyBody(payload, "set", {}));
    EXPECT_FALSE(body["metadata"].contains("uid"));
    EXPECT_EQ(json::parse(applyBody(payload, "set", mustBeNew()))["metadata"]["resourceVersion"], "1");
  }
  EXPECT_EQ(applyBody("null", "set", {}), "null") << "what is no object is left to the server to refuse";
}

static std::string projected(const json& object, bool secret = false) {
  std::string text = object.dump();
  auto view = plan::JsonView::parse(text);
  return view ? projection(view->root(), secret) : (llvm::consumeError(view.takeError()), std::string("broken"));
}

TEST(Intent, ProjectionSeesWhatIsOursAndNothingElse) {
  json object = json::parse(R"({"metadata":{"managedFields":[
    {"manager":"chasic","operation":"Apply","fieldsV1":{"f:spec":{"f:ports":{"k:{\"port\":80,\"protocol\":\"TCP\"}":{".":{},"f:port":{}}},"f:set":{"v:\"a\"":{}},"f:n":{}}}},
    {"manager":"chasic","operation":"Update","subresource":"status","fieldsV1":{"f:status":{}}}]},
    "spec":{"n":1,"ports":[{"port":80,"protocol":"TCP","name":"x"}],"set":["b","a"],"other":5},"status":{"x":1}})");
  std::string before = projected(object);
  ASSERT_FALSE(before.empty());
  json other = object;
  other["status"]["x"] = 2;
  other["spec"]["other"] = 6;
  other["spec"]["ports"].insert(other["spec"]["ports"].begin(), {{"port", 81}, {"protocol", "TCP"}});
  EXPECT_EQ(projected(other), before) << "fields of others";
  for (auto change : {"/spec/n", "/spec/ports/0/port", "/spec/set/1"}) {
    json mine = object;
    mine[json::json_pointer(change)] = 99;
    EXPECT_NE(projected(mine), before) << change;
  }
  json lost = object;
  lost["metadata"]["managedFields"][0]["fieldsV1"]["f:spec"].erase("f:n");
  EXPECT_NE(projected(lost), before) << "a field that is not ours any more";
  lost["metadata"]["managedFields"].erase(0);
  EXPECT_EQ(projected(lost), "") << "nothing is ours";
}

TEST(Intent, ProjectionOfASecretHasNoData) {
  json object = json::parse(R"({"metadata":{"managedFields":[{"manager":"chasic","operation":"Apply","fieldsV1":{"f:data":{"f:p":{}},"f:type":{}}}]},"data":{"p":"YQ=="},"type":"Opaque"})");
  json other = object;
  other["data"]["p"] = "Yg==";
  EXPECT_EQ(projected(object, true), projected(other, true));
  EXPECT_NE(projected(object, false), projected(other, false));
  other["type"] = "x";
  EXPECT_NE(projected(object, true), projected(other, true));
}

TEST(Inventory, NamesAndIds) {
  EXPECT_EQ(applySetId("as1", "bench3"), "applyset-IwsRrYpHwG_5nv8BNpeuwHn26zLLmJm42Y11yFpO1kU-v1") << "as kubectl computes it";
  EXPECT_EQ(inventoryName("shop"), "chasi-shop");
  EXPECT_NE(inventoryName("a_b"), inventoryName("a.b"));
  EXPECT_NE(inventoryName("Shop"), inventoryName("shop"));
  EXPECT_LE(inventoryName(std::string(500, 'x')).size(), 220U);
  EXPECT_EQ(keyOf(plan::ObjectRef{"apps/v1", "Deployment", "a", "b"}), keyOf(plan::ObjectRef{"apps/v1beta1", "Deployment", "a", "b"}));
}

static Stamp stampOf(int i) {
  Stamp stamp;
  stamp.object = {"v1", "ConfigMap", "ns", "c" + std::to_string(i)};
  stamp.uid = "u" + std::to_string(i);
  stamp.resourceVersion = std::to_string(i);
  stamp.intent = "abc";
  stamp.projection = "def";
  stamp.secrets = i % 2 == 0;
  stamp.level = static_cast<uint32_t>(i % 7);
  stamp.id = "id\twith tab " + std::to_string(i);
  stamp.owner = "owner";
  return stamp;
}

TEST(Inventory, SurvivesTheWayToTheClusterAndBack) {
  Inventory inventory;
  inventory.groupKinds = {"ConfigMap", "Deployment.apps"};
  inventory.namespaces = {"ns", "chasi-system"};
  inventory.epoch = "v1.36.2|1";
  for (int i = 0; i < 12000; ++i) {
    Stamp stamp = stampOf(i);
    inventory.stamps[keyOf(stamp.object)] = stamp;
  }
  auto bodies = encodeInventory(inventory, "shop", "run/end");
  ASSERT_EQ(bodies.size(), 3U);
  EXPECT_EQ(bodies.back().first, "chasi-shop") << "the parent comes last";
  for (auto& [name, body] : bodies) EXPECT_LT(body.size(), size_t{1} << 20);
  Inventory back;
  ASSERT_FALSE(bool(decodeParent(bodies.back().second, "shop", back)));
  EXPECT_EQ(back.shards, 3U);
  for (size_t i = 0; i + 1 < bodies.size(); ++i) decodeShard(bodies[i].second, back);
  EXPECT_EQ(back.groupKinds, inventory.groupKinds);
  EXPECT_EQ(back.namespaces, std::set<std::string>{"ns"});
  EXPECT_EQ(back.epoch, inventory.epoch);
  ASSERT_EQ(back.stamps.size(), 12000U);
  const Stamp& one = back.stamps.at(keyOf(stampOf(4711).object));
  EXPECT_EQ(one.resourceVersion, "4711");
  EXPECT_EQ(one.level, 4711U % 7);
  EXPECT_FALSE(one.secrets);
  EXPECT_EQ(one.id, "id with tab 4711");
}

TEST(Inventory, DamageCostsStampsAndNothingElse) {
  Inventory inventory;
  inventory.groupKinds = {"ConfigMap"};
  inventory.stamps[keyOf(stampOf(1).object)] = stampOf(1);
  json body = json::parse(encodeInventory(inventory, "shop", "r").back().second);
  for (const char* stamps : {"", "AAAA", "not base64!", "/////////////////////w=="}) {
    json damaged = body;
    damaged["binaryData"]["stamps"] = stamps;
    Inventory back;
    ASSERT_FALSE(bool(decodeParent(damaged.dump(), "shop", back))) << stamps;
    EXPECT_TRUE(back.stamps.empty());
    EXPECT_EQ(back.groupKinds, inventory.groupKinds);
  }
  Inventory back;
  EXPECT_EQ(plan::takeText(decodeParent(body.dump(), "bank", back)).code, "CH6213") << "of another workspace";
  body["metadata"]["annotations"].erase("applyset.kubernetes.io/contains-group-kinds");
  EXPECT_EQ(plan::takeText(decodeParent(body.dump(), "shop", back)).code, "CH6213");
}

TEST(Scrub, TakesOutEveryFormOfASecret) {
  plan::Operation op;
  op.secrets = {{"/data/a", plan::kLiteral, plan::base64("plain value")}, {"/data/b", "env", "B"}, {"/data/c", "env", "MISSING"}, {"/data/d", "env", "SHORT"}};
  auto reader = [](const plan::SecretRef& ref) -> llvm::Expected<std::string> {
    if (ref.key == "B") return std::string("line\nbreak \"quoted\"");
    if (ref.key == "SHORT") return std::string("x");
    return plan::fault("CH6212", "not set");
  };
  std::vector<std::string> values = secretValues(op, reader);
  std::string said = "plain value, " + plan::base64("plain value") + ", line\nbreak \"quoted\", " + plan::base64("line\nbreak \"quoted\"") + R"(, line\nbreak \"quoted\", x)";
  EXPECT_EQ(scrub(said, values), "(secret), (secret), (secret), (secret), (secret), x");
}

TEST(Holder, IsUniqueToTheRun) {
  Holder one = makeHolder("", "r1"), two = makeHolder("ci/job 7", "r2");
  EXPECT_NE(one.identity.find('@'), std::string::npos);
  EXPECT_EQ(two.identity.substr(0, 9), "ci/job 7/");
  EXPECT_EQ(one.machine, two.machine);
  EXPECT_FALSE(hasEnded(one));
  EXPECT_FALSE(hasEnded({"nonsense", one.machine}));
  EXPECT_FALSE(hasEnded({"a/b", one.machine}));
  EXPECT_FALSE(hasEnded({"a/0/b", one.machine}));
  EXPECT_FALSE(hasEnded({"a/99999999999999/b", one.machine}));
}
