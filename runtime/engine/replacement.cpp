#include "runtime/engine/replacement.h"

#include "runtime/engine/inventory.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <map>
#include <set>

namespace chasi::engine {

using nlohmann::json;

namespace {

std::string addressesOf(const std::string& live) {
  const json object = json::parse(live, nullptr, false);
  if (!object.is_object()) return "its cluster IP, its node ports and the address of its load balancer";
  std::string text;
  auto add = [&](const std::string& part) { text += (text.empty() ? "" : ", ") + part; };
  if (const std::string ip = object.value(json::json_pointer("/spec/clusterIP"), ""); !ip.empty() && ip != "None") add("its cluster IP " + ip);
  const json ports = object.value(json::json_pointer("/spec/ports"), json::array());
  for (const json& port : ports.is_array() ? ports : json::array())
    if (port.is_object() && port.contains("nodePort")) add(fmt::format("node port {}", port["nodePort"].dump()));
  const json balancers = object.value(json::json_pointer("/status/loadBalancer/ingress"), json::array());
  for (const json& each : balancers.is_array() ? balancers : json::array())
    if (each.is_object()) add("the load balancer at " + each.value("ip", each.value("hostname", "")));
  return text.empty() ? "its endpoints, until the new one has them" : text;
}

} // namespace

std::string lostWith(const plan::ObjectRef& object, const std::string& live) {
  static const std::map<std::string, std::string> losses = {
      {"PersistentVolumeClaim", "the data on its volume, unless the volume's reclaim policy keeps it"},
      {"PersistentVolume", "its tie to its claim, and with some reclaim policies the data on it"},
      {"CustomResourceDefinition.apiextensions.k8s.io", "every object of the kind that it defines"},
      {"Job.batch", "the record of its run: its pods and their logs"},
      {"StatefulSet.apps", "its pods, which are all made anew; its claims and their data stay"},
      {"Deployment.apps", "its pods, none of which serves until new ones are ready, and its history of revisions"},
      {"DaemonSet.apps", "its pods, none of which serves until new ones are ready"},
      {"RoleBinding.rbac.authorization.k8s.io", "the rights that it gives, until the new one is there"},
      {"ClusterRoleBinding.rbac.authorization.k8s.io", "the rights that it gives, until the new one is there"}};
  const std::string kind = groupKindOf(object);
  if (kind == "Service") return addressesOf(live);
  if (const auto known = losses.find(kind); known != losses.end()) return known->second;
  const std::string group = kube::splitApiVersion(object.apiVersion).first;
  const bool custom = group.find('.') != group.npos && !group.ends_with(".k8s.io");
  return custom ? "whatever its controller made of it" : "";
}

bool neverReplaced(const plan::ObjectRef& object) { return groupKindOf(object) == "Namespace"; }

bool losesData(const plan::ObjectRef& object) {
  static const std::set<std::string> kinds = {"PersistentVolumeClaim", "PersistentVolume", "CustomResourceDefinition.apiextensions.k8s.io"};
  return kinds.count(groupKindOf(object)) != 0;
}

std::string missingConsent(const plan::Operation& op, const ApplyOptions& options) {
  if (options.replace.count(op.id)) return {};
  if (losesData(op.object)) return fmt::format("its data goes with it; if that is meant, say --replace-object '{}'", op.id);
  return options.allowReplace ? "" : fmt::format("say --replace-object '{}', or --replace for all such objects, to delete it and create it anew", op.id);
}

llvm::Error checkReplacements(const plan::Plan& plan, const ApplyOptions& options) {
  size_t unnamed = 0, there = 0;
  std::string flags;
  for (size_t i = 0; i < plan.steps.size(); ++i) {
    const plan::Operation& op = plan.desired.operations[i];
    there += !plan.steps[i].guard.uid.empty();
    if (plan.steps[i].action != plan::Action::Replace || options.replace.count(op.id) || losesData(op.object)) continue;
    ++unnamed;
    flags += fmt::format(" --replace-object '{}'", op.id);
  }
  if (!options.allowReplace || unnamed <= 5 || unnamed * 5 <= there) return llvm::Error::success();
  return plan::fault("CH6218", fmt::format("{} of {} objects would be deleted and created anew", unnamed, there), "if that is meant, name them:" + flags);
}

} // namespace chasi::engine
