#include "compiler/import/components.h"

#include "compiler/import/chasi_text.h"
#include "compiler/import/json_at.h"

#include <llvm/ADT/STLExtras.h>
#include <llvm/ADT/StringExtras.h>

#include <fmt/format.h>

#include <map>
#include <set>

namespace chasi::import {

using nlohmann::ordered_json;

namespace {

const ordered_json& podOf(const ordered_json& workload) { return at(workload, {"spec", "template", "spec"}); }

bool allTexts(const ordered_json& value) {
  return llvm::all_of(value, [](const ordered_json& entry) { return entry.is_string(); });
}

/// Whether the object has these keys and no others.
bool hasOnly(const ordered_json& object, std::initializer_list<llvm::StringRef> keys) {
  if (!object.is_object()) return false;
  for (const auto& [key, entry] : object.items())
    if (!llvm::is_contained(keys, llvm::StringRef(key))) return false;
  return true;
}

/// How many values there are, in all depths.
size_t countOf(const ordered_json& value) {
  if (!value.is_structured() || value.empty()) return 1;
  size_t count = 0;
  for (const ordered_json& entry : value) count += countOf(entry);
  return count;
}

/// A quantity that the language writes in the same way: digits and one of these units, where none is only for whole processors.
std::optional<ordered_json> quantity(const ordered_json& value, std::initializer_list<llvm::StringRef> units) {
  if (value.is_number_unsigned() && llvm::is_contained(units, "")) return value;
  if (!value.is_string()) return std::nullopt;
  const llvm::StringRef text = value.get_ref<const std::string&>();
  const llvm::StringRef digits = text.take_while(llvm::isDigit);
  if (digits.empty() || digits.size() > 9 || digits[0] == '0' || !llvm::is_contained(units, text.drop_front(digits.size()))) return std::nullopt;
  return expression(text);
}

std::optional<ordered_json> memory(const ordered_json& value) { return quantity(value, {"Ki", "Mi", "Gi", "Ti"}); }

/// One workload, and what its component says.
class Reading {
public:
  Reading(ImportedComponent& component, llvm::ArrayRef<ordered_json> objects) : c_(component), objects_(objects), workload_(objects[component.workload]), container_(podOf(workload_)["containers"][0]) {}

  void all() {
    c_.fields = ordered_json::object();
    say("plain", true);
    say("objectName", textAt(workload_, {"metadata", "name"}));
    say("selector", at(workload_, {"spec", "selector", "matchLabels"}));
    if (ordered_json labels = commonLabels(); !labels.empty()) say("labels", std::move(labels));
    say("image", textAt(container_, {"image"}));
    const bool stateful = textAt(workload_, {"kind"}) == "StatefulSet";
    if (storage()) say("workload", stateful ? "statefulset" : "deployment");
    copies();
    for (const char* field : {"command", "args"})
      if (const ordered_json& words = at(container_, {field}); words.is_array() && allTexts(words)) say(field, words);
    ports();
    environment();
    resources();
    probe("probe", at(container_, {"readinessProbe"}));
    probe("liveness", at(container_, {"livenessProbe"}));
    probe("startup", at(container_, {"startupProbe"}));
    if (stateful && textAt(workload_, {"spec", "podManagementPolicy"}) == "Parallel") say("order", "all-at-once");
    if (c_.budget) say("disruption", disruption());
  }

private:
  ImportedComponent& c_;
  llvm::ArrayRef<ordered_json> objects_;
  const ordered_json& workload_;
  const ordered_json& container_;
  std::map<std::string, int64_t> ports_;

  void say(const char* field, ordered_json value) { c_.fields[field] = std::move(value); }

  /// The labels that all its objects have.
  ordered_json commonLabels() {
    ordered_json common = at(workload_, {"metadata", "labels"});
    if (!common.is_object() || !allTexts(common)) return ordered_json::object();
    for (const size_t i : c_.objects()) {
      const ordered_json& labels = at(objects_[i], {"metadata", "labels"});
      for (auto it = common.begin(); it != common.end();) it = labels.is_object() && labels.contains(it.key()) && labels[it.key()] == it.value() ? std::next(it) : common.erase(it);
    }
    return common;
  }

