// Services and the pods behind them, Ingresses and the Services behind those.
#include "compiler/lint/relations.h"
#include "runtime/plan/secrets.h"

#include <llvm/ADT/SmallVector.h>

namespace chasi::lint {

using namespace sema;
using namespace manifest;
using source::Code;
using source::Diagnostic;

namespace {

using PodMakers = llvm::SmallVector<uint32_t, 4>;

/// Labels that Kubernetes gives to pods itself.
bool isGiven(llvm::StringRef key) {
  return key.starts_with("statefulset.kubernetes.io/") || key.starts_with("batch.kubernetes.io/") || key == "apps.kubernetes.io/pod-index" || key == "pod-template-hash" || key == "controller-revision-hash" || key == "job-name";
}

/// Labels that programs give to their own pods while they run, such as the one that leads.
bool saysRole(llvm::StringRef key) {
  constexpr llvm::StringLiteral kRoles[] = {"role", "leader", "master", "primary", "active", "standby", "sealed", "initialized"};
  key = key.substr(key.rfind('/') + 1);
  return llvm::any_of(kRoles, [&](llvm::StringRef word) { return key.contains_insensitive(word); });
}

class Services {
public:
  explicit Services(Relations& relations) : r(relations), index(relations.index) {}

  void run() {
    for (uint32_t i = 0; i < index.objects().size(); ++i) {
      const Object& o = index.objects()[i];
      if (o.is != Kind::Service && o.is != Kind::Ingress && o.is != Kind::Workload) continue;
      const MapValue* spec = mapAt(*o.manifest, "spec");
      if (!spec) continue;
      if (o.is == Kind::Service) service(o, *spec);
      else if (o.is == Kind::Ingress) ingress(o, *spec);
      else if (o.is == Kind::Workload && o.kind == "StatefulSet") governed(o, *spec, i);
    }
  }

private:
  Relations& r;
  const Index& index;

  /// Whether a template has the labels of a selector; those that are given later count as there.
  static bool matches(const MapValue& wanted, const PodTemplate& pods, bool roles) {
    if (!pods.labelsKnown || pods.labels == &wanted) return true;
    return llvm::all_of(wanted.entries(), [&](const MapEntry& e) {
      if (!e.value.isText() || isGiven(e.key)) return true;
      const Value* label = pods.labels ? pods.labels->find(e.key) : nullptr;
      return (label && label->isText() && label->str() == e.value.str()) || (roles && !label && saysRole(e.key));
    });
  }

  PodMakers selected(const Object& o, const MapValue& wanted) {
    PodMakers out;
    for (const bool roles : {false, true}) {
      for (const uint32_t w : index.spaceOf(o).workloads)
        if (matches(wanted, index.podsOf(w), roles)) out.push_back(w);
      if (!out.empty()) break;
    }
    return out;
  }

  void service(const Object& o, const MapValue& spec) {
    const MapValue* wanted = mapAt(spec, "selector");
    if (!wanted || wanted->empty() || textAt(spec, {"type"}) == "ExternalName") return;
    const Space& space = index.spaceOf(o);
    const PodMakers pods = selected(o, *wanted);
    if (pods.empty()) {
      if (index.knowsPods(space)) nobody(o, space, *wanted);
      return;
    }
    const llvm::ArrayRef<Value> ports = listAt(spec, "ports");
    for (size_t i = 0; i < ports.size(); ++i)
      if (ports[i].tag == Tag::Map) port(o, *ports[i].map, i, pods, textAt(spec, {"clusterIP"}) == "None");
  }

  /// What was meant: the value that some pods have, or the rest of the labels of those that have most of them.
  struct Guess { std::string pointer, help; };

