// A run writes itself down.
#include "runtime/engine/history.h"

#include "runtime/engine/image_facts.h"
#include "runtime/engine/intent.h"
#include "runtime/engine/run.h"
#include "runtime/kube/list.h"
#include "runtime/plan/digest.h"
#include "runtime/plan/state.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <set>

namespace chasi::engine {

using nlohmann::ordered_json;

namespace {

constexpr size_t kMostState = 950'000; // of a ConfigMap's 1 MiB, in the bytes of its data
constexpr size_t kMostFailures = 100;  // annotations have 256 KiB
constexpr size_t kMostText = 500;
constexpr std::chrono::milliseconds kPatience{5000};
constexpr std::chrono::milliseconds kHurry{1000}; // of a run that was interrupted

std::string dumped(const ordered_json& value) { return value.dump(-1, ' ', false, ordered_json::error_handler_t::replace); }

std::string recordName(const Run& run) { return fmt::format("{}.run.{}", inventoryName(run.plan.desired.workspace), run.id); }

/// How the clusters are found by whoever has nothing but the record.
ordered_json contextsOf(const plan::Desired& desired) {
  ordered_json contexts = ordered_json::object();
  for (const plan::Target& target : desired.targets)
    if (!target.inside) contexts[target.name] = target.context;
  return contexts;
}

/// The virtual clusters of a host, and those of them in which this run changes something.
std::set<std::string> insideOf(const Run& run, const SiteRun& site) {
  std::set<std::string> targets;
  for (const plan::Target& target : run.plan.desired.targets)
    if (target.inside && run.connections.siteOf(target.inside->host) == site.site) targets.insert(target.name);
  return targets;
}

std::vector<std::string> changedInside(const Run& run, const SiteRun& site) {
  const std::set<std::string> inside = insideOf(run, site);
  std::set<std::string> changed;
  for (uint32_t i = 0; i < run.plan.steps.size(); ++i)
    if (run.step(i).action != plan::Action::None && run.whyLeftOut(i).empty() && inside.contains(run.op(i).target)) changed.insert(run.op(i).target);
  for (const plan::Prune& prune : run.plan.prunes)
    if (prune.leftOut.empty() && inside.contains(prune.target)) changed.insert(prune.target);
  return {changed.begin(), changed.end()};
}

ordered_json beginning(const Run& run, const SiteRun& site, const char* noState) {
  const plan::Plan& plan = run.plan;
  ordered_json about = {{"id", run.id},
                        {"who", run.options.user.empty() ? userAtHost() : run.options.user},
                        {"started", timeText(run.started)},
                        {"environment", plan.desired.environment},
                        {"commit", plan.commit},
                        {"dirty", plan.dirty},
                        {"planDigest", plan::planDigest(plan)},
                        {"sourceDigest", plan.desired.sourceDigest},
                        {"paramsDigest", plan.desired.paramsDigest},
                        {"tool", CHASI_VERSION},
                        {"destroys", plan.destroys},
                        {"restores", plan.restores},
                        {"contexts", contextsOf(plan.desired)}};
  if (*noState) about["noState"] = noState;
  if (const std::vector<std::string> inside = changedInside(run, site); !inside.empty()) about["inside"] = inside;
  return about;
}

const char* outcomeOf(const Summary& summary) { return summary.interrupted ? "interrupted" : summary.ok() ? "succeeded" : "incomplete"; }

ordered_json ending(const Run& run) {
  const Summary& s = run.summary;
  ordered_json counts = ordered_json::object();
  for (const auto& [name, number] : {std::pair{"created", s.created}, {"changed", s.updated}, {"replaced", s.replaced}, {"deleted", s.deleted}, {"built", s.built},
                                     {"failed", s.failures.size()}, {"skipped", s.skipped}, {"leftOut", s.leftOut}, {"unchanged", s.unchanged}})
    if (number) counts[name] = number;
  ordered_json failures = ordered_json::array();
  for (const FailedOperation& f : s.failures)
    if (failures.size() < kMostFailures)
      failures.push_back({{"code", f.fault.code}, {"operation", f.id}, {"target", f.target}, {"message", f.fault.message.substr(0, kMostText)}});
  for (const LeftOutTarget& m : s.missing) failures.push_back({{"code", m.fault.code}, {"operation", ""}, {"target", m.target}, {"message", m.fault.message.substr(0, kMostText)}});
  const auto lasted = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - run.begin);
  return {{"ended", timeText(std::chrono::system_clock::now())}, {"milliseconds", lasted.count()}, {"outcome", outcomeOf(s)}, {"counts", counts}, {"failures", failures}};
}

kube::Request writing(const std::string& name, const char* manager, const ordered_json& object) {
  kube::Request request;
  request.method = kube::Method::Patch;
  request.path = fmt::format("{}?fieldManager={}&force=true", inventoryPath(name), manager);
  request.contentType = "application/apply-patch+yaml";
  request.body = dumped(object);
  return request;
}

ordered_json configMap(const std::string& name) {
  return {{"apiVersion", "v1"}, {"kind", "ConfigMap"}, {"metadata", {{"name", name}, {"namespace", kNamespace}}}};
}

/// Deletes the oldest records. What goes wrong leaves them to the next run.
void removeOld(Run& run, SiteRun& site) {
  size_t pending = 1;
  struct Seen {
    RunRecord run;
    std::string name, uid;
  };
  auto remove = [&](const Seen& old) {
    kube::Request gone;
    gone.method = kube::Method::Delete;
    gone.path = inventoryPath(old.name);
    gone.contentType = "application/json";
    gone.body = deleteBody(old.uid);
    gone.what = "deleting the record of an old run";
    gone.deadline = kPatience;
    ++pending;
    site.site->client->send(std::move(gone), [&pending](llvm::Expected<kube::Response> response) {
      --pending;
      llvm::consumeError(response.takeError());
    });
  };
  kube::list(*site.site->client, runsRequest(run.plan.desired.workspace, site.site->server), [&](llvm::Expected<kube::Listing> listing) {
    --pending;
    if (!listing) return llvm::consumeError(listing.takeError());
    std::vector<Seen> all;
    listing->each([&](plan::JsonValue item) { all.push_back({readRecord(item, site.site->targets.front()), item["metadata"]["name"].string(), item["metadata"]["uid"].string()}); });
    if (all.size() <= kKeptRuns + kSpareRuns) return;
    std::sort(all.begin(), all.end(), [](const Seen& a, const Seen& b) { return std::tie(a.run.started, a.name) > std::tie(b.run.started, b.name); });
    const auto newest = std::find_if(all.begin(), all.end(), [](const Seen& each) { return each.run.succeeded(); });
    for (auto old = all.begin() + kKeptRuns; old != all.end(); ++old)
      if (old != newest) remove(*old);
  });
  settle(run.connections.loop(), pending);
}

} // namespace

