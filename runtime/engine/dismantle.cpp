#include "runtime/engine/dismantle.h"

#include "runtime/engine/link.h"
#include "runtime/engine/removal.h"
#include "runtime/plan/digest.h"

#include <fmt/format.h>

namespace chasi::engine {

using kube::Request;
using kube::Response;
using plan::fault;
using plan::JsonValue;
using plan::JsonView;
using std::chrono::milliseconds;

namespace {

constexpr milliseconds kCollected{60000}; // the garbage collector of a busy host takes seconds

/// The value of the mark on objects that lie in no namespace; the control plane shortens it as it does names.
std::string wideMark(const vcluster::Release& release) {
  std::string mark = fmt::format("{}-x-{}", release.ns, release.name);
  return mark.size() <= 63 ? mark : fmt::format("{}-{}", mark.substr(0, 52), plan::hex(plan::sha256(mark)).substr(0, 10));
}

std::string selectorOf(const char* label, const std::string& value) { return fmt::format("{}={}", label, value); }

} // namespace

Dismantling::Dismantling(Run& run) : run_(run) {
  std::set<std::tuple<std::string, std::string, std::string>> configured, namespaces;
  for (const plan::Prune& prune : run.plan.prunes) {
    if (prune.object.kind == "Secret") configured.insert({prune.target, prune.object.ns, prune.object.name});
    if (prune.object.kind == "Namespace") namespaces.insert({prune.target, prune.object.name, ""});
  }
  for (const plan::Prune& prune : run.plan.prunes) {
    const bool workload = prune.object.kind == "StatefulSet" || prune.object.kind == "Deployment";
    const vcluster::Release release{prune.object.name, prune.object.ns};
    if (!workload || !configured.contains({prune.target, release.ns, vcluster::configSecret(release).name})) continue;
    SiteRun* site = run.siteOf(prune.target);
    const kube::Resource* resource = site ? site->site->discovery.find(prune.object.apiVersion, prune.object.kind) : nullptr;
    if (!resource) continue;
    Request request;
    request.path = pathOf(*resource, release.ns, release.name);
    request.what = "reading " + describe(prune.object);
    llvm::Expected<Response> response = site->site->client->call(std::move(request));
    if (!response) { llvm::consumeError(response.takeError()); continue; } // its deletion will say so
    if (!response->ok()) continue;
    llvm::Expected<JsonView> view = JsonView::parse(response->body);
    if (!view) { llvm::consumeError(view.takeError()); continue; }
    if (auto plane = vcluster::readControlPlane(view->root()))
      ones_.push_back({site, prune.target, std::move(*plane), namespaces.contains({prune.target, release.ns, ""})});
  }
}

llvm::Expected<std::vector<Dismantling::Left>> Dismantling::list(const One& one, const std::string& apiVersion, const std::string& kind, const std::string& ns,
                                                               const std::string& selector) {
  const kube::Resource* resource = one.site->site->discovery.find(apiVersion, kind);
  std::vector<Left> out;
  if (!resource) return out;
  Request request;
  request.path = pathOf(*resource, ns, "") + (selector.empty() ? "" : "?labelSelector=" + plan::percentEncoded(selector));
  request.what = fmt::format("looking for {} of virtual cluster {}", resource->plural, one.plane.release.name);
  const std::string what = request.what;
  llvm::Expected<Response> response = one.site->site->client->call(std::move(request));
  if (!response) return response.takeError();
  if (response->http == 404) return out;
  if (!response->ok()) return toFault(response->status, what);
  llvm::Expected<JsonView> view = JsonView::parse(response->body);
  if (!view) return view.takeError();
  for (JsonValue each = view->root()["items"].first(); each; each = each.next())
    out.push_back({{apiVersion, kind, each["metadata"]["namespace"].string(), each["metadata"]["name"].string()}, each["metadata"]["uid"].string()});
  return out;
}

llvm::Error Dismantling::remove(const One& one, const Left& left) {
  // Shared: an answer may come when nobody waits any more.
  auto result = std::make_shared<std::optional<plan::FaultText>>();
  auto over = std::make_shared<bool>(false);
  removeObject(run_, *one.site, left.object, left.uid, [result, over](llvm::Error error) {
    *over = true;
    if (error) *result = plan::takeText(std::move(error));
  });
  run_.connections.loop().runUntil([&] { return *over || run_.cancelled() > 1; });
  if (!*over) return fault("CH6210", fmt::format("interrupted while {} was being deleted", describe(left.object)), "the next run looks again");
  if (*result) return fault(**result);
  ++run_.summary.deleted;
  return llvm::Error::success();
}

llvm::Error Dismantling::before() {
  for (const One& one : ones_)
    if (one.plane.keepsState && one.withNamespace)
      return fault("CH6406", fmt::format("virtual cluster {} keeps its state, and its volumes lie in namespace {}, which would be deleted", one.plane.release.name, one.plane.release.ns),
                   "apply `keepState = false` first, or take only the `vcluster` of the tenant away");
  for (const One& one : ones_) {
    const std::string selector = fmt::format("vcluster.loft.sh/snapshot-request,vcluster.loft.sh/vcluster-name={}", one.plane.release.name);
    llvm::Expected<std::vector<Left>> requests = list(one, "v1", "ConfigMap", one.plane.release.ns, selector);
    if (!requests) return requests.takeError();
    for (const Left& left : *requests)
      if (llvm::Error error = remove(one, left)) return error;
  }
  return llvm::Error::success();
}

// Everything that a control plane made in its namespace belongs to its Service, and goes with that.
llvm::Error Dismantling::awaitCollection(const One& one) {
  const std::string mark = selectorOf(vcluster::kManagedBy, one.plane.release.name);
  const kube::Transport::Time until = run_.connections.loop().now() + std::min<milliseconds>(kCollected, run_.options.readyTimeout);
  for (milliseconds pause{100};; pause = std::min(pause * 2, milliseconds(2000))) {
    std::vector<Left> left;
    for (const char* kind : {"Pod", "Service", "Secret", "ConfigMap", "PersistentVolumeClaim"}) {
      llvm::Expected<std::vector<Left>> some = list(one, "v1", kind, one.plane.release.ns, mark);
      if (!some) return some.takeError();
      left.insert(left.end(), some->begin(), some->end());
    }
    llvm::Expected<std::vector<Left>> secrets = list(one, "v1", "Secret", one.plane.release.ns, "vcluster-name=" + one.plane.release.name);
    if (!secrets) return secrets.takeError();
    left.insert(left.end(), secrets->begin(), secrets->end());
    if (left.empty()) return llvm::Error::success();
    if (run_.cancelled() != 0 || run_.connections.loop().now() >= until)
      return fault("CH6408", fmt::format("{} of virtual cluster {} {} still there", describe(left.front().object), one.plane.release.name,
                                         left.size() == 1 ? "is" : fmt::format("and {} more objects are", left.size() - 1)),
                   "the garbage collector of the host removes what belongs to its Service; look at their owners and finalizers");
    bool passed = false;
    run_.connections.loop().after(pause, [&passed] { passed = true; });
    run_.connections.loop().runUntil([&] { return passed; });
  }
}

llvm::Error Dismantling::removeClaims(const One& one) {
  llvm::Expected<std::vector<Left>> claims = list(one, "v1", "PersistentVolumeClaim", one.plane.release.ns, "");
  if (!claims) return claims.takeError();
  for (const Left& left : *claims) {
    std::string_view rest = left.object.name;
    const auto consume = [&rest](const std::string& prefix) {
      const bool fits = rest.starts_with(prefix);
      if (fits) rest.remove_prefix(prefix.size());
      return fits;
    };
    const std::string own = "data-" + one.plane.release.name + "-";
    const bool ours = (consume(own + "etcd-") || consume(own)) && !rest.empty() && rest.find_first_not_of("0123456789") == rest.npos;
    if (!ours) continue;
    if (llvm::Error error = remove(one, left)) return error;
  }
  return llvm::Error::success();
}

// What lies in no namespace has no owner there.
llvm::Error Dismantling::removeWide(const One& one) {
  const std::string mark = selectorOf(vcluster::kManagedBy, wideMark(one.plane.release));
  for (const auto& [apiVersion, kind] : {std::pair("scheduling.k8s.io/v1", "PriorityClass"), std::pair("storage.k8s.io/v1", "StorageClass")}) {
    llvm::Expected<std::vector<Left>> some = list(one, apiVersion, kind, "", mark);
    if (!some) return some.takeError();
    for (const Left& left : *some)
      if (llvm::Error error = remove(one, left)) return error;
  }
  return llvm::Error::success();
}

void Dismantling::after() {
  for (const One& one : ones_) {
    if (run_.cancelled() != 0) return;
    const std::string id = "virtual cluster " + one.plane.release.name;
    auto note = [&](llvm::Error error) {
      if (error) run_.failed(id, one.target, "delete", {}, std::move(error));
    };
    if (!one.withNamespace) {
      note(awaitCollection(one));
      if (!one.plane.keepsState) note(removeClaims(one));
    }
    note(removeWide(one));
  }
}

} // namespace chasi::engine
