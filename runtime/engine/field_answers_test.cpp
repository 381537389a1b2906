// What is sent of fields that others write as well, told from an object and its managedFields.
#include "runtime/engine/field_answers.h"
#include "runtime/engine/takeover.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

using namespace chasi;
using namespace chasi::engine;
using nlohmann::json;

namespace {

plan::Operation operation(json payload, std::vector<plan::FieldAnswer> fields) {
  plan::Operation op;
  op.id = "unit/Deployment/web";
  op.owner = "system.shop";
  op.object = {"apps/v1", "Deployment", "shop", "web"};
  op.payload = payload.dump();
  op.fields = std::move(fields);
  return op;
}

json entry(const char* manager, const char* operation, json fields, const char* subresource = "") {
  json result = {{"manager", manager}, {"operation", operation}, {"apiVersion", "apps/v1"}, {"fieldsV1", std::move(fields)}};
  if (*subresource) result["subresource"] = subresource;
  return result;
}

json live(json spec, json entries) { return {{"metadata", {{"name", "web"}, {"resourceVersion", "7"}, {"managedFields", std::move(entries)}}}, {"spec", std::move(spec)}}; }

json sent(const plan::Operation& op, const json& there) { return json::parse(answeredPayload(op, op.payload, there.dump())); }

const json kReplicas = {{"f:spec", {{"f:replicas", json::object()}}}};

} // namespace

TEST(Ignore, LeavesOutWhatOthersOwnAndKeepsWhatOnlyWeOwn) {
  const plan::Operation op = operation({{"spec", {{"replicas", 2}, {"paused", false}}}}, {{"spec.replicas", plan::Answer::Ignore}});
  const json theirs = live({{"replicas", 9}}, json::array({entry("hpa", "Update", kReplicas, "scale")}));
  EXPECT_EQ(sent(op, theirs), json({{"spec", {{"paused", false}}}}));
  const json ours = live({{"replicas", 5}}, json::array({entry("chasic", "Apply", kReplicas)}));
  EXPECT_EQ(sent(op, ours)["spec"]["replicas"], 5) << "the server would remove what nobody says any more";
  const json both = live({{"replicas", 5}}, json::array({entry("chasic", "Apply", kReplicas), entry("hpa", "Update", kReplicas, "scale")}));
  EXPECT_FALSE(sent(op, both)["spec"].contains("replicas"));
  const json nobodys = live({{"replicas", 1}}, json::array({entry("chasic", "Apply", {{"f:spec", {{"f:paused", json::object()}}}})}));
  EXPECT_FALSE(sent(op, nobodys)["spec"].contains("replicas"));
}

TEST(Ignore, KeepsWhatTheSpecificationNoLongerSays) {
  const plan::Operation op = operation({{"spec", {{"paused", false}}}}, {{"spec.replicas", plan::Answer::Ignore}});
  const json ours = live({{"replicas", 5}}, json::array({entry("chasic", "Apply", kReplicas)}));
  EXPECT_EQ(sent(op, ours)["spec"]["replicas"], 5);
}

TEST(Ignore, WorksInElementsOfLists) {
  const json container = {{"name", "api"}, {"image", "api:1"}};
  const plan::Operation op = operation({{"spec", {{"containers", {container}}}}}, {{"spec.containers[name=api].image", plan::Answer::Ignore}});
  const json fields = {{"f:spec", {{"f:containers", {{R"(k:{"name":"api"})", {{".", json::object()}, {"f:image", json::object()}, {"f:name", json::object()}}}}}}}};
  const json there = {{"containers", {{{"name", "sidecar"}, {"image", "s:1"}}, {{"name", "api"}, {"image", "api:9"}}}}};
  EXPECT_EQ(sent(op, live(there, json::array({entry("chasic", "Apply", fields)})))["spec"]["containers"], json({{{"name", "api"}, {"image", "api:9"}}}));
  EXPECT_EQ(sent(op, live(there, json::array({entry("ci", "Update", fields)})))["spec"]["containers"], json({{{"name", "api"}}}));
}

TEST(Ignore, OfAMapLooksAtEachEntry) {
  const plan::Operation op = operation({{"spec", {{"labels", {{"a", "1"}, {"b", "1"}}}, {"paused", true}}}}, {{"spec.labels", plan::Answer::Ignore}});
  const json ours = {{"f:spec", {{"f:labels", {{"f:a", json::object()}}}}}}, theirs = {{"f:spec", {{"f:labels", {{".", json::object()}, {"f:b", json::object()}}}}}};
  const json there = live({{"labels", {{"a", "2"}, {"b", "3"}}}}, json::array({entry("chasic", "Apply", ours), entry("other", "Update", theirs)}));
  EXPECT_EQ(sent(op, there)["spec"]["labels"], json({{"a", "2"}}));
}

TEST(Share, SaysWhatOthersSet) {
  const plan::Operation op = operation({{"spec", {{"replicas", 2}}}}, {{"spec.replicas", plan::Answer::Share}});
  EXPECT_EQ(sent(op, live({{"replicas", 9}}, json::array({entry("hpa", "Update", kReplicas, "scale")})))["spec"]["replicas"], 9);
  EXPECT_EQ(sent(op, live({{"replicas", 9}}, json::array({entry("chasic", "Apply", kReplicas)})))["spec"]["replicas"], 2);
}

