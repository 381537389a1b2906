#include "runtime/engine/virtual_board.h"

#include "runtime/engine/compare_site.h"
#include "runtime/engine/inventory_store.h"
#include "runtime/plan/fact.h"

#include <fmt/format.h>

namespace chasi::engine {

using plan::Action;
using plan::fault;
using plan::OpKind;

namespace {

const plan::Pin* pinOf(const plan::Plan& plan, const std::string& target) {
  auto pin = std::find_if(plan.pins.begin(), plan.pins.end(), [&](const plan::Pin& each) { return each.target == target; });
  return pin == plan.pins.end() ? nullptr : &*pin;
}

llvm::Error compareLate(Run& run, Site& site) {
  plan::Plan& plan = *run.late;
  const size_t prunes = plan.prunes.size();
  CompareOptions options;
  options.secrets = run.options.secrets;
  options.describeCreates = false;
  SiteCompare part(site, plan, options, run.connections.loop());
  part.start();
  run.connections.loop().runUntil([&] { return part.pending() == 0 || run.cancelled() != 0; });
  if (run.cancelled() != 0) return fault("CH6210", fmt::format("interrupted while comparing {}", site.server), "run again to continue");
  if (llvm::Error error = part.takeError()) return error;
  // What nothing describes is deleted when somebody has seen it in a plan.
  if (const size_t left = plan.prunes.size() - prunes) {
    run.summary.toPlan += left;
    run.say(EventKind::Progress, "", site.targets.front(), "", fmt::format("{} of what is inside {} no longer described: the next plan shows {}", left, left == 1 ? "is" : "are", left == 1 ? "it" : "them"));
  }
  plan.prunes.erase(plan.prunes.begin() + static_cast<std::ptrdiff_t>(prunes), plan.prunes.end());
  // Whoever tells it may change in this run.
  for (uint32_t i = 0; i < plan.steps.size(); ++i) {
    plan::Step& step = plan.steps[i];
    const plan::Operation& op = plan.desired.operations[i];
    const bool settled = step.action == Action::None || step.action == Action::Update;
    if (op.target == site.targets.front() && settled && !step.problem && !plan::factsOf(op).empty()) step.action = Action::Unknown;
  }
  return llvm::Error::success();
}

} // namespace

llvm::Error checkPin(const plan::Plan& plan, const plan::Target& target, const Site& site) {
  const plan::Pin* pin = pinOf(plan, target.name);
  if (!pin && target.inside) return llvm::Error::success(); // it did not run then
  if (!pin) return fault("CH6201", fmt::format("the plan does not say which cluster '{}' is", target.name), "plan again", target.source);
  // A cluster is known by the uid of its kube-system namespace, or by its address where that may not be read.
  const bool byUid = !pin->clusterUid.empty() && !site.clusterUid.empty();
  if (byUid ? pin->clusterUid == site.clusterUid : pin->server == site.server) return llvm::Error::success();
  return fault("CH6201", fmt::format("'{}' leads to another cluster than the plan was made for: {} instead of {}", target.name, site.server, pin->server),
               "plan again for this one, or choose the right context with --cluster", target.source);
}

llvm::Error lockSite(Run& run, SiteRun& site) {
  LeaseOptions options;
  options.holder = makeHolder(run.options.user, run.id);
  options.patience = run.options.lockPatience;
  options.cancel = run.options.cancel;
  options.waiting = [&run, &site](const std::string& who) {
    run.say(EventKind::Progress, "", site.site->targets.front(), "", fmt::format("waiting for the lock of {}", who));
  };
  site.lease = std::make_unique<Lease>(*site.site, inventoryName(run.plan.desired.workspace), std::move(options));
  if (llvm::Error error = site.lease->acquire()) return error;
  return readStored(run, site);
}

llvm::Error board(Run& run, const std::string& target) {
  Site& site = *run.connections.siteOf(target);
  if (llvm::Error error = loadSites(run.connections, {&site}, run.plan.desired.workspace)) return error;
  for (const auto& other : run.connections.sites())
    if (other.get() != &site && !site.clusterUid.empty() && other->clusterUid == site.clusterUid)
      return fault("CH6215", fmt::format("'{}' leads to the same cluster as '{}', by {}", target, other->targets.front(), site.server),
                   "somebody changed its kubeconfig; let the control plane write the Secret again");
  for (const plan::Target& each : run.plan.desired.targets)
    if (each.name == target)
      if (llvm::Error error = checkPin(run.plan, each, site)) return error;
  if (!pinOf(run.plan, target))
    if (llvm::Error error = compareLate(run, site)) return error;
  // What a run that died in there left open is closed, also when nothing changes.
  bool changes = site.inventory.open || site.recovered;
  for (uint32_t i = 0; i < run.plan.steps.size(); ++i)
    changes = changes || (run.op(i).target == target && run.op(i).kind == OpKind::Object && run.step(i).action != Action::None && run.whyLeftOut(i).empty());
  changes = changes || std::any_of(run.plan.prunes.begin(), run.plan.prunes.end(), [&](const plan::Prune& prune) { return prune.target == target; });
  if (!changes) return llvm::Error::success();
  auto entry = std::make_unique<SiteRun>();
  entry->site = &site;
  if (run.options.parallelism) site.client->limitWindow(run.options.parallelism);
  llvm::Error error = lockSite(run, *entry);
  if (!error) error = writeSuperset(run, *entry);
  if (error && entry->lease) entry->lease->release();
  if (error) return error;
  run.sites.push_back(std::move(entry));
  return llvm::Error::success();
}

} // namespace chasi::engine
