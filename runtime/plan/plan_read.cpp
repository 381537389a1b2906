#include "runtime/plan/fact.h"
#include "runtime/plan/fault.h"
#include "runtime/plan/field_path.h"
#include "runtime/plan/graph.h"
#include "runtime/plan/operation_json.h"
#include "runtime/plan/recipe.h"
#include "runtime/plan/secrets.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

namespace chasi::plan {

namespace {

SourceRef readSource(JsonValue value) {
  return {value["file"].string(), static_cast<uint32_t>(value["line"].integer().value_or(0)),
          static_cast<uint32_t>(value["column"].integer().value_or(0))};
}

ObjectRef readObject(JsonValue value) {
  return {value["apiVersion"].string(), value["kind"].string(), value["namespace"].string(), value["name"].string()};
}

Guard readGuard(JsonValue value) { return {value["uid"].string(), value["resourceVersion"].string()}; }

bool readKind(const std::string& text, OpKind& kind) {
  static const std::pair<const char*, OpKind> names[] = {
      {"object", OpKind::Object}, {"image", OpKind::Image}, {"vcluster", OpKind::Vcluster}, {"wait", OpKind::Wait}};
  for (auto& [word, value] : names)
    if (text == word) { kind = value; return true; }
  return false;
}

bool readAction(const std::string& text, Action& action) {
  for (Action each : {Action::None, Action::Create, Action::Update, Action::Replace, Action::Delete, Action::Unknown,
                      Action::Build})
    if (text == name(each)) { action = each; return true; }
  return false;
}

bool readAnswer(const std::string& text, Answer& answer) {
  for (Answer each : {Answer::Take, Answer::Share, Answer::Ignore})
    if (text == name(each)) { answer = each; return true; }
  return false;
}

FieldChange readChange(JsonValue value) {
  return {value["path"].string(), std::string(value["before"].raw()), std::string(value["after"].raw()),
          value["manager"].string(), value["secret"].isTrue(), value["later"].string()};
}

llvm::Error broken(const std::string& why) {
  return fault("CH6001", "this plan cannot be read: " + why, "write a new one with `chasic plan --out FILE`");
}

llvm::Error readRefs(JsonValue list, std::vector<SecretRef>& out) {
  for (JsonValue ref = list.first(); ref; ref = ref.next()) {
    const bool isTemplate = ref["provider"].chars() == kTemplate;
    out.push_back({ref["pointer"].string(), ref["provider"].string(), isTemplate ? std::string(ref["template"].raw()) : ref["key"].string()});
    if (!isTemplate) continue;
    if (llvm::Expected<Recipe> recipe = readRecipe(out.back().key); !recipe) return recipe.takeError();
  }
  return llvm::Error::success();
}

llvm::Error readFields(JsonValue list, Operation& op) {
  for (JsonValue value = list.first(); value; value = value.next()) {
    FieldAnswer& field = op.fields.emplace_back();
    field.path = value["path"].string();
    if (!readAnswer(value["answer"].string(), field.answer))
      return broken(fmt::format("'{}' has the unknown answer '{}'", op.id, value["answer"].string()));
    if (!readFieldPath(field.path)) return broken(fmt::format("'{}' is no path of a field", field.path));
  }
  return llvm::Error::success();
}

/// What an operation is told comes from one that it waits for.
llvm::Error checkFacts(const Desired& desired) {
  for (const Operation& op : desired.operations)
    for (const Fact& fact : factsOf(op)) {
      const bool waits = std::any_of(op.needs.begin(), op.needs.end(), [&](uint32_t need) { return desired.operations[need].id == fact.operation; });
      if (!waits) return broken(fmt::format("'{}' is told something by '{}', which it does not wait for", op.id, fact.operation));
    }
  return llvm::Error::success();
}

Problem readProblem(JsonValue value) { return {value["code"].string(), value["message"].string(), value["hint"].string()}; }

Rollout readRollout(JsonValue value) {
  Rollout rollout;
  rollout.name = value["name"].string();
  rollout.pauseMilliseconds = static_cast<uint64_t>(std::max<int64_t>(0, value["pauseMilliseconds"].integer().value_or(0)));
  rollout.source = readSource(value["source"]);
  for (JsonValue wave = value["waves"].first(); wave; wave = wave.next()) {
    rollout.waves.push_back({wave["name"].string(), {}});
    for (JsonValue owner = wave["owners"].first(); owner; owner = owner.next()) rollout.waves.back().owners.push_back(owner.string());
  }
  return rollout;
}

} // namespace

llvm::Error readOperation(JsonValue value, Operation& op, Step& step) {
  op.id = value["id"].string();
  if (!readKind(value["kind"].string(), op.kind))
    return broken(fmt::format("'{}' is of the unknown kind '{}'", op.id, value["kind"].string()));
  if (!readAction(value["action"].string(), step.action))
    return broken(fmt::format("'{}' has the unknown action '{}'", op.id, value["action"].string()));
  op.owner = value["owner"].string();
  op.target = value["target"].string();
  op.object = readObject(value["object"]);
  op.payload = std::string(value["payload"].raw());
  op.source = readSource(value["source"]);
  if (llvm::Error error = readRefs(value["secrets"], op.secrets)) return error;
  if (llvm::Error error = readRefs(value["later"], op.later)) return error;
  if (llvm::Error error = readFields(value["fields"], op)) return error;
  step.reason = value["reason"].string();
  step.lost = value["lost"].string();
  for (JsonValue each = value["until"].first(); each; each = each.next()) step.until.push_back(each.string());
  for (JsonValue change = value["changes"].first(); change; change = change.next())
    step.changes.push_back(readChange(change));
  step.guard = readGuard(value["guard"]);
  step.adopted = value["adopted"].isTrue();
  if (JsonValue problem = value["problem"]) step.problem = readProblem(problem);
  step.leftOut = value["leftOut"].string();
  return llvm::Error::success();
}

namespace {

llvm::Error readOperations(JsonValue list, Plan& plan) {
  std::unordered_map<std::string, uint32_t> places;
  for (JsonValue value = list.first(); value; value = value.next()) {
    Operation op;
    Step step;
    if (llvm::Error error = readOperation(value, op, step)) return error;
    places.emplace(op.id, static_cast<uint32_t>(plan.desired.operations.size()));
    plan.desired.operations.push_back(std::move(op));
    plan.steps.push_back(std::move(step));
  }
  size_t index = 0;
  for (JsonValue value = list.first(); value; value = value.next(), ++index) {
    Operation& op = plan.desired.operations[index];
    for (JsonValue need = value["needs"].first(); need; need = need.next()) {
      auto place = places.find(need.string());
      if (place == places.end()) return broken(fmt::format("'{}' needs '{}', which is not in it", op.id, need.string()));
      op.needs.push_back(place->second);
    }
  }
  return llvm::Error::success();
}

llvm::Error checkVersion(JsonValue root) {
  std::string version = root["apiVersion"].string();
  if (version == "chasi.dev/plan/v1") return llvm::Error::success();
  if (version.rfind("chasi.dev/plan/", 0) != 0) return broken("it does not say apiVersion: chasi.dev/plan/v1");
  return fault("CH6002", fmt::format("this plan has the version '{}', and this chasic ({}) reads chasi.dev/plan/v1", version,
                                     CHASI_VERSION),
               "use the chasic that wrote it, or plan again");
}

} // namespace

llvm::Expected<Plan> readPlan(llvm::StringRef text) {
  llvm::Expected<JsonView> view = JsonView::parse(std::string_view(text.data(), text.size()));
  if (!view) return broken(takeText(view.takeError()).message);
  JsonValue root = view->root();
  if (llvm::Error error = checkVersion(root)) return error;
  Plan plan;
  plan.toolVersion = root["tool"].string();
  plan.desired.workspace = root["workspace"].string();
  plan.desired.environment = root["environment"].string();
  plan.desired.sourceDigest = root["sourceDigest"].string();
  plan.desired.paramsDigest = root["paramsDigest"].string();
  plan.commit = root["commit"].string();
  plan.dirty = root["dirty"].isTrue();
  plan.module = root["module"].string();
  plan.restores = root["restores"].string();
  plan.offline = root["offline"].isTrue();
  plan.destroys = root["destroys"].isTrue();
  if (plan.desired.workspace.empty()) return broken("it names no workspace");
  if (!root["operations"].isArray() || !root["targets"].isArray()) return broken("it has no list of operations or targets");
  for (JsonValue value = root["targets"].first(); value; value = value.next()) {
    plan.desired.targets.push_back({value["name"].string(), value["context"].string(), readSource(value["source"])});
    if (JsonValue inside = value["inside"])
      plan.desired.targets.back().inside = Inside{inside["host"].string(), inside["namespace"].string(), inside["release"].string(), inside["operation"].string()};
    if (value["server"]) plan.pins.push_back({value["name"].string(), value["server"].string(), value["clusterUid"].string()});
    if (value["problem"]) plan.missing.push_back({value["name"].string(), readProblem(value["problem"])});
  }
  for (JsonValue value = root["rollouts"].first(); value; value = value.next()) plan.desired.rollouts.push_back(readRollout(value));
  if (llvm::Error error = readOperations(root["operations"], plan)) return error;
  for (JsonValue value = root["prunes"].first(); value; value = value.next())
    plan.prunes.push_back({value["target"].string(), readObject(value["object"]), readGuard(value["guard"]),
                           value["id"].string(), value["owner"].string(), value["leftOut"].string()});
  for (JsonValue value = root["notices"].first(); value; value = value.next()) plan.notices.push_back({value["target"].string(), value["message"].string()});
  if (llvm::Error error = validate(plan.desired)) return error;
  if (llvm::Error error = checkFacts(plan.desired)) return error;
  return plan;
}

} // namespace chasi::plan
