// The rules are those of kubernetes/pkg/apis/core/validation and pkg/apis/{apps,batch}/validation.
#include "compiler/lower/pods.h"
#include "compiler/manifest/amounts.h"
#include "compiler/manifest/selectors.h"
#include "compiler/sema/quantity.h"
#include "runtime/plan/pod_template.h"
#include "runtime/plan/secrets.h"

#include <llvm/ADT/StringSet.h>

namespace chasi::lower {

using namespace sema;

namespace {

class Pods {
public:
  Pods(Program& program, const Draft& draft, const plan::Operation& operation) : p(program), d_(draft), op_(operation) {}

  void check() {
    const llvm::StringRef kind = op_.object.kind;
    if (kind == "Pod") {
      if (const MapValue* spec = mapAt(*d_.manifest, "spec")) pod(*spec, "/spec");
      else missing(*d_.manifest, "spec");
      return;
    }
    const MapValue* at = d_.manifest;
    llvm::SmallVector<llvm::StringRef, 4> steps;
    const llvm::StringRef pointer = *plan::podTemplateIn(std::string_view(kind));
    pointer.drop_front().split(steps, '/');
    for (const llvm::StringRef step : steps)
      if (const MapValue* around = at) {
        at = mapAt(*around, step);
        if (!at && step == "spec") missing(*around, step); // the others are required by their types
      }
    if (!at) return;
    if (op_.object.apiVersion == "apps/v1") {
      selector(*at);
      expressions();
    }
    if (const MapValue* spec = mapAt(*at, "spec")) {
      restart(*spec, (pointer + "/spec").str());
      pod(*spec, (pointer + "/spec").str());
    } else {
      missing(*at, "spec");
    }
  }

private:
  Program& p;
  const Draft& d_;
  const plan::Operation& op_;

  void bad(const std::string& pointer, const std::string& message, std::string help) {
    badObject(p, d_, op_, pointer, fmt::format("{} {}: {}", op_.object.kind, op_.object.name, message), std::move(help));
  }

  /// Nothing is there, not even something that is known later.
  void missing(const MapValue& around, llvm::StringRef key) {
    if (const Value* v = around.find(key); v && !v->isAbsent()) return;
    bad("", fmt::format("`{}` is missing, so there is no container to run", key.str()), "add it, with containers");
  }

  /// The labels that the selector wants are on the template.
  void selector(const MapValue& pods) {
    const Value* wanted = at(*d_.manifest, {"spec", "selector", "matchLabels"});
    if (!wanted || wanted->tag != Tag::Map) return;
    const Value* found = at(pods, {"metadata", "labels"});
    if (found && found->tag != Tag::Map && !found->isAbsent()) return;
    for (size_t i = 0; i < wanted->map->size(); ++i) {
      const MapEntry e = (*wanted->map)[i];
      if (!e.value.isText()) continue;
      const Value* label = found && found->tag == Tag::Map ? found->map->find(e.key) : nullptr;
      if (label && !label->isAbsent() && !label->isText()) continue; // not known yet
      if (label && label->isText() && label->str() == e.value.str()) continue;
      const std::string has = label && label->isText() ? fmt::format("there it is `{}`", label->str().str()) : std::string("they have no such label");
      bad(plan::joinPointer({"spec", "selector", "matchLabels", e.key.str()}), fmt::format("the selector wants pods with the label {}={}, and those of the template do not have it: {}", e.key.str(), e.value.str().str(), has),
          "selector.matchLabels and template.metadata.labels must agree");
    }
  }

  /// What else it wants holds of the template.
  void expressions() {
    const MapValue* wanted = mapAt(*d_.manifest, {"spec", "selector"});
    const size_t count = wanted ? listAt(*wanted, "matchExpressions").size() : 0;
    const std::optional<plan::LabelSelector> selector = count ? selectorOf(*wanted) : std::nullopt;
    if (!selector) return;
    const PodTemplate pods = *podsOf(op_.object.apiVersion, op_.object.kind, *d_.manifest);
    for (size_t i = 0; i < count; ++i) {
      const plan::LabelSelector::Requirement& r = selector->requirements[selector->requirements.size() - count + i];
      if (!holds(r, pods)) bad(fmt::format("/spec/selector/matchExpressions/{}", i), fmt::format("the selector wants pods with {}, and those of the template are not such", manifest::describe(r)), "selector.matchExpressions and template.metadata.labels must agree");
    }
  }

