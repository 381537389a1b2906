#include "runtime/engine/virtual_sites.h"

#include "runtime/engine/intent.h"
#include "runtime/kube/kubeconfig.h"
#include "runtime/plan/digest.h"
#include "runtime/vcluster/access.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <unordered_map>

namespace chasi::engine {

using kube::Request;
using kube::Response;
using plan::fault;
using plan::JsonValue;
using plan::JsonView;
using vcluster::Release;

namespace {

// What the host tells, object by object; those that depend on others come second.
struct Look : std::enable_shared_from_this<Look> {
  Look(Site& aHost, Release aRelease, std::function<void(VirtualFound)> aDone) : host(aHost), release(std::move(aRelease)), done(std::move(aDone)) {}

  Site& host;
  Release release;
  std::function<void(VirtualFound)> done;
  VirtualFound found;
  size_t pending = 0;
  bool second = false;

  void get(std::string path, const std::string& what, std::function<void(std::string body)> use) {
    ++pending;
    Request request;
    request.path = std::move(path);
    request.what = fmt::format("reading {} of virtual cluster {}", what, release.name);
    host.client->send(std::move(request), [self = shared_from_this(), what, use = std::move(use)](llvm::Expected<Response> response) {
      if (!response) self->fail(response.takeError());
      else if (response->ok()) use(std::move(response->body));
      else if (response->http != 404) self->fail(toFault(response->status, fmt::format("reading {} of virtual cluster {}", what, self->release.name)));
      self->arrive();
    });
  }

  template <typename Use> static void view(const std::string& body, Use use) {
    llvm::Expected<JsonView> parsed = JsonView::parse(body);
    if (parsed) use(parsed->root());
    else llvm::consumeError(parsed.takeError());
  }

  void start() {
    const std::string apps = fmt::format("/apis/apps/v1/namespaces/{}/", release.ns), core = fmt::format("/api/v1/namespaces/{}/", release.ns);
    ++pending;
    for (const char* plural : {"statefulsets", "deployments"})
      get(apps + plural + "/" + release.name, "the control plane", [this](std::string body) {
        view(body, [this](JsonValue object) { takePlane(object); });
      });
    get(apps + "statefulsets/" + release.name + "-etcd", "the etcd", [this](std::string body) {
      view(body, [this](JsonValue object) {
        const std::string paused = object["metadata"]["annotations"][vcluster::kPausedReplicas].string();
        found.around.members = paused.empty() ? object["spec"]["replicas"].integer().value_or(1) : std::strtoll(paused.c_str(), nullptr, 10);
      });
    });
    get(core + "secrets/" + vcluster::configSecret(release).name, "the configuration", [this](std::string body) {
      view(body, [this](JsonValue object) { found.around.store = object["metadata"]["annotations"][vcluster::kStore].string(); });
    });
    get(core + "secrets/" + vcluster::kubeconfigSecret(release).name, "the kubeconfig", [this](std::string body) {
      view(body, [this](JsonValue object) {
        llvm::Expected<std::string> text = vcluster::readKubeconfig(object);
        if (text) found.kubeconfig = std::move(*text);
        else llvm::consumeError(text.takeError()); // the control plane is about to write it
      });
    });
    arrive();
  }

  void takePlane(JsonValue object) {
    std::optional<vcluster::Installed> plane = vcluster::readControlPlane(object);
    if (!plane) return;
    found.plane = std::move(plane);
    found.pausedByUs = bool(at(ownFields(object), {"f:metadata", "f:annotations", std::string("f:") + vcluster::kPaused}));
  }

  // Only an address that leads nowhere from here makes the Service worth a look.
  void more() {
    const std::string core = "/api/v1/";
    bool service = found.plane && !found.kubeconfig.empty();
    if (service) {
      llvm::Expected<kube::Endpoint> asItStands = vcluster::endpointOf(found.kubeconfig, release, {kube::inPod(), {}, {}});
      service = !asItStands;
      if (!asItStands) llvm::consumeError(asItStands.takeError());
    }
    if (!service) return;
    get(fmt::format("{}namespaces/{}/services/{}", core, release.ns, release.name), "the Service", [this, core](std::string body) {
      view(body, [this, core](JsonValue object) {
        const bool balanced = object["spec"]["type"].chars() == "LoadBalancer" && object["status"]["loadBalancer"]["ingress"].first();
        if (object["spec"]["type"].chars() != "NodePort") return balanced || kube::inPod() ? void() : findPod();
        get(core + "nodes?limit=1", "a node", [this](std::string nodes) {
          view(nodes, [this](JsonValue list) {
            for (JsonValue each = list["items"].first()["status"]["addresses"].first(); each; each = each.next())
              if (each["type"].chars() == "ExternalIP" || (each["type"].chars() == "InternalIP" && found.nodeAddress.empty())) found.nodeAddress = each["address"].string();
          });
        });
      });
      found.service = std::move(body);
    });
  }

