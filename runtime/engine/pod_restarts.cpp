#include "runtime/engine/pod_restarts.h"

#include "runtime/plan/json_view.h"

#include <algorithm>

namespace chasi::engine {

namespace {

bool keepsPods(const plan::Operation& op) {
  llvm::Expected<plan::JsonView> manifest = plan::JsonView::parse(op.payload);
  if (!manifest) return llvm::consumeError(manifest.takeError()), false;
  const plan::JsonValue spec = manifest->root()["spec"];
  return spec["updateStrategy"]["type"].chars() == "OnDelete" || spec["paused"].chars() == "true";
}

} // namespace

bool makesPodsAnew(const plan::Operation& op, const plan::Step& step) {
  const std::string& kind = op.object.kind;
  if (op.kind != plan::OpKind::Object || step.action != plan::Action::Update || op.object.apiVersion != "apps/v1") return false;
  if (kind != "Deployment" && kind != "StatefulSet" && kind != "DaemonSet") return false;
  const bool changes = std::any_of(step.changes.begin(), step.changes.end(), [](const plan::FieldChange& change) { return change.path.starts_with("spec.template"); });
  return changes && !keepsPods(op);
}

void tellRestarts(plan::Plan& plan) {
  for (size_t i = 0; i < plan.steps.size(); ++i) {
    plan::Step& step = plan.steps[i];
    if (step.reason.empty() && !step.problem && makesPodsAnew(plan.desired.operations[i], step)) step.reason = "its pods are made anew";
  }
}

} // namespace chasi::engine
