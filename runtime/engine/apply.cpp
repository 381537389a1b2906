#include "runtime/engine/engine.h"

#include "runtime/engine/dismantle.h"
#include "runtime/engine/history.h"
#include "runtime/engine/image_facts.h"
#include "runtime/engine/inventory_store.h"
#include "runtime/engine/virtual_board.h"
#include "runtime/engine/virtual_sites.h"
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

llvm::Error checkProblems(const plan::Plan& plan, bool requireAll) {
  llvm::Error errors = llvm::Error::success();
  if (requireAll)
    for (const plan::MissingTarget& missing : plan.missing)
      errors = llvm::joinErrors(std::move(errors), fault(missing.problem));
  for (size_t i = 0; i < plan.steps.size(); ++i)
    if (const auto& problem = plan.steps[i].problem; problem && plan.steps[i].leftOut.empty())
      errors = llvm::joinErrors(std::move(errors), fault(*problem, plan.desired.operations[i].source));
  return errors;
}

llvm::Error checkPins(const plan::Plan& plan, Connections& connections) {
  if (plan.offline) return fault("CH6201", "the plan was made without looking at any cluster", "plan again without --offline");
  for (const plan::Target& target : plan.desired.targets) {
    const Site* site = connections.siteOf(target.name);
    if (!site || site->trouble || std::any_of(plan.missing.begin(), plan.missing.end(), [&](const auto& each) { return each.target == target.name; })) continue;
    if (target.inside && !site->loaded) continue;
    if (llvm::Error error = checkPin(plan, target, *site)) return error;
  }
  return llvm::Error::success();
}

// Whether anything of this cluster is part of the run. Of a destroy nobody can say.
bool concerns(const Run& run, const std::string& target) {
  bool some = false;
  for (uint32_t i = 0; i < run.plan.steps.size(); ++i) {
    if (run.op(i).target != target) continue;
    if (run.step(i).leftOut.empty() || run.step(i).problem) return true;
    some = true;
  }
  return !some;
}

// Those that were missing when the plan was made, and those that are not there now.
void noteMissing(Run& run) {
  for (const plan::MissingTarget& missing : run.plan.missing)
    run.leaveOut(*run.connections.siteOf(missing.target), missing.problem, false);
  for (auto& site : run.connections.sites())
    if (site->trouble && std::any_of(site->targets.begin(), site->targets.end(), [&](const std::string& target) { return concerns(run, target); }))
      run.leaveOut(*site, *site->trouble, false);
}

// Where a run died after its last change, there is nothing to do but to close its record: until then each run would have to ask
// the server about all that it had written. The same where the record itself was lost.
bool leftOpen(const std::vector<Site*>& sites) {
  return std::any_of(sites.begin(), sites.end(), [](const Site* site) { return site->inventory.open || site->recovered; });
}

// The clusters in which something changes, or whose record is to be closed, but for virtual ones that this run makes run: those come
// later.
void findSites(Run& run, const std::vector<Site*>& sites) {
  std::set<std::string> come;
  for (const plan::Target& target : run.plan.desired.targets)
    if (target.inside && comesLater(run.plan, target)) come.insert(target.name);
  std::map<std::string, std::string> hosts;
  for (const plan::Target& target : run.plan.desired.targets)
    if (target.inside) hosts.emplace(target.name, target.inside->host);
  std::map<std::string, Site*> changing;
  auto add = [&](const std::string& target) {
    Site* site = come.contains(target) ? nullptr : run.connections.siteOf(target);
    if (site && !run.isLeftOut(target)) changing.emplace(site->server, site);
  };
  // A host keeps the record of what changes inside its virtual clusters.
  auto addBoth = [&](const std::string& target) {
    add(target);
    if (const auto host = hosts.find(target); host != hosts.end()) add(host->second);
  };
  for (uint32_t i = 0; i < run.plan.steps.size(); ++i)
    if (run.op(i).kind == OpKind::Object && run.step(i).action != Action::None && run.whyLeftOut(i).empty()) addBoth(run.op(i).target);
  for (const plan::Prune& prune : run.plan.prunes)
    if (prune.leftOut.empty()) addBoth(prune.target);
  for (Site* site : sites)
    if (site->inventory.open || site->recovered) add(site->targets.front());
  for (auto& [server, site] : changing) {
    run.sites.push_back(std::make_unique<SiteRun>());
    run.sites.back()->site = site;
    if (run.options.parallelism) site->client->limitWindow(run.options.parallelism);
  }
}