TEST(Share, AMapThatSomebodySaysWithNothingInItIsNotTheirs) {
  const plan::Operation op = operation({{"spec", {{"data", {{"key", "ours"}}}}}}, {{"spec.data.key", plan::Answer::Share}});
  const json ours = {{"f:spec", {{"f:data", {{"f:key", json::object()}}}}}}, empty = {{"f:spec", {{"f:data", json::object()}}}};
  const json there = live({{"data", {{"key", "theirs"}}}}, json::array({entry("chasic", "Apply", ours), entry("other", "Apply", empty)}));
  EXPECT_EQ(sent(op, there)["spec"]["data"]["key"], "ours");
  const json atomic = live({{"data", {{"key", "theirs"}}}}, json::array({entry("other", "Apply", empty)}));
  EXPECT_EQ(sent(op, atomic)["spec"]["data"]["key"], "theirs") << "nobody has parts of it: it is theirs as a whole";
}

TEST(Take, CoversExactlyWhatItNames) {
  plan::Operation op = operation({{"spec", {{"replicas", 2}, {"containers", {{{"name", "api"}, {"image", "api:1"}}}}}}},
                                 {{"spec.replicas", plan::Answer::Take}, {"spec.containers[name=api]", plan::Answer::Take}});
  kube::ApiStatus status;
  status.code = 409;
  status.causes = {{"FieldManagerConflict", ".spec.replicas", "conflict with \"kube-controller-manager\" with subresource \"scale\" using apps/v1 at 2026-11-28T08:00:00Z"},
                   {"FieldManagerConflict", ".spec.containers[name=\"api\"].image", "conflict with \"ci\" using apps/v1"}};
  const std::vector<Conflict> conflicts = conflictsOf(status, op.payload);
  ASSERT_EQ(conflicts.size(), 2U);
  EXPECT_EQ(conflicts[0].manager, "kube-controller-manager");
  EXPECT_EQ(conflicts[0].subresource, "scale");
  EXPECT_TRUE(untaken(op, conflicts, {}).empty());
  op.fields.pop_back();
  ASSERT_EQ(untaken(op, conflicts, {}).size(), 1U);
  EXPECT_TRUE(untaken(op, conflicts, {"ci"}).empty()) << "whose entries are taken over is in nobody's way";
  const plan::FaultText text = plan::takeText(conflictFault(op, untaken(op, conflicts, {}), "applying"));
  EXPECT_EQ(text.code, "CH6203");
  EXPECT_EQ(text.message, "applying: spec.containers[name=api].image is owned by ci");
  EXPECT_NE(text.hint.find(R"({ of = "Deployment/web", path = "spec.containers[name=api].image", answer = "take" })"), std::string::npos) << text.hint;
}

TEST(Takeover, MovesAppliersAndLeavesTheRest) {
  const plan::Operation op = operation({{"spec", {{"replicas", 2}}}}, {});
  const json old = {{"f:metadata", {{"f:annotations", {{".", json::object()}, {"f:note", json::object()}}}}}, {"f:spec", {{"f:paused", json::object()}, {"f:strategy", json::object()}}}};
  json there = live({{"replicas", 2}, {"paused", true}, {"strategy", "x"}},
                    json::array({entry("helm", "Update", old), entry("person", "Update", {{"f:spec", {{"f:strategy", json::object()}}}}), entry("kcm", "Update", json::object(), "status")}));
  there["metadata"]["annotations"] = {{"note", "n"}};
  const Takeover move = takeover(op, there.dump());
  EXPECT_EQ(move.managers, std::vector<std::string>{"helm"});
  const json patch = json::parse(move.patch);
  EXPECT_EQ(patch[0], json({{"op", "test"}, {"path", "/metadata/resourceVersion"}, {"value", "7"}}));
  EXPECT_EQ(patch[2]["value"].size(), 3U);
  EXPECT_EQ(patch[2]["value"][2]["manager"], "chasic");
  EXPECT_EQ(patch[2]["value"][2]["operation"], "Apply");
  // After it an apply drops what only helm set, and the map that goes empty with it.
  const json after = json::parse(afterTakeover(op, op.payload, there.dump(), there.dump(), ""));
  EXPECT_EQ(after["spec"], json({{"replicas", 2}, {"strategy", "x"}}));
  EXPECT_FALSE(after["metadata"].contains("annotations"));
  // What the server fills in comes back, with its own value.
  const json fresh = {{"spec", {{"replicas", 2}, {"paused", false}}}};
  EXPECT_EQ(json::parse(afterTakeover(op, op.payload, there.dump(), there.dump(), fresh.dump()))["spec"], json({{"replicas", 2}, {"paused", false}, {"strategy", "x"}}));
  EXPECT_TRUE(takeover(op, live({}, json::array({entry("chasic", "Apply", kReplicas)})).dump()).patch.empty());
}
