#include "runtime/vcluster/upgrade.h"

#include "runtime/kube/discovery.h"
#include "runtime/plan/diff.h"
#include "runtime/plan/fault.h"
#include "runtime/vcluster/control.h"
#include "runtime/vcluster/description.h"
#include "runtime/vcluster/requests.h"
#include "runtime/vcluster/steps.h"

#include <fmt/format.h>

namespace chasi::vcluster {

using kube::Request;
using kube::Response;
using nlohmann::ordered_json;
using plan::Action;
using plan::fault;
using plan::JsonValue;
using plan::JsonView;
using plan::ObjectRef;
using std::chrono::milliseconds;

namespace {

ObjectRef refOf(const ordered_json& object, const Release& release, bool namespaced) {
  const ordered_json metadata = object.value("metadata", ordered_json::object());
  return {object.value("apiVersion", ""), object.value("kind", ""), namespaced ? metadata.value("namespace", release.ns) : "", metadata.value("name", "")};
}

bool same(const ordered_json& a, const ordered_json& b) {
  const auto name = [](const ordered_json& object) { return object.value(ordered_json::json_pointer("/metadata/name"), std::string()); };
  const auto group = [](const ordered_json& object) { return kube::splitApiVersion(object.value("apiVersion", "")).first; };
  return a.value("kind", "") == b.value("kind", "") && name(a) == name(b) && group(a) == group(b);
}

const ordered_json* find(const Objects& objects, const ordered_json& wanted) {
  for (const ordered_json& each : objects)
    if (same(each, wanted)) return &each;
  return nullptr;
}

llvm::Expected<kube::Discovery> kindsOf(kube::Client& host) {
  std::optional<llvm::Expected<kube::Discovery>> answer;
  kube::discover(host, {}, [&](llvm::Expected<kube::Discovery> found) { answer.emplace(std::move(found)); });
  host.loop().runUntil([&] { return answer.has_value(); });
  return std::move(*answer);
}

/// What the control plane of some objects is; nothing when there is none.
std::optional<Installed> planeOf(const Objects& objects, const Release& release) {
  for (const ordered_json& each : objects) {
    const std::string text = each.dump();
    llvm::Expected<JsonView> view = JsonView::parse(text);
    if (!view) {
      llvm::consumeError(view.takeError());
      continue;
    }
    if (auto plane = readControlPlane(view->root()); plane && plane->release.name == release.name) return plane;
  }
  return std::nullopt;
}

class Comparison {
public:
  Comparison(kube::Client& host, const Release& release, const Objects& before, const Objects& after) : host_(host), release_(release), before_(before), after_(after) {}

  llvm::Expected<std::vector<UpgradeChange>> run(bool leftovers) {
    llvm::Expected<kube::Discovery> kinds = kindsOf(host_);
    if (!kinds) return kinds.takeError();
    kinds_ = std::move(*kinds);
    // The control plane comes last: by its label another run tells whether all else is done.
    if (!leftovers)
      for (const bool last : {false, true})
        for (const ordered_json& object : after_)
          if (isPlane(object) == last)
            if (llvm::Error error = write(object)) return error;
    for (const ordered_json& object : before_)
      if (!find(after_, object))
        if (llvm::Error error = drop(object)) return error;
    return std::move(changes_);
  }

private:
  bool isPlane(const ordered_json& object) const {
    const std::string kind = object.value("kind", "");
    return (kind == "StatefulSet" || kind == "Deployment") && object.value(ordered_json::json_pointer("/metadata/name"), std::string()) == release_.name;
  }

  llvm::Error place(const ordered_json& object, UpgradeChange& change, std::optional<ordered_json>& live) {
    const kube::Resource* kind = kinds_.find(object.value("apiVersion", ""), object.value("kind", ""));
    if (!kind) return fault("CH6107", fmt::format("the host does not serve {} {}", object.value("apiVersion", ""), object.value("kind", "")), "the values ask for it; install what brings it first");
    change.object = refOf(object, release_, kind->namespaced);
    change.path = kube::pathOf(*kind, change.object.ns, change.object.name);
    collection_ = kube::pathOf(*kind, change.object.ns, "");
    llvm::Expected<Response> response = ask(host_, get(change.path, "reading " + plan::describe(change.object)));
    if (!response) return response.takeError();
    if (response->ok()) live = ordered_json::parse(response->body, nullptr, false);
    return llvm::Error::success();
  }

