#include "runtime/plan/difference.h"
#include "runtime/plan/text.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

using namespace chasi::plan;
using nlohmann::json;

namespace {

Operation object(const std::string& kind, const std::string& name, const std::string& rest, const std::string& apiVersion = "v1") {
  Operation op;
  op.owner = "system.shop";
  op.target = "home";
  op.object = {apiVersion, kind, "team", name};
  op.id = op.owner + "/" + kind + "/team/" + name;
  op.payload = R"({"apiVersion":")" + apiVersion + R"(","kind":")" + kind + R"(",)" + rest + "}";
  return op;
}

DesiredSide side(const std::string& name, std::vector<Operation> operations, const std::string& fields = R"({"a":1})") {
  DesiredSide out{.name = name};
  out.desired.operations = std::move(operations);
  out.desired.targets = {{"home", "local", {}}};
  out.declarations = {{"system.shop", fields, {"a.chasi", 1, 8}}};
  return out;
}

std::string text(const Difference& difference) {
  std::string out;
  llvm::raw_string_ostream stream(out);
  printDifference(difference, {}, stream);
  return out;
}

} // namespace

TEST(Difference, EqualSidesHaveNone) {
  const Difference d = differenceOf(side("a", {object("ConfigMap", "x", R"("data":{"k":"v"})")}), side("b", {object("ConfigMap", "x", R"("data":{"k":"v"})")}));
  EXPECT_FALSE(d.any());
  EXPECT_EQ(text(d), "no differences between a and b\n");
}

TEST(Difference, ShowsWhatOnlyOneSideHasAndWhichFieldsDiffer) {
  const Difference d = differenceOf(side("dev", {object("ConfigMap", "x", R"("data":{"k":"v"})"), object("ConfigMap", "old", R"("data":{})")}),
                                    side("prod", {object("ConfigMap", "x", R"("data":{"k":"w"})"), object("ConfigMap", "new", R"("data":{})")}, R"({"a":2,"b":true})"));
  EXPECT_TRUE(d.any());
  EXPECT_EQ(text(d),
            "~ system.shop  a.chasi:1:8\n"
            "      a: 1 → 2\n"
            "      + b: true\n"
            "  ~ ConfigMap/x in team\n"
            "      data.k: \"v\" → \"w\"\n"
            "  + ConfigMap/new in team\n"
            "  - ConfigMap/old in team\n"
            "\n"
            "declarations: 0 only in dev, 0 only in prod, 1 different, 0 the same\n"
            "objects:      1 only in dev, 1 only in prod, 1 different, 0 the same\n");
}

TEST(Difference, FieldsOfADeclarationAreNeverLeftOut) {
  // `status` and `metadata.uid` are the server's in an object, and anybody's in a declaration.
  const Difference d = differenceOf(side("a", {}, R"({"status":"x","metadata":{"uid":"1"}})"), side("b", {}, R"({"status":"y","metadata":{"uid":"2"}})"));
  ASSERT_EQ(d.declarations.size(), 1u);
  EXPECT_EQ(d.declarations[0].changes.size(), 2u);
}

TEST(Difference, ListsGoByTheKeysOfTheSchema) {
  const auto service = [](const char* ports) { return object("Service", "web", std::string(R"("spec":{"ports":[)") + ports + "]}"); };
  const Difference d = differenceOf(side("a", {service(R"({"port":80,"protocol":"TCP","targetPort":1})")}),
                                    side("b", {service(R"({"port":443,"protocol":"TCP","targetPort":2},{"port":80,"protocol":"TCP","targetPort":3})")}));
  ASSERT_EQ(d.operations.steps.size(), 1u);
  std::vector<std::string> paths;
  for (const FieldChange& c : d.operations.steps[0].changes) paths.push_back(c.path);
  EXPECT_EQ(paths, (std::vector<std::string>{"spec.ports[port=443,protocol=TCP].port", "spec.ports[port=443,protocol=TCP].protocol", "spec.ports[port=443,protocol=TCP].targetPort",
                                             "spec.ports[port=80,protocol=TCP].targetPort"}));
}

TEST(Difference, ValuesOfSecretsAreNotShownAndTheirSourcesAre) {
  Operation before = object("Secret", "s", R"("data":{"a":null,"plain":"b25l"})"), after = object("Secret", "s", R"("data":{"a":null,"plain":"dHdv"})");
  before.secrets = {{"/data/a", "env", "ONE"}};
  after.secrets = {{"/data/a", "file", "two"}};
  const Difference d = differenceOf(side("a", {before}), side("b", {after}));
  const std::string shown = text(d);
  EXPECT_NE(shown.find("data.a: \"env/ONE\" → \"file/two\""), std::string::npos) << shown;
  EXPECT_NE(shown.find("data.plain: (secret, changed)"), std::string::npos) << shown;
  std::string out;
  llvm::raw_string_ostream stream(out);
  writeDifference(d, stream);
  for (const char* value : {"b25l", "dHdv"}) {
    EXPECT_EQ(shown.find(value), std::string::npos);
    EXPECT_EQ(out.find(value), std::string::npos);
  }
}

TEST(Difference, JsonSaysWhichSideHasWhat) {
  const Difference d = differenceOf(side("dev", {object("ConfigMap", "old", R"("data":{})")}), side("prod", {object("ConfigMap", "new", R"("data":{})")}));
  std::string out;
  llvm::raw_string_ostream stream(out);
  writeDifference(d, stream);
  const json j = json::parse(out);
  EXPECT_EQ(j["apiVersion"], "chasi.dev/diff/v1");
  EXPECT_EQ(j["operations"][0]["object"]["name"], "new");
  EXPECT_EQ(j["operations"][0]["in"], "second");
  EXPECT_EQ(j["operations"][1]["in"], "first");
  EXPECT_EQ(j["same"]["declarations"], 1);
}
