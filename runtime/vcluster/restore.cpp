#include "runtime/vcluster/restore.h"

#include "runtime/plan/digest.h"
#include "runtime/plan/fault.h"
#include "runtime/vcluster/requests.h"
#include "runtime/vcluster/steps.h"

#include <llvm/ADT/StringRef.h>

#include <fmt/format.h>

namespace chasi::vcluster {

using kube::Response;
using nlohmann::ordered_json;
using plan::fault;
using plan::JsonValue;
using plan::JsonView;
using std::chrono::milliseconds;

namespace {

constexpr int kLogLines = 8;
constexpr milliseconds kStuckFor{20000};

class Restore {
public:
  Restore(kube::Client& host, const Installed& cluster, const Storage& storage, const RestoreOptions& options)
      : host_(host), cluster_(cluster), storage_(storage), options_(options), what_("restoring " + nameOf(cluster)), core_(fmt::format("/api/v1/namespaces/{}/", cluster.release.ns)),
        name_(restoreName(cluster.release)) {}

  llvm::Error run() {
    if (llvm::Error error = refused()) return error;
    if (llvm::Error error = readWorkload()) return error;
    llvm::Expected<ordered_json> pod = restorePod(workload_, cluster_.release, storage_);
    if (!pod) return pod.takeError();
    if (llvm::Error error = begin()) return error;
    if (llvm::Error error = awaitNothing(host_, cluster_, options_.pause, options_.told)) return error;
    if (llvm::Error error = endPods(host_, cluster_)) return error;
    if (llvm::Error error = keepFirstClaim()) return error;
    if (llvm::Error error = gone(core_ + "resourcequotas/vcluster-restore")) return error; // the vendor's, of a cluster that it made to be restored
    if (llvm::Error error = start(*pod)) return error;
    return follow();
  }

private:
  llvm::Error refused() {
    llvm::Expected<std::string> pod = restorer(host_, cluster_.release);
    if (!pod) return pod.takeError();
    if (!pod->empty() && (*pod != name_ || !continues()))
      return fault("CH6418", fmt::format("pod {} is at work on the state of {}{}", *pod, nameOf(cluster_), cluster_.restoredFrom.empty() ? "" : ", from " + cluster_.restoredFrom),
                   "wait until it ends, or delete it");
    if (cluster_.phase != Phase::Paused) return llvm::Error::success();
    return eachEtcd(host_, cluster_, [this](const std::string&, JsonValue etcd) {
      if (etcd["spec"]["replicas"].integer() != 0) return llvm::Error(llvm::Error::success());
      return fault("CH6415", fmt::format("{} is paused with the etcd that would take the state", nameOf(cluster_)), fmt::format("chasic vcluster resume {} first", cluster_.release.name));
    });
  }

  bool continues() const { return cluster_.restoring && cluster_.restoredFrom == storage_.url; }

  llvm::Error readWorkload() {
    llvm::Expected<Response> response = must(host_, get(workloadPath(cluster_), what_));
    if (!response) return response.takeError();
    workload_ = ordered_json::parse(response->body, nullptr, false);
    return workload_.is_object() ? llvm::Error::success() : fault("CH6106", what_ + ": the control plane is told in something that is no object", "something between here and the API server answered");
  }

  llvm::Error send(kube::Request request) {
    llvm::Expected<Response> response = must(host_, std::move(request));
    return response ? llvm::Error::success() : response.takeError();
  }

  /// Deletes what may not be there, and waits until it is not.
  llvm::Error gone(const std::string& path) {
    const kube::Transport::Time until = host_.loop().now() + options_.pause;
    for (bool asked = false;; asked = true) {
      llvm::Expected<Response> response = ask(host_, asked ? get(path, what_) : remove(path, what_));
      if (!response) return response.takeError();
      if (response->http == 404) return llvm::Error::success();
      if (host_.loop().now() >= until) return fault("CH6414", fmt::format("{} does not go away", path), "look at its finalizers");
      if (asked) sleep(host_.loop(), milliseconds(300));
    }
  }

  /// The mark tells every later run, of whichever tool, that the state is being written.
  llvm::Error begin() {
    if (continues()) return llvm::Error::success();
    for (const char* plural : {"pods/", "secrets/"}) // of an earlier one, of another snapshot
      if (llvm::Error error = gone(core_ + plural + name_)) return error;
    ordered_json annotations = {{kRestoring, "true"}, {kRestoredFrom, storage_.url}};
    if (!cluster_.marked && !cluster_.restoring) {
      llvm::Expected<JsonView> view = JsonView::parse(text_ = workload_.dump());
      if (!view) return view.takeError();
      annotations[kPausedReplicas] = std::to_string(std::max<int64_t>(replicasOf(view->root()), 1));
      annotations[kPausedDate] = options_.date;
    }
    return send(patch(workloadPath(cluster_), {{"metadata", {{"annotations", annotations}}}, {"spec", {{"replicas", 0}}}}, what_));
  }

