#include "runtime/engine/virtual_wait.h"

#include "runtime/engine/link.h"
#include "runtime/kube/list.h"
#include "runtime/plan/digest.h"
#include "runtime/vcluster/access.h"

#include <fmt/format.h>

namespace chasi::engine {

using kube::Request;
using kube::Response;
using plan::fault;
using plan::JsonValue;
using plan::JsonView;
using std::chrono::milliseconds;
using vcluster::Phase;

namespace {
constexpr milliseconds kLongestPause{2000};
// A pod of the revision before may be stuck and about to go.
constexpr milliseconds kStuckFor{10000};
} // namespace

VirtualWait::VirtualWait(Run& run, Site& host, std::string target, vcluster::Description wanted, Done done)
    : run_(run), host_(host), target_(std::move(target)), wanted_(std::move(wanted)), done_(std::move(done)), since_(run.connections.loop().now()) {}

void VirtualWait::end(llvm::Error error) { done_(std::move(error)); }

void VirtualWait::look() {
  lookFor(host_, wanted_.release, guarded([this](VirtualFound result) { found(std::move(result)); }));
}

void VirtualWait::again(std::string reason) {
  reason_ = std::move(reason);
  if (run_.connections.loop().now() - since_ >= run_.options.readyTimeout) {
    const double seconds = std::chrono::duration<double>(run_.options.readyTimeout).count();
    const bool simulated = host_.version.ends_with("+chasi.local");
    return end(fault("CH6401", fmt::format("{} {} after {:g} s: {}", name(), wanted_.paused ? "is not paused" : "does not answer", seconds, reason_),
                     simulated ? "the embedded cluster runs no pods, so no control plane ever answers; try it on a real cluster"
                               : "wait longer with --timeout, or look at the pods of its control plane"));
  }
  later(run_, pause_, guarded([this] { look(); }));
  pause_ = std::min(pause_ * 2, kLongestPause);
}

void VirtualWait::found(VirtualFound result) {
  if (!result.fault.message.empty()) return again(result.fault.message);
  if (!result.plane) return again("its control plane is not there");
  if (wanted_.paused) {
    if (result.plane->pods > 0) return again(fmt::format("{} pods of its control plane are still there", result.plane->pods));
    return clear();
  }
  if (result.plane->phase == Phase::Paused) return again(result.plane->reason);
  if (result.plane->phase != Phase::Running) return findStuck(std::move(result));
  if (result.kubeconfig.empty()) return again("its control plane has not written how it is reached");
  if (Site* site = run_.connections.siteOf(target_)) {
    if (site->forward && !result.pod.empty()) site->forward->retarget({wanted_.release.ns, result.pod, vcluster::kApiPort});
    way_.endpoint = site->client->endpoint();
    return knock();
  }
  inside_.reset();
  llvm::Expected<WayIn> way = wayInto(host_, wanted_.release, result);
  if (way) {
    way_ = std::move(*way);
    return knock();
  }
  plan::FaultText text = plan::takeText(way.takeError());
  // Addresses of Services may still come.
  const bool comes = result.service.find("\"LoadBalancer\"") != result.service.npos || result.service.find("\"NodePort\"") != result.service.npos;
  if (comes) again(text.message);
  else end(fault(text));
}

void VirtualWait::get(Site& site, std::string path, std::string what, std::function<void(Response)> use) {
  Request request;
  request.path = std::move(path);
  request.what = std::move(what);
  site.client->send(std::move(request), [this, alive = alive_, use = std::move(use)](llvm::Expected<Response> response) {
    if (!*alive) return llvm::consumeError(response.takeError());
    if (response) use(std::move(*response));
    else again(plan::takeText(response.takeError()).message);
  });
}

// Some reasons for not being ready do not go away.
void VirtualWait::findStuck(VirtualFound result) {
  const std::string selector = plan::percentEncoded(fmt::format("app=vcluster,release={}", wanted_.release.name));
  const std::string reason = result.plane->reason;
  get(host_, fmt::format("/api/v1/namespaces/{}/pods?labelSelector={}", wanted_.release.ns, selector), "looking at the pods of " + name(), [this, reason](Response response) {
    std::string stuck, waits;
    if (response.ok()) {
      llvm::Expected<JsonView> list = JsonView::parse(response.body);
      if (!list) return again(plan::takeText(list.takeError()).message);
      for (JsonValue pod = list->root()["items"].first(); pod && stuck.empty(); pod = pod.next()) {
        stuck = vcluster::stuckReason(pod);
        if (waits.empty()) waits = vcluster::waitingReason(pod);
      }
    }
    const kube::Transport::Time now = run_.connections.loop().now();
    if (stuck != stuckPod_) {
      stuckPod_ = stuck;
      stuckSince_ = now;
    }
    if (!stuck.empty() && now - stuckSince_ >= kStuckFor)
      return end(fault("CH6402", fmt::format("the control plane of {} does not start: {}", name(), run_.clean(stuck)), "mend that; running again continues"));
    if (!waits.empty()) waits = "; " + waits;
    again(run_.clean(stuck.empty() ? reason + waits : stuck));
  });
}

// Its own controllers make the account that pods need: when that is there, they run.
void VirtualWait::knock() {
  inside_ = std::make_unique<kube::Client>(run_.connections.loop(), way_.endpoint);
  Request request;
  request.path = "/api/v1/namespaces/default/serviceaccounts/default";
  request.what = "asking whether " + name() + " answers";
  request.deadline = std::chrono::seconds(10);
  auto answered = [this, alive = alive_](llvm::Expected<Response> response) {
    if (!*alive) return llvm::consumeError(response.takeError());
    const std::string forwarding = way_.forward ? way_.forward->trouble() : "";
    if (!response) return again(plan::takeText(response.takeError()).message + (forwarding.empty() ? "" : "; " + forwarding));
    if (response->http == 404) return again("its controllers have not begun");
    if (!response->ok()) return again(plan::takeText(toFault(response->status, "asking whether " + name() + " answers")).message);
    if (!target_.empty() && !run_.connections.siteOf(target_)) run_.connections.addVirtual(target_, std::move(way_.endpoint)).forward = std::move(way_.forward);
    end(llvm::Error::success());
  };
  inside_->send(std::move(request), std::move(answered));
}

// Without their control plane pods would go on, and nobody would look after them. They come back from its state when it runs again.
void VirtualWait::clear() {
  const std::string selector = plan::percentEncoded(fmt::format("{}={}", vcluster::kManagedBy, wanted_.release.name));
  get(host_, fmt::format("/api/v1/namespaces/{}/pods?labelSelector={}", wanted_.release.ns, selector), "looking for pods of " + name(), [this](Response response) {
    if (!response.ok()) return again(plan::takeText(toFault(response.status, "looking for pods of " + name())).message);
    llvm::Expected<JsonView> list = JsonView::parse(response.body);
    if (!list) return again(plan::takeText(list.takeError()).message);
    std::vector<std::string> names;
    for (JsonValue pod = list->root()["items"].first(); pod; pod = pod.next())
      if (!pod["metadata"]["deletionTimestamp"]) names.push_back(pod["metadata"]["name"].string());
    removePods(std::move(names));
  });
}

void VirtualWait::removePods(std::vector<std::string> names) {
  if (names.empty()) return end(llvm::Error::success());
  auto open = std::make_shared<size_t>(names.size());
  auto trouble = std::make_shared<std::string>();
  for (const std::string& pod : names) {
    Request request;
    request.method = kube::Method::Delete;
    request.path = fmt::format("/api/v1/namespaces/{}/pods/{}", wanted_.release.ns, pod);
    request.what = fmt::format("ending pod {} of {}", pod, name());
    host_.client->send(std::move(request), [this, alive = alive_, open, trouble, count = names.size()](llvm::Expected<Response> response) {
      if (!*alive) return llvm::consumeError(response.takeError());
      if (!response) *trouble = plan::takeText(response.takeError()).message;
      else if (!response->ok() && response->http != 404) *trouble = response->status.message;
      if (--*open == 0) again(trouble->empty() ? fmt::format("{} pods of what is inside are ending", count) : *trouble);
    });
  }
}

} // namespace chasi::engine