  llvm::Error write(const ordered_json& object) {
    UpgradeChange change;
    std::optional<ordered_json> live;
    if (llvm::Error error = place(object, change, live)) return error;
    if (!live) {
      change.step.action = Action::Create;
      change.body = object;
      if (!change.object.ns.empty()) change.body["metadata"]["namespace"] = change.object.ns;
      change.path = collection_;
      return dryRun(create(change.path, change.body, "looking whether the host takes " + plan::describe(change.object)), object, nullptr, std::move(change));
    }
    // Without an older form of it everything that the chart says is to hold.
    const ordered_json* older = find(before_, object);
    change.body = older ? mergePatch(*older, object) : object;
    change.step.action = Action::None;
    if (change.body.is_null() || change.body.empty()) return keep(std::move(change));
    return dryRun(patch(change.path, change.body, "looking whether the host takes " + plan::describe(change.object)), object, &*live, std::move(change));
  }

  llvm::Error keep(UpgradeChange change) {
    changes_.push_back(std::move(change));
    return llvm::Error::success();
  }

  /// What the server makes of it is what is shown; what it refuses is told before anything was written.
  llvm::Error dryRun(Request request, const ordered_json& object, const ordered_json* live, UpgradeChange&& change) {
    request.path += "&dryRun=All";
    request.once = false;
    const std::string what = request.what;
    llvm::Expected<Response> response = host_.call(std::move(request));
    if (!response) return response.takeError();
    plan::DiffOptions options;
    options.ownManager = "chasic-vcluster";
    if (!response->ok()) {
      change.step.problem = plan::takeText(toFault(response->status, what));
      if (live) change.step.action = Action::Update;
      return keep(std::move(change));
    }
    const nlohmann::json result = nlohmann::json::parse(response->body, nullptr, false);
    if (live) {
      nlohmann::json before = nlohmann::json::parse(live->dump());
      before["metadata"].erase("managedFields"); // Helm set all of it, which needs no saying at each line
      change.step.changes = plan::diffObjects(before, result, options);
      if (!change.step.changes.empty()) change.step.action = Action::Update;
    } else {
      change.step.changes = plan::describeNew(nlohmann::json::parse(object.dump()), options);
    }
    return keep(std::move(change));
  }

  /// Only what has the labels of this release: the name alone may be somebody else's by now.
  llvm::Error drop(const ordered_json& object) {
    UpgradeChange change;
    std::optional<ordered_json> live;
    if (!kinds_.find(object.value("apiVersion", ""), object.value("kind", ""))) return llvm::Error::success();
    if (llvm::Error error = place(object, change, live)) return error;
    if (!live || live->value(ordered_json::json_pointer("/metadata/labels/release"), std::string()) != release_.name) return llvm::Error::success();
    change.step.action = Action::Delete;
    change.step.guard = {live->value(ordered_json::json_pointer("/metadata/uid"), std::string()), live->value(ordered_json::json_pointer("/metadata/resourceVersion"), std::string())};
    return keep(std::move(change));
  }

