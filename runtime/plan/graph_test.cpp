#include "runtime/plan/graph.h"

#include "runtime/plan/fault.h"

#include <gtest/gtest.h>

using namespace chasi::plan;

static Operation op(std::string id, std::vector<uint32_t> needs = {}) {
  Operation result;
  result.id = std::move(id);
  result.owner = "tenant.a";
  result.target = "core";
  result.object = {"v1", "ConfigMap", "ns", result.id};
  result.payload = "{}";
  result.needs = std::move(needs);
  return result;
}

static Desired desiredOf(std::vector<Operation> operations) {
  Desired desired;
  desired.workspace = "w";
  desired.targets = {{"core", "local", {}}};
  desired.operations = std::move(operations);
  return desired;
}

TEST(Graph, OrdersByNeedAndThenByPlace) {
  std::vector<Operation> operations = {op("a", {2}), op("b"), op("c"), op("d", {0, 1, 1})};
  EXPECT_EQ(llvm::cantFail(topologicalOrder(operations)), (std::vector<uint32_t>{1, 2, 0, 3}));
  EXPECT_EQ(levels(operations), (std::vector<uint32_t>{1, 0, 0, 2}));
  EXPECT_EQ(dependants(operations)[1], (std::vector<uint32_t>{3}));
}

TEST(Graph, NamesTheCycle) {
  std::vector<Operation> operations = {op("a"), op("b", {3}), op("c", {1}), op("d", {2, 0})};
  FaultText text = takeText(topologicalOrder(operations).takeError());
  EXPECT_EQ(text.code, "CH6003");
  EXPECT_EQ(text.message, "operations need each other: b needs d needs c needs b");
}

TEST(Graph, ValidateFindsWhatDoesNotHoldTogether) {
  EXPECT_EQ(takeText(validate(desiredOf({op("a"), op("a")}))).message, "two operations have the id 'a'");
  EXPECT_EQ(takeText(validate(desiredOf({op("a", {7})}))).code, "CH6004");
  Desired elsewhere = desiredOf({op("a")});
  elsewhere.targets.clear();
  EXPECT_EQ(takeText(validate(elsewhere)).message, "'a' goes to target 'core', which is not declared");
  EXPECT_EQ(takeText(validate(desiredOf({op("a"), op("b", {0})}))).message, "");
}

TEST(Graph, DrawsWhatNeedsWhat) {
  Desired desired = desiredOf({op("a"), op("b", {0})});
  desired.operations[0].object.name = "say \"hi\"";
  auto drawn = [&](GraphFormat format) {
    std::string text;
    llvm::raw_string_ostream out(text);
    printGraph(desired, {{1, 0, 8080, "TCP"}}, format, out);
    return out.str();
  };
  std::string dot = drawn(GraphFormat::Dot);
  EXPECT_NE(dot.find("n1 -> n0;"), dot.npos);
  EXPECT_NE(dot.find("label=\"ConfigMap say \\\"hi\\\"\""), dot.npos);
  EXPECT_NE(drawn(GraphFormat::Mermaid).find("n1 --> n0"), std::string::npos);
  EXPECT_NE(drawn(GraphFormat::Json).find("{\"from\":\"b\",\"needs\":\"a\"}"), std::string::npos);
  EXPECT_NE(dot.find("n1 -> n0 [style=dashed, constraint=false, label=\"8080\"];"), std::string::npos);
  EXPECT_NE(drawn(GraphFormat::Mermaid).find("n1 -. 8080 .-> n0"), std::string::npos);
  EXPECT_NE(drawn(GraphFormat::Json).find("{\"from\":\"b\",\"to\":\"a\",\"port\":8080,\"protocol\":\"TCP\"}"), std::string::npos);
  EXPECT_NE(drawn(GraphFormat::Svg).find("<path class=\"link\""), std::string::npos);
  EXPECT_NE(drawn(GraphFormat::Svg).find(">ConfigMap say &quot;hi&quot;<title>"), std::string::npos);
  EXPECT_EQ(takeText(graphFormat("png").takeError()).code, "CH6005");
}
