#include "runtime/vcluster/steps.h"

#include "runtime/plan/fault.h"
#include "runtime/vcluster/control.h"
#include "runtime/vcluster/requests.h"

#include <fmt/format.h>

#include <cstdlib>

namespace chasi::vcluster {

using kube::Response;
using plan::fault;
using plan::JsonValue;
using plan::JsonView;
using std::chrono::milliseconds;

std::string workloadPath(const Installed& cluster) {
  return fmt::format("/apis/apps/v1/namespaces/{}/{}/{}", cluster.release.ns, cluster.deployment ? "deployments" : "statefulsets", cluster.release.name);
}

std::string nameOf(const Installed& cluster) { return "virtual cluster " + cluster.release.name; }

llvm::Error eachEtcd(kube::Client& host, const Installed& cluster, const std::function<llvm::Error(const std::string& path, JsonValue object)>& use) {
  if (!cluster.deployment) return llvm::Error::success();
  const std::string sets = fmt::format("/apis/apps/v1/namespaces/{}/statefulsets", cluster.release.ns);
  llvm::Expected<Response> response = ask(host, get(selected(sets, "app=vcluster-etcd,release=" + cluster.release.name), "looking for the etcd of " + nameOf(cluster)));
  if (!response) return response.takeError();
  if (!response->ok()) return llvm::Error::success();
  llvm::Expected<JsonView> list = JsonView::parse(response->body);
  if (!list) return list.takeError();
  for (JsonValue each = list->root()["items"].first(); each; each = each.next())
    if (llvm::Error error = use(sets + "/" + each["metadata"]["name"].string(), each)) return error;
  return llvm::Error::success();
}

llvm::Error awaitNothing(kube::Client& host, const Installed& cluster, milliseconds patience, const std::function<void(const std::string&)>& told) {
  const kube::Transport::Time until = host.loop().now() + patience;
  for (;;) {
    llvm::Expected<Installed> now = findOne(host, cluster.release.name, cluster.release.ns);
    if (!now) return now.takeError();
    if (now->pods == 0) return llvm::Error::success();
    const std::string left = fmt::format("{} pods of its control plane are still there", now->pods);
    if (host.loop().now() >= until) return fault("CH6401", fmt::format("{} is not paused: {}", nameOf(cluster), left), "look at the finalizers of these pods");
    if (told) told(left);
    sleep(host.loop(), milliseconds(500));
  }
}

llvm::Error endPods(kube::Client& host, const Installed& cluster) {
  const std::string pods = fmt::format("/api/v1/namespaces/{}/pods", cluster.release.ns);
  llvm::Expected<Response> response = ask(host, get(selected(pods, fmt::format("{}={}", kManagedBy, cluster.release.name)), "looking for pods of " + nameOf(cluster)));
  if (!response) return response.takeError();
  llvm::Expected<JsonView> list = JsonView::parse(response->body);
  if (!list) return list.takeError();
  for (JsonValue pod = list->root()["items"].first(); pod; pod = pod.next()) {
    llvm::Expected<Response> ended = ask(host, remove(pods + "/" + pod["metadata"]["name"].string(), "ending a pod of " + nameOf(cluster)));
    if (!ended) return ended.takeError();
  }
  return llvm::Error::success();
}

int64_t replicasOf(JsonValue workload) {
  const std::string paused = workload["metadata"]["annotations"][kPausedReplicas].string();
  return paused.empty() ? workload["spec"]["replicas"].integer().value_or(1) : std::strtoll(paused.c_str(), nullptr, 10);
}

llvm::Expected<std::string> restorer(kube::Client& host, const Release& release) {
  const std::string pods = fmt::format("/api/v1/namespaces/{}/pods", release.ns);
  llvm::Expected<Response> response = must(host, get(selected(pods, "app=vcluster-snapshot"), "looking for a restore of virtual cluster " + release.name));
  if (!response) return response.takeError();
  llvm::Expected<JsonView> list = JsonView::parse(response->body);
  if (!list) return list.takeError();
  for (JsonValue pod = list->root()["items"].first(); pod; pod = pod.next()) {
    const std::string_view phase = pod["status"]["phase"].chars();
    if (phase != "Succeeded" && phase != "Failed") return pod["metadata"]["name"].string();
  }
  return std::string();
}

llvm::Error refuseRestored(kube::Client& host, const Installed& cluster) {
  if (!cluster.restoring) return llvm::Error::success();
  llvm::Expected<std::string> pod = restorer(host, cluster.release);
  if (!pod) return pod.takeError();
  if (pod->empty()) return llvm::Error::success();
  return fault("CH6418", fmt::format("{} is being restored: pod {} writes its state", nameOf(cluster), *pod), "wait until it ends, or delete that pod first; what it wrote half is there then");
}

} // namespace chasi::vcluster
