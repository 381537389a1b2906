#include "runtime/engine/unlock.h"

#include "runtime/engine/intent.h"
#include "runtime/engine/lease.h"

#include <fmt/format.h>

namespace chasi::engine {

using plan::fault;

static std::string leasePath(const std::string& workspace) {
  return fmt::format("/apis/coordination.k8s.io/v1/namespaces/{}/leases/{}", kNamespace, inventoryName(workspace));
}

static HeldLock read(plan::JsonValue lease, const std::string& target) {
  const plan::JsonValue metadata = lease["metadata"], spec = lease["spec"];
  HeldLock lock;
  lock.target = target;
  lock.holder = spec["holderIdentity"].string();
  lock.since = spec["acquireTime"].string();
  lock.renewed = spec["renewTime"].string();
  lock.seconds = spec["leaseDurationSeconds"].integer().value_or(0);
  lock.ended = hasEnded({lock.holder, metadata["annotations"]["chasi.dev/machine"].string()});
  lock.uid = metadata["uid"].string();
  lock.version = metadata["resourceVersion"].string();
  return lock;
}

llvm::Expected<std::vector<HeldLock>> heldLocks(const plan::Desired& desired, Connections& connections, std::vector<LeftOutTarget>& missing) {
  llvm::Expected<std::vector<Site*>> sites = sitesOf(desired, connections);
  if (!sites) return sites.takeError();
  std::vector<HeldLock> locks;
  size_t pending = 0;
  for (Site* site : *sites) {
    site->trouble.reset();
    kube::Request request;
    request.path = leasePath(desired.workspace);
    request.what = fmt::format("reading the lock of '{}' at {}", desired.workspace, site->server);
    ++pending;
    site->client->send(std::move(request), [&pending, &locks, site, what = request.what](llvm::Expected<kube::Response> response) {
      --pending;
      llvm::Error error = llvm::Error::success();
      if (!response) {
        error = response.takeError();
      } else if (response->ok()) {
        llvm::Expected<plan::JsonView> view = plan::JsonView::parse(response->body);
        if (view) locks.push_back(read(view->root(), site->targets.front()));
        else error = view.takeError();
      } else if (response->http != 404) {
        error = toFault(response->status, what);
      }
      if (error) site->trouble = plan::takeText(std::move(error));
    });
  }
  settle(connections.loop(), pending);
  if (llvm::Error error = troublesOf(desired, connections, false)) return error;
  for (const plan::Target& target : desired.targets)
    if (const Site* site = connections.siteOf(target.name); site && site->trouble) missing.push_back({target.name, *site->trouble, target.source});
  return locks;
}

llvm::Error breakLock(const HeldLock& lock, const plan::Desired& desired, Connections& connections) {
  Site* site = connections.siteOf(lock.target);
  kube::Request request;
  request.method = kube::Method::Delete;
  request.path = leasePath(desired.workspace);
  request.contentType = "application/json";
  request.body = deleteBody(lock.uid, lock.version);
  request.what = fmt::format("breaking the lock of {} at {}", lock.holder, site->server);
  const std::string what = request.what;
  llvm::Expected<kube::Response> response = site->client->call(std::move(request));
  if (!response) return response.takeError();
  if (response->ok() || response->http == 404) return llvm::Error::success();
  if (response->http == 409)
    return fault("CH6230", fmt::format("the lock of {} was renewed while it was being broken: that run is alive", lock.holder), "end that run first, or wait until it has ended");
  return toFault(response->status, what);
}

} // namespace chasi::engine
