// Pods and what they take from their namespace: configuration, claims, accounts.
#include "compiler/lint/relations.h"

#include <llvm/ADT/MapVector.h>
#include <llvm/ADT/StringExtras.h>

namespace chasi::lint {

using namespace sema;
using namespace manifest;
using source::Code;
using source::Diagnostic;

namespace {

/// Given to each namespace by Kubernetes or OpenShift.
bool isProvided(llvm::StringRef configMap) { return configMap == "kube-root-ca.crt" || configMap == "openshift-service-ca.crt"; }

/// The names of what a ConfigMap or Secret holds; nothing when somebody else fills it, or more than what is written is in it.
std::optional<std::vector<std::string>> keysOf(const Object& o) {
  if (textAt(*o.manifest, {"type"}) == "kubernetes.io/service-account-token") return std::nullopt;
  std::vector<std::string> keys;
  for (const char* list : {"data", "binaryData", "stringData"}) {
    if (isOpaque(*o.manifest, list)) return std::nullopt;
    const MapValue* entries = mapAt(*o.manifest, list);
    for (size_t i = 0; entries && i < entries->size(); ++i)
      if (!(*entries)[i].value.isAbsent()) keys.push_back((*entries)[i].key.str());
  }
  return keys.empty() ? std::nullopt : std::optional(std::move(keys));
}

class Takes {
public:
  explicit Takes(Relations& relations) : r(relations), index(relations.index) {}

  void run() {
    for (const Object& o : index.objects())
      if (o.is == Kind::Workload && index.podsOf(o).spec) pod(o, index.podsOf(o));
    for (const auto& [claim, users] : users_) shared(*claim, users);
  }

private:
  Relations& r;
  const Index& index;
  struct User { const Object* workload; std::string pointer; };
  llvm::MapVector<const Object*, std::vector<User>> users_; ///< of claims

  void pod(const Object& o, const PodTemplate& pods) {
    account(o, pods);
    const llvm::ArrayRef<Value> volumes = listAt(*pods.spec, "volumes");
    for (size_t i = 0; i < volumes.size(); ++i)
      if (volumes[i].tag == Tag::Map) volume(o, *volumes[i].map, pods, i);
    eachContainer(pods, [&](const Container& c) {
      const llvm::ArrayRef<Value> env = listAt(c.fields, "env"), from = listAt(c.fields, "envFrom"), mounts = listAt(c.fields, "volumeMounts");
      for (size_t i = 0; i < env.size(); ++i) {
        const MapValue* source = env[i].tag == Tag::Map ? mapAt(*env[i].map, "valueFrom") : nullptr;
        if (!source) continue;
        if (const MapValue* key = mapAt(*source, "configMapKeyRef")) entry(o, Kind::ConfigMap, *key, [&] { return c.at(fmt::format("/env/{}/valueFrom/configMapKeyRef", i)); });
        if (const MapValue* key = mapAt(*source, "secretKeyRef")) entry(o, Kind::Secret, *key, [&] { return c.at(fmt::format("/env/{}/valueFrom/secretKeyRef", i)); });
      }
      for (size_t i = 0; i < from.size(); ++i)
        if (const MapValue* all = from[i].tag == Tag::Map ? mapAt(*from[i].map, "configMapRef") : nullptr) config(o, Kind::ConfigMap, *all, "name", [&] { return c.at(fmt::format("/envFrom/{}/configMapRef/name", i)); });
      for (size_t i = 0; i < mounts.size(); ++i)
        if (mounts[i].tag == Tag::Map && !textOf(mounts[i], "subPath").empty()) mountedFile(o, *mounts[i].map, volumes, [&] { return c.at(fmt::format("/volumeMounts/{}/subPath", i)); });
    });
  }

  using Pointer = llvm::function_ref<std::string()>;

  /// The object that is meant; null when there is none, which is told of ConfigMaps. Secrets are often made by hand or by operators, and
  /// what a component of a system reads from either is there already: that is what the language says about it.
  const Object* config(const Object& o, Kind is, const MapValue& reference, llvm::StringRef key, Pointer pointer) {
    const Value* optional = reference.find("optional");
    const llvm::StringRef name = textAt(reference, {key});
    if (name.empty() || (optional && !optional->isAbsent() && !(optional->tag == Tag::Bool && !optional->boolean))) return nullptr;
    const Space& space = index.spaceOf(o);
    const Object* found = index.find(space, is, name);
    if (!found && is == Kind::ConfigMap && !isProvided(name) && !r.program.isStandard(*o.owner->schema, "system") && index.isWhole(space))
      r.warn(Code::NoSuchConfig, o, pointer(), fmt::format("the pods of {} need ConfigMap {}, which namespace {} does not have", titleOf(o), name.str(), o.ns.str()), meant(name, index.namesOf(space, Kind::ConfigMap), "make it, or write `optional = true`"));
    return found;
  }