  Guess guess(const Space& space, const MapValue& wanted) {
    Guess best{"/spec/selector", fmt::format("select what the pods have; the namespace runs {}", workloadsOf(index, space))};
    size_t most = 0;
    for (const uint32_t w : space.workloads) {
      const MapValue* has = index.podsOf(w).labels;
      size_t same = 0;
      Guess differs;
      for (const MapEntry& e : wanted.entries()) {
        if (!e.value.isText()) continue;
        const llvm::StringRef label = has ? textAt(*has, {e.key}) : llvm::StringRef();
        if (label == e.value.str()) ++same;
        else if (differs.pointer.empty()) differs = {"/spec/selector/" + plan::pointerToken(e.key), fmt::format("the pods of {} have {}{}", titleOf(index.objects()[w]), label.empty() ? "no label " : e.key.str() + "=", label.empty() ? e.key.str() : label.str())};
      }
      if (same <= most) continue;
      most = same;
      best = differs;
    }
    for (size_t i = 0; most == 0 && i < wanted.size(); ++i) {
      std::vector<std::string> values;
      for (const uint32_t w : space.workloads)
        if (const MapValue* has = index.podsOf(w).labels) values.push_back(textAt(*has, {wanted[i].key}).str());
      const std::string near = wanted[i].value.isText() ? source::nearest(wanted[i].value.str(), values) : std::string();
      if (wanted.size() == 1 || !near.empty()) best.pointer = "/spec/selector/" + plan::pointerToken(wanted[i].key);
      if (!near.empty()) best.help = fmt::format("did you mean `{}`?", near);
    }
    return best;
  }

  void nobody(const Object& o, const Space& space, const MapValue& wanted) {
    std::string labels;
    for (const MapEntry& e : wanted.entries())
      if (e.value.isText()) labels += fmt::format("{}{}={}", labels.empty() ? "" : ", ", e.key.str(), e.value.str().str());
    const Guess meant = guess(space, wanted);
    r.warn(Code::ServiceWithoutPods, o, meant.pointer, fmt::format("{} selects no pods: nothing in namespace {} has the labels {}", titleOf(o), o.ns.str(), labels), meant.help);
  }

  /// What the containers of the selected pods say about their ports.
  struct Declared {
    bool all = true; ///< each pod names some, and all of them can be read
    bool opaque = false;
    llvm::SmallVector<std::pair<llvm::StringRef, int64_t>, 8> ports;
  };

  Declared declared(const PodMakers& pods) {
    Declared out;
    for (const uint32_t w : pods) {
      const PodTemplate& its = index.podsOf(w);
      if (!its.spec || isOpaque(*its.spec, "containers")) out.opaque = true;
      const size_t before = out.ports.size();
      eachContainer(its, [&](const Container& c) {
        if (isOpaque(c.fields, "ports")) out.opaque = true;
        for (const Value& port : listAt(c.fields, "ports")) {
          if (port.tag != Tag::Map || isOpaque(*port.map, "name") || isOpaque(*port.map, "containerPort")) out.opaque = true;
          else out.ports.emplace_back(textOf(port, "name"), numberOf(port, "containerPort").value_or(0));
        }
      });
      out.all = out.all && out.ports.size() > before;
    }
    return out;
  }

  void port(const Object& o, const MapValue& port, size_t i, const PodMakers& pods, bool headless) {
    const Value* target = port.find("targetPort");
    const bool named = target && target->isText();
    if (target && !target->isAbsent() && !named && target->tag != Tag::Int) return;
    const int64_t number = target && target->tag == Tag::Int ? target->integer : numberOf(Value::of(&port), "port").value_or(0);
    if (!named && (headless || !number)) return; // whoever asks for such a service connects to the port of the pod itself
    const Declared there = declared(pods);
    if (there.opaque || (!named && !there.all)) return;
    for (const auto& [name, has] : there.ports)
      if (named ? name == target->str() : has == number) return;
    if (!index.knowsPods(index.spaceOf(o))) return;
    const std::string wanted = named ? target->str().str() : std::to_string(number);
    std::vector<std::string> names;
    std::string list;
    for (const auto& [name, has] : there.ports) {
      if (named && !name.empty()) names.push_back(name.str());
      list += fmt::format("{}{}", list.empty() ? "" : ", ", name.empty() ? std::to_string(has) : fmt::format("{} ({})", name.str(), has));
    }
    const Object& first = index.objects()[pods.front()];
    Diagnostic* d = r.warn(Code::PortOfNoPod, o, fmt::format("/spec/ports/{}/{}", i, target ? "targetPort" : "port"), fmt::format("{} leads to port {}, and the pods of {} have {}", titleOf(o), named ? fmt::format("`{}`", wanted) : wanted, titleOf(first), list.empty() ? "none" : "no such port"),
                           meant(wanted, names, list.empty() ? "name the port in the container" : fmt::format("they have {}", list)));
    r.label(d, first, index.podsOf(pods.front()).at("/spec/containers"), "the containers are here");
  }