  /// The members of an embedded etcd but the first start empty and learn from it.
  llvm::Error keepFirstClaim() {
    const ordered_json templates = workload_.value(ordered_json::json_pointer("/spec/volumeClaimTemplates"), ordered_json::array());
    if (cluster_.deployment || templates.empty()) return llvm::Error::success();
    const std::string claims = core_ + "persistentvolumeclaims";
    llvm::Expected<Response> response = must(host_, get(selected(claims, "app=vcluster,release=" + cluster_.release.name), what_));
    if (!response) return response.takeError();
    llvm::Expected<JsonView> list = JsonView::parse(response->body);
    if (!list) return list.takeError();
    for (JsonValue each = list->root()["items"].first(); each; each = each.next())
      if (const std::string claim = each["metadata"]["name"].string(); !claim.ends_with("-0"))
        if (llvm::Error error = gone(claims + "/" + claim)) return error;
    // The first one is there, or its names show that it never was.
    const std::string first = fmt::format("{}-{}-0", templates[0].value(ordered_json::json_pointer("/metadata/name"), "data"), cluster_.release.name);
    llvm::Expected<Response> there = ask(host_, get(claims + "/" + first, what_));
    if (!there) return there.takeError();
    if (there->ok()) return llvm::Error::success();
    const ordered_json labels = templates[0].value(ordered_json::json_pointer("/metadata/labels"), workload_.value(ordered_json::json_pointer("/spec/selector/matchLabels"), ordered_json::object()));
    return send(create(claims, {{"apiVersion", "v1"}, {"kind", "PersistentVolumeClaim"}, {"metadata", {{"name", first}, {"labels", labels}}}, {"spec", templates[0]["spec"]}}, what_));
  }

  llvm::Error start(const ordered_json& pod) {
    llvm::Expected<Response> there = ask(host_, get(core_ + "pods/" + name_, what_));
    if (!there) return there.takeError();
    if (there->ok()) {
      llvm::Expected<JsonView> view = JsonView::parse(there->body);
      if (!view) return view.takeError();
      if (view->root()["status"]["phase"].chars() != "Failed") return llvm::Error::success(); // it is at work, or has done it
      if (llvm::Error error = gone(core_ + "pods/" + name_)) return error;
    }
    if (llvm::Error error = gone(core_ + "secrets/" + name_)) return error;
    const ordered_json secret = {{"apiVersion", "v1"}, {"kind", "Secret"}, {"metadata", {{"name", name_}, {"labels", {{"app", "vcluster-snapshot"}}}, {"ownerReferences", ordered_json::array({ownedBy(workload_)})}}}, {"type", "Opaque"},
                                 {"data", {{"VCLUSTER_STORAGE_OPTIONS", plan::base64(plan::base64(storage_.options))}}}};
    if (llvm::Error error = send(create(core_ + "secrets", secret, what_))) return error;
    if (options_.told) options_.told("the snapshot is read back");
    return send(create(core_ + "pods", pod, what_));
  }

  llvm::Error follow() {
    const kube::Transport::Time begin = host_.loop().now();
    milliseconds pause{250};
    kube::Transport::Time fine = begin; // when nothing was stuck for the last time
    for (;;) {
      llvm::Expected<Response> response = ask(host_, get(core_ + "pods/" + name_, what_));
      if (!response) return response.takeError();
      if (!response->ok()) return failed("its pod was deleted before it ended", true);
      llvm::Expected<JsonView> view = JsonView::parse(response->body);
      if (!view) return view.takeError();
      const JsonValue pod = view->root(), state = snapshotState(pod);
      if (const auto code = state["terminated"]["exitCode"].integer()) {
        if (*code == 0) return finish();
        return failed(fmt::format("it ended with code {}", *code), true);
      }
      if (pod["status"]["phase"].chars() == "Succeeded") return finish();
      const bool begun = bool(state["running"]);
      if (pod["status"]["phase"].chars() == "Failed") return failed(fmt::format("{} {}", pod["status"]["reason"].string(), pod["status"]["message"].string()), begun);
      const std::string stuck = begun ? "" : stuckReason(pod);
      const kube::Transport::Time now = host_.loop().now();
      if (stuck.empty()) fine = now;
      else if (now - fine >= kStuckFor) return failed(stuck, false);
      if (now - begin >= options_.patience)
        return fault("CH6414", fmt::format("the snapshot is not back in {} after {} s; pod {} goes on", nameOf(cluster_), std::chrono::duration_cast<std::chrono::seconds>(now - begin).count(), name_),
                     "the same command again waits for it");
      if (options_.told) options_.told(!stuck.empty() ? stuck : begun ? "its state is being written" : "the pod that writes its state has not begun");
      sleep(host_.loop(), pause);
      pause = std::min(pause * 2, milliseconds(2000));
    }
  }

