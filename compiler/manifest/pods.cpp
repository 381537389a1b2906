#include "compiler/manifest/pods.h"

#include "runtime/plan/pod_template.h"

namespace chasi::manifest {

using namespace sema;

bool makesPods(llvm::StringRef apiVersion, llvm::StringRef kind) {
  return plan::podTemplateIn(std::string_view(kind)) && (apiVersion == "v1" || apiVersion == "apps/v1" || apiVersion == "batch/v1");
}

std::optional<PodTemplate> podsOf(llvm::StringRef apiVersion, llvm::StringRef kind, const MapValue& manifest) {
  if (!makesPods(apiVersion, kind)) return std::nullopt;
  const std::optional<std::string_view> pointer = plan::podTemplateIn(std::string_view(kind));
  PodTemplate pods{llvm::StringRef(*pointer)};
  const Value* root = pointer->empty() ? nullptr : atPointer(manifest, pods.pointer);
  pods.root = pointer->empty() ? &manifest : root && root->tag == Tag::Map ? root->map : nullptr;
  if (!pods.root) {
    pods.labelsKnown = false;
    return pods;
  }
  pods.spec = mapAt(*pods.root, "spec");
  const MapValue* metadata = mapAt(*pods.root, "metadata");
  pods.labels = metadata ? mapAt(*metadata, "labels") : nullptr;
  if (metadata ? isOpaque(*metadata, "labels") : isOpaque(*pods.root, "metadata")) pods.labelsKnown = false;
  if (pods.labels)
    for (const Value& label : pods.labels->values()) pods.labelsKnown = pods.labelsKnown && !isOpaque(label);
  return pods;
}

void eachContainer(const PodTemplate& pods, llvm::function_ref<void(const Container&)> each) {
  if (!pods.spec) return;
  for (const llvm::StringRef list : {"containers", "initContainers"}) {
    const llvm::ArrayRef<Value> containers = listAt(*pods.spec, list);
    for (size_t i = 0; i < containers.size(); ++i)
      if (containers[i].tag == Tag::Map) each({pods, *containers[i].map, list, i});
  }
}

std::optional<int64_t> replicasOf(llvm::StringRef kind, const MapValue& manifest) {
  if (kind == "Pod") return 1;
  if (kind != "Deployment" && kind != "StatefulSet" && kind != "ReplicaSet" && kind != "ReplicationController") return std::nullopt;
  const Value* replicas = at(manifest, {"spec", "replicas"});
  if (!replicas || replicas->isAbsent()) return isOpaque(manifest, "spec") ? std::nullopt : std::optional<int64_t>(1);
  return replicas->tag == Tag::Int ? std::optional(replicas->integer) : std::nullopt;
}

} // namespace chasi::manifest
