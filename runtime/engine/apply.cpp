#include "runtime/engine/engine.h"

#include "runtime/engine/inventory_store.h"
#include "runtime/engine/link.h"
#include "runtime/engine/pruning.h"
#include "runtime/engine/replacement.h"
#include "runtime/engine/scrub.h"
#include "runtime/engine/walk.h"
#include "runtime/plan/graph.h"
#include "runtime/plan/text.h"

#include <fmt/format.h>

namespace chasi::engine {

using plan::Action;
using plan::fault;
using plan::OpKind;

namespace {

constexpr const char* kNothing = "nothing to do";

llvm::Error checkProblems(const plan::Plan& plan) {
  llvm::Error errors = llvm::Error::success();
  for (size_t i = 0; i < plan.steps.size(); ++i)
    if (const auto& problem = plan.steps[i].problem)
      errors = llvm::joinErrors(std::move(errors), fault(problem->code, problem->message, problem->hint, plan.desired.operations[i].source));
  return errors;
}

// A cluster is known by the uid of its kube-system namespace, or by its address where that may not be read.
llvm::Error checkPins(const plan::Plan& plan, Connections& connections) {
  if (plan.offline) return fault("CH6201", "the plan was made without looking at any cluster", "plan again without --offline");
  for (const plan::Target& target : plan.desired.targets) {
    auto pin = std::find_if(plan.pins.begin(), plan.pins.end(), [&](const plan::Pin& each) { return each.target == target.name; });
    if (pin == plan.pins.end())
      return fault("CH6201", fmt::format("the plan does not say which cluster '{}' is", target.name), "plan again", target.source);
    const Site* site = connections.siteOf(target.name);
    bool byUid = !pin->clusterUid.empty() && !site->clusterUid.empty();
    bool same = byUid ? pin->clusterUid == site->clusterUid : pin->server == site->server;
    if (!same)
      return fault("CH6201",
                   fmt::format("'{}' leads to another cluster than the plan was made for: {} instead of {}", target.name, site->server, pin->server),
                   "plan again for this one, or choose the right context with --cluster", target.source);
  }
  return llvm::Error::success();
}

// Where a run died after its last change, there is nothing to do but to close its record: until then each run would have to ask
// the server about all that it had written.
bool leftOpen(const std::vector<Site*>& sites) {
  return std::any_of(sites.begin(), sites.end(), [](const Site* site) { return site->inventory.open; });
}

// The clusters in which something changes, or whose record is to be closed.
void findSites(Run& run, const std::vector<Site*>& sites) {
  std::map<std::string, Site*> changing;
  auto add = [&](const std::string& target) {
    Site* site = run.connections.siteOf(target);
    if (site) changing.emplace(site->server, site);
  };
  for (uint32_t i = 0; i < run.plan.steps.size(); ++i)
    if (run.op(i).kind == OpKind::Object && run.step(i).action != Action::None) add(run.op(i).target);
  for (const plan::Prune& prune : run.plan.prunes) add(prune.target);
  for (Site* site : sites)
    if (site->inventory.open) changing.emplace(site->server, site);
  for (auto& [server, site] : changing) {
    run.sites.push_back(std::make_unique<SiteRun>());
    run.sites.back()->site = site;
    if (run.options.parallelism) site->client->limitWindow(run.options.parallelism);
  }
}

// Always in the same order, so that two runs never wait for each other.
llvm::Error lockAll(Run& run) {
  Holder holder = makeHolder(run.options.user, run.id);
  for (auto& site : run.sites) {
    LeaseOptions options;
    options.holder = holder;
    options.patience = run.options.lockPatience;
    options.cancel = run.options.cancel;
    options.waiting = [&run, &site](const std::string& who) {
      run.say(EventKind::Progress, "", site->site->targets.front(), "", fmt::format("waiting for the lock of {}", who));
    };
    site->lease = std::make_unique<Lease>(*site->site, inventoryName(run.plan.desired.workspace), std::move(options));
    if (llvm::Error error = site->lease->acquire()) return error;
    if (llvm::Error error = readStored(run, *site)) return error;
  }
  for (auto& site : run.sites)
    if (llvm::Error error = writeSuperset(run, *site)) return error;
  return llvm::Error::success();
}

void unlockAll(Run& run) {
  for (auto& site : run.sites)
    if (site->lease) site->lease->release();
}

// False when the run is to be left at once.
template <typename Part> bool drive(Run& run, Part& part) {
  run.connections.loop().runUntil([&] {
    if (part.finished()) return true;
    if (run.cancelled() != 0) {
      run.summary.interrupted = true;
      part.stop();
    }
    return run.cancelled() > 1 || part.finished();
  });
  return run.cancelled() <= 1;
}

bool walkAll(Run& run, Walk& walk) {
  walk.start();
  if (!drive(run, walk)) return false;
  walk.skipRest();
  return true;
}

bool pruneAll(Run& run, Pruning& pruning) {
  if (!pruning.finished() && run.cancelled() != 0) run.summary.interrupted = true;
  if (run.summary.interrupted || !run.summary.failures.empty()) {
    pruning.skipRest(run.summary.interrupted ? "the run was interrupted" : "nothing is deleted while something that should be there is not");
    return true;
  }
  pruning.start();
  if (!drive(run, pruning)) return false;
  pruning.skipRest("the run was interrupted");
  return true;
}

void record(Run& run) {
  for (auto& site : run.sites) {
    if (site->lostSaid) continue;
    if (llvm::Error error = writeFinal(run, *site)) run.failed("", site->site->targets.front(), "", {}, std::move(error));
  }
}

std::string counted(const Summary& summary) {
  std::string text;
  auto add = [&](size_t number, const char* what) {
    if (number) text += fmt::format("{}{} {}", text.empty() ? "" : ", ", number, what);
  };
  add(summary.created, "created");
  add(summary.updated, "changed");
  add(summary.replaced, "replaced");
  add(summary.deleted, "deleted");
  add(summary.built, "built");
  add(summary.failures.size(), "failed");
  add(summary.skipped, "skipped");
  add(summary.unchanged, "unchanged");
  return text;
}

Summary conclude(Run& run, std::chrono::steady_clock::time_point begin) {
  kube::Client::Counters counters = run.connections.counters();
  run.summary.requests = counters.sent;
  run.summary.writes = counters.writes;
  run.summary.retries = counters.retries;
  run.summary.duration = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begin);
  std::string said = counted(run.summary);
  if (run.summary.interrupted) said += said.empty() ? "interrupted" : "; interrupted";
  run.say(EventKind::Summary, "", "", "", said.empty() ? kNothing : said);
  return run.summary;
}

} // namespace

