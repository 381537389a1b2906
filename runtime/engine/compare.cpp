#include "runtime/engine/compare_facts.h"
#include "runtime/engine/compare_site.h"
#include "runtime/engine/engine.h"
#include "runtime/engine/image_job.h"
#include "runtime/engine/missing.h"
#include "runtime/engine/pod_restarts.h"
#include "runtime/engine/reporter.h"
#include "runtime/engine/scrub.h"
#include "runtime/engine/virtual_sites.h"
#include "runtime/plan/graph.h"
#include "runtime/plan/json_view.h"

#include <fmt/format.h>

#include <algorithm>

namespace chasi::engine {

using plan::Action;
using plan::fault;
using plan::OpKind;

namespace {

/// Whether another image stands on it or carries it: then it must be in its layout.
bool neededByImage(const plan::Desired& desired, uint32_t index) {
  return std::any_of(desired.operations.begin(), desired.operations.end(), [&](const plan::Operation& op) { return op.kind == OpKind::Image && std::find(op.needs.begin(), op.needs.end(), index) != op.needs.end(); });
}

/// With the registry: what its tag leads to. What is there is not built to be pushed again, also where the layout has gone.
llvm::Error comparePushed(plan::Step& step, const image::ImageAddress& address, const image::PlannedImage& planned, bool layoutCounts) {
  auto there = pushedDigest(address);
  if (!there) return there.takeError();
  const bool same = *there == planned.image.digest;
  if (same && (planned.upToDate || !layoutCounts)) {
    step.action = Action::None;
    step.changes.clear();
    return llvm::Error::success();
  }
  step.action = Action::Build;
  if (same) return llvm::Error::success();
  const std::string repository = address.str() + "@";
  step.changes.push_back({"pushed", *there ? plan::quoteJson(repository + (*there)->str()) : "", plan::quoteJson(repository + planned.image.digest.str()), "", false});
  if (planned.upToDate) step.reason = "is built, and is to be pushed";
  return llvm::Error::success();
}

/// Gives what the image tells, when that can be known now.
std::optional<std::string> compareImage(plan::Plan& plan, uint32_t index, const ImageFolders& folders) {
  const plan::Operation& op = plan.desired.operations[index];
  plan::Step& step = plan.steps[index];
  step.action = Action::Build;
  for (uint32_t need : op.needs) {
    const plan::Operation& base = plan.desired.operations[need];
    if (base.kind != OpKind::Image || plan.steps[need].action == Action::None) continue;
    step.reason = fmt::format("stands on {}, which is built first", base.id);
    return std::nullopt;
  }
  auto fail = [&](llvm::Error error) {
    step.problem = plan::takeText(std::move(error));
    return std::nullopt;
  };
  llvm::Expected<ImageJob> job = imageJob(op, plan.desired, folders);
  if (!job) return fail(job.takeError());
  llvm::Expected<image::PlannedImage> planned = image::computeDigest(job->description, job->options);
  if (!planned) return fail(planned.takeError());
  if (planned->upToDate) {
    step.action = Action::None;
  } else {
    std::string before = planned->inLayout ? plan::quoteJson(planned->inLayout->str()) : "";
    step.changes.push_back({"digest", std::move(before), plan::quoteJson(planned->image.digest.str()), "", false});
  }
  if (!job->push) return std::nullopt;
  if (llvm::Error error = comparePushed(step, *job->push, *planned, neededByImage(plan.desired, index))) return fail(std::move(error));
  return tellPushed(*job->push, planned->image.digest);
}

void addPins(plan::Plan& plan, Connections& connections) {
  for (const plan::Target& target : plan.desired.targets) {
    const Site* site = connections.siteOf(target.name);
    // A virtual cluster that was not looked at has none.
    if (site && site->loaded && !site->trouble) plan.pins.push_back({target.name, site->server, site->clusterUid});
  }
}

// Two targets in one cluster that describe one object: neither is right.
llvm::Error checkShared(const plan::Desired& desired, Connections& connections) {
  std::map<std::pair<Site*, std::string>, const plan::Operation*> seen;
  for (const plan::Operation& op : desired.operations) {
    Site* site = op.kind == OpKind::Object ? connections.siteOf(op.target) : nullptr;
    if (!site) continue;
    auto [at, added] = seen.try_emplace({site, keyOf(op.object)}, &op);
    if (!added)
      return fault("CH6215", fmt::format("{} is described by '{}' and by '{}', and both go to {}", describe(op.object), at->second->id, op.id,
                                         site->server),
                   "describe it once, or lead the clusters to different API servers", op.source);
  }
  return llvm::Error::success();
}

void sortPrunes(plan::Plan& plan) {
  std::sort(plan.prunes.begin(), plan.prunes.end(), [](const plan::Prune& a, const plan::Prune& b) {
    return std::tie(a.target, a.owner, a.object) < std::tie(b.target, b.owner, b.object);
  });
}

llvm::Error compareSites(plan::Plan& plan, Connections& connections, const std::vector<Site*>& sites, std::vector<VirtualCluster>& clusters,
                         const CompareOptions& options) {
  Reporter reporter(options.events);
  std::vector<std::unique_ptr<RetryReports>> reports;
  std::vector<std::unique_ptr<SiteCompare>> parts;
  std::vector<VirtualCluster*> inside;
  auto clean = [&plan, &options, &connections](std::string text) {
    return scrub(std::move(text), secretValues(plan.desired, readerOf(connections, options.secrets)));
  };
  for (Site* site : sites) {
    if (site->trouble) continue;
    if (options.events) reports.push_back(std::make_unique<RetryReports>(*site->client, reporter, site->targets.front(), clean));
    parts.push_back(std::make_unique<SiteCompare>(*site, plan, options, connections.loop()));
  }
  for (VirtualCluster& cluster : clusters) {
    if (!cluster.trouble.empty() || cluster.wanted.paused) continue;
    inside.push_back(&cluster);
    parts.push_back(std::make_unique<SiteCompare>(*connections.siteOf(cluster.target->name), plan, options, connections.loop()));
  }
  for (auto& part : parts) part->start();
  bool cancelled = false;
  connections.loop().runUntil([&] {
    cancelled = options.cancel && options.cancel->load() != 0;
    return cancelled || std::all_of(parts.begin(), parts.end(), [](auto& part) { return part->pending() == 0; });
  });
  if (cancelled) return fault("CH6210", "interrupted while comparing; nothing was changed");
  for (size_t i = 0; i < parts.size(); ++i) {
    llvm::Error error = parts[i]->takeError();
    if (!error) continue;
    Site& site = parts[i]->site();
    plan::FaultText why = plan::takeText(std::move(error));
    const auto cluster = std::find_if(inside.begin(), inside.end(), [&](const VirtualCluster* each) { return each->target->name == site.targets.front(); });
    if (cluster != inside.end()) (*cluster)->trouble = why.message;
    else site.trouble = std::move(why);
    site.loaded = false; // asked again at the next use
  }
  return llvm::Error::success();
}

} // namespace

llvm::Expected<plan::Plan> compareOffline(plan::Desired desired) {
  if (llvm::Error error = plan::validate(desired)) return error;
  plan::Plan plan;
  plan.toolVersion = CHASI_VERSION;
  plan.offline = true;
  plan.desired = std::move(desired);
  for (plan::Operation& op : plan.desired.operations) {
    sealSecret(op);
    plan::Step step;
    step.action = op.kind == OpKind::Image ? Action::Build : op.kind == OpKind::Wait ? Action::None : Action::Create;
    if (!op.later.empty()) step.changes = lateChanges(op, ClusterFacts().reader(plan::readSecret));
    plan.steps.push_back(std::move(step));
  }
  return plan;
}

llvm::Expected<plan::Plan> compare(plan::Desired desired, Connections& connections, const CompareOptions& options) {
  if (llvm::Error error = plan::validate(desired)) return error;
  llvm::Expected<std::vector<Site*>> sites = sitesOf(desired, connections);
  if (!sites) return sites.takeError();
  if (llvm::Error error = checkShared(desired, connections)) return error;
  if (llvm::Error error = loadSites(connections, *sites, desired.workspace)) return error;
  if (llvm::Error error = troublesOf(desired, connections, options.requireAll)) return error;
  plan::Plan plan;
  plan.toolVersion = CHASI_VERSION;
  plan.desired = std::move(desired);
  plan.steps.resize(plan.desired.operations.size());
  std::map<std::string, std::string> told;
  for (uint32_t i = 0; i < plan.steps.size(); ++i) {
    plan::Operation& op = plan.desired.operations[i];
    sealSecret(op);
    if (op.kind == OpKind::Wait) plan.steps[i].action = Action::None;
    else if (op.kind == OpKind::Image)
      if (auto tells = compareImage(plan, i, options.images)) told[op.id] = std::move(*tells);
  }
  llvm::Expected<std::vector<VirtualCluster>> clusters = openVirtual(plan.desired, connections, options.cancel);
  if (!clusters) return clusters.takeError();
  askPrograms(plan, options.secrets);
  if (llvm::Error error = readFacts(plan.desired, connections, options.cancel)) return error;
  for (auto& [operation, json] : told) connections.facts.tell(operation, std::move(json));
  CompareOptions informed = options;
  informed.secrets = connections.facts.reader(options.secrets);
  if (llvm::Error error = compareSites(plan, connections, *sites, *clusters, informed)) return error;
  if (llvm::Error error = troublesOf(plan.desired, connections, options.requireAll)) return error;
  settleVirtual(plan, *clusters);
  tellRestarts(plan);
  addPins(plan, connections);
  leaveOutMissing(plan, connections);
  noteUnserved(plan, connections);
  settleFacts(plan, connections, options);
  leaveOutWaiting(plan);
  sortPrunes(plan);
  return plan;
}

llvm::Expected<plan::Plan> planDestroy(const plan::Desired& desired, Connections& connections, const CompareOptions& options) {
  plan::Desired nothing;
  nothing.workspace = desired.workspace;
  nothing.environment = desired.environment;
  nothing.targets = desired.targets;
  llvm::Expected<plan::Plan> plan = compare(std::move(nothing), connections, options);
  if (plan) plan->destroys = true;
  return plan;
}

} // namespace chasi::engine