  void entry(const Object& o, Kind is, const MapValue& reference, Pointer pointer) {
    if (const Object* found = config(o, is, reference, "name", [&] { return pointer() + "/name"; })) key(o, *found, textAt(reference, {"key"}), [&] { return pointer() + "/key"; });
  }

  void key(const Object& o, const Object& from, llvm::StringRef wanted, Pointer pointer) {
    const std::optional<std::vector<std::string>> keys = keysOf(from);
    if (wanted.empty() || !keys || llvm::is_contained(*keys, wanted)) return;
    Diagnostic* d = r.warn(Code::NoSuchKey, o, pointer(), fmt::format("{} has no key `{}`, which the pods of {} need", titleOf(from), wanted.str(), titleOf(o)), meant(wanted, *keys, keys->size() <= 5 ? fmt::format("it has {}", fmt::join(*keys, ", ")) : "add the key"));
    r.label(d, from, "/metadata/name", fmt::format("the {}", from.kind.str()));
  }

  /// `items` choose keys, each as a file.
  void items(const Object& o, const Object& from, const MapValue& source, Pointer pointer) {
    const llvm::ArrayRef<Value> items = listAt(source, "items");
    for (size_t i = 0; i < items.size(); ++i) key(o, from, textOf(items[i], "key"), [&] { return pointer() + fmt::format("/items/{}/key", i); });
  }

  void source(const Object& o, const MapValue& volume, Pointer pointer) {
    if (const MapValue* map = mapAt(volume, "configMap"))
      if (const Object* found = config(o, Kind::ConfigMap, *map, "name", [&] { return pointer() + "/configMap/name"; })) items(o, *found, *map, [&] { return pointer() + "/configMap"; });
    if (const MapValue* secret = mapAt(volume, "secret")) // projected ones say `name`
      if (const Object* found = config(o, Kind::Secret, *secret, has(*secret, "secretName") ? "secretName" : "name", pointer)) items(o, *found, *secret, [&] { return pointer() + "/secret"; });
  }

  void volume(const Object& o, const MapValue& volume, const PodTemplate& pods, size_t i) {
    const auto pointer = [&] { return pods.at(fmt::format("/spec/volumes/{}", i)); };
    source(o, volume, pointer);
    if (const MapValue* projected = mapAt(volume, "projected")) {
      const llvm::ArrayRef<Value> sources = listAt(*projected, "sources");
      for (size_t k = 0; k < sources.size(); ++k)
        if (sources[k].tag == Tag::Map) source(o, *sources[k].map, [&] { return pointer() + fmt::format("/projected/sources/{}", k); });
    }
    if (const MapValue* claim = mapAt(volume, "persistentVolumeClaim")) this->claim(o, textAt(*claim, {"claimName"}), [&] { return pointer() + "/persistentVolumeClaim/claimName"; });
  }

  /// A file of a ConfigMap or Secret by itself: without such a key, an empty folder appears in its place.
  void mountedFile(const Object& o, const MapValue& mount, llvm::ArrayRef<Value> volumes, Pointer pointer) {
    const llvm::StringRef file = textAt(mount, {"subPath"}), name = textAt(mount, {"name"});
    for (const Value& volume : volumes) {
      if (textOf(volume, "name") != name || file.contains('/')) continue;
      const MapValue *map = mapAt(*volume.map, "configMap"), *secret = mapAt(*volume.map, "secret");
      const MapValue* source = map ? map : secret;
      if (!source || has(*source, "items") || isOpaque(*source, "items")) return;
      if (const Object* found = index.find(index.spaceOf(o), map ? Kind::ConfigMap : Kind::Secret, textAt(*source, {map ? "name" : "secretName"}))) key(o, *found, file, pointer);
    }
  }

