#include "runtime/plan/plan.h"

#include "runtime/plan/digest.h"
#include "runtime/plan/fault.h"
#include "runtime/plan/json_view.h"
#include "runtime/plan/secrets.h"
#include "runtime/plan/text.h"

#include <gtest/gtest.h>

#include <cstring>

#include <cstdio>
#include <fstream>

using namespace chasi::plan;

static Plan sample() {
  Plan plan;
  plan.toolVersion = "0.1.0";
  plan.desired.workspace = "bank";
  plan.desired.targets = {{"core", "local", {"main.chasi", 3, 1}}};
  plan.pins = {{"core", "http://127.0.0.1:1", "u-kube-system"}};
  Operation ns;
  ns.id = "tenant.retail/Namespace/retail";
  ns.owner = "tenant.retail";
  ns.target = "core";
  ns.object = {"v1", "Namespace", "", "retail"};
  ns.payload = R"({"apiVersion":"v1","kind":"Namespace","metadata":{"name":"retail"}})";
  ns.source = {"main.chasi", 7, 1};
  Operation secret = ns;
  secret.id = "tenant.retail/Secret/retail/db";
  secret.object = {"v1", "Secret", "retail", "db"};
  secret.payload = R"({"apiVersion":"v1","kind":"Secret","metadata":{"name":"db","namespace":"retail"},"stringData":{"a/b":"CANARY"},"data":{"k":"Q0FOQVJZ","e":null}})";
  secret.secrets = {{"/data/e", "env", "DB_PASSWORD"}};
  secret.needs = {0};
  Operation api = ns;
  api.id = "system.pay/Deployment/retail/api";
  api.owner = "system.pay";
  api.object = {"apps/v1", "Deployment", "retail", "api"};
  api.payload = "{}";
  api.needs = {0};
  plan.desired.operations = {ns, secret, api};
  Step create;
  create.action = Action::Create;
  create.changes = {{"data.e", "", "", "", true}};
  Step update;
  update.action = Action::Update;
  update.guard = {"u1", "17"};
  update.changes = {{"spec.replicas", "1", "3", "hpa", false}, {"metadata.labels[\"a.b/c\"]", "", "\"x\"", "", false},
                    {"spec.paused", "true", "", "", false}};
  Step none;
  none.action = Action::None;
  none.guard = {"u0", "5"};
  create.until = {"tenant.retail/Namespace/retail"};
  plan.steps = {none, create, update};
  plan.prunes = {{"core", {"v1", "ConfigMap", "retail", "old"}, {"u9", "9"}, "x", "system.gone"}};
  return plan;
}

static std::string written(const Plan& plan) {
  std::string text;
  llvm::raw_string_ostream out(text);
  writePlan(plan, out);
  return out.str();
}

static std::string printed(const Plan& plan) {
  std::string text;
  llvm::raw_string_ostream out(text);
  printPlan(plan, {}, out);
  return out.str();
}

TEST(Plan, JsonRoundTrip) {
  std::string text = written(sample());
  Plan again = llvm::cantFail(readPlan(text));
  EXPECT_EQ(written(again), text);
  EXPECT_EQ(again.desired.operations[1].needs, (std::vector<uint32_t>{0}));
  EXPECT_EQ(again.steps[2].changes[0].manager, "hpa");
  EXPECT_EQ(again.pins[0].clusterUid, "u-kube-system");
}

