// What a plan says of virtual clusters.
#include "runtime/engine/pod_restarts.h"
#include "runtime/engine/virtual_sites.h"
#include "runtime/plan/json_view.h"

#include <fmt/format.h>

#include <algorithm>

namespace chasi::engine {

using plan::Action;
using plan::OpKind;
using plan::Step;
using vcluster::Phase;

namespace {

class Settling {
public:
  explicit Settling(plan::Plan& plan) : plan_(plan) {
    for (uint32_t i = 0; i < plan.steps.size(); ++i) {
      const plan::Operation& op = plan.desired.operations[i];
      if (op.kind == OpKind::Image) continue;
      byTarget_[op.target].push_back(i);
      if (op.object.kind == "StatefulSet" || op.object.kind == "Deployment") workloads_[{op.target, op.object.ns, op.object.name}] = i;
    }
  }

  void one(const VirtualCluster& cluster) {
    const vcluster::Release& release = cluster.wanted.release;
    const auto& plane = cluster.found.plane;
    Step& step = plan_.steps[cluster.operation];
    if (!cluster.found.fault.message.empty()) {
      step.action = Action::Unknown;
      step.reason = cluster.trouble;
      return inside(cluster, Action::Unknown, unknownUntil(release));
    }
    if (plane) step.problem = refusedChange(cluster.wanted, *plane, cluster.found.around);
    const bool paused = plane && plane->phase == Phase::Paused;
    if (paused && plane->restoring) return leave(cluster);
    if (cluster.wanted.paused) return pause(cluster, paused && plane->pods == 0);
    if (paused && plane->marked && !cluster.found.pausedByUs) return leave(cluster);
    if (cluster.trouble.empty()) {
      step.action = changes(cluster) ? Action::Update : Action::None;
      if (restarts(cluster)) step.reason = "its control plane restarts";
      return;
    }
    step.action = plane ? Action::Update : Action::Create;
    if (paused) step.changes = {{"state", R"("paused")", R"("running")", "", false}};
    else if (plane) step.reason = cluster.trouble;
    inside(cluster, Action::Unknown, unknownUntil(release));
  }

private:
  plan::Plan& plan_;
  std::map<std::string, std::vector<uint32_t>> byTarget_;
  std::map<std::tuple<std::string, std::string, std::string>, uint32_t> workloads_;

  // The control plane, and the etcd beside it.
  std::vector<Step*> workloads(const VirtualCluster& cluster) {
    std::vector<Step*> found;
    for (const char* suffix : {"", "-etcd"})
      if (auto at = workloads_.find({cluster.target->inside->host, cluster.wanted.release.ns, cluster.wanted.release.name + suffix}); at != workloads_.end())
        found.push_back(&plan_.steps[at->second]);
    return found;
  }

  // Labels and owners of fields are nothing that it notices.
  bool changes(const VirtualCluster& cluster) {
    for (const Step* step : workloads(cluster)) {
      const auto inSpec = [](const plan::FieldChange& change) { return change.path.starts_with("spec"); };
      if (step->action == Action::Update && !step->problem && std::none_of(step->changes.begin(), step->changes.end(), inSpec)) continue;
      if (step->action != Action::None) return true;
    }
    return false;
  }

  bool restarts(const VirtualCluster& cluster) {
    for (const Step* step : workloads(cluster))
      if (step->action == Action::Replace || makesPodsAnew(plan_.desired.operations[static_cast<size_t>(step - plan_.steps.data())], *step)) return true;
    return false;
  }

  void inside(const VirtualCluster& cluster, Action action, const std::string& reason) {
    for (uint32_t i : byTarget_[cluster.target->name]) {
      if (plan_.desired.operations[i].kind != OpKind::Object) continue;
      Step& step = plan_.steps[i];
      step = Step();
      step.action = action;
      step.reason = reason;
    }
  }

  void pause(const VirtualCluster& cluster, bool done) {
    Step& step = plan_.steps[cluster.operation];
    const std::string name = "virtual cluster " + cluster.wanted.release.name;
    if (done && !changes(cluster)) {
      step.action = Action::None;
      step.reason = cluster.found.plane->reason;
    } else if (!cluster.found.plane) {
      step.action = Action::Create;
    } else {
      step.action = Action::Update;
      if (!done) step.changes = {{"state", R"("running")", R"("paused")", "", false}};
    }
    inside(cluster, Action::None, name + " is paused: what is inside is left as it is");
  }

  // Somebody paused or restores it, and no apply lets it run again by accident.
  void leave(const VirtualCluster& cluster) {
    const vcluster::Installed& plane = *cluster.found.plane;
    const std::string& name = cluster.wanted.release.name;
    for (Step* step : workloads(cluster)) {
      *step = Step();
      step->action = Action::None;
      step->reason = fmt::format("left as it is while it is {}", plane.restoring ? "being restored" : "paused");
    }
    Step& step = plan_.steps[cluster.operation];
    step.action = Action::None;
    step.reason = plane.restoring ? fmt::format("{}, and left so: `chasic vcluster restore {}` with that snapshot finishes it", plane.reason, name)
                                  : fmt::format("{} by hand, and left so: `chasic vcluster resume {}` lets it run, and `state = \"paused\"` here says that it is meant", plane.reason, name);
    inside(cluster, Action::None, fmt::format("virtual cluster {} is {}: what is inside is left as it is", name, plane.restoring ? "being restored" : "paused"));
  }
};

} // namespace

static uint32_t placeOf(const plan::Plan& plan, const std::string& operation) {
  const auto& list = plan.desired.operations;
  return static_cast<uint32_t>(std::find_if(list.begin(), list.end(), [&](const plan::Operation& op) { return op.id == operation; }) - list.begin());
}

bool comesLater(const plan::Plan& plan, const plan::Target& target) {
  const uint32_t at = placeOf(plan, target.inside->operation);
  return at < plan.steps.size() && plan.steps[at].action != Action::None;
}

std::optional<plan::Plan> toldLate(const plan::Plan& plan, const std::vector<VirtualCluster>& clusters) {
  std::optional<plan::Plan> late;
  for (const VirtualCluster& cluster : clusters) {
    const bool active = plan.steps[cluster.operation].action != Action::None;
    const auto changes = [&] {
      for (uint32_t i = 0; i < plan.steps.size(); ++i)
        if (plan.desired.operations[i].target == cluster.target->name && plan.steps[i].action != Action::None) return true;
      return false;
    };
    const bool stopped = !active && !cluster.trouble.empty() && changes();
    if (!active && !stopped) continue;
    if (!late) late = plan;
    if (!stopped) continue;
    late->steps[cluster.operation].action = Action::Update;
    late->steps[cluster.operation].reason = cluster.trouble;
  }
  return late;
}

void settleVirtual(plan::Plan& plan, const std::vector<VirtualCluster>& clusters) {
  if (clusters.empty()) return;
  Settling settling(plan);
  for (const VirtualCluster& cluster : clusters) settling.one(cluster);
}

} // namespace chasi::engine
