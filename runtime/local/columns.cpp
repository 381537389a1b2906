#include "runtime/local/columns.h"

#include <fmt/format.h>

#include <algorithm>
#include <ctime>
#include <unordered_map>

namespace chasi::local {

std::string durationText(int64_t seconds) {
  if (seconds < 0) return "0s";
  const int64_t minutes = seconds / 60, hours = minutes / 60, days = hours / 24;
  auto pair = [](int64_t big, const char* bigUnit, int64_t small, const char* smallUnit) {
    return small == 0 ? fmt::format("{}{}", big, bigUnit) : fmt::format("{}{}{}{}", big, bigUnit, small, smallUnit);
  };
  if (seconds < 120) return fmt::format("{}s", seconds);
  if (minutes < 10) return pair(minutes, "m", seconds % 60, "s");
  if (hours < 3) return fmt::format("{}m", minutes);
  if (hours < 8) return pair(hours, "h", minutes % 60, "m");
  if (hours < 48) return fmt::format("{}h", hours);
  if (days < 8) return pair(days, "d", hours % 24, "h");
  if (days < 365 * 2) return fmt::format("{}d", days);
  return pair(days / 365, "y", days % 365, "d");
}

std::string ageText(const std::string& time) {
  const std::optional<int64_t> since = parseTime(time);
  return since ? durationText(std::time(nullptr) - *since) : "<unknown>";
}

namespace {

/// The number, where an absent one is zero.
std::string count(const Json& object, Path path, int64_t otherwise = 0) { return std::to_string(numberAt(object, path, otherwise)); }

std::string orNone(std::string text) { return text.empty() ? "<none>" : text; }

size_t sizeAt(const Json& object, Path path) {
  const Json* value = find(object, path);
  return value && (value->is_object() || value->is_array()) ? value->size() : 0;
}

/// What `each` makes of the elements of a list, with commas between.
template <typename Each> std::string joined(const Json* list, Each each) {
  std::string text;
  if (list && list->is_array())
    for (const Json& element : *list) {
      const std::string part = each(element);
      if (!part.empty()) text += (text.empty() ? "" : ",") + part;
    }
  return text;
}

std::string selectorText(const Json* selector) {
  std::string text;
  if (!selector || !selector->is_object()) return "<none>";
  const Json& labels = selector->contains("matchLabels") ? (*selector)["matchLabels"] : *selector;
  for (const auto& [key, value] : labels.items())
    if (value.is_string()) text += fmt::format("{}{}={}", text.empty() ? "" : ",", key, value.get<std::string>());
  return orNone(text);
}

std::string anyText(const Json* value) {
  if (!value || value->is_null()) return "";
  return value->is_string() ? value->get<std::string>() : dumpJson(*value);
}

std::string containerNames(const Json& object) { return joined(find(object, {"spec", "template", "spec", "containers"}), [](const Json& c) { return textAt(c, {"name"}); }); }
std::string containerImages(const Json& object) { return joined(find(object, {"spec", "template", "spec", "containers"}), [](const Json& c) { return textAt(c, {"image"}); }); }

std::string addresses(const Json& object) {
  return joined(find(object, {"status", "loadBalancer", "ingress"}), [](const Json& each) {
    const std::string& ip = textAt(each, {"ip"});
    return ip.empty() ? textAt(each, {"hostname"}) : ip;
  });
}

Json serviceAddress(const Json& object) {
  const std::string type = textAt(object, {"spec", "type"});
  if (type == "ExternalName") return textAt(object, {"spec", "externalName"});
  std::string text = type == "LoadBalancer" ? addresses(object) : "";
  const std::string more = joined(find(object, {"spec", "externalIPs"}), [](const Json& ip) { return anyText(&ip); });
  if (!more.empty()) text += (text.empty() ? "" : ",") + more;
  if (text.empty() && type == "LoadBalancer") return "<pending>";
  return orNone(text);
}

Json servicePorts(const Json& object) {
  return orNone(joined(find(object, {"spec", "ports"}), [](const Json& port) {
    const std::string protocol = textAt(port, {"protocol"}).empty() ? "TCP" : textAt(port, {"protocol"});
    const int64_t node = numberAt(port, {"nodePort"});
    return node == 0 ? fmt::format("{}/{}", numberAt(port, {"port"}), protocol) : fmt::format("{}:{}/{}", numberAt(port, {"port"}), node, protocol);
  }));
}

Json ingressPorts(const Json& object) { return find(object, {"spec", "tls"}) ? "80, 443" : "80"; }

Json jobStatus(const Json& object) {
  const Json* conditions = find(object, {"status", "conditions"});
  for (const Json& each : conditions && conditions->is_array() ? *conditions : Json::array())
    if (textAt(each, {"status"}) == "True" && (textAt(each, {"type"}) == "Complete" || textAt(each, {"type"}) == "Failed" || textAt(each, {"type"}) == "Suspended"))
      return textAt(each, {"type"});
  return "Running";
}

Json jobDuration(const Json& object) {
  const std::optional<int64_t> begin = parseTime(textAt(object, {"status", "startTime"})), end = parseTime(textAt(object, {"status", "completionTime"}));
  if (!begin) return "";
  return durationText((end ? *end : std::time(nullptr)) - *begin);
}

std::string quotaText(const Json& object, bool limits) {
  std::string text;
  const Json* hard = find(object, {"spec", "hard"});
  if (!hard || !hard->is_object()) return text;
  for (const auto& [key, value] : hard->items()) {
    if (key.starts_with("limits.") != limits) continue;
    const std::string used = anyText(find(object, {"status", "used", key}));
    text += fmt::format("{}{}: {}/{}", text.empty() ? "" : ", ", key, used.empty() ? "0" : used, anyText(&value));
  }
  return text;
}

Json accessModes(const Json& object) {
  return joined(find(object, {"spec", "accessModes"}), [](const Json& mode) -> std::string {
    const std::string text = anyText(&mode);
    if (text == "ReadWriteOnce") return "RWO";
    if (text == "ReadOnlyMany") return "ROX";
    if (text == "ReadWriteMany") return "RWX";
    return text == "ReadWriteOncePod" ? "RWOP" : text;
  });
}

Json autoscalerTargets(const Json& object) {
  const std::string text = joined(find(object, {"spec", "metrics"}), [](const Json& metric) -> std::string {
    const std::string& name = textAt(metric, {"resource", "name"});
    if (name.empty()) return "<unknown>";
    const Json* share = find(metric, {"resource", "target", "averageUtilization"});
    return fmt::format("{}: <unknown>/{}", name, share ? anyText(share) + "%" : anyText(find(metric, {"resource", "target", "averageValue"})));
  });
  return orNone(text);
}

Json conditionReady(const Json& object) {
  const Json* conditions = find(object, {"status", "conditions"});
  for (const Json& each : conditions && conditions->is_array() ? *conditions : Json::array())
    if (textAt(each, {"type"}) == "Ready") return textAt(each, {"status"}) == "True" ? "Ready" : "NotReady";
  return "Unknown";
}

#define CELL(expression) [](const Json& o) -> Json { return expression; }

std::vector<Column> workloadColumns(std::vector<Column> columns) {
  columns.push_back({"Containers", "string", 1, CELL(orNone(containerNames(o)))});
  columns.push_back({"Images", "string", 1, CELL(orNone(containerImages(o)))});
  columns.push_back({"Selector", "string", 1, CELL(selectorText(find(o, {"spec", "selector"})))});
  return columns;
}

std::unordered_map<std::string_view, std::vector<Column>> workloads() {
  std::unordered_map<std::string_view, std::vector<Column>> table;
  table["deployments.apps"] = workloadColumns({{"Ready", "string", 0, CELL(count(o, {"status", "readyReplicas"}) + "/" + count(o, {"spec", "replicas"}, 1))},
                                               {"Up-to-date", "string", 0, CELL(count(o, {"status", "updatedReplicas"}))},
                                               {"Available", "string", 0, CELL(count(o, {"status", "availableReplicas"}))}});
  table["statefulsets.apps"] = {{"Ready", "string", 0, CELL(count(o, {"status", "readyReplicas"}) + "/" + count(o, {"spec", "replicas"}, 1))},
                                {"Containers", "string", 1, CELL(orNone(containerNames(o)))},
                                {"Images", "string", 1, CELL(orNone(containerImages(o)))}};
  table["daemonsets.apps"] = workloadColumns({{"Desired", "integer", 0, CELL(numberAt(o, {"status", "desiredNumberScheduled"}))},
                                              {"Current", "integer", 0, CELL(numberAt(o, {"status", "currentNumberScheduled"}))},
                                              {"Ready", "integer", 0, CELL(numberAt(o, {"status", "numberReady"}))},
                                              {"Up-to-date", "integer", 0, CELL(numberAt(o, {"status", "updatedNumberScheduled"}))},
                                              {"Available", "integer", 0, CELL(numberAt(o, {"status", "numberAvailable"}))},
                                              {"Node Selector", "string", 0, CELL(selectorText(find(o, {"spec", "template", "spec", "nodeSelector"})))}});
  table["replicasets.apps"] = workloadColumns({{"Desired", "integer", 0, CELL(numberAt(o, {"spec", "replicas"}, 1))},
                                               {"Current", "integer", 0, CELL(numberAt(o, {"status", "replicas"}))},
                                               {"Ready", "integer", 0, CELL(numberAt(o, {"status", "readyReplicas"}))}});
  table["replicationcontrollers"] = table["replicasets.apps"];
  table["jobs.batch"] = {{"Status", "string", 0, jobStatus},
                         {"Completions", "string", 0, CELL(count(o, {"status", "succeeded"}) + "/" + count(o, {"spec", "completions"}, 1))},
                         {"Duration", "string", 0, jobDuration}};
  table["cronjobs.batch"] = {{"Schedule", "string", 0, CELL(textAt(o, {"spec", "schedule"}))},
                             {"Timezone", "string", 0, CELL(orNone(textAt(o, {"spec", "timeZone"})))},
                             {"Suspend", "string", 0, CELL(trueAt(o, {"spec", "suspend"}) ? "True" : "False")},
                             {"Active", "integer", 0, CELL(sizeAt(o, {"status", "active"}))},
                             {"Last Schedule", "string", 0, CELL(textAt(o, {"status", "lastScheduleTime"}).empty() ? "<none>" : ageText(textAt(o, {"status", "lastScheduleTime"})))}};
  table["pods"] = {{"Ready", "string", 0, CELL(std::to_string(conditionReady(o) == "Ready" ? sizeAt(o, {"spec", "containers"}) : 0) + "/" + std::to_string(sizeAt(o, {"spec", "containers"})))},
                   {"Status", "string", 0, CELL(textAt(o, {"status", "phase"}).empty() ? "Pending" : textAt(o, {"status", "phase"}))},
                   {"Restarts", "string", 0, [](const Json&) -> Json { return "0"; }}};
  table["horizontalpodautoscalers.autoscaling"] = {{"Reference", "string", 0, CELL(textAt(o, {"spec", "scaleTargetRef", "kind"}) + "/" + textAt(o, {"spec", "scaleTargetRef", "name"}))},
                                                   {"Targets", "string", 0, autoscalerTargets},
                                                   {"MinPods", "string", 0, CELL(count(o, {"spec", "minReplicas"}, 1))},
                                                   {"MaxPods", "string", 0, CELL(count(o, {"spec", "maxReplicas"}))},
                                                   {"Replicas", "string", 0, CELL(count(o, {"status", "currentReplicas"}))}};
  table["poddisruptionbudgets.policy"] = {{"Min Available", "string", 0, CELL(find(o, {"spec", "minAvailable"}) ? anyText(find(o, {"spec", "minAvailable"})) : "N/A")},
                                          {"Max Unavailable", "string", 0, CELL(find(o, {"spec", "maxUnavailable"}) ? anyText(find(o, {"spec", "maxUnavailable"})) : "N/A")},
                                          {"Allowed Disruptions", "integer", 0, CELL(numberAt(o, {"status", "disruptionsAllowed"}))}};
  return table;
}

std::unordered_map<std::string_view, std::vector<Column>> everything() {
  std::unordered_map<std::string_view, std::vector<Column>> table = workloads();
  table["services"] = {{"Type", "string", 0, CELL(textAt(o, {"spec", "type"}))},
                       {"Cluster-IP", "string", 0, CELL(orNone(textAt(o, {"spec", "clusterIP"})))},
                       {"External-IP", "string", 0, serviceAddress},
                       {"Port(s)", "string", 0, servicePorts},
                       {"Selector", "string", 1, CELL(selectorText(find(o, {"spec", "selector"})))}};
  table["ingresses.networking.k8s.io"] = {{"Class", "string", 0, CELL(orNone(textAt(o, {"spec", "ingressClassName"})))},
                                          {"Hosts", "string", 0, CELL([&] { auto h = joined(find(o, {"spec", "rules"}), [](const Json& r) { return textAt(r, {"host"}); }); return h.empty() ? std::string("*") : h; }())},
                                          {"Address", "string", 0, CELL(addresses(o))},
                                          {"Ports", "string", 0, ingressPorts}};
  table["networkpolicies.networking.k8s.io"] = {{"Pod-Selector", "string", 0, CELL(selectorText(find(o, {"spec", "podSelector"})))}};
  table["configmaps"] = {{"Data", "string", 0, CELL(std::to_string(sizeAt(o, {"data"}) + sizeAt(o, {"binaryData"})))}};
  table["secrets"] = {{"Type", "string", 0, CELL(textAt(o, {"type"}))}, {"Data", "string", 0, CELL(std::to_string(sizeAt(o, {"data"})))}};
  table["namespaces"] = {{"Status", "string", 0, CELL(textAt(o, {"status", "phase"}))}};
  table["nodes"] = {{"Status", "string", 0, conditionReady}, {"Version", "string", 0, CELL(textAt(o, {"status", "nodeInfo", "kubeletVersion"}))}};
  table["serviceaccounts"] = {{"Secrets", "string", 0, CELL(std::to_string(sizeAt(o, {"secrets"})))}};
  table["resourcequotas"] = {{"Request", "string", 0, CELL(quotaText(o, false))}, {"Limit", "string", 0, CELL(quotaText(o, true))}};
  table["persistentvolumeclaims"] = {{"Status", "string", 0, CELL(textAt(o, {"status", "phase"}))},
                                     {"Volume", "string", 0, CELL(textAt(o, {"spec", "volumeName"}))},
                                     {"Capacity", "string", 0, CELL(anyText(find(o, {"status", "capacity", "storage"})))},
                                     {"Access Modes", "string", 0, accessModes},
                                     {"StorageClass", "string", 0, CELL(textAt(o, {"spec", "storageClassName"}))}};
  table["persistentvolumes"] = {{"Capacity", "string", 0, CELL(anyText(find(o, {"spec", "capacity", "storage"})))},
                                {"Access Modes", "string", 0, accessModes},
                                {"Reclaim Policy", "string", 0, CELL(textAt(o, {"spec", "persistentVolumeReclaimPolicy"}))},
                                {"Status", "string", 0, CELL(textAt(o, {"status", "phase"}))}};
  table["storageclasses.storage.k8s.io"] = {{"Provisioner", "string", 0, CELL(textAt(o, {"provisioner"}))}, {"ReclaimPolicy", "string", 0, CELL(textAt(o, {"reclaimPolicy"}))}};
  table["rolebindings.rbac.authorization.k8s.io"] = {{"Role", "string", 0, CELL(textAt(o, {"roleRef", "kind"}) + "/" + textAt(o, {"roleRef", "name"}))}};
  table["clusterrolebindings.rbac.authorization.k8s.io"] = table["rolebindings.rbac.authorization.k8s.io"];
  for (const char* kind : {"roles.rbac.authorization.k8s.io", "clusterroles.rbac.authorization.k8s.io", "customresourcedefinitions.apiextensions.k8s.io"})
    table[kind] = {{"Created At", "date", 0, CELL(textAt(o, {"metadata", "creationTimestamp"}))}};
  table["leases.coordination.k8s.io"] = {{"Holder", "string", 0, CELL(textAt(o, {"spec", "holderIdentity"}))}};
  table["priorityclasses.scheduling.k8s.io"] = {{"Value", "integer", 0, CELL(numberAt(o, {"value"}))}, {"Global-Default", "boolean", 0, CELL(trueAt(o, {"globalDefault"}))}};
  table["events"] = {{"Type", "string", 0, CELL(textAt(o, {"type"}))},
                     {"Reason", "string", 0, CELL(textAt(o, {"reason"}))},
                     {"Object", "string", 0, CELL(textAt(o, {"involvedObject", "kind"}) + "/" + textAt(o, {"involvedObject", "name"}))},
                     {"Message", "string", 0, CELL(textAt(o, {"message"}))}};
  return table;
}

#undef CELL

} // namespace

const std::vector<Column>& columnsOf(std::string_view qualified) {
  static const std::unordered_map<std::string_view, std::vector<Column>> table = everything();
  static const std::vector<Column> none;
  auto at = table.find(qualified);
  return at == table.end() ? none : at->second;
}

} // namespace chasi::local
