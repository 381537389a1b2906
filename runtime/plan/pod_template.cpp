#include "runtime/plan/pod_template.h"

namespace chasi::plan {

std::optional<std::string_view> podTemplateIn(std::string_view kind) {
  if (kind == "Pod") return "";
  if (kind == "CronJob") return "/spec/jobTemplate/spec/template";
  for (const std::string_view with : {"Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "ReplicationController", "Job"})
    if (kind == with) return "/spec/template";
  return std::nullopt;
}

} // namespace chasi::plan
