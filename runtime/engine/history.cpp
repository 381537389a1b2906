#include "runtime/engine/history.h"

#include "runtime/kube/list.h"
#include "runtime/plan/digest.h"
#include "runtime/plan/state.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <optional>

namespace chasi::engine {

using nlohmann::json;
using plan::fault;

namespace {

json annotation(plan::JsonValue item, const char* name) {
  json value = json::parse(item["metadata"]["annotations"][name].string(), nullptr, false);
  return value.is_object() ? value : json::object();
}

std::string text(const json& object, const char* key) {
  const auto at = object.find(key);
  return at != object.end() && at->is_string() ? at->get<std::string>() : std::string();
}

bool flag(const json& object, const char* key) {
  const auto at = object.find(key);
  return at != object.end() && at->is_boolean() && at->get<bool>();
}

void readEnd(const json& end, RunRecord& run) {
  run.ended = text(end, "ended");
  run.outcome = text(end, "outcome");
  if (run.outcome.empty()) run.outcome = "did not end";
  if (const auto at = end.find("milliseconds"); at != end.end() && at->is_number_integer()) run.milliseconds = at->get<int64_t>();
  if (const auto at = end.find("counts"); at != end.end() && at->is_object())
    for (const auto& [name, number] : at->items())
      if (number.is_number_unsigned()) run.counts[name] = number.get<size_t>();
  if (const auto at = end.find("failures"); at != end.end() && at->is_array())
    for (const json& f : *at)
      if (f.is_object()) run.failures.push_back({text(f, "code"), text(f, "operation"), text(f, "target"), text(f, "message")});
}

/// One run may be recorded on several clusters. Where it ended, all say the same; a cluster that died says that it did not end.
void merge(std::vector<RunRecord>& runs, RunRecord next) {
  for (RunRecord& run : runs) {
    if (run.id != next.id) continue;
    next.parts.insert(next.parts.begin(), run.parts.begin(), run.parts.end());
    if (!next.ended.empty()) run = std::move(next);
    else run.parts = std::move(next.parts);
    return;
  }
  runs.push_back(std::move(next));
}

llvm::Expected<std::string> readState(Site& site, const RunPart& part) {
  kube::Request request;
  request.path = inventoryPath(part.name);
  request.what = fmt::format("reading the state of a run at {}", site.server);
  const std::string what = request.what;
  llvm::Expected<kube::Response> response = site.client->call(std::move(request));
  if (!response) return response.takeError();
  if (!response->ok()) return toFault(response->status, what);
  llvm::Expected<plan::JsonView> view = plan::JsonView::parse(response->body);
  if (!view) return view.takeError();
  std::string packed, state;
  if (!plan::fromBase64(std::string(view->root()["binaryData"]["state"].chars()), packed) || !unpack(packed, state))
    return fault("CH6228", fmt::format("ConfigMap/{} in {} at {} holds no state that can be read", part.name, kNamespace, site.server), "check out the commit of that run, and apply");
  return state;
}

std::string fromCommit(const RunRecord& run) {
  return run.commit.empty() ? "check out the sources as they were then, and apply" : fmt::format("check out commit {}, and apply{}", run.commit, run.dirty ? "; what was not committed then is not in it" : "");
}

/// The newest record of a cluster up to that run that says how things were.
const RunRecord* lastOn(const RunRecord& run, const History& history, const std::string& target, const RunPart** part) {
  for (const RunRecord& each : history.runs) {
    if (each.id != run.id && (each.started > run.started || !each.succeeded())) continue;
    for (const RunPart& there : each.parts)
      if (there.target == target) {
        *part = &there;
        return &each;
      }
  }
  return nullptr;
}

} // namespace

kube::ListRequest runsRequest(const std::string& workspace, const std::string& server) {
  kube::ListRequest request;
  request.path = inventoryPath("");
  request.labelSelector = fmt::format("{}={}", kRunOfLabel, applySetId(inventoryName(workspace)));
  request.metadataOnly = true;
  request.what = fmt::format("listing the runs of '{}' at {}", workspace, server);
  return request;
}

RunRecord readRecord(plan::JsonValue item, const std::string& target) {
  const json begin = annotation(item, "chasi.dev/run-begin");
  RunRecord run;
  for (const auto& [key, field] : {std::pair{"id", &run.id}, {"who", &run.who}, {"started", &run.started}, {"environment", &run.environment}, {"commit", &run.commit},
                                   {"planDigest", &run.planDigest}, {"sourceDigest", &run.sourceDigest}, {"paramsDigest", &run.paramsDigest}, {"tool", &run.tool}, {"restores", &run.restores}})
    *field = text(begin, key);
  if (const auto at = begin.find("contexts"); at != begin.end() && at->is_object())
    for (const auto& [name, context] : at->items())
      if (context.is_string()) run.contexts[name] = context.get<std::string>();
  run.dirty = flag(begin, "dirty");
  run.destroys = flag(begin, "destroys");
  readEnd(annotation(item, "chasi.dev/run-end"), run);
  run.parts.push_back({target, item["metadata"]["name"].string(), text(begin, "noState")});
  if (const auto inside = begin.find("inside"); inside != begin.end() && inside->is_array())
    for (const json& each : *inside)
      if (each.is_string()) run.parts.push_back({each.get<std::string>(), run.parts.front().name, run.parts.front().noState});
  return run;
}

llvm::Expected<History> readHistory(const plan::Desired& desired, Connections& connections) {
  llvm::Expected<std::vector<Site*>> sites = sitesOf(desired, connections);
  if (!sites) return sites.takeError();
  History history;
  size_t pending = 0;
  for (Site* site : *sites) {
    site->trouble.reset();
    site->loaded = false;
    kube::ListRequest request = runsRequest(desired.workspace, site->server);
    ++pending;
    kube::list(*site->client, std::move(request), [&pending, &history, site](llvm::Expected<kube::Listing> listing) {
      --pending;
      if (listing) listing->each([&](plan::JsonValue item) { merge(history.runs, readRecord(item, site->targets.front())); });
      else site->trouble = plan::takeText(listing.takeError());
    });
  }
  settle(connections.loop(), pending);
  if (llvm::Error error = troublesOf(desired, connections, false)) return error;
  for (const plan::Target& target : desired.targets)
    if (const Site* site = connections.siteOf(target.name); site && site->trouble) history.missing.push_back({target.name, *site->trouble, target.source});
  std::sort(history.runs.begin(), history.runs.end(), [](const RunRecord& a, const RunRecord& b) { return std::tie(a.started, a.id) > std::tie(b.started, b.id); });
  return history;
}

llvm::Expected<const RunRecord*> findRun(const History& history, const std::string& id) {
  const RunRecord* found = nullptr;
  for (const RunRecord& run : history.runs) {
    if (run.id.rfind(id, 0) != 0) continue;
    if (found) return fault("CH6227", fmt::format("'{}' is the beginning of {} and of {}", id, found->id, run.id), "write more of it");
    found = &run;
  }
  if (found) return found;
  return fault("CH6227", fmt::format("there is no run '{}'", id), fmt::format("`chasic history` lists the runs that are kept: the newest {} of each cluster", kKeptRuns));
}

llvm::Expected<const RunRecord*> runBefore(const History& history) {
  for (size_t i = 1; i < history.runs.size(); ++i)
    if (history.runs[i].succeeded() && !history.runs[i].destroys) return &history.runs[i];
  return fault("CH6227", "there is no earlier run that succeeded, so there is nothing to go back to", "`chasic history` lists the runs that are kept");
}

llvm::Expected<std::optional<plan::Desired>> newestState(Site& site, const std::string& workspace) {
  std::optional<RunRecord> newest;
  llvm::Error error = llvm::Error::success();
  size_t pending = 1;
  kube::list(*site.client, runsRequest(workspace, site.server), [&](llvm::Expected<kube::Listing> listing) {
    --pending;
    if (!listing) return void(error = listing.takeError());
    listing->each([&](plan::JsonValue item) {
      RunRecord run = readRecord(item, site.targets.front());
      if (!newest || run.started > newest->started) newest = std::move(run);
    });
  });
  settle(site.client->loop(), pending);
  if (error) return error;
  if (!newest || !newest->parts.front().noState.empty()) return std::nullopt;
  llvm::Expected<std::string> state = readState(site, newest->parts.front());
  if (!state) return state.takeError();
  return plan::readStates({*state});
}

llvm::Expected<plan::Desired> stateAfter(const RunRecord& run, const History& history, const plan::Desired& described, Connections& connections) {
  llvm::Expected<std::vector<Site*>> sites = sitesOf(described, connections);
  if (!sites) return sites.takeError();
  std::vector<std::string> states;
  std::set<const Site*> known;
  for (Site* site : *sites) {
    if (site->trouble) continue;
    const RunPart* part = nullptr;
    const RunRecord* record = lastOn(run, history, site->targets.front(), &part);
    if (!record) continue;
    if (!part->noState.empty())
      return fault("CH6228", fmt::format("the state that run {} left on cluster {} was not kept: {}", record->id, part->target, part->noState), fromCommit(*record));
    llvm::Expected<std::string> state = readState(*site, *part);
    if (!state) return state.takeError();
    states.push_back(std::move(*state));
    known.insert(site);
  }
  llvm::Expected<plan::Desired> desired = plan::readStates(states);
  if (!desired) return desired.takeError();
  if (const std::vector<std::string> withheld = plan::withheldIn(*desired); !withheld.empty())
    return fault("CH6228", fmt::format("run {} had secrets whose data stood in the specification itself, and that is never kept: {}", run.id, fmt::join(withheld, ", ")), fromCommit(run));
  // The virtual clusters of that time are there already, with all that was inside.
  for (const plan::Target& target : described.targets)
    if (!target.inside && known.contains(connections.siteOf(target.name))) desired->targets.push_back(target);
  return desired;
}

} // namespace chasi::engine
