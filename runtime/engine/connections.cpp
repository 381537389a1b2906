#include "runtime/engine/connections.h"

#include "runtime/plan/fault.h"

#include <fmt/format.h>

#include <set>

namespace chasi::engine {

using kube::Request;
using kube::Response;
using plan::fault;

Connections::Connections() : loop_(kube::makeCurlTransport()) {}
Connections::Connections(std::unique_ptr<kube::Transport> transport) : loop_(std::move(transport)) {}

void Connections::add(const std::string& target, kube::Endpoint endpoint) {
  for (auto& site : sites_)
    if (site->server == endpoint.server) {
      site->targets.push_back(target);
      byTarget_[target] = site.get();
      return;
    }
  auto site = std::make_unique<Site>();
  site->server = endpoint.server;
  site->targets.push_back(target);
  site->client = std::make_unique<kube::Client>(loop_, std::move(endpoint));
  site->kinds = kinds_;
  byTarget_[target] = site.get();
  sites_.push_back(std::move(site));
}

Site& Connections::addVirtual(const std::string& target, kube::Endpoint endpoint) {
  auto site = std::make_unique<Site>();
  site->server = fmt::format("{} ({})", endpoint.describedAs, endpoint.server);
  site->targets.push_back(target);
  site->inside = true;
  site->client = std::make_unique<kube::Client>(loop_, std::move(endpoint));
  site->kinds = kinds_;
  byTarget_[target] = site.get();
  sites_.push_back(std::move(site));
  return *sites_.back();
}

Site* Connections::siteOf(const std::string& target) {
  auto at = byTarget_.find(target);
  return at == byTarget_.end() ? nullptr : at->second;
}

kube::Client::Counters Connections::counters() const {
  kube::Client::Counters sum;
  for (const auto& site : sites_) {
    const auto& each = site->client->counters();
    sum.sent += each.sent;
    sum.writes += each.writes;
    sum.retries += each.retries;
    sum.throttled += each.throttled;
  }
  return sum;
}

void Connections::forget() {
  for (auto& site : sites_) {
    site->loaded = false;
    site->secrets.forget();
  }
  facts.forgetAll();
}

void settle(kube::Loop& loop, const size_t& pending) {
  loop.runUntil([&] { return pending == 0; });
}

llvm::Expected<std::vector<Site*>> sitesOf(const plan::Desired& desired, Connections& connections) {
  std::vector<Site*> sites;
  for (const plan::Target& target : desired.targets) {
    Site* site = connections.siteOf(target.name);
    if (target.inside) continue;
    if (!site)
      return fault("CH6004", fmt::format("nothing says how cluster '{}' is reached", target.name),
                   fmt::format("name a context: --cluster {}=CONTEXT", target.name), target.source);
    if (std::find(sites.begin(), sites.end(), site) == sites.end()) sites.push_back(site);
  }
  return sites;
}

llvm::Error troublesOf(const plan::Desired& desired, Connections& connections, bool any) {
  llvm::Error errors = llvm::Error::success();
  std::set<Site*> said;
  bool some = false;
  for (const plan::Target& target : desired.targets) {
    Site* site = connections.siteOf(target.name);
    if (!site) continue; // a virtual cluster is no trouble of a run
    some = some || !site->trouble;
    if (!site->trouble || !said.insert(site).second) continue;
    errors = llvm::joinErrors(std::move(errors), fault(*site->trouble, target.source));
  }
  if (any || !some) return errors;
  llvm::consumeError(std::move(errors));
  return llvm::Error::success();
}

namespace {

// Collects what the loading of several sites brings; the first error of each stays with it.
struct Loading {
  size_t pending = 0;
  SiteLoaded loaded;             // of one site that is loaded beside others
  Site* only = nullptr;          // then
  std::shared_ptr<Loading> self; // as long as that lasts