std::string inWords(const Summary& summary) {
  std::string text = counted(summary);
  return text.empty() ? kNothing : text;
}

llvm::Expected<Summary> apply(const plan::Plan& plan, Connections& connections, const ApplyOptions& options) {
  auto begin = std::chrono::steady_clock::now();
  if (llvm::Error error = checkProblems(plan)) return error;
  if (llvm::Error error = plan::validate(plan.desired)) return error;
  if (plan.steps.size() != plan.desired.operations.size()) return fault("CH6001", "the plan does not have one step for each operation");
  llvm::Expected<std::vector<Site*>> sites = sitesOf(plan.desired, connections);
  if (!sites) return sites.takeError();
  if (llvm::Error error = loadSites(connections, *sites, plan.desired.workspace)) return error;
  if (llvm::Error error = checkPins(plan, connections)) return error;
  if (llvm::Error error = checkBudget(plan, options.allowPrune)) return error;
  if (llvm::Error error = checkReplacements(plan, options)) return error;

  // What objects tell is read when the turn of those comes that are told.
  connections.facts.forgetAll();
  ApplyOptions informed = options;
  informed.secrets = connections.facts.reader(options.secrets);
  Run run(plan, connections, informed);
  plan::Counts counts = plan::count(plan);
  run.reporter.total = counts.changes();
  run.say(EventKind::Plan, "", "", "", plan::summaryLine(counts));
  if (counts.changes() == 0 && !options.waitAll && !leftOpen(*sites)) {
    run.summary.unchanged = plan.steps.size();
    return conclude(run, begin);
  }
  findSites(run, *sites);
  askPrograms(plan, options.secrets);
  std::vector<std::unique_ptr<RetryReports>> reports;
  if (options.events)
    for (Site* site : *sites)
      reports.push_back(std::make_unique<RetryReports>(*site->client, run.reporter, site->targets.front(),
                                                       [&run](std::string text) { return run.clean(std::move(text)); }));
  if (llvm::Error error = lockAll(run)) {
    unlockAll(run);
    return error;
  }
  // Both live as long as the loop runs: their timers may fire after their work is done.
  Walk walk(run);
  if (!walkAll(run, walk)) return conclude(run, begin);
  Pruning pruning(run);
  if (!pruneAll(run, pruning)) return conclude(run, begin);
  record(run);
  unlockAll(run);
  return conclude(run, begin);
}

} // namespace chasi::engine