  /// Says the storage of a StatefulSet. True when `workload` has to be said, because no storage says it.
  bool storage() {
    const ordered_json& claims = at(workload_, {"spec", "volumeClaimTemplates"});
    if (textAt(workload_, {"kind"}) != "StatefulSet") return false;
    if (!claims.is_array() || claims.empty()) return true;
    ordered_json storage = ordered_json::object();
    for (const ordered_json& claim : claims) {
      const std::string name = textAt(claim, {"metadata", "name"});
      const ordered_json &spec = at(claim, {"spec"}), &modes = at(spec, {"accessModes"});
      const auto size = memory(at(spec, {"resources", "requests", "storage"}));
      const ordered_json& mounts = at(container_, {"volumeMounts"});
      const auto mount = llvm::find_if(mounts, [&](const ordered_json& m) { return textAt(m, {"name"}) == name; });
      if (!size || mount == mounts.end() || textAt(*mount, {"mountPath"}).empty() || !modes.is_array() || modes.size() != 1 || !hasOnly(claim, {"metadata", "spec", "apiVersion", "kind"})) return true;
      ordered_json volume = {{"size", *size}, {"path", textAt(*mount, {"mountPath"})}};
      if (const std::string cls = textAt(spec, {"storageClassName"}); !cls.empty()) volume["class"] = cls;
      if (modes[0] == "ReadWriteMany") volume["shared"] = true;
      storage[name] = std::move(volume);
    }
    say("storage", std::move(storage));
    return false;
  }

  void copies() {
    const ordered_json& replicas = at(workload_, {"spec", "replicas"});
    if (c_.autoscaler) {
      const ordered_json& scaler = objects_[*c_.autoscaler];
      const ordered_json& least = at(scaler, {"spec", "minReplicas"});
      const ordered_json& metrics = at(scaler, {"spec", "metrics"});
      ordered_json autoscale = {{"max", at(scaler, {"spec", "maxReplicas"})}};
      if (least.is_number_unsigned() && least != 1) autoscale["min"] = least;
      if (metrics.is_array() && !metrics.empty())
        if (const ordered_json& cpu = at(metrics[0], {"resource", "target", "averageUtilization"}); cpu.is_number_unsigned() && cpu != 80) autoscale["cpu"] = expression(cpu.dump() + "%");
      say("autoscale", std::move(autoscale));
    } else if (!replicas.is_number_unsigned()) {
      say("scaledElsewhere", true);
    } else if (replicas != 1) {
      say("replicas", replicas);
    }
  }

  void ports() {
    const ordered_json& ports = at(container_, {"ports"});
    if (!ports.is_array() || ports.empty()) return;
    ordered_json said = ordered_json::object();
    for (const ordered_json& port : ports) {
      const ordered_json& number = at(port, {"containerPort"});
      const std::string name = textAt(port, {"name"}).empty() && ports.size() == 1 ? "http" : textAt(port, {"name"});
      if (name.empty() || !number.is_number_unsigned() || said.contains(name)) return;
      said[name] = number;
    }
    for (const auto& [name, number] : said.items()) ports_[name] = number.get<int64_t>();
    say("ports", std::move(said));
    if (!c_.service) say("service", false);
    else servicePorts();
  }

  /// Where they have other numbers than those of the container that they lead to.
  void servicePorts() {
    ordered_json said = ordered_json::object();
    for (const ordered_json& port : at(objects_[*c_.service], {"spec", "ports"})) {
      const std::string name = textAt(port, {"name"});
      const auto leads = ports_.find(name);
      if (leads != ports_.end() && at(port, {"port"}).is_number_unsigned() && at(port, {"port"}) != leads->second && portOf(at(port, {"targetPort"})) == leads->second) said[name] = at(port, {"port"});
    }
    if (!said.empty()) say("servicePorts", std::move(said));
  }