  void restart(const MapValue& spec, const std::string& pointer) {
    const bool ends = op_.object.apiVersion == "batch/v1";
    const Value* v = spec.find("restartPolicy");
    const bool missing = !v || v->isAbsent();
    if (!missing && !v->isText()) return;
    if (missing && !ends) return; // the default is the one that must be there
    const llvm::StringRef policy = missing ? "Always" : v->str();
    if ((policy == "Always") != ends) return;
    bad(missing ? pointer : pointer + "/restartPolicy", fmt::format("pods of a {} cannot have the restartPolicy {}{}", op_.object.kind, policy.str(), missing ? ", which is the default" : ""),
        ends ? "write restartPolicy = \"OnFailure\" or \"Never\"" : "take it away, or write \"Always\"");
  }

  void pod(const MapValue& spec, const std::string& pointer) {
    llvm::StringSet<> volumes;
    bool all = known(spec, "volumes");
    if (const MapValue* own = mapAt(*d_.manifest, "spec"); own && op_.object.kind == "StatefulSet") {
      all = all && known(*own, "volumeClaimTemplates");
      for (const Value& claim : listAt(*own, "volumeClaimTemplates")) {
        const MapValue* metadata = claim.tag == Tag::Map ? mapAt(*claim.map, "metadata") : nullptr;
        const llvm::StringRef name = metadata ? textOf(Value::of(metadata), "name") : llvm::StringRef();
        if (name.empty()) all = false;
        else volumes.insert(name);
      }
    }
    const llvm::ArrayRef<Value> sources = listAt(spec, "volumes");
    for (size_t i = 0; i < sources.size(); ++i)
      if (sources[i].tag == Tag::Map && count(*sources[i].map, "name") > 1) bad(fmt::format("{}/volumes/{}", pointer, i), "a volume comes from one place only", "make two volumes of it");
    for (const Value& v : listAt(spec, "volumes")) {
      const llvm::StringRef name = textOf(v, "name");
      if (name.empty()) all = false;
      else volumes.insert(name);
    }
    llvm::StringSet<> names;
    for (const Value& c : listAt(spec, "containers")) names.insert(textOf(c, "name"));
    unique(listAt(spec, "initContainers"), pointer + "/initContainers", "containers", names);
    for (const llvm::StringRef list : {"containers", "initContainers"}) {
      const std::string at = pointer + "/" + list.str();
      size_t i = 0;
      for (const Value& c : listAt(spec, list)) {
        if (c.tag == Tag::Map) container(*c.map, fmt::format("{}/{}", at, i), all ? &volumes : nullptr);
        ++i;
      }
    }
  }

  /// Missing, or a list that can be looked at.
  static bool known(const MapValue& map, llvm::StringRef key) {
    const Value* v = map.find(key);
    return !v || v->isAbsent() || v->tag == Tag::List;
  }

  /// Names that the types do not say to be unique, which `validate` looks at.
  void unique(llvm::ArrayRef<Value> items, const std::string& pointer, llvm::StringRef what, llvm::StringSet<>& seen) {
    for (size_t i = 0; i < items.size(); ++i) {
      const llvm::StringRef name = textOf(items[i], "name");
      if (name.empty() || seen.insert(name).second) continue;
      bad(fmt::format("{}/{}/name", pointer, i), fmt::format("two {} have the name `{}`", what.str(), name.str()), "give each a name of its own");
    }
  }

  /// `volumes` is null when they are not all known.
  void container(const MapValue& c, const std::string& pointer, const llvm::StringSet<>* volumes) {
    if (const Value* image = c.find("image"); !image || image->isAbsent() || (image->isText() && image->str().empty())) bad(pointer, "a container has an image", "add `image`");
    for (const char* probe : {"livenessProbe", "readinessProbe", "startupProbe"})
      if (const MapValue* asks = mapAt(c, probe)) handler(*asks, fmt::format("{}/{}", pointer, probe), "a probe asks in one way", "write one of exec, grpc, httpGet and tcpSocket");
    if (const MapValue* lifecycle = mapAt(c, "lifecycle"))
      for (const char* hook : {"postStart", "preStop"})
        if (const MapValue* does = mapAt(*lifecycle, hook)) handler(*does, fmt::format("{}/lifecycle/{}", pointer, hook), "a hook does one thing", "write one of exec, httpGet, sleep and tcpSocket");
    const llvm::ArrayRef<Value> variables = listAt(c, "env");
    for (size_t i = 0; i < variables.size(); ++i)
      if (variables[i].tag == Tag::Map) source(*variables[i].map, fmt::format("{}/env/{}", pointer, i));
    llvm::StringSet<> ports;
    unique(listAt(c, "ports"), pointer + "/ports", "ports of one container", ports);
    const llvm::ArrayRef<Value> mounts = listAt(c, "volumeMounts");
    for (size_t i = 0; volumes && i < mounts.size(); ++i) {
      const llvm::StringRef name = textOf(mounts[i], "name");
      if (name.empty() || volumes->contains(name)) continue;
      std::vector<std::string> there;
      for (const auto& v : *volumes) there.push_back(v.getKey().str());
      llvm::sort(there);
      const std::string near = source::nearest(name.str(), there);
      bad(fmt::format("{}/volumeMounts/{}/name", pointer, i), fmt::format("the pod has no volume `{}`", name.str()), near.empty() ? "add it to the volumes of the pod" : fmt::format("did you mean `{}`?", near));
    }
    if (const MapValue* resources = mapAt(c, "resources")) limits(*resources, pointer);
  }

