#include "runtime/engine/engine.h"

#include "runtime/engine/reporter.h"
#include "runtime/engine/virtual_sites.h"
#include "runtime/kube/list.h"
#include "runtime/kube/readiness.h"
#include "runtime/plan/graph.h"

#include <fmt/format.h>

namespace chasi::engine {

using plan::JsonValue;
using plan::OpKind;

const char* name(State state) {
  switch (state) {
  case State::Ready: return "Ready";
  case State::Progressing: return "Progressing";
  case State::Failed: return "Failed";
  case State::Missing: return "Missing";
  case State::Unknown: return "Unknown";
  }
  return "";
}

bool StatusReport::healthy() const {
  return std::all_of(owners.begin(), owners.end(), [](const OwnerStatus& owner) { return owner.state == State::Ready; });
}

namespace {

// What was seen of the objects of one cluster, by keyOf.
using Seen = std::map<std::string, kube::Readiness>;

struct Look {
  Site& site;
  Seen seen;
  size_t& pending;
  llvm::Error& error;

  void kind(const kube::Resource& resource) {
    bool full = kube::takesTime(resource.apiVersion(), resource.kind) || resource.kind == "Namespace";
    kube::ListRequest request;
    request.path = pathOf(resource, "", "");
    request.labelSelector = fmt::format("{}={}", kMemberLabel, site.applySet);
    request.metadataOnly = !full;
    request.what = fmt::format("listing {} at {}", resource.plural, site.server);
    ++pending;
    kube::list(*site.client, std::move(request), [this, &resource, full](llvm::Expected<kube::Listing> listing) {
      --pending;
      if (listing) {
        listing->each([&](JsonValue item) { take(resource, item, full); });
      } else if (error) {
        llvm::consumeError(listing.takeError());
      } else {
        error = listing.takeError();
      }
    });
  }

  void take(const kube::Resource& resource, JsonValue item, bool full) {
    JsonValue metadata = item["metadata"];
    std::string key = keyOf(resource.groupKind(), metadata["namespace"].string(), metadata["name"].string());
    if (metadata["deletionTimestamp"]) {
      seen[key] = {kube::Health::Terminating, "is being deleted"};
      return;
    }
    if (!full) {
      seen[key] = {};
      return;
    }
    // Items of lists come without their kind.
    std::string text = fmt::format(R"({{"apiVersion":"{}","kind":"{}",)", resource.apiVersion(), resource.kind);
    text += item.raw().substr(1);
    llvm::Expected<plan::JsonView> view = plan::JsonView::parse(text);
    if (view) seen[key] = kube::readiness(view->root());
    else llvm::consumeError(view.takeError());
  }
};

State stateOf(kube::Health health) {
  switch (health) {
  case kube::Health::Ready: return State::Ready;
  case kube::Health::Failed: return State::Failed;
  default: return State::Progressing;
  }
}

ObjectStatus judge(const plan::Operation& op, const Site& site, const Seen& seen) {
  ObjectStatus status;
  status.operation = op.id;
  status.object = op.object;
  status.target = op.target;
  auto at = seen.find(keyOf(op.object));
  if (at != seen.end()) {
    status.state = stateOf(at->second.health);
    status.reason = at->second.reason;
  } else {
    bool served = site.discovery.find(op.object.apiVersion, op.object.kind) != nullptr;
    status.state = State::Missing;
    status.reason = served ? "does not exist" : fmt::format("the cluster does not serve {} {}", op.object.apiVersion, op.object.kind);
  }
  return status;
}

// `troubles`: why there was no look at a virtual cluster, by target.
StatusReport collect(const plan::Desired& desired, Connections& connections, const std::map<Site*, std::unique_ptr<Look>>& looks,
                     const std::map<std::string, std::string>& troubles) {
  StatusReport report;
  for (const plan::Target& target : desired.targets)
    if (const Site* site = connections.siteOf(target.name); site && site->trouble) report.missing.push_back({target.name, *site->trouble, target.source});
  std::map<std::string, size_t> places;
  for (const plan::Operation& op : desired.operations) {
    if (op.kind != OpKind::Object) continue;
    auto [place, added] = places.try_emplace(op.owner, report.owners.size());
    if (added) report.owners.push_back({op.owner, State::Ready, 0, 0, {}});
    OwnerStatus& owner = report.owners[place->second];
    Site* site = connections.siteOf(op.target);
    if (site && site->trouble) {
      ++owner.objects;
      owner.state = State::Unknown;
      continue;
    }
    const auto look = looks.find(site);
    ObjectStatus status;
    if (look != looks.end()) status = judge(op, *site, look->second->seen);
    else if (const auto trouble = troubles.find(op.target); trouble != troubles.end()) status = {op.id, op.object, op.target, State::Progressing, trouble->second};
    // Otherwise it is paused because the specification says so.
    ++owner.objects;
    owner.state = std::max(owner.state, status.state);
    if (status.state == State::Ready) ++owner.ready;
    else owner.troubles.push_back(std::move(status));
  }
  return report;
}

} // namespace

llvm::Expected<StatusReport> status(const plan::Desired& desired, Connections& connections, const EventSink& events) {
  if (llvm::Error error = plan::validate(desired)) return error;
  llvm::Expected<std::vector<Site*>> sites = sitesOf(desired, connections);
  if (!sites) return sites.takeError();
  if (llvm::Error error = loadSites(connections, *sites, desired.workspace)) return error;
  if (llvm::Error error = troublesOf(desired, connections, false)) return error;
  llvm::Expected<std::vector<VirtualCluster>> clusters = openVirtual(desired, connections, nullptr);
  if (!clusters) return clusters.takeError();
  std::map<std::string, std::string> troubles;
  for (const VirtualCluster& cluster : *clusters) {
    if (cluster.trouble.empty() && !cluster.wanted.paused) sites->push_back(connections.siteOf(cluster.target->name));
    else if (!cluster.wanted.paused || !cluster.found.plane) troubles[cluster.target->name] = fmt::format("virtual cluster {}: {}", cluster.wanted.release.name, cluster.trouble);
  }
  Reporter reporter(events);
  size_t pending = 0;
  llvm::Error error = llvm::Error::success();
  std::map<Site*, std::unique_ptr<Look>> looks;
  std::vector<std::unique_ptr<RetryReports>> retries;
  for (Site* site : *sites) {
    if (site->trouble) continue;
    auto asIs = [](std::string text) { return text; };
    if (events) retries.push_back(std::make_unique<RetryReports>(*site->client, reporter, site->targets.front(), asIs));
    auto look = std::make_unique<Look>(Look{*site, {}, pending, error});
    std::set<const kube::Resource*> kinds;
    for (const plan::Operation& op : desired.operations)
      if (op.kind == OpKind::Object && connections.siteOf(op.target) == site)
        if (const kube::Resource* resource = site->discovery.find(op.object.apiVersion, op.object.kind)) kinds.insert(resource);
    // Members have our label, with or without an inventory that says so.
    for (const kube::Resource* resource : kinds) look->kind(*resource);
    looks.emplace(site, std::move(look));
  }
  settle(connections.loop(), pending);
  if (error) return error;
  return collect(desired, connections, looks, troubles);
}

} // namespace chasi::engine
