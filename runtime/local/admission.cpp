#include "runtime/local/admission.h"

#include "runtime/local/quantity.h"

#include <fmt/format.h>

namespace chasi::local {

std::optional<Refusal> admitNamespace(const EntryPtr& ns, const Kind& kind, const Key& key) {
  if (!ns) return namespaceNotFound(key.ns);
  if (!ns->meta().deleting) return {};
  Refusal refusal = forbidden(kind, key.name, fmt::format("unable to create new content in namespace {} because it is being terminated", key.ns));
  refusal.details["causes"] = Json::array({{{"reason", "NamespaceTerminating"}, {"message", fmt::format("namespace {} is being terminated", key.ns)}, {"field", "metadata.namespace"}}});
  return refusal;
}

namespace {

constexpr const char* kQuotas = "resourcequotas";

/// Whether objects of the kind count for a key of `spec.hard`.
bool concerns(const std::string& resource, const std::string& kind) {
  if (resource.starts_with("count/")) return resource.substr(6) == kind;
  if (kind == "services") return resource == "services" || resource.starts_with("services.");
  if (kind == "persistentvolumeclaims")
    return resource == "persistentvolumeclaims" || resource == "requests.storage" || resource.find(".storageclass.storage.k8s.io/") != resource.npos;
  return resource == kind;
}

Quantity countOf(size_t number) { return {static_cast<int64_t>(number) * 1000, false}; }

size_t countServices(const Change& change, const std::string& ns, const std::string& resource) {
  size_t number = 0;
  for (const EntryPtr& entry : change.list("services", ns)) {
    const Json service = entry->json();
    const std::string& type = textAt(service, {"spec", "type"});
    const Json* ports = find(service, {"spec", "ports"});
    if (resource == "services.loadbalancers") number += type == "LoadBalancer";
    else if (type == "NodePort" || type == "LoadBalancer") number += ports ? ports->size() : 0;
  }
  return number;
}

Quantity sumClaims(const Change& change, const std::string& ns, const std::string& storageClass, bool storage) {
  Quantity sum{0, storage};
  for (const EntryPtr& entry : change.list("persistentvolumeclaims", ns)) {
    const Json claim = entry->json();
    if (!storageClass.empty() && textAt(claim, {"spec", "storageClassName"}) != storageClass) continue;
    if (!storage) sum = sum + countOf(1);
    else if (auto size = Quantity::parse(textAt(claim, {"spec", "resources", "requests", "storage"}))) sum = sum + *size;
  }
  return sum;
}

/// How much of a resource the namespace uses. No pods run, so processors and memory are never used.
Quantity usageOf(const Change& change, const std::string& ns, const std::string& resource) {
  if (resource.starts_with("count/")) return countOf(change.count(resource.substr(6), ns));
  if (resource == "services.loadbalancers" || resource == "services.nodeports") return countOf(countServices(change, ns, resource));
  if (resource == "requests.storage") return sumClaims(change, ns, "", true);
  if (size_t at = resource.find(".storageclass.storage.k8s.io/"); at != resource.npos)
    return sumClaims(change, ns, resource.substr(0, at), resource.ends_with("/requests.storage"));
  for (const char* kind : {"configmaps", "persistentvolumeclaims", "pods", "replicationcontrollers", "resourcequotas", "secrets", "services"})
    if (resource == kind) return countOf(change.count(kind, ns));
  return {};
}

std::string textOf(const Json& value) { return value.is_string() ? value.get<std::string>() : dumpJson(value); }

/// Scopes choose among pods; a quota with scopes says nothing about other objects.
bool hasScopes(const Json& quota) { return find(quota, {"spec", "scopes"}) || find(quota, {"spec", "scopeSelector"}); }

void storeUsage(Change& change, const Key& key, const Json& before, Json used, const std::string& now) {
  Json next = before;
  setAt(next, {"status", "hard"}, before["spec"]["hard"]);
  setAt(next, {"status", "used"}, std::move(used));
  if (next == before) return;
  const Writer writer{"kube-controller-manager", "v1", "status", now};
  change.put(key, trackUpdate(k8s::Schema::builtin().typeNamed("core.v1.ResourceQuota"), before, std::move(next), writer));
}

struct Excess {
  std::string requested, used, limited;
  void add(const std::string& resource, const Quantity& more, const Quantity& had, const std::string& limit) {
    auto join = [&](std::string& list, const std::string& value) { list += fmt::format("{}{}={}", list.empty() ? "" : ",", resource, value); };
    join(requested, more.text());
    join(used, had.text());
    join(limited, limit);
  }
};

/// One quota; `refuse` says whether exceeding it matters.
std::optional<Excess> weigh(Change& change, const EntryPtr& entry, const std::string& kind, bool refuse, const std::string& now) {
  const Json quota = entry->json();
  const Json* hard = find(quota, {"spec", "hard"});
  if (!hard || !hard->is_object() || hasScopes(quota)) return {};
  Json used = quota.contains("status") ? quota["status"].value("used", Json::object()) : Json::object();
  Excess excess;
  bool concerned = false;
  for (const auto& [resource, limit] : hard->items()) {
    if (!concerns(resource, kind)) continue;
    concerned = true;
    const Quantity after = usageOf(change, entry->key().ns, resource);
    const Quantity before = used.contains(resource) ? Quantity::parse(textOf(used[resource])).value_or(Quantity()) : Quantity();
    const std::optional<Quantity> most = Quantity::parse(textOf(limit));
    if (refuse && most && after.milli > most->milli && after.milli > before.milli)
      excess.add(resource, {after.milli - before.milli, after.binary}, before, textOf(limit));
    used[resource] = after.text();
  }
  if (!excess.requested.empty()) return excess;
  if (concerned) storeUsage(change, entry->key(), quota, std::move(used), now);
  return {};
}

} // namespace

std::optional<Refusal> admitQuotas(Change& change, const Kind& kind, const Key& key, const std::string& now) {
  if (key.ns.empty()) return {};
  for (const EntryPtr& entry : change.list(kQuotas, key.ns))
    if (std::optional<Excess> excess = weigh(change, entry, key.kind, true, now))
      return forbidden(kind, key.name, fmt::format("exceeded quota: {}, requested: {}, used: {}, limited: {}", entry->key().name, excess->requested, excess->used, excess->limited));
  return {};
}

void countQuotas(Change& change, const Key& key, const std::string& now) {
  if (key.ns.empty()) return;
  for (const EntryPtr& entry : change.list(kQuotas, key.ns)) weigh(change, entry, key.kind, false, now);
}

void countQuota(Change& change, const Key& key, const std::string& now) {
  const EntryPtr entry = change.get(key);
  if (!entry) return;
  const Json quota = entry->json();
  const Json* hard = find(quota, {"spec", "hard"});
  Json used = Json::object();
  if (hard && hard->is_object() && !hasScopes(quota))
    for (const auto& [resource, limit] : hard->items()) used[resource] = usageOf(change, key.ns, resource).text();
  if (hard && hard->is_object()) storeUsage(change, key, quota, std::move(used), now);
}

} // namespace chasi::local
