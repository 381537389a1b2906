// PodDisruptionBudgets and autoscalers, and the workloads that they are about.
#include "compiler/lint/relations.h"

#include <llvm/ADT/DenseSet.h>

namespace chasi::lint {

using namespace sema;
using namespace manifest;
using source::Code;
using source::Diagnostic;

namespace {

class Workloads {
public:
  explicit Workloads(Relations& relations) : r(relations), index(relations.index) {}

  void run() {
    for (const Object& o : index.objects())
      if (o.is == Kind::Autoscaler) autoscaler(o);
    for (const Object& o : index.objects())
      if (o.is == Kind::DisruptionBudget) budget(o);
  }

private:
  Relations& r;
  const Index& index;
  llvm::DenseSet<const Object*> scaled_; ///< how many pods they have, an autoscaler decides

  // --- autoscalers

  void autoscaler(const Object& o) {
    const MapValue* spec = mapAt(*o.manifest, "spec");
    const MapValue* target = spec ? mapAt(*spec, "scaleTargetRef") : nullptr;
    if (!target) return;
    const llvm::StringRef kind = textAt(*target, {"kind"}), name = textAt(*target, {"name"});
    const Space& space = index.spaceOf(o);
    if (!textAt(*target, {"apiVersion"}).starts_with("apps/") || name.empty() || (kind != "Deployment" && kind != "StatefulSet" && kind != "ReplicaSet")) return;
    const Object* workload = index.find(space, Kind::Workload, name, kind);
    if (!workload) {
      if (!index.knowsPods(space)) return;
      std::vector<std::string> there;
      for (const uint32_t w : space.workloads)
        if (index.objects()[w].kind == kind) there.push_back(index.objects()[w].name.str());
      r.warn(Code::NothingToScale, o, "/spec/scaleTargetRef/name", fmt::format("{} scales {} {}, which namespace {} does not have", titleOf(o), kind.str(), name.str(), o.ns.str()), meant(name, there, fmt::format("the namespace runs {}", workloadsOf(index, space))));
      return;
    }
    scaled_.insert(workload);
    const llvm::ArrayRef<Value> metrics = listAt(*spec, "metrics");
    if (isOpaque(*spec, "metrics")) return;
    if (metrics.empty()) return measured(o, *workload, "cpu", {}, "/spec"); // which is what it does unless told otherwise
    for (size_t i = 0; i < metrics.size(); ++i) {
      if (metrics[i].tag != Tag::Map) continue;
      const MapValue& metric = *metrics[i].map;
      for (const auto& [type, member] : {std::pair("Resource", "resource"), std::pair("ContainerResource", "containerResource")})
        if (const MapValue* by = mapAt(metric, member); by && textAt(metric, {"type"}) == type && textAt(*by, {"target", "type"}) == "Utilization")
          measured(o, *workload, textAt(*by, {"name"}), textAt(*by, {"container"}), fmt::format("/spec/metrics/{}/{}/name", i, member));
    }
  }

  /// The use of a resource is told in parts of what is requested; one container without a request leaves the pod without a figure.
  void measured(const Object& o, const Object& workload, llvm::StringRef resource, llvm::StringRef only, const std::string& pointer) {
    const PodTemplate& pods = index.podsOf(workload);
    if (resource.empty() || !pods.spec || has(*pods.spec, "resources") || limitRange(workload)) return;
    eachContainer(pods, [&](const Container& c) {
      if (c.init() || (!only.empty() && c.name() != only) || isOpaque(c.fields, "resources")) return;
      const MapValue* resources = mapAt(c.fields, "resources");
      for (const char* list : {"requests", "limits"})
        if (const MapValue* entries = resources ? mapAt(*resources, list) : nullptr; (entries && has(*entries, resource)) || (resources && isOpaque(*resources, list))) return;
      Diagnostic* d = r.warn(Code::NothingToMeasure, o, pointer, fmt::format("{} scales by the use of {}, and container {} of {} requests none", titleOf(o), resource.str(), c.name().str(), titleOf(workload)), fmt::format("add resources.requests.{} to the container", resource.str()));
      r.label(d, workload, c.at(""), "the container");
    });
  }

  /// Whether what containers do not say themselves is said for all of the namespace.
  bool limitRange(const Object& workload) const {
    return llvm::any_of(index.spaceOf(workload).objects, [&](uint32_t i) { return index.objects()[i].apiVersion == "v1" && index.objects()[i].kind == "LimitRange"; });
  }

  // --- budgets

  void budget(const Object& o) {
    const MapValue* spec = mapAt(*o.manifest, "spec");
    const MapValue* wanted = spec ? mapAt(*spec, "selector") : nullptr;
    const std::optional<plan::LabelSelector> selector = wanted ? selectorOf(*wanted) : std::nullopt;
    const Space& space = index.spaceOf(o);
    if (!selector || space.workloads.empty()) return;
    std::vector<const Object*> selected;
    for (const uint32_t w : space.workloads)
      if (selects(*selector, index.podsOf(w))) selected.push_back(&index.objects()[w]);
    if (selected.empty()) {
      if (index.knowsPods(space)) r.warn(Code::BudgetWithoutPods, o, "/spec/selector", fmt::format("{} protects no pods: nothing in namespace {} has {}", titleOf(o), o.ns.str(), manifest::describe(*selector)), fmt::format("select what the pods have; the namespace runs {}", workloadsOf(index, space)));
      return;
    }
    drained(o, *spec, selected);
  }

  void drained(const Object& o, const MapValue& spec, const std::vector<const Object*>& selected) {
    const Value* least = spec.find("minAvailable");
    if (!least) return;
    int64_t pods = 0;
    for (const Object* w : selected) {
      const std::optional<int64_t> replicas = replicasOf(w->kind, *w->manifest);
      if (!replicas || scaled_.contains(w) || !index.podsOf(*w).labelsKnown) return;
      pods += *replicas;
    }
    int64_t percent = 0, kept = 0;
    llvm::StringRef text = least->isText() ? least->str() : llvm::StringRef();
    if (least->tag == Tag::Int) kept = least->integer;
    else if (text.consume_back("%") && !text.getAsInteger(10, percent) && percent > 0 && percent < 100) kept = (pods * percent + 99) / 100; // 100% is said on purpose
    if (kept < pods || pods == 0 || kept == 0 || !index.knowsPods(index.spaceOf(o))) return;
    Diagnostic* d = r.warn(Code::NeverDrained, o, "/spec/minAvailable", fmt::format("{} keeps {} of {} pod{}, so a node that runs one of them is never drained", titleOf(o), kept, pods, pods == 1 ? "" : "s"), "write `maxUnavailable = 1`, or run more copies");
    r.label(d, *selected.front(), at(*selected.front()->manifest, {"spec", "replicas"}) ? "/spec/replicas" : "/metadata/name", "its copies");
  }
};

} // namespace

void workloadRelations(Relations& relations) { Workloads(relations).run(); }

} // namespace chasi::lint
