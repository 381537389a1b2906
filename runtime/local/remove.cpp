#include "runtime/local/remove.h"

#include "runtime/local/admission.h"
#include "runtime/local/background.h"
#include "runtime/local/decode_body.h"
#include "runtime/local/furnish.h"
#include "runtime/local/read.h"
#include "runtime/local/selector.h"

#include <fmt/format.h>
#include <llvm/ADT/STLExtras.h>
#include <llvm/ADT/StringRef.h>

namespace chasi::local {

namespace {

constexpr const char* kCleanup = "customresourcecleanup.apiextensions.k8s.io";

std::optional<Refusal> checkPreconditions(const Kind& kind, const Key& key, const Entry& entry, const RemoveOrder& order) {
  if (!order.uid.empty() && order.uid != entry.meta().uid)
    return conflict(kind, key.name, fmt::format("Precondition failed: UID in precondition: {}, UID in object meta: {}", order.uid, entry.meta().uid));
  if (!order.resourceVersion.empty() && order.resourceVersion != std::to_string(entry.version()))
    return conflict(kind, key.name, fmt::format("Precondition failed: ResourceVersion in precondition: {}, ResourceVersion in object meta: {}", order.resourceVersion, entry.version()));
  if (kind.is("", "Namespace") && isSystemNamespace(key.name)) return forbidden(kind, key.name, "this namespace may not be deleted");
  return {};
}

/// Finalizers that hold the object until the work in the background is done.
void addFinalizers(Cluster& cluster, const Key& key, const Entry& entry, const RemoveOrder& order, Json& object) {
  Json& metadata = object["metadata"];
  auto add = [&](const char* name) {
    Json& list = metadata["finalizers"];
    if (!list.is_array()) list = Json::array();
    if (std::find(list.begin(), list.end(), name) == list.end()) list.push_back(name);
  };
  const bool owner = order.propagation != Propagation::Background && !cluster.store().ownedBy(entry.meta().uid).empty();
  if (owner) add(order.propagation == Propagation::Foreground ? "foregroundDeletion" : "orphan");
  if (key.kind == "customresourcedefinitions.apiextensions.k8s.io" && !cluster.store().list(key.name, "").entries.empty()) add(kCleanup);
}

bool staysForNow(const Key& key, const Json& object) {
  const Json* finalizers = find(object, {"metadata", "finalizers"});
  return key.kind == "namespaces" || (finalizers && !finalizers->empty());
}

} // namespace

Result<Removed> removeObject(Cluster& cluster, const Kind& kind, const Key& key, const RemoveOrder& order) {
  const std::string now = timeNow();
  Change change(cluster.store());
  const EntryPtr entry = change.get(key);
  if (!entry) return notFound(kind, key.name);
  if (auto refusal = checkPreconditions(kind, key, *entry, order)) return *refusal;
  Json object = entry->json();
  const bool already = entry->meta().deleting;
  if (!already) addFinalizers(cluster, key, *entry, order, object);
  Removed removed{entry, !staysForNow(key, object)};
  if (already && !removed.gone) {
    cluster.background().finalize(key);
    return removed;
  }
  if (removed.gone) {
    change.erase(key);
    countQuotas(change, key, now);
  } else {
    object["metadata"]["deletionTimestamp"] = now;
    object["metadata"]["deletionGracePeriodSeconds"] = 0;
    if (find(object, {"metadata", "generation"})) object["metadata"]["generation"] = numberAt(object, {"metadata", "generation"}) + 1;
    if (key.kind == "namespaces") setAt(object, {"status", "phase"}, "Terminating");
    removed.entry = change.put(key, object);
  }
  if (order.dryRun) return removed;
  if (std::optional<WriteProblem> problem = change.commit()) return notWritten(*problem);
  if (removed.gone) cluster.background().gone(*entry);
  else cluster.background().finalize(key);
  if (removed.gone && key.kind == "customresourcedefinitions.apiextensions.k8s.io") cluster.renewCatalog();
  return removed;
}

static Result<RemoveOrder> readOrder(const Call& call) {
  RemoveOrder order;
  order.dryRun = call.dryRun;
  std::string policy = call.request->param("propagationPolicy");
  std::string orphan = call.request->param("orphanDependents");
  if (!call.request->body.empty()) {
    const std::string media = mediaType(call.request->contentType);
    if (!media.empty() && media != "application/json") return unsupportedMediaType("application/json");
    Result<Json> parsed = decodeJson(call.request->body);
    if (auto* refusal = std::get_if<Refusal>(&parsed)) return *refusal;
    const Json& options = std::get<Json>(parsed);
    if (!options.is_object()) return badRequest("DeleteOptions must be an object");
    order.uid = textAt(options, {"preconditions", "uid"});
    order.resourceVersion = textAt(options, {"preconditions", "resourceVersion"});
    if (policy.empty()) policy = textAt(options, {"propagationPolicy"});
    if (const Json* old = find(options, {"orphanDependents"}); old && old->is_boolean()) orphan = old->get<bool>() ? "true" : "false";
    if (const Json* dry = find(options, {"dryRun"}); dry && dry->is_array() && std::find(dry->begin(), dry->end(), "All") != dry->end()) order.dryRun = true;
  }
  if (policy == "Foreground") order.propagation = Propagation::Foreground;
  else if (policy == "Orphan" || (policy.empty() && orphan == "true")) order.propagation = Propagation::Orphan;
  else if (!policy.empty() && policy != "Background")
    return invalid("meta.k8s.io", "DeleteOptions", "", {fmt::format("propagationPolicy: Invalid value: \"{}\": must be one of Background, Foreground, Orphan", policy)});
  return order;
}

/// Kinds of which a deletion is answered with what was deleted (`ReturnDeletedObject` in the registries of 1.36).
static bool answersObject(const Kind& kind) {
  return kind.group == "storage.k8s.io" || (kind.group.empty() && llvm::is_contained({"persistentvolumeclaims", "persistentvolumes", "pods", "podtemplates", "resourcequotas", "serviceaccounts", "services"}, llvm::StringRef(kind.plural)));
}

Answer deleteObject(Cluster& cluster, const Call& call) {
  Result<RemoveOrder> order = readOrder(call);
  if (auto* refusal = std::get_if<Refusal>(&order)) return answerOf(*refusal);
  Result<Removed> result = removeObject(cluster, call.kind(), call.key(), std::get<RemoveOrder>(order));
  if (auto* refusal = std::get_if<Refusal>(&result)) return answerOf(*refusal);
  const Removed& removed = std::get<Removed>(result);
  if (!removed.gone || answersObject(call.kind())) return answerWith(call, *removed.entry, 200);
  Json details = {{"name", call.at.name}, {"kind", call.kind().plural}, {"uid", removed.entry->meta().uid}};
  if (!call.kind().group.empty()) details["group"] = call.kind().group;
  Answer answer;
  answer.body = dumpJson({{"kind", "Status"}, {"apiVersion", "v1"}, {"metadata", Json::object()}, {"status", "Success"}, {"details", std::move(details)}}) + "\n";
  return answer;
}

Answer deleteCollection(Cluster& cluster, const Call& call) {
  Result<RemoveOrder> order = readOrder(call);
  if (auto* refusal = std::get_if<Refusal>(&order)) return answerOf(*refusal);
  Result<LabelSelector> labels = LabelSelector::parse(call.request->param("labelSelector"));
  if (auto* refusal = std::get_if<Refusal>(&labels)) return answerOf(*refusal);
  Result<FieldSelector> fields = FieldSelector::parse(call.kind(), call.request->param("fieldSelector"));
  if (auto* refusal = std::get_if<Refusal>(&fields)) return answerOf(*refusal);
  Snapshot snapshot = cluster.store().list(call.kind().qualified(), call.at.ns);
  Answer answer;
  answer.body = fmt::format(R"({{"kind":"{}","apiVersion":"{}","metadata":{{"resourceVersion":"{}"}},"items":[)", call.kind().listKind, call.kind().apiVersion(), snapshot.version);
  bool first = true;
  for (const EntryPtr& entry : snapshot.entries) {
    if (!std::get<FieldSelector>(fields).matches(*entry) || !std::get<LabelSelector>(labels).matches(entry->meta().labels)) continue;
    Result<Removed> result = removeObject(cluster, call.kind(), entry->key(), std::get<RemoveOrder>(order));
    auto* refusal = std::get_if<Refusal>(&result);
    if (refusal && refusal->http != 404) return answerOf(*refusal);
    if (refusal) continue;
    answer.body += (first ? "" : ",") + show(call.kind(), *std::get<Removed>(result).entry, Form::Plain);
    first = false;
  }
  answer.body += "]}\n";
  return answer;
}

} // namespace chasi::local
