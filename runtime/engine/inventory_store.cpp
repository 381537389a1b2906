#include "runtime/engine/inventory_store.h"

#include "runtime/engine/intent.h"
#include "runtime/engine/missing.h"
#include "runtime/kube/list.h"

#include <fmt/format.h>

namespace chasi::engine {

using kube::Request;
using kube::Response;
using plan::Action;
using plan::fault;
using plan::JsonView;
using plan::OpKind;

namespace {

// Of a run that was interrupted: what is stored already names all that there can be.
constexpr std::chrono::milliseconds kReleaseHurry{1000};

void hurry(const Run& run, Request& request) {
  if (!run.summary.interrupted) return;
  request.deadline = kReleaseHurry;
  request.urgent = true;
}

std::string phrase(const char* verb, const Run& run, const SiteRun& site) {
  return fmt::format("{} the inventory of '{}' at {}", verb, run.plan.desired.workspace, site.site->server);
}

llvm::Error unlocked(const SiteRun& site) {
  return fault("CH6208", fmt::format("the lock at {} was lost; the inventory was not written", site.site->server), "run again");
}

llvm::Expected<Response> get(const Run& run, SiteRun& site, const std::string& name) {
  Request request;
  request.path = inventoryPath(name);
  request.what = phrase("reading", run, site);
  return site.site->client->call(std::move(request));
}

llvm::Error takeVersion(const std::string& body, SiteRun& site) {
  llvm::Expected<JsonView> view = JsonView::parse(body);
  if (!view) return view.takeError();
  site.uid = view->root()["metadata"]["uid"].string();
  site.version = view->root()["metadata"]["resourceVersion"].string();
  return llvm::Error::success();
}

// A refused write may be our own earlier try whose answer was lost: then the mark is ours.
llvm::Expected<bool> isOurWrite(const Run& run, SiteRun& site, const std::string& name, const std::string& mark) {
  llvm::Expected<Response> response = get(run, site, name);
  if (!response) return response.takeError();
  if (!response->ok()) return false;
  llvm::Expected<JsonView> view = JsonView::parse(response->body);
  if (!view) return view.takeError();
  if (view->root()["metadata"]["annotations"]["chasi.dev/run"].chars() != mark) return false;
  if (llvm::Error error = takeVersion(response->body, site)) return error;
  return true;
}

std::string guarded(const std::string& body, const std::string& uid, const std::string& version) {
  std::string guard = uid.empty() ? "\"resourceVersion\":\"1\""
                                  : fmt::format(R"("uid":{},"resourceVersion":{})", plan::quoteJson(uid), plan::quoteJson(version));
  size_t place = body.find("\"metadata\":{") + 12;
  return body.substr(0, place) + guard + "," + body.substr(place);
}

// The ConfigMaps are ours (`decodeParent` has looked), so an edit by hand does not stop us; a run that took over the lock does.
llvm::Error write(Run& run, SiteRun& site, const Inventory& inventory, const char* phase) {
  const std::string& workspace = run.plan.desired.workspace;
  std::string mark = run.id + "/" + phase;
  for (auto& [name, body] : encodeInventory(inventory, workspace, mark)) {
    if (!site.mayWrite()) return unlocked(site);
    bool parent = name == inventoryName(workspace);
    Request request;
    request.method = kube::Method::Patch;
    request.path = fmt::format("{}?fieldManager={}&force=true", inventoryPath(name), kManager);
    request.contentType = "application/apply-patch+yaml";
    request.body = parent ? guarded(body, site.uid, site.version) : body;
    request.what = phrase("writing", run, site);
    hurry(run, request);
    std::string what = request.what;
    llvm::Expected<Response> response = site.site->client->call(std::move(request));
    if (!response) return response.takeError();
    if (response->ok()) {
      if (!parent) continue;
      if (llvm::Error error = takeVersion(response->body, site)) return error;
      continue;
    }
    if (!parent || !isStale(response->status)) return toFault(response->status, what);
    llvm::Expected<bool> ours = isOurWrite(run, site, name, mark);
    if (!ours) return ours.takeError();
    if (!*ours) return fault("CH6208", fmt::format("another run wrote the inventory at {}", site.site->server), "run again");
  }
  return llvm::Error::success();
}

llvm::Error remove(Run& run, SiteRun& site, const std::string& name, const std::string& uid) {
  Request request;
  request.method = kube::Method::Delete;
  request.path = inventoryPath(name);
  request.contentType = "application/json";
  request.body = uid.empty() ? R"({"apiVersion":"v1","kind":"DeleteOptions"})" : deleteBody(uid);
  request.what = phrase("deleting", run, site);
  hurry(run, request);
  std::string what = request.what;
  llvm::Expected<Response> response = site.site->client->call(std::move(request));
  if (!response) return response.takeError();
  return response->ok() || response->http == 404 ? llvm::Error::success() : toFault(response->status, what);
}

// Calls with the index of each object of the desired state that goes to this cluster.
template <typename Call> void eachObject(const Run& run, const SiteRun& site, Call call) {
  for (uint32_t i = 0; i < run.plan.steps.size(); ++i)
    if (run.op(i).kind == OpKind::Object && run.connections.siteOf(run.op(i).target) == site.site) call(i);
}

Stamp plannedStamp(const Run& run, uint32_t index) {
  Stamp stamp;
  stamp.object = run.op(index).object;
  stamp.id = run.op(index).id;
  stamp.owner = run.op(index).owner;
  stamp.level = run.levels[index];
  return stamp;
}

std::set<std::string> kindsOf(const Inventory& inventory) {
  std::set<std::string> kinds;
  for (const auto& [key, stamp] : inventory.stamps) kinds.insert(groupKindOf(stamp.object));
  return kinds;
}

std::set<std::string> namespacesOf(const Inventory& inventory) {
  std::set<std::string> namespaces;
  for (const auto& [key, stamp] : inventory.stamps)
    if (!stamp.object.ns.empty()) namespaces.insert(stamp.object.ns);
  return namespaces;
}

// Says which kinds are recorded and cannot be looked at.
void tellUnserved(Run& run, SiteRun& site, const Inventory& inventory) {
  for (const std::string& kind : inventory.groupKinds)
    if (!site.site->discovery.findGroupKind(kind))
      run.say(EventKind::Progress, "", site.site->targets.front(), "", unservedText(kind));
}

// Whether the cluster has objects of this kind with our label. "Cannot tell" counts as yes.
bool hasMembers(Run& run, SiteRun& site, const std::string& groupKind) {
  const kube::Resource* resource = site.site->discovery.findGroupKind(groupKind);
  if (run.summary.interrupted) return true; // there is no time to ask
  // The cluster may have stopped serving it, or what serves it may be down: that says nothing of its objects.
  if (!resource) return mayOutliveItsKind(site.stored, groupKind);
  kube::ListRequest request;
  request.path = pathOf(*resource, "", "");
  request.labelSelector = fmt::format("{}={}", kMemberLabel, site.site->applySet);
  request.metadataOnly = true;
  request.what = phrase("checking", run, site);
  bool members = false, over = false;
  kube::list(*site.site->client, std::move(request), [&](llvm::Expected<kube::Listing> listing) {
    over = true;
    if (!listing) {
      llvm::consumeError(listing.takeError());
      members = true;
    } else {
      listing->each([&](plan::JsonValue) { members = true; });
    }
  });
  run.connections.loop().runUntil([&] { return over; });
  return members;
}

Inventory finalInventory(const Run& run, const SiteRun& site) {
  const Inventory& known = site.site->inventory;
  bool sameEpoch = site.stored.epoch == site.site->epoch();
  Inventory result;
  result.epoch = site.site->epoch();
  result.exists = true;
  std::set<std::string> wanted;
  eachObject(run, site, [&](uint32_t index) {
    std::string key = keyOf(run.op(index).object);
    wanted.insert(key);
    Stamp stamp = plannedStamp(run, index);
    auto old = site.stored.stamps.find(key);
    auto written = site.written.find(key);
    auto refreshed = site.site->refreshed.find(key);
    if (written != site.written.end()) stamp = written->second;
    else if (refreshed != site.site->refreshed.end() && run.step(index).action == Action::None) stamp = refreshed->second;
    else if (old != site.stored.stamps.end() && sameEpoch) stamp = old->second;
    if (run.step(index).action == Action::None) stamp.fought = 0; // it was as we left it
    stamp.level = run.levels[index];
    stamp.id = run.op(index).id;
    stamp.owner = run.op(index).owner;
    result.stamps[key] = std::move(stamp);
  });
  // What was to be deleted and is still there, and what another run added after our comparison.
  std::set<std::string> doomed;
  for (const plan::Prune& prune : run.plan.prunes)
    if (run.connections.siteOf(prune.target) == site.site) doomed.insert(keyOf(prune.object));
  for (const auto& [key, stamp] : site.stored.stamps) {
    if (wanted.count(key) || site.removed.count(key)) continue;
    const std::string groupKind = groupKindOf(stamp.object);
    const bool unseen = !site.site->discovery.findGroupKind(groupKind) && mayOutliveItsKind(site.stored, groupKind);
    if (!unseen && !doomed.count(key) && known.stamps.count(key)) continue; // compared with, and neither wanted nor there
    result.stamps[key] = stamp;
    if (!sameEpoch) result.stamps[key].intent = result.stamps[key].projection = "";
  }
  return result;
}

} // namespace

llvm::Error readStored(Run& run, SiteRun& site) {
  const std::string& workspace = run.plan.desired.workspace;
  site.stored = Inventory();
  llvm::Expected<Response> response = get(run, site, inventoryName(workspace));
  if (!response) return response.takeError();
  if (response->http == 404) return llvm::Error::success();
  if (!response->ok()) return toFault(response->status, phrase("reading", run, site));
  if (llvm::Error error = decodeParent(response->body, workspace, site.stored)) return error;
  if (llvm::Error error = takeVersion(response->body, site)) return error;
  for (size_t shard = 1; shard < site.stored.shards; ++shard) {
    llvm::Expected<Response> more = get(run, site, shardName(workspace, shard));
    if (!more) return more.takeError();
    if (more->ok()) decodeShard(more->body, site.stored);
  }
  return llvm::Error::success();
}

llvm::Error writeSuperset(Run& run, SiteRun& site) {
  Inventory superset = site.stored;
  bool more = !superset.exists;
  if (!superset.exists) superset.epoch = site.site->epoch();
  eachObject(run, site, [&](uint32_t index) {
    const plan::ObjectRef& object = run.op(index).object;
    more = superset.groupKinds.insert(groupKindOf(object)).second || more;
    if (!object.ns.empty()) more = superset.namespaces.insert(object.ns).second || more;
    more = superset.stamps.try_emplace(keyOf(object), plannedStamp(run, index)).second || more;
  });
  if (!more) return llvm::Error::success();
  superset.exists = true;
  if (llvm::Error error = write(run, site, superset, "begin")) return error;
  size_t shards = superset.stamps.empty() ? 1 : (superset.stamps.size() + kStampsPerShard - 1) / kStampsPerShard;
  superset.shards = std::max(superset.shards, shards);
  site.stored = std::move(superset);
  return llvm::Error::success();
}

llvm::Error writeFinal(Run& run, SiteRun& site) {
  const std::string& workspace = run.plan.desired.workspace;
  Inventory result = finalInventory(run, site);
  result.groupKinds = kindsOf(result);
  result.namespaces = namespacesOf(result);
  for (const std::string& kind : site.stored.groupKinds)
    if (!result.groupKinds.count(kind) && hasMembers(run, site, kind)) result.groupKinds.insert(kind);
  tellUnserved(run, site, result);
  bool empty = result.groupKinds.empty();
  size_t shards = empty ? 0 : result.stamps.empty() ? 1 : (result.stamps.size() + kStampsPerShard - 1) / kStampsPerShard;
  if (empty) {
    if (!site.mayWrite()) return unlocked(site);
    if (llvm::Error error = remove(run, site, inventoryName(workspace), site.uid)) return error;
  } else if (llvm::Error error = write(run, site, result, "end")) {
    return error;
  }
  for (size_t shard = std::max(shards, size_t{1}); shard < site.stored.shards; ++shard)
    if (llvm::Error error = remove(run, site, shardName(workspace, shard), "")) return error;
  site.stored = result;
  site.site->loaded = false; // what is known of this cluster is old now
  return llvm::Error::success();
}

} // namespace chasi::engine
