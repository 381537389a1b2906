#include "runtime/plan/pod_template.h"

namespace chasi::plan {

/// Asked of every object of a plan: the length tells nearly all kinds apart.
std::optional<std::string_view> podTemplateIn(std::string_view kind) {
  constexpr std::string_view kUsual = "/spec/template";
  const auto only = [kind](std::string_view its, std::string_view pointer) { return kind == its ? std::optional(pointer) : std::nullopt; };
  switch (kind.size()) {
  case 3: return kind == "Pod" ? std::optional<std::string_view>("") : only("Job", kUsual);
  case 7: return only("CronJob", "/spec/jobTemplate/spec/template");
  case 9: return only("DaemonSet", kUsual);
  case 10: return kind == "Deployment" ? kUsual : only("ReplicaSet", kUsual);
  case 11: return only("StatefulSet", kUsual);
  case 21: return only("ReplicationController", kUsual);
  default: return std::nullopt;
  }
}

} // namespace chasi::plan
