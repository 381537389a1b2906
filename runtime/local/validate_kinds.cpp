// Rules of single kinds: selectors and their templates, names inside of pods, ports, keys of data.
#include "runtime/local/validate.h"

#include <fmt/format.h>
#include <llvm/ADT/StringExtras.h>

#include <algorithm>
#include <set>

namespace chasi::local {

namespace {

void checkPort(Problems& problems, const Json& port, const std::string& path) {
  if (!port.is_number_integer()) return;
  int64_t number = port.get<int64_t>();
  if (number < 1 || number > 65535) problems.invalid(path, port, "must be between 1 and 65535, inclusive");
}

void notNegative(Problems& problems, const Json& object, std::initializer_list<const char*> path, const std::string& written) {
  const Json& value = at(object, path);
  if (value.is_number_integer() && value.get<int64_t>() < 0) problems.invalid(written, value, "must be greater than or equal to 0");
}

void checkResources(Problems& problems, const Json& resources, const std::string& path) {
  const Json &requests = at(resources, {"requests"}), &limits = at(resources, {"limits"});
  for (auto& [list, values] : {std::pair("requests", &requests), std::pair("limits", &limits)})
    if (values->is_object())
      for (auto& [name, value] : values->items())
        if (auto q = quantity(value); q && *q < 0) problems.invalid(fmt::format("{}.{}[{}]", path, list, name), value, "must be greater than or equal to 0");
  if (!requests.is_object() || !limits.is_object()) return;
  for (auto& [name, value] : requests.items()) {
    auto limit = limits.find(name);
    if (limit == limits.end()) continue;
    auto a = quantity(value), b = quantity(*limit);
    if (a && b && *a > *b)
      problems.invalid(path + ".requests", value, fmt::format("must be less than or equal to {} limit of {}", name, limit->is_string() ? limit->get<std::string>() : limit->dump()));
  }
}

void checkName(Problems& problems, const Json& name, const std::string& path, std::set<std::string>& seen) {
  if (!name.is_string() || name.get_ref<const std::string&>().empty()) return; // said where required fields are looked at
  const std::string& text = name.get_ref<const std::string&>();
  if (std::string problem = notDnsLabel(text); !problem.empty()) problems.invalid(path, name, problem);
  else if (!seen.insert(text).second) problems.duplicate(path, name);
}

void checkContainer(Problems& problems, const Json& c, const std::string& path, std::set<std::string>& names, const std::set<std::string>& volumes) {
  checkName(problems, at(c, {"name"}), path + ".name", names);
  if (textAt(c, {"image"}).empty()) problems.required(path + ".image");
  checkResources(problems, at(c, {"resources"}), path + ".resources");
  std::set<std::string> portNames;
  if (const Json& ports = at(c, {"ports"}); ports.is_array())
    for (size_t i = 0; i < ports.size(); ++i) {
      checkPort(problems, at(ports[i], {"containerPort"}), fmt::format("{}.ports[{}].containerPort", path, i));
      const std::string& name = textAt(ports[i], {"name"});
      if (!name.empty() && !portNames.insert(name).second) problems.duplicate(fmt::format("{}.ports[{}].name", path, i), name);
      if (name.size() > 15) problems.invalid(fmt::format("{}.ports[{}].name", path, i), name, "must be no more than 15 characters");
    }
  if (const Json& mounts = at(c, {"volumeMounts"}); mounts.is_array()) {
    std::set<std::string> paths;
    for (size_t i = 0; i < mounts.size(); ++i) {
      std::string here = fmt::format("{}.volumeMounts[{}]", path, i);
      const std::string &name = textAt(mounts[i], {"name"}), &target = textAt(mounts[i], {"mountPath"});
      if (!name.empty() && !volumes.count(name)) problems.notFound(here + ".name", name);
      if (!target.empty() && !paths.insert(target).second) problems.invalid(here + ".mountPath", target, "must be unique");
    }
  }
  if (const Json& env = at(c, {"env"}); env.is_array())
    for (size_t i = 0; i < env.size(); ++i)
      if (at(env[i], {"valueFrom"}).is_object() && !textAt(env[i], {"value"}).empty())
        problems.invalid(fmt::format("{}.env[{}].valueFrom", path, i), "", "may not be specified when `value` is not empty");
}

} // namespace

void checkPodSpec(Problems& problems, const Json& spec, const std::string& path, std::set<std::string> volumes) {
  if (!spec.is_object()) {
    if (spec.is_null()) problems.required(path + ".containers");
    return;
  }
  if (const Json& list = at(spec, {"volumes"}); list.is_array())
    for (size_t i = 0; i < list.size(); ++i) checkName(problems, at(list[i], {"name"}), fmt::format("{}.volumes[{}].name", path, i), volumes);
  const Json& containers = at(spec, {"containers"});
  if (containers.is_array() && containers.empty()) problems.required(path + ".containers");
  std::set<std::string> names;
  for (const char* list : {"containers", "initContainers"})
    if (const Json& all = at(spec, {list}); all.is_array())
      for (size_t i = 0; i < all.size(); ++i) checkContainer(problems, all[i], fmt::format("{}.{}[{}]", path, list, i), names, volumes);
  notNegative(problems, spec, {"terminationGracePeriodSeconds"}, path + ".terminationGracePeriodSeconds");
  checkLabels(problems, at(spec, {"nodeSelector"}), path + ".nodeSelector");
}

namespace {

void checkTemplate(Problems& problems, const Json& spec, std::vector<std::string_view> restart) {
  const Json& pod = at(spec, {"template"});
  checkLabels(problems, at(pod, {"metadata", "labels"}), "spec.template.metadata.labels");
  // A claim template of a StatefulSet is a volume of its pods.
  std::set<std::string> claims;
  if (const Json& list = at(spec, {"volumeClaimTemplates"}); list.is_array())
    for (const Json& claim : list) claims.insert(textAt(claim, {"metadata", "name"}));
  checkPodSpec(problems, at(pod, {"spec"}), "spec.template.spec", std::move(claims));
  const Json& policy = at(pod, {"spec", "restartPolicy"});
  if (policy.is_string() && std::find(restart.begin(), restart.end(), policy.get_ref<const std::string&>()) == restart.end())
    problems.unsupported("spec.template.spec.restartPolicy", policy, std::move(restart));
}

/// Deployment, StatefulSet, DaemonSet, ReplicaSet.
void checkWorkload(Problems& problems, const k8s::Resource& resource, const Json& object) {
  const Json& spec = at(object, {"spec"});
  const Json& selector = at(spec, {"selector"});
  if (selector.is_object()) {
    bool empty = at(selector, {"matchLabels"}).empty() && at(selector, {"matchExpressions"}).empty();
    checkSelector(problems, selector, "spec.selector");
    if (empty) problems.invalid("spec.selector", selector, fmt::format("empty selector is invalid for {}", llvm::StringRef(resource.kind).lower()));
    else if (at(spec, {"template"}).is_object() && !selectorMatches(selector, at(spec, {"template", "metadata", "labels"}))) {
      const Json& labels = at(spec, {"template", "metadata", "labels"});
      problems.invalid("spec.template.metadata.labels", labels, "`selector` does not match template `labels`");
    }
  }
  notNegative(problems, spec, {"replicas"}, "spec.replicas");
  notNegative(problems, spec, {"minReadySeconds"}, "spec.minReadySeconds");
  notNegative(problems, spec, {"revisionHistoryLimit"}, "spec.revisionHistoryLimit");
  checkTemplate(problems, spec, {"Always"});
  if (resource.kind == "Deployment" && textAt(spec, {"strategy", "type"}) == "Recreate" && at(spec, {"strategy", "rollingUpdate"}).is_object())
    problems.forbidden("spec.strategy.rollingUpdate", "may not be specified when strategy `type` is 'Recreate'");
}

void checkService(Problems& problems, const Json& object) {
  const Json& spec = at(object, {"spec"});
  const Json& ports = at(spec, {"ports"});
  const std::string& type = textAt(spec, {"type"});
  bool headless = textAt(spec, {"clusterIP"}) == "None";
  if (type != "ExternalName" && !headless && (!ports.is_array() || ports.empty())) problems.required("spec.ports");
  if (type == "ExternalName" && textAt(spec, {"externalName"}).empty()) problems.required("spec.externalName");
  checkLabels(problems, at(spec, {"selector"}), "spec.selector");
  if (!ports.is_array()) return;
  std::set<std::string> names;
  std::set<std::pair<std::string, int64_t>> taken;
  for (size_t i = 0; i < ports.size(); ++i) {
    std::string path = fmt::format("spec.ports[{}]", i);
    const Json& port = at(ports[i], {"port"});
    checkPort(problems, port, path + ".port");
    checkPort(problems, at(ports[i], {"targetPort"}), path + ".targetPort");
    if (ports.size() > 1 && textAt(ports[i], {"name"}).empty()) problems.required(path + ".name");
    else checkName(problems, at(ports[i], {"name"}), path + ".name", names);
    if (port.is_number_integer() && !taken.insert({textAt(ports[i], {"protocol"}), port.get<int64_t>()}).second)
      problems.duplicate(path, {{"protocol", textAt(ports[i], {"protocol"})}, {"port", port}});
  }
}

void checkData(Problems& problems, const Json& object) {
  size_t size = 0;
  for (const char* list : {"data", "binaryData"})
    if (const Json& data = at(object, {list}); data.is_object())
      for (auto& [key, value] : data.items()) {
        std::string path = fmt::format("{}[{}]", list, key);
        auto good = [](char c) { return llvm::isAlnum(c) || c == '-' || c == '_' || c == '.'; };
        if (key.size() > 253) problems.invalid(path, key, "must be no more than 253 characters");
        else if (key.empty() || !std::all_of(key.begin(), key.end(), good))
          problems.invalid(path, key,
                           "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', "
                           "regex used for validation is '[-._a-zA-Z0-9]+')");
        else if (key == "." || key == "..") problems.invalid(path, key, fmt::format("must not be '{}'", key));
        size += value.is_string() ? value.get_ref<const std::string&>().size() : 0;
      }
  if (size > 1024 * 1024) problems.add(": Too long: may not be more than 1048576 bytes");
}

void checkJob(Problems& problems, const Json& spec, const Json& pod) {
  notNegative(problems, spec, {"parallelism"}, "spec.parallelism");
  notNegative(problems, spec, {"completions"}, "spec.completions");
  notNegative(problems, spec, {"backoffLimit"}, "spec.backoffLimit");
  checkTemplate(problems, pod, {"Never", "OnFailure"});
}

void checkClaim(Problems& problems, const Json& object) {
  const Json& modes = at(object, {"spec", "accessModes"});
  if (!modes.is_array() || modes.empty()) problems.required("spec.accessModes", "at least 1 access mode is required");
  const Json& storage = at(object, {"spec", "resources", "requests", "storage"});
  if (storage.is_null()) problems.required("spec.resources[storage]");
  else if (auto q = quantity(storage); q && *q <= 0) problems.invalid("spec.resources[storage]", storage, "must be greater than zero");
}

void checkScaler(Problems& problems, const Json& object) {
  const Json &least = at(object, {"spec", "minReplicas"}), &most = at(object, {"spec", "maxReplicas"});
  if (!most.is_number_integer()) return;
  if (most.get<int64_t>() < 1) problems.invalid("spec.maxReplicas", most, "must be greater than 0");
  if (least.is_number_integer() && least.get<int64_t>() > most.get<int64_t>()) problems.invalid("spec.maxReplicas", most, "must be greater than or equal to `minReplicas`");
}

void checkBudget(Problems& problems, const Json& object) {
  const Json &least = at(object, {"spec", "minAvailable"}), &most = at(object, {"spec", "maxUnavailable"});
  if (!least.is_null() && !most.is_null())
    problems.invalid("spec", {{"minAvailable", least}, {"maxUnavailable", most}}, "minAvailable and maxUnavailable cannot be both set");
  checkSelector(problems, at(object, {"spec", "selector"}), "spec.selector");
}

void checkRules(Problems& problems, const Json& object) {
  const Json& rules = at(object, {"rules"});
  if (!rules.is_array()) return;
  for (size_t i = 0; i < rules.size(); ++i) {
    const Json& rule = rules[i];
    const std::string here = fmt::format("rules[{}].", i);
    if (at(rule, {"verbs"}).empty()) problems.required(here + "verbs", "verbs must contain at least one value");
    if (!at(rule, {"nonResourceURLs"}).empty()) continue;
    if (at(rule, {"apiGroups"}).empty()) problems.required(here + "apiGroups", "resource rules must supply at least one api group");
    if (at(rule, {"resources"}).empty()) problems.required(here + "resources", "resource rules must supply at least one resource");
  }
}

constexpr const char* kRbac = "rbac.authorization.k8s.io";

void checkSubject(Problems& problems, const Json& subject, const std::string& here, bool inNamespace) {
  const std::string& kind = textAt(subject, {"kind"});
  const bool account = kind == "ServiceAccount", person = kind == "User" || kind == "Group";
  if (kind.empty()) return; // said where required fields are looked at
  if (!account && !person) {
    problems.unsupported(here + "kind", kind, {"Group", "ServiceAccount", "User"});
    return;
  }
  const std::string& group = textAt(subject, {"apiGroup"});
  const std::string_view right = account ? "" : kRbac;
  if (group != right) problems.unsupported(here + "apiGroup", group, {right});
  if (account && !inNamespace && textAt(subject, {"namespace"}).empty()) problems.required(here + "namespace");
}

void checkBinding(Problems& problems, const Json& object, bool inNamespace) {
  const std::string &group = textAt(object, {"roleRef", "apiGroup"}), &kind = textAt(object, {"roleRef", "kind"});
  if (group != kRbac) problems.unsupported("roleRef.apiGroup", group, {kRbac});
  if (!kind.empty() && kind != "ClusterRole" && (kind != "Role" || !inNamespace))
    problems.unsupported("roleRef.kind", kind, inNamespace ? std::vector<std::string_view>{"ClusterRole", "Role"} : std::vector<std::string_view>{"ClusterRole"});
  if (const Json& subjects = at(object, {"subjects"}); subjects.is_array())
    for (size_t i = 0; i < subjects.size(); ++i) checkSubject(problems, subjects[i], fmt::format("subjects[{}].", i), inNamespace);
}

} // namespace

void checkKind(Problems& problems, const k8s::Resource& resource, const Json& object) {
  std::string_view group = resource.group, kind = resource.kind;
  if (group == "apps" && kind != "ControllerRevision") return checkWorkload(problems, resource, object);
  if (group == "batch" && kind == "Job") return checkJob(problems, at(object, {"spec"}), at(object, {"spec"}));
  if (group == "policy" && kind == "PodDisruptionBudget") return checkBudget(problems, object);
  if (group == "autoscaling" && kind == "HorizontalPodAutoscaler") return checkScaler(problems, object);
  if (group == "networking.k8s.io" && kind == "NetworkPolicy") return checkSelector(problems, at(object, {"spec", "podSelector"}), "spec.podSelector");
  if (group == kRbac && (kind == "Role" || kind == "ClusterRole")) return checkRules(problems, object);
  if (group == kRbac && kind.ends_with("Binding")) return checkBinding(problems, object, kind == "RoleBinding");
  if (!group.empty()) return;
  if (kind == "Pod") return checkPodSpec(problems, at(object, {"spec"}), "spec");
  if (kind == "Service") return checkService(problems, object);
  if (kind == "ConfigMap" || kind == "Secret") return checkData(problems, object);
  if (kind == "PersistentVolumeClaim") return checkClaim(problems, object);
}

} // namespace chasi::local