TEST(Plan, AnswersAndLossesAreWrittenReadAndPrinted) {
  Plan plan = sample();
  plan.desired.operations[2].fields = {{"spec.replicas", Answer::Take}};
  EXPECT_NE(printed(plan).find("spec.replicas: 1 → 3 (taken from hpa)"), std::string::npos) << printed(plan);
  EXPECT_NE(printed(sample()).find("(owned by hpa)"), std::string::npos);
  plan.steps[2].action = Action::Replace;
  plan.steps[2].lost = "its pods";
  EXPECT_NE(printed(plan).find("lost with it: its pods"), std::string::npos) << printed(plan);
  EXPECT_NE(printed(plan).find("1 new object is unknown until tenant.retail/Namespace/retail"), std::string::npos) << printed(plan);
  const std::string text = written(plan);
  const Plan again = llvm::cantFail(readPlan(text));
  EXPECT_EQ(written(again), text);
  EXPECT_EQ(again.desired.operations[2].fields.front().answer, Answer::Take);
  EXPECT_EQ(again.steps[2].lost, "its pods");
  EXPECT_EQ(again.steps[1].until, std::vector<std::string>{"tenant.retail/Namespace/retail"});
  for (const auto& [from, to] : {std::pair{"\"take\"", "\"grab\""}, std::pair{"spec.replicas\",\"answer", "spec..x\",\"answer"}}) {
    std::string broken = text;
    broken.replace(broken.find(from), std::strlen(from), to);
    EXPECT_EQ(takeText(readPlan(broken).takeError()).code, "CH6001") << to;
  }
}

TEST(Plan, HoldsNoSecretValue) {
  std::string text = written(sample());
  EXPECT_EQ(text.find("CANARY"), text.npos);
  EXPECT_EQ(text.find("Q0FOQVJZ"), text.npos);
  EXPECT_NE(text.find("DB_PASSWORD"), text.npos);
  Plan again = llvm::cantFail(readPlan(text));
  auto value = unsealed(again.desired.operations[1], [](const SecretRef& ref) { return readSecret(ref); });
  ASSERT_FALSE(value);
  std::string code = takeText(value.takeError()).code;
  EXPECT_TRUE(code == "CH6006" || code == "CH6212");
}

TEST(Plan, SealedSecretComesBackWhole) {
  Operation op = sample().desired.operations[1];
  sealSecret(op);
  EXPECT_EQ(op.payload.find("CANARY"), op.payload.npos);
  size_t refs = op.secrets.size();
  sealSecret(op);
  EXPECT_EQ(op.secrets.size(), refs);
  auto reader = [](const SecretRef&) -> llvm::Expected<std::string> { return "from env"; };
  nlohmann::json whole = nlohmann::json::parse(llvm::cantFail(unsealed(op, reader)));
  EXPECT_EQ(whole["data"]["a/b"], base64("CANARY"));
  EXPECT_EQ(whole["data"]["k"], "Q0FOQVJZ");
  EXPECT_EQ(whole["data"]["e"], base64("from env"));
  EXPECT_FALSE(whole.contains("stringData"));
}

TEST(Plan, RefusesWhatItCannotRead) {
  std::string text = written(sample());
  auto codeOf = [](const std::string& plan) {
    auto result = readPlan(plan);
    return result ? std::string() : takeText(result.takeError()).code;
  };
  EXPECT_EQ(codeOf(text.substr(0, text.size() / 2)), "CH6001");
  EXPECT_EQ(codeOf("[]"), "CH6001");
  EXPECT_EQ(codeOf("{\"apiVersion\":\"chasi.dev/plan/v2\"}"), "CH6002");
  std::string lost = text;
  lost.replace(lost.find("\"needs\":[\"tenant.retail/N"), 25, "\"needs\":[\"tenant.retail/X");
  EXPECT_EQ(codeOf(lost), "CH6001");
  std::string odd = text;
  odd.replace(odd.find("\"action\":\"create\""), 17, "\"action\":\"crate\"");
  EXPECT_EQ(codeOf(odd), "CH6001");
}

TEST(Plan, FitsItsSchema) {
  if (std::system("python3 -c 'import jsonschema' 2>/dev/null") != 0) GTEST_SKIP() << "python3-jsonschema is not installed";
  std::string base = testing::TempDir() + "chasi-plan-schema";
  std::ofstream(base + ".json") << planSchema().str();
  std::ofstream(base + "-plan.json") << written(sample());
  std::string command = "python3 -c \"import json,jsonschema;jsonschema.validate(json.load(open('" + base +
                        "-plan.json')),json.load(open('" + base + ".json')))\"";
  EXPECT_EQ(std::system(command.c_str()), 0);
}