  static void fail(Site& site, llvm::Error error) {
    if (site.trouble) llvm::consumeError(std::move(error));
    else site.trouble = plan::takeText(std::move(error));
  }
  void get(Site& site, std::string path, std::string what, std::function<void(Response)> use) {
    ++pending;
    Request request;
    request.path = std::move(path);
    request.what = std::move(what);
    site.client->send(std::move(request), [this, &site, use = std::move(use)](llvm::Expected<Response> response) {
      if (response) use(std::move(*response));
      else fail(site, response.takeError());
      arrive();
    });
  }
  void arrive() {
    if (--pending != 0 || !loaded) return;
    const std::shared_ptr<Loading> last = std::move(self);
    const std::optional<plan::FaultText> why = std::exchange(only->trouble, std::nullopt); // told here, and nowhere else
    loaded(why ? fault(*why) : llvm::Error::success());
  }
};

void readInventory(Loading& loading, Site& site, const std::string& workspace) {
  std::string what = fmt::format("reading the inventory of '{}' from {}", workspace, site.server);
  loading.get(site, inventoryPath(inventoryName(workspace)), what, [&loading, &site, workspace, what](Response parent) {
    if (parent.http == 404) return;
    if (!parent.ok()) return Loading::fail(site, toFault(parent.status, what));
    if (llvm::Error error = decodeParent(parent.body, workspace, site.inventory)) return Loading::fail(site, std::move(error));
    for (size_t shard = 1; shard < site.inventory.shards; ++shard)
      loading.get(site, inventoryPath(shardName(workspace, shard)), what, [&site](Response response) {
        if (response.ok()) decodeShard(response.body, site.inventory);
      });
  });
}

void load(Loading& loading, Site& site, const std::string& workspace) {
  site.loaded = false;
  site.trouble.reset();
  site.workspace = workspace;
  site.inventory = Inventory();
  site.recovered = false;
  site.clusterUid.clear();
  site.refreshed.clear();
  site.applySet = applySetId(inventoryName(workspace));
  std::string what = fmt::format("reaching the cluster at {}", site.server);
  loading.get(site, "/api/v1/namespaces/kube-system", what, [&site](Response response) {
    // Whoever may not read it has no pin but the address.
    if (!response.ok()) return;
    auto view = plan::JsonView::parse(response.body);
    if (view) site.clusterUid = view->root()["metadata"]["uid"].string();
    else llvm::consumeError(view.takeError());
  });
  loading.get(site, "/version", what, [&site](Response response) {
    auto view = plan::JsonView::parse(response.body);
    if (view) site.version = view->root()["gitVersion"].string();
    else llvm::consumeError(view.takeError());
  });
  ++loading.pending;
  site.discover([&loading, &site](llvm::Expected<kube::Discovery> found) {
    if (found) site.discovery = std::move(*found);
    else Loading::fail(site, found.takeError());
    loading.arrive();
  });
  readInventory(loading, site, workspace);
}

} // namespace

void loadSite(Site& site, const std::string& workspace, SiteLoaded loaded) {
  auto loading = std::make_shared<Loading>();
  loading->loaded = std::move(loaded);
  loading->self = loading;
  loading->only = &site;
  load(*loading, site, workspace);
}

llvm::Error loadSites(Connections& connections, const std::vector<Site*>& sites, const std::string& workspace) {
  Loading loading;
  for (Site* site : sites)
    if (!site->loaded || site->workspace != workspace) load(loading, *site, workspace);
  settle(connections.loop(), loading.pending);
  std::map<std::string, Site*> seen;
  for (Site* site : sites) {
    if (site->trouble) continue; // asked again at the next use
    site->loaded = true;
    auto [at, added] = seen.try_emplace(site->clusterUid, site);
    if (!added && !site->clusterUid.empty())
      return fault("CH6215", fmt::format("'{}' and '{}' lead to the same cluster, by {} and {}", at->second->targets.front(),
                                         site->targets.front(), at->second->server, site->server),
                   "use one address for it, so that nothing is deleted that the other one describes");
  }
  return llvm::Error::success();
}

} // namespace chasi::engine
