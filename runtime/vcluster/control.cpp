#include "runtime/vcluster/control.h"

#include "runtime/plan/digest.h"
#include "runtime/plan/fault.h"
#include "runtime/plan/plan.h"
#include "runtime/vcluster/access.h"
#include "runtime/vcluster/requests.h"
#include "runtime/vcluster/steps.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdlib>

namespace chasi::vcluster {

using kube::Request;
using kube::Response;
using nlohmann::ordered_json;
using plan::fault;
using plan::JsonValue;
using plan::JsonView;
using std::chrono::milliseconds;

namespace {

llvm::Error scaleToNothing(kube::Client& host, const std::string& path, int64_t replicas, const std::string& date, const std::string& what) {
  const ordered_json body = {{"metadata", {{"annotations", {{kPaused, "true"}, {kPausedReplicas, std::to_string(replicas)}, {kPausedDate, date}}}}}, {"spec", {{"replicas", 0}}}};
  llvm::Expected<Response> response = ask(host, patch(path, body, what));
  if (!response) return response.takeError();
  return response->ok() ? llvm::Error::success() : toFault(response->status, what);
}

llvm::Error scaleBack(kube::Client& host, const std::string& path, int64_t replicas, const std::string& what) {
  const ordered_json body = {{"metadata", {{"annotations", {{kPaused, nullptr}, {kPausedReplicas, nullptr}, {kPausedDate, nullptr}, {kRestoring, nullptr}, {kRestoredFrom, nullptr}}}}}, {"spec", {{"replicas", std::max<int64_t>(replicas, 1)}}}};
  llvm::Expected<Response> response = ask(host, patch(path, body, what));
  if (!response) return response.takeError();
  return response->ok() ? llvm::Error::success() : toFault(response->status, what);
}

} // namespace

llvm::Expected<std::vector<Installed>> listAll(kube::Client& host, const std::string& ns) {
  std::vector<Installed> out;
  for (const auto& [plural, kind] : {std::pair("statefulsets", "StatefulSet"), std::pair("deployments", "Deployment")}) {
    const std::string path = ns.empty() ? fmt::format("/apis/apps/v1/{}", plural) : fmt::format("/apis/apps/v1/namespaces/{}/{}", ns, plural);
    llvm::Expected<Response> response = ask(host, get(selected(path, "app=vcluster"), "listing virtual clusters"));
    if (!response) return response.takeError();
    if (!response->ok()) return toFault(response->status, "listing virtual clusters");
    llvm::Expected<JsonView> list = JsonView::parse(response->body);
    if (!list) return list.takeError();
    for (JsonValue each = list->root()["items"].first(); each; each = each.next()) {
      // Items of lists come without their kind.
      const std::string text = fmt::format(R"({{"apiVersion":"apps/v1","kind":"{}",)", kind) + std::string(each.raw().substr(1));
      llvm::Expected<JsonView> view = JsonView::parse(text);
      if (!view) return view.takeError();
      if (auto found = readControlPlane(view->root())) out.push_back(std::move(*found));
    }
  }
  std::sort(out.begin(), out.end(), [](const Installed& a, const Installed& b) { return std::tie(a.release.ns, a.release.name) < std::tie(b.release.ns, b.release.name); });
  return out;
}

llvm::Expected<Installed> findOne(kube::Client& host, const std::string& name, const std::string& ns) {
  llvm::Expected<std::vector<Installed>> all = listAll(host, ns);
  if (!all) return all.takeError();
  std::vector<Installed> found;
  std::string namespaces;
  for (const Installed& each : *all) {
    if (each.release.name != name) continue;
    namespaces += (namespaces.empty() ? "" : ", ") + each.release.ns;
    found.push_back(each);
  }
  if (found.size() == 1) return found.front();
  if (found.empty()) return fault("CH6409", fmt::format("there is no virtual cluster '{}'{}", name, ns.empty() ? "" : " in namespace " + ns), "chasic vcluster list shows all of them");
  return fault("CH6409", fmt::format("the namespaces {} have a virtual cluster '{}' each", namespaces, name), "name one with --namespace");
}

llvm::Error pause(kube::Client& host, const Installed& cluster, const PauseOptions& options) {
  const std::string what = "pausing " + nameOf(cluster);
  if (cluster.phase != Phase::Paused || !cluster.marked) {
    llvm::Expected<Response> live = ask(host, get(workloadPath(cluster), what));
    if (!live) return live.takeError();
    if (!live->ok()) return toFault(live->status, what);
    llvm::Expected<JsonView> view = JsonView::parse(live->body);
    if (!view) return view.takeError();
    if (llvm::Error error = scaleToNothing(host, workloadPath(cluster), std::max<int64_t>(replicasOf(view->root()), 1), options.date, what)) return error;
  }
  auto etcd = [&](const std::string& path, JsonValue object) {
    if (object["spec"]["replicas"].integer() == 0) return llvm::Error(llvm::Error::success());
    return scaleToNothing(host, path, replicasOf(object), options.date, what);
  };
  if (llvm::Error error = eachEtcd(host, cluster, etcd)) return error;
  if (llvm::Error error = awaitNothing(host, cluster, options.patience, options.told)) return error;
  return endPods(host, cluster);
}

llvm::Error resume(kube::Client& host, const Installed& cluster) {
  const std::string what = "resuming " + nameOf(cluster);
  if (llvm::Error error = refuseRestored(host, cluster)) return error;
  // Without its store a control plane would end again and again.
  auto etcd = [&](const std::string& path, JsonValue object) {
    if (object["spec"]["replicas"].integer() != 0) return llvm::Error(llvm::Error::success());
    return scaleBack(host, path, replicasOf(object), what);
  };
  if (llvm::Error error = eachEtcd(host, cluster, etcd)) return error;
  if (cluster.phase != Phase::Paused) return llvm::Error::success();
  return scaleBack(host, workloadPath(cluster), cluster.pausedReplicas, what);
}

llvm::Expected<std::string> kubeconfigOf(kube::Client& host, const Release& release, const std::string& context) {
  const plan::ObjectRef secret = kubeconfigSecret(release);
  const std::string core = fmt::format("/api/v1/namespaces/{}/", release.ns), what = "reading " + plan::describe(secret);
  llvm::Expected<Response> response = ask(host, get(core + "secrets/" + secret.name, what));
  if (!response) return response.takeError();
  if (!response->ok()) return fault("CH6401", fmt::format("virtual cluster {} has not written how it is reached", release.name), "its control plane does so once it runs: chasic vcluster list shows whether it does");
  llvm::Expected<JsonView> view = JsonView::parse(response->body);
  if (!view) return view.takeError();
  llvm::Expected<std::string> text = readKubeconfig(view->root());
  if (!text) return text.takeError();
  const char* variable = std::getenv("KUBERNETES_SERVICE_HOST");
  WaysIn ways;
  ways.inPod = variable && *variable;
  llvm::Expected<Response> service = ask(host, get(core + "services/" + release.name, "reading the Service of virtual cluster " + release.name));
  if (!service) return service.takeError();
  llvm::Expected<JsonView> serviceView = JsonView::parse(service->body);
  if (serviceView && service->ok()) ways.service = serviceView->root();
  if (!serviceView) llvm::consumeError(serviceView.takeError());
  std::optional<Response> nodes;
  if (ways.service["spec"]["type"].chars() == "NodePort") {
    llvm::Expected<Response> list = ask(host, get("/api/v1/nodes?limit=1", "looking for a node"));
    if (!list) return list.takeError();
    nodes = std::move(*list);
    llvm::Expected<JsonView> nodeView = JsonView::parse(nodes->body);
    if (!nodeView) return nodeView.takeError();
    for (JsonValue each = nodeView->root()["items"].first()["status"]["addresses"].first(); each; each = each.next())
      if (each["type"].chars() == "ExternalIP" || (each["type"].chars() == "InternalIP" && ways.nodeAddress.empty())) ways.nodeAddress = each["address"].string();
  }
  llvm::Expected<kube::Endpoint> endpoint = endpointOf(*text, release, ways);
  if (!endpoint) return endpoint.takeError();
  ordered_json cluster = {{"server", endpoint->server}}, user = ordered_json::object();
  if (!endpoint->caPem.empty()) cluster["certificate-authority-data"] = plan::base64(endpoint->caPem);
  if (!endpoint->tlsServerName.empty()) cluster["tls-server-name"] = endpoint->tlsServerName;
  if (endpoint->insecure) cluster["insecure-skip-tls-verify"] = true;
  if (!endpoint->token.empty()) user["token"] = endpoint->token;
  if (!endpoint->certPem.empty()) user["client-certificate-data"] = plan::base64(endpoint->certPem);
  if (!endpoint->keyPem.empty()) user["client-key-data"] = plan::base64(endpoint->keyPem);
  const ordered_json config = {{"apiVersion", "v1"}, {"kind", "Config"}, {"current-context", context},
                               {"contexts", {{{"name", context}, {"context", {{"cluster", context}, {"user", context}}}}}},
                               {"clusters", {{{"name", context}, {"cluster", cluster}}}}, {"users", {{{"name", context}, {"user", user}}}}};
  return config.dump();
}

} // namespace chasi::vcluster