  static JsonValue snapshotState(JsonValue pod) {
    for (JsonValue each = pod["status"]["containerStatuses"].first(); each; each = each.next())
      if (each["name"].chars() == "snapshot") return each["state"];
    return {};
  }

  /// The Secret goes before the mark does: from then on nobody would look for it.
  llvm::Error finish() {
    if (llvm::Error error = gone(core_ + "secrets/" + name_)) return error;
    if (llvm::Error error = release()) return error;
    return gone(core_ + "pods/" + name_);
  }

  llvm::Error release() {
    ordered_json annotations = {{kRestoring, nullptr}, {kRestoredFrom, nullptr}};
    ordered_json body = {{"metadata", ordered_json::object()}};
    if (!cluster_.marked) {
      // It may have been paused meanwhile, which is another run's to say.
      llvm::Expected<Response> response = must(host_, get(workloadPath(cluster_), what_));
      if (!response) return response.takeError();
      llvm::Expected<JsonView> view = JsonView::parse(response->body);
      if (!view) return view.takeError();
      if (view->root()["metadata"]["annotations"][kPaused].chars() != "true") {
        annotations[kPausedReplicas] = annotations[kPausedDate] = nullptr;
        body["spec"]["replicas"] = std::max<int64_t>(replicasOf(view->root()), 1);
      }
    }
    body["metadata"]["annotations"] = std::move(annotations);
    return send(patch(workloadPath(cluster_), body, what_));
  }

  std::vector<std::string> lastLines() {
    kube::Request request = get(fmt::format("{}pods/{}/log?container=snapshot&tailLines={}", core_, name_, kLogLines), what_);
    request.deadline = std::chrono::seconds(5); // it is only told
    llvm::Expected<Response> response = ask(host_, std::move(request));
    if (!response) return llvm::consumeError(response.takeError()), std::vector<std::string>{"its log cannot be read"};
    std::vector<std::string> lines;
    llvm::StringRef rest = response->ok() ? llvm::StringRef(response->body) : "";
    while (!rest.empty()) {
      llvm::StringRef line;
      std::tie(line, rest) = rest.split('\n');
      if (!line.trim().empty()) lines.push_back("log: " + hidden(line.rtrim().str(), storage_));
    }
    if (lines.empty()) lines.push_back("it has no log");
    return lines;
  }

  /// `touched`: its program ran, so what is there may be half of both.
  llvm::Error failed(const std::string& why, bool touched) {
    const std::string name = cluster_.release.name;
    std::vector<std::string> notes = touched ? lastLines() : std::vector<std::string>();
    if (llvm::Error error = gone(core_ + "secrets/" + name_)) return error;
    if (!touched) {
      if (llvm::Error error = gone(core_ + "pods/" + name_)) return error;
      if (llvm::Error error = release()) return error;
    }
    const std::string next = touched ? fmt::format("it stays down, because its state may be half written: restore this snapshot again or another one, or let it run as it is: chasic vcluster resume {}", name)
                                     : "nothing of its state was touched, and it is as it was before; mend that and try again";
    auto error = std::make_unique<plan::Fault>("CH6414", fmt::format("{} is not restored: {}", nameOf(cluster_), hidden(why, storage_)), next, plan::SourceRef());
    error->notes = std::move(notes);
    return llvm::Error(std::move(error));
  }

  kube::Client& host_;
  const Installed& cluster_;
  const Storage& storage_;
  const RestoreOptions& options_;
  const std::string what_, core_, name_;
  ordered_json workload_;
  std::string text_; // of workload_, while a view looks at it
};

} // namespace

llvm::Error restore(kube::Client& host, const Installed& cluster, const Storage& storage, const RestoreOptions& options) {
  return Restore(host, cluster, storage, options).run();
}

} // namespace chasi::vcluster
