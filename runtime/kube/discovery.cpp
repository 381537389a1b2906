#include "runtime/kube/discovery.h"

#include "runtime/plan/digest.h"

#include "runtime/plan/json_view.h"

#include <fmt/format.h>

namespace chasi::kube {

using plan::JsonValue;
using plan::JsonView;

std::pair<std::string, std::string> splitApiVersion(const std::string& apiVersion) {
  size_t slash = apiVersion.find('/');
  if (slash == apiVersion.npos) return {"", apiVersion};
  return {apiVersion.substr(0, slash), apiVersion.substr(slash + 1)};
}

const Resource* Discovery::find(const std::string& apiVersion, const std::string& kind) const {
  auto at = byVersion_.find({apiVersion, kind});
  return at == byVersion_.end() ? nullptr : &at->second;
}

const Resource* Discovery::findGroupKind(const std::string& groupKind) const {
  auto at = preferred_.find(groupKind);
  return at == preferred_.end() ? nullptr : &byVersion_.at(at->second);
}

void Discovery::add(Resource resource) {
  std::pair<std::string, std::string> key(resource.apiVersion(), resource.kind);
  preferred_.try_emplace(resource.groupKind(), key);
  byVersion_.try_emplace(std::move(key), std::move(resource));
}

std::string pathOf(const Resource& resource, const std::string& ns, const std::string& name) {
  std::string path = resource.group.empty() ? "/api/" + resource.version : "/apis/" + resource.group + "/" + resource.version;
  if (resource.namespaced && !ns.empty()) path += "/namespaces/" + plan::percentEncoded(ns);
  path += "/" + resource.plural;
  if (!name.empty()) path += "/" + plan::percentEncoded(name);
  return path;
}

namespace {

constexpr const char* kAggregated =
    "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,"
    "application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json";

bool listable(JsonValue resource) {
  if (!resource["verbs"]) return true;
  for (JsonValue verb = resource["verbs"].first(); verb; verb = verb.next())
    if (verb.chars() == "list") return true;
  return false;
}

// Lives until all answers are there.
struct Run : std::enable_shared_from_this<Run> {
  Run(Client& aClient, const DiscoveryCache& aCache, DiscoveryAnswer anAnswer) : client(aClient), cache(aCache), answer(std::move(anAnswer)) {}
  Client& client;
  const DiscoveryCache cache;
  DiscoveryAnswer answer;
  Discovery result;
  std::vector<std::pair<std::string, std::string>> bodies; // path and text, in order of preference
  size_t pending = 0;
  bool failed = false;

  void get(const std::string& path, std::function<void(const std::string&)> use, bool mayMiss) {
    ++pending;
    Request request;
    request.path = path;
    request.accept = kAggregated;
    request.what = "asking which kinds the cluster serves";
    auto self = shared_from_this();
    auto kept = cache.find(client.endpoint(), path);
    if (kept) request.ifNoneMatch = kept->etag;
    client.send(std::move(request), [self, use = std::move(use), mayMiss, path, kept = std::move(kept)](llvm::Expected<Response> response) {
      --self->pending;
      if (self->failed) { llvm::consumeError(response.takeError()); return; }
      if (!response) return self->fail(response.takeError());
      if (response->http == 304 && kept) use(kept->body);
      else if (response->ok()) {
        use(response->body);
        self->cache.keep(self->client.endpoint(), path, {response->etag, std::move(response->body)});
      }
      // An aggregated API whose server is down must not stop what does not need it.
      else if (!mayMiss) return self->fail(toFault(response->status, "asking which kinds the cluster serves at " + path));
      self->finishIfDone();
    });
  }

  void fail(llvm::Error error) {
    failed = true;
    answer(std::move(error));
  }

  void finishIfDone() {
    if (pending != 0 || failed) return;
    for (auto& [apiVersion, text] : bodies) readLegacy(apiVersion, text);
    failed = true; // answered
    answer(std::move(result));
  }

  // An APIGroupDiscoveryList, or the older list of groups or versions.
  void readRoot(const std::string& body) {
    llvm::Expected<JsonView> view = JsonView::parse(body);
    if (!view) return fail(view.takeError());
    JsonValue root = view->root();
    std::string_view kind = root["kind"].chars();
    if (kind == "APIGroupDiscoveryList") {
      for (JsonValue group = root["items"].first(); group; group = group.next()) readGroup(group);
    } else if (kind == "APIVersions") {
      for (JsonValue version = root["versions"].first(); version; version = version.next()) ask(version.string());
    } else if (kind == "APIGroupList") {
      for (JsonValue group = root["groups"].first(); group; group = group.next()) {
        std::string preferred = group["preferredVersion"]["groupVersion"].string();
        if (!preferred.empty()) ask(preferred);
        for (JsonValue version = group["versions"].first(); version; version = version.next())
          if (version["groupVersion"].string() != preferred) ask(version["groupVersion"].string());
      }
    } else {
      fail(plan::fault("CH6106", fmt::format("{} does not answer like a Kubernetes API", client.endpoint().server),
                       "check the address in the kubeconfig"));
    }
  }

  void readGroup(JsonValue group) {
    std::string name = group["metadata"]["name"].string();
    for (JsonValue version = group["versions"].first(); version; version = version.next())
      for (JsonValue each = version["resources"].first(); each; each = each.next()) {
        std::string kind = each["responseKind"]["kind"].string();
        if (kind.empty()) continue;
        result.add({name, version["version"].string(), kind, each["resource"].string(), each["scope"].chars() == "Namespaced", listable(each)});
      }
  }

  void ask(const std::string& apiVersion) {
    size_t place = bodies.size();
    bodies.emplace_back(apiVersion, "");
    std::string path = (apiVersion.find('/') == apiVersion.npos ? "/api/" : "/apis/") + apiVersion;
    get(path, [self = shared_from_this(), place](const std::string& body) { self->bodies[place].second = body; }, true);
  }

  void readLegacy(const std::string& apiVersion, const std::string& text) {
    llvm::Expected<JsonView> view = JsonView::parse(text);
    if (!view) { llvm::consumeError(view.takeError()); return; }
    auto [group, version] = splitApiVersion(apiVersion);
    for (JsonValue each = view->root()["resources"].first(); each; each = each.next()) {
      std::string plural = each["name"].string();
      if (plural.find('/') != plural.npos) continue; // a subresource
      result.add({group, version, each["kind"].string(), plural, each["namespaced"].isTrue(), listable(each)});
    }
  }
};

} // namespace

void discover(Client& client, const DiscoveryCache& cache, DiscoveryAnswer answer) {
  auto run = std::make_shared<Run>(client, cache, std::move(answer));
  auto use = [run](const std::string& body) { run->readRoot(body); };
  run->get("/api", use, false);
  run->get("/apis", use, false);
}

} // namespace chasi::kube