// Does a step of the preparation at each site; where that fails, the site is left out, and an error comes back only when the run ends with it.
llvm::Error prepareEach(Run& run, llvm::function_ref<llvm::Error(SiteRun&)> prepare) {
  for (auto& site : run.sites) {
    llvm::Error error = prepare(*site);
    if (!error) continue;
    plan::FaultText why = plan::takeText(std::move(error));
    if (run.options.requireAll || why.code == "CH6210") return fault(why);
    if (site->lease) site->lease->release();
    run.leaveOut(*site->site, std::move(why), run.sites.size() == 1);
    site.reset();
  }
  std::erase(run.sites, nullptr);
  return llvm::Error::success();
}

bool buildsSomething(const Run& run) {
  for (uint32_t i = 0; i < run.plan.steps.size(); ++i)
    if (run.op(i).kind == OpKind::Image && run.step(i).action != Action::None && run.whyLeftOut(i).empty()) return true;
  return false;
}

// Always in the same order, so that two runs never wait for each other; a lock that somebody holds leaves out its cluster only. An error
// when nothing is left to do.
llvm::Error lockAll(Run& run) {
  if (run.sites.empty()) return llvm::Error::success();
  if (llvm::Error error = prepareEach(run, [&](SiteRun& site) { return lockSite(run, site); })) return error;
  if (llvm::Error error = prepareEach(run, [&](SiteRun& site) { return writeSuperset(run, site); })) return error;
  // Closing the record of another run is no run of its own.
  if (run.reporter.total)
    if (llvm::Error error = prepareEach(run, [&](SiteRun& site) { return site.site->inside ? llvm::Error::success() : beginHistory(run, site); })) return error;
  if (!run.sites.empty() || buildsSomething(run)) return llvm::Error::success();
  llvm::Error errors = llvm::Error::success();
  for (const LeftOutTarget& each : run.summary.missing)
    errors = llvm::joinErrors(std::move(errors), fault(each.fault, each.source));
  return errors;
}

void unlockAll(Run& run) {
  for (auto& site : run.sites)
    if (site->lease && !site->gone) site->lease->release();
}

// False when the run is to be left at once. Who sends SIGTERM often sends SIGKILL ten seconds later: what does not answer is not waited for.
template <typename Part> bool drive(Run& run, Part& part) {
  constexpr std::chrono::milliseconds patience{2500};
  std::optional<kube::Transport::Time> until;
  run.connections.loop().runUntil([&] {
    if (part.finished() || part.pausing()) return true;
    if (run.cancelled() != 0) {
      run.summary.interrupted = true;
      part.stop();
      const kube::Transport::Time now = run.connections.loop().now();
      if (!until) until = now + patience;
      if (now >= *until) part.abandonAll();
    }
    return run.cancelled() > 1 || part.finished() || part.pausing();
  });
  return run.cancelled() <= 1;
}

// Virtual clusters that began to run are taken in between, which takes requests of its own.
bool walkAll(Run& run, Walk& walk) {
  walk.start();
  if (!drive(run, walk)) return false;
  while (const std::optional<uint32_t> arrived = walk.arrived()) {
    walk.boarded(*arrived, board(run, walk.targetOf(*arrived)));
    if (!drive(run, walk)) return false;
  }
  walk.skipRest();
  return true;
}