  // One whose port can be forwarded.
  void findPod() {
    const std::string selector = plan::percentEncoded("app=vcluster,release=" + release.name);
    get(fmt::format("/api/v1/namespaces/{}/pods?labelSelector={}", release.ns, selector), "the pods", [this](std::string body) {
      view(body, [this](JsonValue list) {
        for (JsonValue pod = list["items"].first(); pod; pod = pod.next()) {
          bool ready = false;
          for (JsonValue each = pod["status"]["conditions"].first(); each; each = each.next())
            ready = ready || (each["type"].chars() == "Ready" && each["status"].chars() == "True");
          if (ready && !pod["metadata"]["deletionTimestamp"]) found.pod = pod["metadata"]["name"].string();
        }
      });
    });
  }

  void fail(llvm::Error error) {
    if (found.fault.message.empty()) found.fault = plan::takeText(std::move(error));
    else llvm::consumeError(std::move(error));
  }

  void arrive() {
    if (--pending != 0) return;
    if (!second) {
      second = true;
      ++pending;
      more();
      return arrive();
    }
    done(std::move(found));
  }
};

// What is known of the control plane, in a few words for a plan.
std::string troubleOf(const VirtualCluster& cluster) {
  const VirtualFound& found = cluster.found;
  if (!found.fault.message.empty()) return found.fault.message;
  if (!found.plane) return "it is not there";
  if (found.plane->phase == vcluster::Phase::Paused) return found.plane->reason;
  if (found.kubeconfig.empty()) return found.plane->reason.empty() ? "its control plane has not written how it is reached" : found.plane->reason;
  return {};
}

} // namespace

void lookFor(Site& host, const Release& release, std::function<void(VirtualFound)> done) {
  std::make_shared<Look>(host, release, std::move(done))->start();
}

std::string unknownUntil(const Release& release) { return fmt::format("unknown until virtual cluster {} runs", release.name); }

llvm::Expected<WayIn> wayInto(Site& host, const Release& release, const VirtualFound& found) {
  const std::string text = found.service.empty() ? "{}" : found.service;
  llvm::Expected<JsonView> service = JsonView::parse(text);
  if (!service) return service.takeError();
  vcluster::WaysIn ways{kube::inPod(), found.service.empty() ? JsonValue() : service->root(), found.nodeAddress};
  llvm::Expected<kube::Endpoint> endpoint = vcluster::endpointOf(found.kubeconfig, release, ways);
  if (endpoint) return WayIn{std::move(*endpoint), nullptr};
  if (found.pod.empty()) return endpoint.takeError();
  llvm::consumeError(endpoint.takeError());
  llvm::Expected<kube::Endpoint> api = host.client->credentials();
  if (!api) return api.takeError();
  auto forward = kube::PortForward::open(std::move(*api), {release.ns, found.pod, vcluster::kApiPort});
  if (!forward) return forward.takeError();
  ways.forwarded = (*forward)->localPort();
  endpoint = vcluster::endpointOf(found.kubeconfig, release, ways);
  if (!endpoint) return endpoint.takeError();
  endpoint->describedAs += ", forwarded from pod " + found.pod;
  return WayIn{std::move(*endpoint), std::move(*forward)};
}

llvm::Expected<std::vector<VirtualCluster>> virtualClusters(const plan::Desired& desired) {
  std::vector<VirtualCluster> clusters;
  std::unordered_map<std::string, uint32_t> places;
  for (const plan::Target& target : desired.targets) {
    if (!target.inside) continue;
    if (places.empty())
      for (uint32_t i = 0; i < desired.operations.size(); ++i)
        if (desired.operations[i].kind == plan::OpKind::Vcluster) places.emplace(desired.operations[i].id, i);
    // A plan of the end of it all has none: the inside goes with its host's objects.
    const auto at = places.find(target.inside->operation);
    if (at == places.end() && desired.operations.empty()) continue;
    if (at == places.end()) return fault("CH6004", fmt::format("target '{}' is made to run by '{}', which is not there", target.name, target.inside->operation), {}, target.source);
    llvm::Expected<vcluster::Description> wanted = vcluster::readDescription(desired.operations[at->second].payload);
    if (!wanted) return wanted.takeError();
    VirtualCluster cluster;
    cluster.target = &target;
    cluster.operation = at->second;
    cluster.wanted = std::move(*wanted);
    clusters.push_back(std::move(cluster));
  }
  return clusters;
}

llvm::Expected<std::vector<VirtualCluster>> openVirtual(const plan::Desired& desired, Connections& connections, const Cancel* cancel, bool again) {
  llvm::Expected<std::vector<VirtualCluster>> clusters = virtualClusters(desired);
  if (!clusters || clusters->empty()) return clusters;
  // Shared with the answers, which may come when nobody waits for them any more.
  auto pending = std::make_shared<size_t>(0);
  auto wanted = std::make_shared<bool>(true);
  std::map<std::string, Site*> uids;
  for (const auto& site : connections.sites())
    if (!site->clusterUid.empty()) uids.emplace(site->clusterUid, site.get());
  auto open = [&connections, &desired, pending, wanted](VirtualCluster& cluster) {
    Site* site = connections.siteOf(cluster.target->name);
    cluster.trouble = troubleOf(cluster);
    if (!cluster.trouble.empty()) return;
    if (site && site->forward && !cluster.found.pod.empty()) site->forward->retarget({cluster.wanted.release.ns, cluster.found.pod, vcluster::kApiPort});
    if (!site) {
      llvm::Expected<WayIn> way = wayInto(*connections.siteOf(cluster.target->inside->host), cluster.wanted.release, cluster.found);
      if (!way) { cluster.trouble = plan::takeText(way.takeError()).message; return; }
      site = &connections.addVirtual(cluster.target->name, std::move(way->endpoint));
      site->forward = std::move(way->forward);
    }
    if (site->loaded && site->workspace == desired.workspace) return;
    ++*pending;
    loadSite(*site, desired.workspace, [site, &cluster, pending, wanted](llvm::Error error) {
      if (!*wanted) return llvm::consumeError(std::move(error));
      --*pending;
      if (error) cluster.trouble = plan::takeText(std::move(error)).message;
      else site->loaded = true;
    });
  };
  for (VirtualCluster& cluster : *clusters) {
    Site* host = connections.siteOf(cluster.target->inside->host);
    const Site* known = again ? nullptr : connections.siteOf(cluster.target->name);
    if (known && known->loaded && known->workspace == desired.workspace) continue;
    if (host && host->trouble) {
      cluster.trouble = host->trouble->message;
      cluster.found.fault = *host->trouble;
      continue;
    }
    if (!host) { cluster.trouble = fmt::format("its host '{}' is not known", cluster.target->inside->host); continue; }
    ++*pending;
    lookFor(*host, cluster.wanted.release, [&cluster, &open, pending, wanted](VirtualFound found) {
      if (!*wanted) return;
      cluster.found = std::move(found);
      open(cluster);
      --*pending;
    });
  }
  bool cancelled = false;
  connections.loop().runUntil([&] {
    cancelled = cancel && cancel->load() != 0;
    return cancelled || *pending == 0;
  });
  *wanted = false;
  if (cancelled) return fault("CH6210", "interrupted while looking for virtual clusters; nothing was changed");
  for (VirtualCluster& cluster : *clusters) {
    Site* site = connections.siteOf(cluster.target->name);
    if (!site || !site->loaded || site->clusterUid.empty()) continue;
    const auto [at, added] = uids.try_emplace(site->clusterUid, site);
    if (added || at->second == site) continue;
    return fault("CH6215", fmt::format("virtual cluster '{}' leads to the same cluster as '{}', by {}", cluster.target->name, at->second->targets.front(), site->server),
                 "somebody changed its kubeconfig; let the control plane write the Secret again", cluster.target->source);
  }
  return clusters;
}

} // namespace chasi::engine