llvm::Error beginHistory(Run& run, SiteRun& site) {
  const std::string name = recordName(run);
  const std::set<std::string> inside = insideOf(run, site);
  const std::optional<plan::Desired> pushed = withPushed(run.plan.desired, run.options.secrets);
  std::string state = run.plan.destroys ? "" : plan::writeState(pushed ? *pushed : run.plan.desired, [&](const plan::Operation& op) { return run.connections.siteOf(op.target) == site.site || inside.contains(op.target); });
  if (!state.empty()) state = pack(state);
  const bool large = state.size() > kMostState;
  ordered_json object = configMap(name);
  object["metadata"]["labels"] = {{kRunOfLabel, site.site->applySet}, {"chasi.dev/run", run.id}};
  object["metadata"]["annotations"] = {{"chasi.dev/workspace", run.plan.desired.workspace},
                                       {"chasi.dev/run-begin", dumped(beginning(run, site, large ? "it is too large" : run.plan.destroys ? "the run deleted everything" : ""))}};
  if (!state.empty() && !large) object["binaryData"] = {{"state", plan::base64(state)}};
  kube::Request request = writing(name, kManager, object);
  request.what = fmt::format("recording the run at {}", site.site->server);
  const std::string what = request.what;
  llvm::Expected<kube::Response> response = site.site->client->call(std::move(request));
  if (!response) return response.takeError();
  if (!response->ok()) return toFault(response->status, what);
  site.recorded = true;
  return llvm::Error::success();
}

void endHistory(Run& run) {
  const std::string name = recordName(run);
  ordered_json object = configMap(name);
  object["metadata"]["annotations"] = {{"chasi.dev/run-end", dumped(ending(run))}};
  size_t pending = 0;
  for (auto& site : run.sites) {
    if (!site->recorded || site->gone) continue;
    // Its own field manager: what was written at the beginning is not sent again, and stays.
    kube::Request request = writing(name, "chasic-end", object);
    request.what = fmt::format("completing the record of the run at {}", site->site->server);
    request.deadline = run.summary.interrupted ? kHurry : kPatience;
    request.urgent = run.summary.interrupted;
    ++pending;
    site->site->client->send(std::move(request), [&run, &pending, &site](llvm::Expected<kube::Response> response) {
      --pending;
      llvm::Error error = !response ? response.takeError() : response->ok() ? llvm::Error::success() : toFault(response->status, "completing the record of the run");
      if (error) run.say(EventKind::Progress, "", site->site->targets.front(), "", run.clean("warning: " + plan::takeText(std::move(error)).message));
    });
  }
  settle(run.connections.loop(), pending);
  if (run.summary.interrupted) return;
  for (auto& site : run.sites)
    if (site->recorded && !site->gone) removeOld(run, *site);
}

} // namespace chasi::engine