bool pruneAll(Run& run, Pruning& pruning) {
  if (!pruning.finished() && run.cancelled() != 0) run.summary.interrupted = true;
  if (run.summary.interrupted || !run.summary.failures.empty()) {
    pruning.skipRest(run.summary.interrupted ? "the run was interrupted" : "nothing is deleted while something that should be there is not");
    return true;
  }
  Dismantling virtualOnes(run);
  if (llvm::Error error = virtualOnes.before()) {
    run.failed("", "", "delete", {}, std::move(error));
    pruning.skipRest("a virtual cluster cannot be deleted");
    return true;
  }
  pruning.start();
  if (!drive(run, pruning)) return false;
  pruning.skipRest("the run was interrupted");
  virtualOnes.after();
  return true;
}

void record(Run& run) {
  for (auto& site : run.sites) {
    if (site->lostSaid || site->gone) continue;
    llvm::Error error = writeFinal(run, *site);
    if (!error) continue;
    site->gone = run.summary.interrupted; // whoever ends in a hurry does not ask again
    run.failed("", site->site->targets.front(), "", {}, std::move(error));
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
  add(summary.leftOut, "left out");
  add(summary.toPlan, summary.toPlan == 1 ? "deletion left to the next plan" : "deletions left to the next plan");
  add(summary.unchanged, "unchanged");
  return text;
}

Summary conclude(Run& run) {
  kube::Client::Counters counters = run.connections.counters();
  run.summary.requests = counters.sent;
  run.summary.writes = counters.writes;
  run.summary.retries = counters.retries;
  run.summary.duration = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - run.begin);
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
  if (llvm::Error error = checkProblems(plan, options.requireAll)) return error;
  if (llvm::Error error = plan::validate(plan.desired)) return error;
  if (plan.steps.size() != plan.desired.operations.size()) return fault("CH6001", "the plan does not have one step for each operation");
  llvm::Expected<std::vector<Site*>> sites = sitesOf(plan.desired, connections);
  if (!sites) return sites.takeError();
  if (llvm::Error error = loadSites(connections, *sites, plan.desired.workspace)) return error;
  if (llvm::Error error = troublesOf(plan.desired, connections, options.requireAll)) return error;
  if (llvm::Error error = checkPins(plan, connections)) return error;
  if (llvm::Error error = checkBudget(plan, options.allowPrune)) return error;
  if (llvm::Error error = checkReplacements(plan, options)) return error;

  // The others are known to be the right ones by now: nothing is asked of a wrong one.
  llvm::Expected<std::vector<VirtualCluster>> clusters = openVirtual(plan.desired, connections, options.cancel, false);
  if (!clusters) return clusters.takeError();
  if (llvm::Error error = checkPins(plan, connections)) return error;
  std::optional<plan::Plan> mine = toldLate(plan, *clusters);
  for (const VirtualCluster& cluster : *clusters)
    if (Site* site = connections.siteOf(cluster.target->name); site && site->loaded && !comesLater(mine ? *mine : plan, *cluster.target)) sites->push_back(site);

  // What objects tell is read when the turn of those comes that are told.
  connections.facts.forgetAll();
  tellImages(plan.desired, connections, options.images);
  ApplyOptions informed = options;
  informed.secrets = connections.facts.reader(options.secrets);
  Run run(mine ? *mine : plan, connections, informed);
  if (mine) run.late = &*mine;
  plan::Counts counts = plan::count(plan);
  run.reporter.total = counts.changes();
  run.say(EventKind::Plan, "", "", "", plan::summaryLine(counts));
  for (const plan::Notice& notice : plan.notices)
    if (notice.target.empty()) run.say(EventKind::Progress, "", "", "", notice.message);
  noteMissing(run);
  if (counts.changes() == 0 && !options.waitAll && !leftOpen(*sites)) {
    run.summary.unchanged = counts.unchanged;
    run.summary.leftOut = counts.leftOut;
    return conclude(run);
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
  if (!walkAll(run, walk)) return conclude(run);
  Pruning pruning(run);
  if (!pruneAll(run, pruning)) return conclude(run);
  record(run);
  endHistory(run);
  unlockAll(run);
  return conclude(run);
}

} // namespace chasi::engine