  kube::Client& host_;
  const Release& release_;
  const Objects &before_, &after_;
  kube::Discovery kinds_;
  std::string collection_; // of the object that was placed last
  std::vector<UpgradeChange> changes_;
};

llvm::Error awaitRunning(kube::Client& host, const Installed& cluster, const UpgradeOptions& options) {
  const kube::Transport::Time begin = host.loop().now();
  const std::string pods = selected(fmt::format("/api/v1/namespaces/{}/pods", cluster.release.ns), "app=vcluster,release=" + cluster.release.name);
  kube::Transport::Time fine = begin; // when no pod was stuck for the last time
  for (;;) {
    llvm::Expected<Installed> now = findOne(host, cluster.release.name, cluster.release.ns);
    if (!now) return now.takeError();
    if (now->phase == Phase::Running && now->chartVersion == options.chart) return llvm::Error::success();
    std::string stuck;
    llvm::Expected<Response> response = must(host, get(pods, "looking at the pods of " + nameOf(cluster)));
    if (!response) return response.takeError();
    llvm::Expected<JsonView> list = JsonView::parse(response->body);
    if (!list) return list.takeError();
    for (JsonValue pod = list->root()["items"].first(); pod && stuck.empty(); pod = pod.next()) stuck = stuckReason(pod);
    const kube::Transport::Time at = host.loop().now();
    if (stuck.empty()) fine = at;
    else if (at - fine >= std::chrono::seconds(20))
      return fault("CH6402", fmt::format("the control plane of {} does not start: {}", nameOf(cluster), stuck), "mend that; the same command again finishes the upgrade");
    if (at - begin >= options.patience)
      return fault("CH6401", fmt::format("{} does not run {} after {} s: {}", nameOf(cluster), options.chart, std::chrono::duration_cast<std::chrono::seconds>(at - begin).count(), now->reason),
                   "the same command again waits further, and finishes the upgrade");
    if (options.told) options.told(stuck.empty() ? now->reason : stuck);
    sleep(host.loop(), milliseconds(500));
  }
}

} // namespace

ordered_json mergePatch(const ordered_json& before, const ordered_json& after) {
  if (before == after) return nullptr;
  if (!before.is_object() || !after.is_object()) return after;
  ordered_json out = ordered_json::object();
  for (const auto& [key, value] : before.items())
    if (!after.contains(key) && !value.is_null()) out[key] = nullptr;
  for (const auto& [key, value] : after.items()) {
    if (!before.contains(key)) out[key] = value;
    else if (before[key] != value) {
      ordered_json inner = mergePatch(before[key], value);
      if (!inner.is_object() || !inner.empty()) out[key] = std::move(inner);
    }
  }
  return out;
}

std::optional<plan::Problem> refusedUpgrade(const Installed& there, const Objects& before, const Objects& after, const std::string& chart) {
  const auto older = planeOf(before, there.release), newer = planeOf(after, there.release);
  if (!newer || newer->deployment != there.deployment || (older && older->deployment != there.deployment))
    return plan::Problem{"CH6403", fmt::format("{} is a {}, and would be replaced by one that starts empty", nameOf(there), there.deployment ? "Deployment" : "StatefulSet"),
                         "its values say another store than it has; mend them first"};
  Description wanted;
  wanted.release = there.release;
  wanted.chart = chart;
  wanted.kubernetes = newer->kubernetes;
  return refusedChange(wanted, there, {});
}

llvm::Expected<std::vector<UpgradeChange>> compareCharts(kube::Client& host, const Release& release, const Objects& before, const Objects& after, bool leftovers) {
  return Comparison(host, release, before, after).run(leftovers);
}

plan::Plan planOf(const std::vector<UpgradeChange>& changes, const Release& release) {
  plan::Plan out;
  out.desired.targets.push_back({"host", ""});
  const std::string owner = fmt::format("virtual cluster {} in {}", release.name, release.ns);
  for (const UpgradeChange& change : changes) {
    if (change.step.action == Action::Delete) {
      out.prunes.push_back({"host", change.object, change.step.guard, "", owner});
      continue;
    }
    plan::Operation op;
    op.id = plan::describe(change.object);
    op.owner = owner;
    op.target = "host";
    op.object = change.object;
    out.desired.operations.push_back(std::move(op));
    out.steps.push_back(change.step);
  }
  return out;
}

llvm::Error upgrade(kube::Client& host, const Installed& cluster, const std::vector<UpgradeChange>& changes, const UpgradeOptions& options) {
  for (const UpgradeChange& change : changes) {
    if (change.step.action != Action::Create && change.step.action != Action::Update) continue;
    const bool isNew = change.step.action == Action::Create;
    const std::string what = fmt::format("{} {}", isNew ? "creating" : "changing", plan::describe(change.object));
    llvm::Expected<Response> response = must(host, isNew ? create(change.path, change.body, what) : patch(change.path, change.body, what));
    if (!response) return response.takeError();
  }
  if (cluster.phase != Phase::Paused)
    if (llvm::Error error = awaitRunning(host, cluster, options)) return error;
  for (const UpgradeChange& change : changes) {
    if (change.step.action != Action::Delete) continue;
    Request request = remove(change.path, "deleting " + plan::describe(change.object));
    request.contentType = "application/json";
    request.body = ordered_json{{"apiVersion", "v1"}, {"kind", "DeleteOptions"}, {"preconditions", {{"uid", change.step.guard.uid}}}}.dump();
    llvm::Expected<Response> response = ask(host, std::move(request));
    if (!response) return response.takeError();
  }
  return llvm::Error::success();
}

} // namespace chasi::vcluster