  static std::optional<ordered_json> variable(const ordered_json& entry) {
    if (at(entry, {"value"}).is_string()) return at(entry, {"value"});
    const ordered_json& from = at(entry, {"valueFrom"});
    if (!from.is_object() || from.size() != 1) return std::nullopt;
    const ordered_json &secret = at(from, {"secretKeyRef"}), &config = at(from, {"configMapKeyRef"}), &field = at(from, {"fieldRef"});
    const auto reference = [](const char* function, const ordered_json& key) { return expression(fmt::format("{}({}, {})", function, inQuotes(textAt(key, {"name"})), inQuotes(textAt(key, {"key"})))); };
    if (hasOnly(secret, {"name", "key"})) return reference("secretKey", secret);
    if (hasOnly(secret, {"name", "key", "optional"}) && at(secret, {"optional"}) == true)
      return expression(fmt::format("SecretKey {{ name = {}, key = {}, optional = true }}", inQuotes(textAt(secret, {"name"})), inQuotes(textAt(secret, {"key"}))));
    if (hasOnly(config, {"name", "key"})) return reference("configKey", config);
    static const std::set<std::string> known = {"metadata.name", "metadata.namespace", "metadata.uid", "spec.nodeName", "status.podIP", "status.hostIP"};
    if (hasOnly(field, {"fieldPath"}) && known.contains(textAt(field, {"fieldPath"}))) return expression(fmt::format("podField({})", inQuotes(textAt(field, {"fieldPath"}))));
    return std::nullopt;
  }

  /// All variables, or none: their order counts.
  void environment() {
    const ordered_json& list = at(container_, {"env"});
    if (!list.is_array() || list.empty()) return;
    ordered_json said = ordered_json::object();
    for (const ordered_json& entry : list) {
      const std::string name = textAt(entry, {"name"});
      const auto value = variable(entry);
      if (name.empty() || !value || said.contains(name)) return;
      said[name] = *value;
    }
    say("env", std::move(said));
  }

  void resources() {
    const std::initializer_list<llvm::StringRef> processors = {"m", ""};
    ordered_json said = ordered_json::object();
    const auto set = [&](const char* field, const std::optional<ordered_json>& value) {
      if (value) said[field] = *value;
    };
    set("cpu", quantity(at(container_, {"resources", "requests", "cpu"}), processors));
    set("memory", memory(at(container_, {"resources", "requests", "memory"})));
    set("cpuLimit", quantity(at(container_, {"resources", "limits", "cpu"}), processors));
    set("memoryLimit", memory(at(container_, {"resources", "limits", "memory"})));
    if (!said.empty()) say("resources", std::move(said));
  }

  /// The number of a port; 0 when it is not known.
  int64_t portOf(const ordered_json& port) const {
    if (port.is_number_unsigned()) return port.get<int64_t>();
    const auto named = port.is_string() ? ports_.find(port.get<std::string>()) : ports_.end();
    return named == ports_.end() ? 0 : named->second;
  }

  void probe(const char* field, const ordered_json& probe) {
    if (!probe.is_object()) return;
    ordered_json said = ordered_json::object();
    const ordered_json &http = at(probe, {"httpGet"}), &tcp = at(probe, {"tcpSocket"}), &command = at(probe, {"exec", "command"});
    const int64_t port = portOf(at(http.is_object() ? http : tcp, {"port"}));
    if (http.is_object() && port && !textAt(http, {"path"}).empty()) said["http"] = textAt(http, {"path"});
    else if (tcp.is_object() && port) said["tcp"] = true;
    else if (command.is_array() && allTexts(command)) said["command"] = command;
    else return;
    if (port) said["port"] = port;
    const auto time = [&](const char* name, const char* key, int usual, bool seconds) {
      const ordered_json& value = at(probe, {key});
      if (value.is_number_unsigned() && value != usual) said[name] = seconds ? expression(value.dump() + "s") : value;
    };
    time("delay", "initialDelaySeconds", 0, true);
    time("every", "periodSeconds", 10, true);
    time("timeout", "timeoutSeconds", 1, true);
    time("failures", "failureThreshold", 3, false);
    say(field, std::move(said));
  }