  /// How many fields are there besides this one.
  static size_t count(const MapValue& map, llvm::StringRef besides) {
    size_t fields = 0;
    for (const MapEntry& e : map.entries()) fields += e.key != besides && !e.value.isAbsent();
    return fields;
  }

  void handler(const MapValue& asks, const std::string& pointer, const char* rule, const char* help) {
    size_t ways = 0;
    for (const char* way : {"exec", "grpc", "httpGet", "sleep", "tcpSocket"}) {
      const Value* v = asks.find(way);
      ways += v && !v->isAbsent();
    }
    if (ways != 1) bad(pointer, fmt::format("{}, and here are {}", rule, ways), help);
  }

  /// Where a variable comes from: one place, and no value beside it.
  void source(const MapValue& variable, const std::string& pointer) {
    const MapValue* from = mapAt(variable, "valueFrom");
    if (!from) return;
    size_t places = 0;
    for (const Value& v : from->values()) places += !v.isAbsent();
    if (places != 1) bad(pointer + "/valueFrom", places ? "a variable comes from one place only" : "nothing says where the variable comes from", "write one of fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef and fileKeyRef");
    if (const Value* value = variable.find("value"); value && value->isText() && !value->str().empty()) bad(pointer + "/value", "a variable has a value or a place that it comes from, and not both", "leave one of them out");
  }

  void limits(const MapValue& resources, const std::string& pointer) {
    const MapValue *requests = mapAt(resources, "requests"), *most = mapAt(resources, "limits");
    for (const auto& [list, entries] : {std::pair("requests", requests), std::pair("limits", most)})
      if (entries)
        for (const MapEntry& e : entries->entries())
          if (!e.key.contains('/') && !e.key.starts_with("hugepages-") && e.key != "cpu" && e.key != "memory" && e.key != "ephemeral-storage")
            bad(fmt::format("{}/resources/{}/{}", pointer, list, e.key.str()), fmt::format("containers have no resource `{}`", e.key.str()), "write cpu, memory, ephemeral-storage, or a resource with its domain, such as nvidia.com/gpu");
    if (!requests || !most) return;
    for (const auto& [name, unit] : {std::pair<llvm::StringRef, Tag>{"cpu", Tag::Cpu}, {"memory", Tag::Bytes}, {"ephemeral-storage", Tag::Bytes}}) {
      const Value *request = requests->find(name), *limit = most->find(name);
      if (!request || !limit) continue;
      const std::optional<int64_t> asked = amountOf(*request, unit), allowed = amountOf(*limit, unit);
      if (!asked || !allowed || *asked <= *allowed) continue;
      bad(fmt::format("{}/resources/requests/{}", pointer, name.str()), fmt::format("a container asks for more {} than its limit lets it use: {}, and no more than {}", name.str(), describe(*request), describe(*limit)),
          "lower the request or raise the limit");
    }
  }
};

} // namespace

void checkPods(Program& program, eval::Evaluator& evaluator, const std::vector<Draft>& drafts, const std::vector<plan::Operation>& operations) {
  for (size_t i = 0; i < drafts.size(); ++i) {
    const Draft& d = drafts[i];
    // What holds records is not looked at: what those become is not told by the manifest alone.
    if (operations[i].kind != plan::OpKind::Object || d.unchecked || d.holdsRecords || !d.manifest) continue;
    const plan::ObjectRef& object = operations[i].object;
    if (!makesPods(object.apiVersion, object.kind)) continue;
    const Watch watch(program, evaluator, *d.owner);
    Pods(program, d, operations[i]).check();
  }
}

} // namespace chasi::lower