  void ingress(const Object& o, const MapValue& spec) {
    if (const MapValue* backend = mapAt(spec, {"defaultBackend", "service"})) this->backend(o, *backend, "/spec/defaultBackend/service");
    const llvm::ArrayRef<Value> rules = listAt(spec, "rules");
    for (size_t i = 0; i < rules.size(); ++i) {
      const MapValue* http = rules[i].tag == Tag::Map ? mapAt(*rules[i].map, "http") : nullptr;
      const llvm::ArrayRef<Value> paths = http ? listAt(*http, "paths") : llvm::ArrayRef<Value>();
      for (size_t k = 0; k < paths.size(); ++k)
        if (const MapValue* backend = paths[k].tag == Tag::Map ? mapAt(*paths[k].map, {"backend", "service"}) : nullptr) this->backend(o, *backend, fmt::format("/spec/rules/{}/http/paths/{}/backend/service", i, k));
    }
  }

  void backend(const Object& o, const MapValue& backend, const std::string& pointer) {
    const llvm::StringRef name = textAt(backend, {"name"}), portName = textAt(backend, {"port", "name"});
    if (name.empty() || portName == "use-annotation") return; // the controller of Amazon's load balancers reads an annotation then
    const Space& space = index.spaceOf(o);
    const Object* service = index.find(space, Kind::Service, name);
    if (!service) {
      if (index.isWhole(space)) r.warn(Code::NoBackend, o, pointer + "/name", fmt::format("{} leads to Service {}, which namespace {} does not have", titleOf(o), name.str(), o.ns.str()), meant(name, index.namesOf(space, Kind::Service), "make the Service, or lead to another one"));
      return;
    }
    const MapValue* spec = mapAt(*service->manifest, "spec");
    if (!spec || isOpaque(*spec, "ports") || textAt(*spec, {"type"}) == "ExternalName") return;
    const Value* number = at(backend, {"port", "number"});
    if (portName.empty() && (!number || number->tag != Tag::Int)) return;
    std::vector<std::string> names;
    std::string list;
    for (const Value& port : listAt(*spec, "ports")) {
      if (port.tag != Tag::Map || isOpaque(*port.map, "port") || isOpaque(*port.map, "name")) return;
      const std::optional<int64_t> has = numberOf(port, "port");
      if (portName.empty() ? has == number->integer : textOf(port, "name") == portName) return;
      names.push_back(portName.empty() ? std::to_string(has.value_or(0)) : textOf(port, "name").str());
      list += (list.empty() ? "" : ", ") + names.back();
    }
    Diagnostic* d = r.warn(Code::NoBackend, o, pointer + "/port", fmt::format("{} leads to port {} of Service {}, which does not have it", titleOf(o), portName.empty() ? std::to_string(number->integer) : fmt::format("`{}`", portName.str()), name.str()), list.empty() ? std::string("give the Service that port") : fmt::format("its ports are {}", list));
    r.label(d, *service, "/spec/ports", "the Service");
  }

  void governed(const Object& o, const MapValue& spec, uint32_t number) {
    const llvm::StringRef name = textAt(spec, {"serviceName"});
    const Space& space = index.spaceOf(o);
    if (name.empty() || index.find(space, Kind::Service, name) || declared({number}).ports.empty()) return; // nobody calls pods without ports by their names
    const std::vector<std::string> services = index.namesOf(space, Kind::Service);
    if ((!space.made && services.empty()) || !index.knowsPods(space)) return;
    r.warn(Code::NoGoverningService, o, "/spec/serviceName", fmt::format("the pods of {} get no names: namespace {} has no Service {}", titleOf(o), o.ns.str(), name.str()), meant(name, services, "make a headless Service of that name (`clusterIP = \"None\"`) that selects them"));
  }
};

} // namespace

void serviceRelations(Relations& relations) { Services(relations).run(); }

} // namespace chasi::lint