  void account(const Object& o, const PodTemplate& pods) {
    const llvm::StringRef name = textAt(*pods.spec, {"serviceAccountName"});
    const Space& space = index.spaceOf(o);
    if (name.empty() || name == "default" || index.find(space, Kind::ServiceAccount, name) || !index.isWhole(space)) return;
    r.warn(Code::NoSuchAccount, o, pods.at("/spec/serviceAccountName"), fmt::format("the pods of {} run as ServiceAccount {}, which namespace {} does not have", titleOf(o), name.str(), o.ns.str()), meant(name, index.namesOf(space, Kind::ServiceAccount), "make the ServiceAccount; without it no pod is made"));
  }

  // --- claims

  void claim(const Object& o, llvm::StringRef name, Pointer pointer) {
    const Space& space = index.spaceOf(o);
    if (name.empty()) return;
    if (const Object* found = index.find(space, Kind::Claim, name)) {
      users_[found].push_back({&o, pointer()});
    } else if (!isOfSet(space, name) && index.isWhole(space)) {
      r.warn(Code::NoSuchClaim, o, pointer(), fmt::format("the pods of {} need PersistentVolumeClaim {}, which namespace {} does not have", titleOf(o), name.str(), o.ns.str()), meant(name, index.namesOf(space, Kind::Claim), "make the claim; without it no pod starts"));
    }
  }

  /// "data-db-0", which StatefulSet db makes of its claim template `data`.
  bool isOfSet(const Space& space, llvm::StringRef name) const {
    return llvm::any_of(space.workloads, [&](uint32_t w) {
      const Object& o = index.objects()[w];
      const MapValue* spec = o.kind == "StatefulSet" ? mapAt(*o.manifest, "spec") : nullptr;
      return spec && llvm::any_of(listAt(*spec, "volumeClaimTemplates"), [&](const Value& v) {
               const llvm::StringRef its = v.tag == Tag::Map ? textAt(*v.map, {"metadata", "name"}) : llvm::StringRef();
               llvm::StringRef rest = name;
               return rest.consume_front(its) && rest.consume_front("-") && rest.consume_front(o.name) && rest.consume_front("-") && !rest.empty() && llvm::all_of(rest, llvm::isDigit);
             });
    });
  }

  /// Something says where the pods run: they may all be on one node.
  bool isPinned(const Object& o) const {
    const MapValue& spec = *index.podsOf(o).spec;
    const MapValue* affinity = mapAt(spec, "affinity");
    return has(spec, "nodeName") || isOpaque(spec, "affinity") || (affinity && (has(*affinity, "podAffinity") || has(*affinity, "nodeAffinity"))) || has(spec, "nodeSelector");
  }

  /// A claim that one node may use at a time: pods elsewhere wait for it for ever.
  void shared(const Object& claim, const std::vector<User>& users) {
    const MapValue* spec = mapAt(*claim.manifest, "spec");
    const llvm::ArrayRef<Value> modes = spec ? listAt(*spec, "accessModes") : llvm::ArrayRef<Value>();
    if (modes.empty() || !llvm::all_of(modes, [](const Value& v) { return v.isText() && (v.str() == "ReadWriteOnce" || v.str() == "ReadWriteOncePod"); })) return;
    const auto tell = [&](const User& user, const std::string& who) {
      Diagnostic* d = r.warn(Code::SharedClaim, *user.workload, user.pointer, fmt::format("{} use{} PersistentVolumeClaim {}, which one node at a time may", who, llvm::StringRef(who).contains(" and ") ? "" : "s", claim.name.str()), "ask for ReadWriteMany, or give each pod a claim of its own: a StatefulSet with volumeClaimTemplates");
      r.label(d, claim, "/spec/accessModes", "the claim");
    };
    const User* first = nullptr;
    for (const User& user : users) {
      const Object& o = *user.workload;
      const std::optional<int64_t> replicas = replicasOf(o.kind, *o.manifest);
      if (isPinned(o) || (o.kind != "DaemonSet" && replicas.value_or(0) == 0)) continue;
      if (o.kind == "DaemonSet") return tell(user, fmt::format("{} on every node", titleOf(o)));
      if (*replicas > 1) return tell(user, fmt::format("{} with {} copies", titleOf(o), *replicas));
      if (first && first->workload != &o) return tell(user, fmt::format("{} and {}", titleOf(*first->workload), titleOf(o)));
      if (!first && o.kind != "Pod") first = &user;
    }
  }
};

} // namespace

void podRelations(Relations& relations) { Takes(relations).run(); }

} // namespace chasi::lint
