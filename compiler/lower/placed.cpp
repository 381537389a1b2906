#include "compiler/lower/placed.h"

#include "compiler/lower/describe.h"

namespace chasi::lower {

using namespace sema;

const MapValue* Placing::place(const MapValue& manifest, Value ns, const k8s::Schema& types) {
  const Identity identity = identityOf(manifest);
  if (!identity.ns.empty()) return &manifest;
  const Value* metadata = manifest.find("metadata");
  if (!metadata || metadata->tag != Tag::Map || metadata->map->find("namespace")) return &manifest; // what is wrong with it is said later
  const k8s::Resource* resource = types.resourceOf(identity.apiVersion.str(), identity.kind.str());
  if (resource ? !resource->namespaced : isClusterWide(identity.apiVersion.split('/').first, identity.kind)) return &manifest;
  std::vector<MapEntry> inner(metadata->map->entries().begin(), metadata->map->entries().end());
  inner.push_back({"namespace", ns, inner.empty() ? source::Span() : inner.front().span});
  std::vector<MapEntry> outer(manifest.entries().begin(), manifest.entries().end());
  for (MapEntry& entry : outer)
    if (entry.key == "metadata") entry.value = Value::of(makeMap(p.arena, inner));
  return makeMap(p.arena, outer);
}

bool Placing::isClusterWide(llvm::StringRef group, llvm::StringRef kind) {
  if (!clusterWide_) {
    clusterWide_.emplace();
    for (const ListValue* list : lists_)
      for (const Value& item : list->items) {
        if (item.tag != Tag::Record || item.record->schema->name != "Object") continue;
        const Value manifest = e.unfolded(e.field(*item.record, "manifest"));
        if (manifest.tag != Tag::Map || identityOf(*manifest.map).kind != "CustomResourceDefinition") continue;
        if (textAt(*manifest.map, {"spec", "scope"}) == "Cluster") clusterWide_->insert({textAt(*manifest.map, {"spec", "group"}).str(), textAt(*manifest.map, {"spec", "names", "kind"}).str()});
      }
  }
  return clusterWide_->contains({group.str(), kind.str()});
}

} // namespace chasi::lower
