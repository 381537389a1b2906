#include "runtime/engine/missing.h"

#include <fmt/format.h>

namespace chasi::engine {

using plan::Action;

void leaveOutMissing(plan::Plan& plan, Connections& connections) {
  std::set<std::string> missing;
  for (const plan::Target& target : plan.desired.targets) {
    const Site* site = connections.siteOf(target.name);
    if (!site || !site->trouble) continue;
    missing.insert(target.name);
    plan.missing.push_back({target.name, {site->trouble->code, site->trouble->message, site->trouble->hint}});
  }
  if (missing.empty()) return;
  for (size_t i = 0; i < plan.steps.size(); ++i) {
    const std::string& target = plan.desired.operations[i].target;
    if (!missing.contains(target)) continue;
    const plan::FaultText& trouble = *connections.siteOf(target)->trouble;
    plan.steps[i] = {};
    plan.steps[i].problem = trouble;
    plan.steps[i].leftOut = fmt::format("cluster {} is left out", target);
  }
  std::erase_if(plan.prunes, [&](const plan::Prune& prune) { return connections.siteOf(prune.target)->trouble.has_value(); });
}

std::string unservedText(const std::string& groupKind) {
  return fmt::format("objects of kind {} stay recorded: the cluster does not serve it, so nobody can tell whether they are there", groupKind);
}

void noteUnserved(plan::Plan& plan, Connections& connections) {
  for (const auto& site : connections.sites()) {
    if (site->trouble) continue;
    for (const std::string& kind : site->inventory.groupKinds)
      if (!site->discovery.findGroupKind(kind) && mayOutliveItsKind(site->inventory, kind)) plan.notices.push_back({site->targets.front(), unservedText(kind)});
  }
}

void leaveOutWaiting(plan::Plan& plan) {
  // In the order of the plan: what waits comes behind what it waits for.
  for (size_t i = 0; i < plan.steps.size(); ++i) {
    plan::Step& step = plan.steps[i];
    if (step.action == Action::None || !step.leftOut.empty() || step.problem) continue;
    for (uint32_t need : plan.desired.operations[i].needs) {
      const plan::Step& first = plan.steps[need];
      if (first.leftOut.empty() || !first.problem) continue;
      step.leftOut = fmt::format("it needs {}: {}", plan.desired.operations[need].id, first.leftOut);
      step.problem = plan::Problem{"CH6225", step.leftOut, "run again when that cluster can be reached"};
      break;
    }
  }
}

std::string movedTo(const plan::Plan& plan, const plan::Prune& prune, const std::function<bool(const std::string& target)>& isMissing) {
  for (const plan::Operation& op : plan.desired.operations) {
    if (op.target.empty() || op.target == prune.target || !isMissing(op.target)) continue;
    const bool same = (!prune.owner.empty() && op.owner == prune.owner) || (op.object.kind == prune.object.kind && op.object.name == prune.object.name);
    if (same) return fmt::format("it may be what {} describes on cluster {}, which is left out", op.owner, op.target);
  }
  return {};
}

} // namespace chasi::engine
