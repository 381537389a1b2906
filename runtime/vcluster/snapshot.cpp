// The forms of the objects are those of v0.36.1 of the vendor's tools (loft-sh/api, pkg/snapshot: request.go, resources.go).
#include "runtime/vcluster/snapshot.h"

#include "runtime/plan/digest.h"
#include "runtime/plan/fault.h"
#include "runtime/vcluster/helm_release.h"
#include "runtime/vcluster/requests.h"

#include <llvm/Support/VersionTuple.h>

#include <fmt/format.h>

#include <algorithm>

namespace chasi::vcluster {

using kube::Response;
using nlohmann::ordered_json;
using plan::fault;
using plan::JsonValue;
using plan::JsonView;
using std::chrono::milliseconds;

namespace {

constexpr const char* kRequestKey = "snapshotRequest";
constexpr const char* kOptionsKey = "snapshotOptions";

std::string core(const Release& release, const char* plural) { return fmt::format("/api/v1/namespaces/{}/{}", release.ns, plural); }
std::string named(const Release& release) { return "virtual cluster " + release.name; }

ordered_json metadata(const Release& release) {
  return {{"namespace", release.ns}, {"labels", {{"vcluster.loft.sh/vcluster-namespace", release.ns}, {"vcluster.loft.sh/vcluster-name", release.name}, {kRequestLabel, ""}}}};
}

SnapshotRequest readRequest(JsonValue map) {
  SnapshotRequest out;
  out.name = map["metadata"]["name"].string();
  out.created = map["metadata"]["creationTimestamp"].string();
  out.taken = bool(map["metadata"]["finalizers"].first());
  const std::string text = map["data"][kRequestKey].string();
  llvm::Expected<JsonView> view = JsonView::parse(text);
  if (!view) {
    llvm::consumeError(view.takeError());
    out.error = "this is no request";
    return out;
  }
  const JsonValue request = view->root();
  out.url = request["spec"]["url"].string();
  out.phase = request["status"]["phase"].string();
  out.error = request["status"]["error"]["message"].string();
  return out;
}

/// What the vendor's tools need to make the cluster anew from its snapshot: what Helm was told, or else the whole configuration.
llvm::Expected<ReleaseNote> note(kube::Client& host, const Installed& cluster) {
  ReleaseNote out{cluster.release.name, cluster.release.ns, cluster.chartVersion, {}};
  auto helm = latestHelmRelease(host, cluster.release);
  if (!helm) return helm.takeError();
  if (*helm) {
    out.values = (*helm)->config.dump();
    return out;
  }
  auto values = mergedValues(host, cluster.release);
  if (!values) return values.takeError();
  out.values = std::move(*values);
  return out;
}

llvm::Error takeBack(kube::Client& host, const Release& release, const std::string& name) {
  for (const char* plural : {"secrets", "configmaps"}) {
    llvm::Expected<Response> response = ask(host, remove(core(release, plural) + "/" + name, "taking back the request of a snapshot of " + named(release)));
    if (!response) return response.takeError();
  }
  return llvm::Error::success();
}

/// Between Secret and request a process may have died.
llvm::Error removeStale(kube::Client& host, const Release& release, const std::string& stale) {
  const std::string selector = fmt::format("{},vcluster.loft.sh/vcluster-name={}", kRequestLabel, release.name), what = "looking for old requests of snapshots of " + named(release);
  llvm::Expected<Response> response = must(host, get(selected(core(release, "secrets"), selector), what));
  if (!response) return response.takeError();
  llvm::Expected<JsonView> list = JsonView::parse(response->body);
  if (!list) return list.takeError();
  for (JsonValue each = list->root()["items"].first(); each; each = each.next()) {
    const std::string name = each["metadata"]["name"].string(), created = each["metadata"]["creationTimestamp"].string();
    if (created >= stale) continue; // both are UTC to the second
    llvm::Expected<Response> request = ask(host, get(core(release, "configmaps") + "/" + name, what));
    if (!request) return request.takeError();
    if (request->ok()) continue;
    llvm::Expected<Response> gone = ask(host, remove(core(release, "secrets") + "/" + name, what));
    if (!gone) return gone.takeError();
  }
  return llvm::Error::success();
}

/// The Secret comes first: the control plane reads it as soon as the ConfigMap is there.
llvm::Expected<std::string> place(kube::Client& host, const Installed& cluster, const Storage& storage, const std::string& now) {
  const Release& release = cluster.release;
  const std::string what = "asking for a snapshot of " + named(release);
  llvm::Expected<ReleaseNote> made = note(host, cluster);
  if (!made) return made.takeError();
  ordered_json secret = {{"apiVersion", "v1"}, {"kind", "Secret"}, {"metadata", metadata(release)}, {"type", "Opaque"},
                         {"data", {{kOptionsKey, plan::base64(withRelease(storage.options, *made))}}}};
  secret["metadata"]["generateName"] = release.name + "-snapshot-request-";
  llvm::Expected<Response> response = must(host, create(core(release, "secrets"), secret, what));
  if (!response) return response.takeError();
  llvm::Expected<JsonView> view = JsonView::parse(response->body);
  if (!view) return view.takeError();
  const std::string name = view->root()["metadata"]["name"].string();
  const ordered_json request = {{"metadata", {{"name", name}, {"creationTimestamp", now}}}, {"spec", {{"url", storage.url}}}, {"status", {{"error", ordered_json::object()}}}};
  ordered_json map = {{"apiVersion", "v1"}, {"kind", "ConfigMap"}, {"metadata", metadata(release)}, {"data", {{kRequestKey, request.dump()}}}};
  map["metadata"]["name"] = name;
  response = must(host, create(core(release, "configmaps"), map, what));
  if (response) return name;
  llvm::Error error = response.takeError();
  if (llvm::Error second = takeBack(host, release, name)) return llvm::joinErrors(std::move(error), std::move(second));
  return error;
}

llvm::Expected<SnapshotRequest> follow(kube::Client& host, const Release& release, const std::string& name, const Storage& storage, const SnapshotOptions& options) {
  const kube::Transport::Time begin = host.loop().now();
  milliseconds pause{250};
  std::string last;
  for (;;) {
    llvm::Expected<Response> response = ask(host, get(core(release, "configmaps") + "/" + name, "looking at the snapshot of " + named(release)));
    if (!response) return response.takeError();
    if (!response->ok()) return fault("CH6412", fmt::format("the request {} of {} was deleted before the snapshot was there", name, named(release)), "ask for another one");
    llvm::Expected<JsonView> view = JsonView::parse(response->body);
    if (!view) return view.takeError();
    SnapshotRequest request = readRequest(view->root());
    if (request.phase == "Completed") return request;
    if (request.over())
      return fault("CH6412", fmt::format("the snapshot of {} ended as {}{}", named(release), request.phase, request.error.empty() ? "" : ": " + hidden(request.error, storage)),
                   request.phase == "Canceled" ? "a newer request for the same URL took its place" : "mend that and ask again; the control plane's log has more");
    const milliseconds passed = std::chrono::duration_cast<milliseconds>(host.loop().now() - begin);
    const bool unheard = request.phase.empty() && !request.taken;
    if (unheard && passed >= std::min(options.unheard, options.patience)) {
      if (llvm::Error error = takeBack(host, release, name)) return error;
      return fault("CH6413", fmt::format("no control plane took up the request for a snapshot of {} within {} s; it was taken back", named(release), passed.count() / 1000),
                   fmt::format("its log tells what it does: kubectl -n {} logs -c syncer --tail 50 -l app=vcluster,release={}", release.ns, release.name));
    }
    if (passed >= options.patience)
      return fault("CH6413", fmt::format("the snapshot of {} is not there after {} s: {}; it goes on", named(release), passed.count() / 1000, request.phase),
                   fmt::format("chasic vcluster snapshots {} tells how it ends", release.name));
    if (options.told && (request.phase != last || pause == milliseconds(250))) options.told(request.phase.empty() ? "waiting for its control plane to take it up" : request.phase);
    last = request.phase;
    sleep(host.loop(), pause);
    pause = std::min(pause * 2, milliseconds(2000));
  }
}

} // namespace

bool SnapshotRequest::over() const {
  for (const char* each : {"Completed", "PartiallyFailed", "Failed", "Canceled", "Deleted"})
    if (phase == each) return true;
  return false;
}

llvm::Error snapshotPossible(const Installed& cluster) {
  const std::string what = "no snapshot of " + named(cluster.release);
  llvm::VersionTuple version;
  if (!version.tryParse(cluster.chartVersion) && version < llvm::VersionTuple(0, 29))
    return fault("CH6410", fmt::format("{}: its version {} cannot be asked for one", what, cluster.chartVersion), "control planes can since 0.29; the vendor's own tools can do it for older ones");
  if (cluster.phase == Phase::Running) return llvm::Error::success();
  std::string next = fmt::format("chasic vcluster list shows when it runs");
  if (cluster.phase == Phase::Paused) next = cluster.restoring ? fmt::format("finish the restore first: chasic vcluster restore {} …", cluster.release.name) : "chasic vcluster resume " + cluster.release.name;
  return fault("CH6410", fmt::format("{}: its control plane takes them, and does not run: {}", what, cluster.reason), next);
}

llvm::Expected<SnapshotRequest> takeSnapshot(kube::Client& host, const Installed& cluster, const Storage& storage, const SnapshotOptions& options) {
  if (llvm::Error error = snapshotPossible(cluster)) return error;
  if (llvm::Error error = removeStale(host, cluster.release, options.stale)) return error;
  llvm::Expected<std::string> name = place(host, cluster, storage, options.now);
  if (!name) return name.takeError();
  if (options.wait) return follow(host, cluster.release, *name, storage, options);
  SnapshotRequest request;
  request.name = *name;
  request.url = storage.url;
  return request;
}

llvm::Expected<std::vector<SnapshotRequest>> snapshotRequests(kube::Client& host, const Release& release) {
  const std::string selector = fmt::format("{},vcluster.loft.sh/vcluster-name={}", kRequestLabel, release.name);
  llvm::Expected<Response> response = must(host, get(selected(core(release, "configmaps"), selector), "listing the snapshots of " + named(release)));
  if (!response) return response.takeError();
  llvm::Expected<JsonView> list = JsonView::parse(response->body);
  if (!list) return list.takeError();
  std::vector<SnapshotRequest> out;
  for (JsonValue each = list->root()["items"].first(); each; each = each.next()) out.push_back(readRequest(each));
  std::sort(out.begin(), out.end(), [](const SnapshotRequest& a, const SnapshotRequest& b) { return std::tie(b.created, b.name) < std::tie(a.created, a.name); });
  return out;
}

} // namespace chasi::vcluster