  ordered_json disruption() const {
    ordered_json said = ordered_json::object();
    for (const char* key : {"minAvailable", "maxUnavailable"})
      if (const ordered_json& value = at(objects_[*c_.budget], {"spec", key}); value.is_number_unsigned()) said[key] = value;
    return said;
  }
};

/// What has to be laid over `made` to get `wanted`; null when they are the same. False when something would have to go.
bool difference(const ordered_json& made, const ordered_json& wanted, ordered_json& over) {
  over = nullptr;
  if (nlohmann::json(made) == nlohmann::json(wanted)) return true;
  if (!made.is_object() || !wanted.is_object()) return over = wanted, true;
  for (const auto& [key, entry] : made.items())
    if (!wanted.contains(key)) return false;
  over = ordered_json::object();
  for (const auto& [key, entry] : wanted.items()) {
    ordered_json inner;
    if (!made.contains(key)) inner = entry;
    else if (!difference(made[key], entry, inner)) return false;
    if (!inner.is_null()) over[key] = std::move(inner);
  }
  return true;
}

/// Takes out what stands at a path, and the maps that are empty then.
ordered_json taken(ordered_json& from, std::initializer_list<const char*> path) {
  std::vector<ordered_json*> way = {&from};
  for (const char* key : path) {
    if (!way.back()->is_object() || !way.back()->contains(key)) return nullptr;
    way.push_back(&(*way.back())[key]);
  }
  ordered_json out = std::move(*way.back());
  for (size_t i = path.size(); i-- > 0;) {
    way[i]->erase(*(path.begin() + i));
    if (!way[i]->empty()) break;
  }
  return out;
}

bool same(const ordered_json& a, const ordered_json& b) {
  return textAt(a, {"apiVersion"}) == textAt(b, {"apiVersion"}) && textAt(a, {"kind"}) == textAt(b, {"kind"}) && textAt(a, {"metadata", "name"}) == textAt(b, {"metadata", "name"});
}

const ordered_json* find(llvm::ArrayRef<ordered_json> made, const ordered_json& wanted) {
  const auto it = llvm::find_if(made, [&](const ordered_json& m) { return same(m, wanted); });
  return it == made.end() ? nullptr : &*it;
}

/// Patches for the workload: of its container, of its pods, of the rest.
bool patchWorkload(const ordered_json& made, ordered_json wanted, ordered_json& patches) {
  ordered_json over, container;
  const ordered_json& containers = at(made, {"spec", "template", "spec", "containers"});
  if (containers.size() != 1 || !difference(containers[0], podOf(wanted)["containers"][0], container)) return false;
  wanted["spec"]["template"]["spec"]["containers"] = containers;
  if (!difference(made, wanted, over)) return false;
  if (!container.is_null()) patches["container"] = std::move(container);
  if (over.is_null()) return true;
  if (ordered_json pod = taken(over, {"spec", "template", "spec"}); !pod.is_null() && !pod.empty()) patches["pod"] = std::move(pod);
  if (!over.empty()) patches["workload"] = std::move(over);
  return true;
}

/// The application that a workload says it is part of, not the workload itself.
std::string systemOf(const ordered_json& workload) {
  for (const char* label : {"app.kubernetes.io/part-of", "app.kubernetes.io/instance", "release"})
    if (std::string name = textAt(workload, {"metadata", "labels", label}); !name.empty()) return name;
  return textAt(workload, {"metadata", "namespace"}) + "-apps";
}

std::optional<size_t> partner(llvm::ArrayRef<ordered_json> objects, const ordered_json& workload, llvm::StringRef kind, llvm::StringRef apiVersion) {
  for (size_t i = 0; i < objects.size(); ++i)
    if (textAt(objects[i], {"kind"}) == kind && textAt(objects[i], {"apiVersion"}) == apiVersion && textAt(objects[i], {"metadata", "name"}) == textAt(workload, {"metadata", "name"}) &&
        textAt(objects[i], {"metadata", "namespace"}) == textAt(workload, {"metadata", "namespace"}))
      return i;
  return std::nullopt;
}

} // namespace

std::vector<size_t> ImportedComponent::objects() const {
  std::vector<size_t> out = {workload};
  for (const std::optional<size_t>& part : {service, autoscaler, budget})
    if (part) out.push_back(*part);
  return out;
}

std::vector<ImportedComponent> components(llvm::ArrayRef<ordered_json> objects) {
  std::vector<ImportedComponent> out;
  std::map<std::string, std::set<std::string>> names; // by system
  for (size_t i = 0; i < objects.size(); ++i) {
    const ordered_json& workload = objects[i];
    const std::string kind = textAt(workload, {"kind"});
    const ordered_json &containers = at(podOf(workload), {"containers"}), &selector = at(workload, {"spec", "selector", "matchLabels"});
    if ((kind != "Deployment" && kind != "StatefulSet") || textAt(workload, {"apiVersion"}) != "apps/v1" || textAt(workload, {"metadata", "namespace"}).empty()) continue;
    if (!containers.is_array() || containers.size() != 1 || textAt(containers[0], {"image"}).empty() || !selector.is_object() || selector.empty() || !allTexts(selector)) continue;
    ImportedComponent& component = out.emplace_back();
    component.workload = i;
    component.service = partner(objects, workload, "Service", "v1");
    if (kind == "Deployment") component.autoscaler = partner(objects, workload, "HorizontalPodAutoscaler", "autoscaling/v2");
    component.budget = partner(objects, workload, "PodDisruptionBudget", "policy/v1");
    component.ns = textAt(workload, {"metadata", "namespace"});
    component.system = systemOf(workload);
    llvm::StringRef name = workload["metadata"]["name"].get_ref<const std::string&>();
    name.consume_front(component.system + "-");
    component.name = name.str();
    for (size_t n = 2; !names[component.ns + "/" + component.system].insert(component.name).second; ++n) component.name = fmt::format("{}-{}", name.str(), n);
    describe(component, objects);
  }
  return out;
}

void describe(ImportedComponent& component, llvm::ArrayRef<ordered_json> objects) {
  component.patches = nullptr;
  Reading(component, objects).all();
}

bool patch(ImportedComponent& component, llvm::ArrayRef<ordered_json> objects, llvm::ArrayRef<ordered_json> made, bool& changed) {
  changed = false;
  ordered_json patches = ordered_json::object();
  const ordered_json* workload = find(made, objects[component.workload]);
  if (!workload || !patchWorkload(*workload, objects[component.workload], patches)) return false;
  for (std::optional<size_t>* part : {&component.service, &component.autoscaler, &component.budget}) {
    if (!*part) continue;
    const ordered_json* other = find(made, objects[**part]);
    ordered_json over;
    const bool fits = other && difference(*other, objects[**part], over) && (part == &component.service || over.is_null());
    if (fits && !over.is_null()) patches["service"] = std::move(over);
    if (fits) continue;
    part->reset();
    changed = true;
  }
  component.of = 0;
  for (const size_t i : component.objects()) component.of += countOf(objects[i]);
  component.patched = patches.empty() ? 0 : countOf(patches);
  component.patches = patches.empty() ? ordered_json() : std::move(patches);
  return changed || component.patched * 3 <= component.of;
}

std::string textOf(const ImportedComponent& component, const std::string& system, ordered_json all) {
  if (all["objectName"] == system + "-" + component.name) all.erase("objectName");
  if (all["selector"].is_object()) all["selector"] = expression(literal(all["selector"], 2)); // a block would add to the usual ones
  const bool word = nameOf(component.name) == component.name;
  return fmt::format("component {} {}", word ? component.name : inQuotes(component.name), literal(all, 1));
}

} // namespace chasi::import