// Every member that is written is in the schema, and no other: a check without outside help.
TEST(Plan, SchemaKnowsEveryMember) {
  nlohmann::json schema = nlohmann::json::parse(planSchema().str());
  nlohmann::json plan = nlohmann::json::parse(written(sample()));
  auto known = [](const nlohmann::json& object, const nlohmann::json& definition) {
    for (auto& [key, value] : object.items()) EXPECT_TRUE(definition["properties"].contains(key)) << key;
    for (auto& key : definition["required"]) EXPECT_TRUE(object.contains(key)) << key;
  };
  known(plan, schema);
  for (auto& op : plan["operations"]) known(op, schema["$defs"]["operation"]);
  for (auto& prune : plan["prunes"]) known(prune, schema["$defs"]["prune"]);
  for (auto& target : plan["targets"]) known(target, schema["$defs"]["target"]);
}

TEST(Plan, TextForPeople) {
  EXPECT_EQ(printed(sample()), R"(tenant.retail
  + Secret/db in retail  main.chasi:7:1
      data.e: (secret)

system.pay
  ~ Deployment/api in retail  main.chasi:7:1
      spec.replicas: 1 → 3 (owned by hpa)
      + metadata.labels["a.b/c"]: "x"
      spec.paused: true → (removed)

No longer described, to be deleted:
  - ConfigMap/old in retail  was part of system.gone

What the cluster says of 1 new object is unknown until tenant.retail/Namespace/retail.
1 to create, 1 to change, 1 to delete, 1 unchanged
)");
}

static std::string markdown(const Plan& plan, size_t limit) {
  std::string text;
  llvm::raw_string_ostream out(text);
  printPlanMarkdown(plan, limit, out);
  return out.str();
}

