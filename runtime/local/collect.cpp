#include "runtime/local/collect.h"

#include "runtime/local/background.h"
#include "runtime/local/furnish.h"
#include "runtime/local/remove.h"
#include "runtime/local/simulate.h"

#include <fmt/format.h>

namespace chasi::local {

namespace {

constexpr const char* kDefinitions = "customresourcedefinitions.apiextensions.k8s.io";

/// The kind as it is served, or one that only has a name: what is stored can always be removed.
KindPtr kindOf(Cluster& cluster, const std::string& qualified) {
  if (KindPtr kind = cluster.catalog()->stored(qualified)) return kind;
  auto kind = std::make_shared<Kind>();
  const size_t dot = qualified.find('.');
  kind->plural = qualified.substr(0, dot);
  if (dot != qualified.npos) kind->group = qualified.substr(dot + 1);
  kind->custom = true;
  return kind;
}

bool remove(Cluster& cluster, const Key& key, const std::string& uid, Propagation propagation = Propagation::Background) {
  RemoveOrder order;
  order.uid = uid;
  order.propagation = propagation;
  const Result<Removed> result = removeObject(cluster, *kindOf(cluster, key.kind), key, order);
  return std::holds_alternative<Removed>(result);
}

/// Where an owner would be; nothing when its kind is not known, so that nothing is concluded from not finding it.
std::optional<Key> ownerKey(Cluster& cluster, const Json& reference, const std::string& ns) {
  const std::string version = textAt(reference, {"apiVersion"});
  const std::string group = version.find('/') == version.npos ? "" : version.substr(0, version.find('/'));
  for (const KindPtr& kind : cluster.catalog()->kinds())
    if (kind->group == group && kind->kind == textAt(reference, {"kind"})) return Key{kind->qualified(), kind->namespaced ? ns : "", textAt(reference, {"name"})};
  return {};
}

/// Changes one object outside of requests. `edit` returns false when there is nothing to do.
void amend(Cluster& cluster, const Key& key, const std::function<bool(Json&)>& edit) {
  Change change(cluster.store());
  const EntryPtr entry = change.get(key);
  if (!entry) return;
  Json object = entry->json();
  if (!edit(object)) return;
  change.put(key, object);
  // A full disk here leaves the work for the next start.
  (void)change.commit();
}

const Json& ownersOf(const Json& object) {
  static const Json none = Json::array();
  const Json* owners = find(object, {"metadata", "ownerReferences"});
  return owners && owners->is_array() ? *owners : none;
}

bool exists(Cluster& cluster, const Json& reference, const std::string& ns) {
  const std::optional<Key> key = ownerKey(cluster, reference, ns);
  if (!key) return true;
  const EntryPtr owner = cluster.store().get(*key);
  return owner && owner->meta().uid == textAt(reference, {"uid"});
}

/// Takes out references to one owner; false when there were none.
bool dropOwner(Json& object, const std::string& uid) {
  Json* owners = find(object, {"metadata", "ownerReferences"});
  if (!owners || !owners->is_array()) return false;
  Json left = Json::array();
  for (Json& each : *owners)
    if (textAt(each, {"uid"}) != uid) left.push_back(each);
  if (left.size() == owners->size()) return false;
  if (left.empty()) object["metadata"].erase("ownerReferences");
  else *owners = std::move(left);
  return true;
}

bool hasFinalizer(const Json& object, const char* name) {
  const Json* list = find(object, {"metadata", "finalizers"});
  return list && list->is_array() && std::find(list->begin(), list->end(), name) != list->end();
}

void dropFinalizer(Cluster& cluster, const Key& key, const char* name) {
  amend(cluster, key, [&](Json& object) {
    if (!hasFinalizer(object, name)) return false;
    Json& list = object["metadata"]["finalizers"];
    list.erase(std::find(list.begin(), list.end(), name));
    if (list.empty()) object["metadata"].erase("finalizers");
    return true;
  });
}

/// Tells in the namespace's status what keeps it.
void reportRemaining(Cluster& cluster, const Key& key, const std::string& what) {
  amend(cluster, key, [&](Json& object) {
    const Json condition = {{"type", "NamespaceContentRemaining"}, {"status", "True"}, {"reason", "SomeResourcesRemain"},
                            {"message", "Some resources are remaining: " + what}, {"lastTransitionTime", timeNow()}};
    Json& conditions = object["status"]["conditions"];
    if (conditions.is_array() && !conditions.empty() && textAt(conditions[0], {"message"}) == textAt(condition, {"message"})) return false;
    conditions = Json::array({condition});
    return true;
  });
}

void emptyNamespace(Cluster& cluster, const Key& key) {
  for (const std::string& kind : cluster.store().kindsIn(key.name))
    for (const EntryPtr& entry : cluster.store().list(kind, key.name).entries)
      if (!entry->meta().deleting) remove(cluster, entry->key(), entry->meta().uid);
  std::string left;
  for (const std::string& kind : cluster.store().kindsIn(key.name))
    left += fmt::format("{}{} has {} resource instances", left.empty() ? "" : ", ", kind, cluster.store().count(kind, key.name));
  if (!left.empty()) return reportRemaining(cluster, key, left);
  Change change(cluster.store());
  const EntryPtr entry = change.get(key);
  if (!entry || !entry->meta().deleting) return;
  // Nothing new came in: objects are not created in a namespace that is being deleted.
  Json object = entry->json();
  const Json* finalizers = find(object, {"metadata", "finalizers"});
  if (finalizers && !finalizers->empty()) {
    setAt(object, {"spec", "finalizers"}, Json::array());
    change.put(key, object);
  } else {
    change.erase(key);
  }
  (void)change.commit();
}

void emptyDefinition(Cluster& cluster, const Key& key) {
  for (const EntryPtr& entry : cluster.store().list(key.name, "").entries)
    if (!entry->meta().deleting) remove(cluster, entry->key(), entry->meta().uid);
  if (cluster.store().list(key.name, "").entries.empty()) dropFinalizer(cluster, key, "customresourcecleanup.apiextensions.k8s.io");
}

/// Dependents first: they are deleted as thoroughly as their owner, which waits for them.
void removeDependents(Cluster& cluster, const Key& key, const std::string& uid) {
  for (const EntryPtr& entry : cluster.store().ownedBy(uid))
    if (!entry->meta().deleting) remove(cluster, entry->key(), entry->meta().uid, Propagation::Foreground);
  if (cluster.store().ownedBy(uid).empty()) dropFinalizer(cluster, key, "foregroundDeletion");
}

void freeDependents(Cluster& cluster, const Key& key, const std::string& uid) {
  for (const EntryPtr& entry : cluster.store().ownedBy(uid)) amend(cluster, entry->key(), [&](Json& object) { return dropOwner(object, uid); });
  dropFinalizer(cluster, key, "orphan");
}

} // namespace

void collectOwned(Cluster& cluster, const std::string& uid) {
  for (const EntryPtr& entry : cluster.store().ownedBy(uid)) {
    const Json object = entry->json();
    const Json& owners = ownersOf(object);
    const bool others = std::any_of(owners.begin(), owners.end(), [&](const Json& each) { return textAt(each, {"uid"}) != uid && exists(cluster, each, entry->key().ns); });
    if (others) amend(cluster, entry->key(), [&](Json& next) { return dropOwner(next, uid); });
    else remove(cluster, entry->key(), entry->meta().uid);
  }
}

void collectOrphan(Cluster& cluster, const Key& key) {
  const EntryPtr entry = cluster.store().get(key);
  if (!entry || entry->meta().deleting) return;
  const Json object = entry->json();
  const Json& owners = ownersOf(object);
  const bool any = std::any_of(owners.begin(), owners.end(), [&](const Json& each) { return exists(cluster, each, key.ns); });
  if (!owners.empty() && !any) remove(cluster, key, entry->meta().uid);
}

std::vector<Key> ownersBeingDeleted(Cluster& cluster, const Json& object) {
  std::vector<Key> keys;
  for (const Json& reference : ownersOf(object)) {
    const std::optional<Key> key = ownerKey(cluster, reference, textAt(object, {"metadata", "namespace"}));
    const EntryPtr owner = key ? cluster.store().get(*key) : nullptr;
    if (owner && owner->meta().deleting) keys.push_back(*key);
  }
  return keys;
}

void finalizeObject(Cluster& cluster, const Key& key) {
  const EntryPtr entry = cluster.store().get(key);
  if (!entry || !entry->meta().deleting) return;
  if (key.kind == "namespaces") return emptyNamespace(cluster, key);
  const Json object = entry->json();
  if (key.kind == kDefinitions) emptyDefinition(cluster, key);
  if (hasFinalizer(object, "foregroundDeletion")) removeDependents(cluster, key, entry->meta().uid);
  if (hasFinalizer(object, "orphan")) freeDependents(cluster, key, entry->meta().uid);
  const EntryPtr after = cluster.store().get(key);
  if (!after || after->meta().uid != entry->meta().uid) return;
  const Json rest = after->json();
  const Json* finalizers = find(rest, {"metadata", "finalizers"});
  if (!finalizers || finalizers->empty()) remove(cluster, key, entry->meta().uid);
}

void becomeReady(Cluster& cluster, const Key& key) {
  const KindPtr kind = cluster.catalog()->stored(key.kind);
  if (!kind || !cluster.options().simulate) return;
  amend(cluster, key, [&](Json& object) {
    std::optional<Json> next = simulate(*kind, object, true, timeNow(), [&](const Json& asking) { return replicasFor(cluster.store(), asking); });
    if (next) object = std::move(*next);
    return next.has_value();
  });
}

std::vector<EntryPtr> unfinished(Cluster& cluster) {
  std::vector<EntryPtr> found;
  for (const KindPtr& kind : cluster.catalog()->kinds()) {
    if (kind->version != kind->storageVersion) continue;
    const bool workload = cluster.options().simulate && needsTime(kind->qualified());
    for (EntryPtr& entry : cluster.store().list(kind->qualified(), "").entries) {
      const std::string& text = entry->text();
      const bool waits = (workload && !looksReady(kind->qualified(), text)) || text.find("\"deletionTimestamp\"") != text.npos || text.find("\"ownerReferences\":[{") != text.npos;
      if (waits) found.push_back(std::move(entry));
    }
  }
  return found;
}

} // namespace chasi::local
