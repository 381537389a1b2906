#include "runtime/plan/plan.h"

namespace chasi::plan {

const char* name(Action action) {
  switch (action) {
  case Action::None: return "none";
  case Action::Create: return "create";
  case Action::Update: return "update";
  case Action::Replace: return "replace";
  case Action::Delete: return "delete";
  case Action::Unknown: return "unknown";
  case Action::Build: return "build";
  }
  return "";
}

const char* name(Answer answer) {
  switch (answer) {
  case Answer::Take: return "take";
  case Answer::Share: return "share";
  case Answer::Ignore: return "ignore";
  }
  return "";
}

std::string describe(const ObjectRef& object) {
  std::string text = object.kind + "/" + object.name;
  if (!object.ns.empty()) text += " in " + object.ns;
  return text;
}

std::string describe(const Operation& op) {
  switch (op.kind) {
  case OpKind::Object: return describe(op.object);
  case OpKind::Wait: return "wait for " + describe(op.object);
  case OpKind::Image: case OpKind::Vcluster: break;
  }
  return op.id;
}

void add(Counts& counts, const Step& step) {
  if (!step.leftOut.empty()) ++counts.leftOut;
  else if (step.problem) ++counts.problems;
  else switch (step.action) {
    case Action::None: ++counts.unchanged; break;
    case Action::Create: ++counts.create; break;
    case Action::Update: ++counts.change; break;
    case Action::Replace: ++counts.replace; break;
    case Action::Delete: ++counts.remove; break;
    case Action::Unknown: ++counts.unknown; break;
    case Action::Build: ++counts.build; break;
    }
}

Counts count(const Plan& plan) {
  Counts counts;
  for (const Step& step : plan.steps) add(counts, step);
  for (const Prune& prune : plan.prunes) ++(prune.leftOut.empty() ? counts.remove : counts.leftOut);
  return counts;
}

} // namespace chasi::plan