TEST(Plan, MarkdownForComments) {
  Plan plan = sample();
  plan.desired.environment = "prod_eu";
  plan.steps[2].lost = "its <pods>";
  plan.steps[2].changes[2].before = "\"a ```` b\"";
  EXPECT_EQ(markdown(plan, 10'000), R"(### Plan of bank, environment prod\_eu

**1 to create, 1 to change, 1 to delete, 1 unchanged**

> ⚠️ **Deployment/api in retail** is made anew; lost with it: its &lt;pods\>

| declaration | create | change | replace | delete |
| --- | --: | --: | --: | --: |
| tenant.retail | 1 |  |  |  |
| system.pay |  | 1 |  |  |
| system.gone |  |  |  | 1 |

<details><summary>field by field</summary>

`````diff
tenant.retail
+   Secret/db in retail  main.chasi:7:1
      data.e: (secret)

system.pay
!   Deployment/api in retail  main.chasi:7:1
      lost with it: its <pods>
      spec.replicas: 1 → 3 (owned by hpa)
+       metadata.labels["a.b/c"]: "x"
      spec.paused: "a ```` b" → (removed)

No longer described, to be deleted:
-   ConfigMap/old in retail  was part of system.gone

What the cluster says of 1 new object is unknown until tenant.retail/Namespace/retail.
`````

</details>
)");
}

TEST(Plan, MarkdownFitsInAComment) {
  Plan plan = sample();
  for (int i = 0; i < 500; ++i) plan.prunes.push_back({"core", {"v1", "ConfigMap", "retail", fmt::format("old-{}", i)}, {}, {}, fmt::format("system.gone{}", i)});
  for (const size_t limit : {size_t(3000), size_t(8000), size_t(20'000)}) {
    const std::string text = markdown(plan, limit);
    EXPECT_LE(text.size(), limit);
    EXPECT_NE(text.find(" lines more; the plan itself has all\n"), text.npos) << limit;
    EXPECT_TRUE(llvm::StringRef(text).ends_with("```\n\n</details>\n"));
  }
}

TEST(Plan, NoticesAndThePlaceOfTheSourcesAreKept) {
  Plan plan = sample();
  plan.module = "shop/main.chasi";
  plan.notices = {{"core", "objects of kind Widget.old.example stay recorded"}};
  const Plan again = llvm::cantFail(readPlan(written(plan)));
  EXPECT_EQ(again.module, "shop/main.chasi");
  ASSERT_EQ(again.notices.size(), 1U);
  EXPECT_EQ(again.notices[0].target, "core");
  EXPECT_EQ(again.notices[0].message, plan.notices[0].message);
  EXPECT_NE(printed(again).find("note: objects of kind Widget.old.example stay recorded\n"), std::string::npos);
  const nlohmann::json schema = nlohmann::json::parse(planSchema().str()), json = nlohmann::json::parse(written(plan));
  for (const char* key : {"module", "notices"}) EXPECT_TRUE(json.contains(key) && schema["properties"].contains(key)) << key;
  for (auto& [key, value] : json["notices"][0].items()) EXPECT_TRUE(schema["$defs"]["notice"]["properties"].contains(key)) << key;
}

TEST(Plan, TextShowsWhatStandsInTheWay) {
  Plan plan = sample();
  plan.prunes.clear();
  plan.steps[1].problem = Problem{"CH6202", "Secret/db in retail exists and is managed by helm", "adopt it with --adopt"};
  std::string text = printed(plan);
  EXPECT_NE(text.find("  ! Secret/db in retail"), text.npos);
  EXPECT_NE(text.find("error[CH6202]: Secret/db in retail exists and is managed by helm\n      help: adopt it"), text.npos);
  EXPECT_NE(text.find("0 to create, 1 to change, 0 to delete, 1 unchanged, 1 in the way"), text.npos);
}

TEST(Digest, KnownValues) {
  EXPECT_EQ(hex(sha256("")), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  for (std::string text : {"", "a", "ab", "abc", "abcd"}) {
    std::string back;
    EXPECT_TRUE(fromBase64(base64(text), back));
    EXPECT_EQ(back, text);
  }
  std::string back;
  EXPECT_FALSE(fromBase64("abc", back));
  EXPECT_FALSE(fromBase64("ab\nd", back));
  EXPECT_EQ(base64Url("\xff\xfe"), "__4");
}

TEST(Faults, CodesAreUniqueAndSorted) {
  for (size_t i = 1; i < faultInfos().size(); ++i)
    EXPECT_LT(std::string(faultInfos()[i - 1].code), faultInfos()[i].code);
  EXPECT_NE(findFault("ch6001"), nullptr);
  EXPECT_EQ(findFault("CH9999"), nullptr);
}

TEST(JsonView, ReadsAndRefuses) {
  std::string text = R"({"a":{"b":[1,{"c":"x\ny\u00e9\ud83d\ude00"}]},"e":{},"k\"q":true,"z":-12})";
  JsonView view = llvm::cantFail(JsonView::parse(text));
  JsonValue root = view.root();
  EXPECT_EQ(root["a"]["b"].first().next()["c"].string(), "x\ny\xc3\xa9\xf0\x9f\x98\x80");
  EXPECT_EQ(root["z"].integer(), -12);
  EXPECT_FALSE(root["e"].first());
  EXPECT_TRUE(root["k\"q"].isTrue());
  EXPECT_FALSE(root["no"]["such"].first().next());
  EXPECT_EQ(root["a"]["b"].raw().substr(0, 3), "[1,");
  for (std::string bad : {"", "{", "{\"a\":}", "[1,]", "nul", "\"a", "{} {}", "{\"a\" 1}", "-", "[\"\x01\"]"})
    EXPECT_EQ(takeText(JsonView::parse(bad).takeError()).code, "CH6106") << bad;
  EXPECT_FALSE(takeText(JsonView::parse(std::string(1000, '[')).takeError()).message.empty());
  EXPECT_EQ(nlohmann::json::parse(quoteJson("a\"\\\n\t\x01")), "a\"\\\n\t\x01");
}
