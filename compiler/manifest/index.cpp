#include "compiler/manifest/index.h"

#include <llvm/ADT/StringSwitch.h>

namespace chasi::manifest {

using namespace sema;

namespace {

constexpr size_t kFew = 32; ///< objects of a namespace that are looked through as quickly as they are hashed

/// Custom objects that describe what is there, and make nothing: monitoring and network policies.
bool makesNothing(llvm::StringRef apiVersion, llvm::StringRef kind) {
  const llvm::StringRef group = apiVersion.split('/').first;
  if (group == "networking.istio.io" || group == "security.istio.io" || group == "cilium.io" || group == "kyverno.io") return true;
  return group == "monitoring.coreos.com" && (kind == "ServiceMonitor" || kind == "PodMonitor" || kind == "PrometheusRule" || kind == "Probe");
}

/// What the rules of a role let somebody create.
struct Creates { bool pods = false, others = false; };

Creates createsOf(const MapValue& role) {
  const auto says = [](const MapValue& rule, llvm::StringRef list, llvm::ArrayRef<llvm::StringLiteral> any) {
    return llvm::any_of(listAt(rule, list), [&](const Value& v) { return v.isText() && (v.str() == "*" || llvm::is_contained(any, v.str())); });
  };
  constexpr llvm::StringLiteral kCreate[] = {"create"}, kPods[] = {"pods", "deployments", "statefulsets", "daemonsets", "replicasets", "jobs", "cronjobs"};
  constexpr llvm::StringLiteral kOthers[] = {"services", "configmaps", "serviceaccounts", "persistentvolumeclaims", "roles"};
  Creates out;
  for (const Value& rule : listAt(role, "rules")) {
    if (rule.tag != Tag::Map || !says(*rule.map, "verbs", kCreate)) continue;
    out.pods = out.pods || says(*rule.map, "resources", kPods);
    out.others = out.others || says(*rule.map, "resources", kOthers);
  }
  return out;
}

void gather(const Value& v, llvm::StringSet<>& texts) {
  if (v.isText()) texts.insert(v.str());
  else if (v.tag == Tag::List)
    for (const Value& item : v.list->items) gather(item, texts);
  else if (v.tag == Tag::Map)
    for (const Value& member : v.map->values()) gather(member, texts);
}

} // namespace

Kind kindOf(llvm::StringRef apiVersion, llvm::StringRef kind) {
  if (makesPods(apiVersion, kind)) return Kind::Workload;
  if (apiVersion == "v1")
    return llvm::StringSwitch<Kind>(kind)
        .Case("Service", Kind::Service)
        .Case("Namespace", Kind::Namespace)
        .Case("ConfigMap", Kind::ConfigMap)
        .Case("Secret", Kind::Secret)
        .Case("ServiceAccount", Kind::ServiceAccount)
        .Case("PersistentVolumeClaim", Kind::Claim)
        .Default(Kind::Other);
  const llvm::StringRef group = apiVersion.split('/').first;
  if (group.contains('.') && !group.ends_with(".k8s.io")) return Kind::Custom;
  const auto only = [&](llvm::StringRef its, Kind is) { return group == its ? is : Kind::Other; };
  return llvm::StringSwitch<Kind>(kind)
      .Case("Ingress", only("networking.k8s.io", Kind::Ingress))
      .Case("PodDisruptionBudget", only("policy", Kind::DisruptionBudget))
      .Case("HorizontalPodAutoscaler", only("autoscaling", Kind::Autoscaler))
      .Case("Role", only("rbac.authorization.k8s.io", Kind::Role))
      .Case("ClusterRole", only("rbac.authorization.k8s.io", Kind::ClusterRole))
      .Case("RoleBinding", only("rbac.authorization.k8s.io", Kind::RoleBinding))
      .Case("ClusterRoleBinding", only("rbac.authorization.k8s.io", Kind::ClusterRoleBinding))
      .Default(Kind::Other);
}

void Index::add(Object object) {
  const auto number = static_cast<uint32_t>(objects_.size());
  object.space = objects_.empty() ? 0 : objects_.back().space; // that of its neighbour, most likely
  if (objects_.empty() || spaces_[object.space].cluster != object.cluster || spaces_[object.space].name != object.ns) {
    const auto [at, fresh] = spaceNumbers_.try_emplace({object.cluster, object.ns}, static_cast<uint32_t>(spaces_.size()));
    if (fresh) spaces_.push_back({object.cluster, object.ns});
    object.space = at->second;
  }
  Space& space = spaces_[object.space];
  space.objects.push_back(number);
  if (object.is == Kind::Workload) {
    space.workloads.push_back(number);
    object.pods = static_cast<uint32_t>(pods_.size());
    pods_.push_back(*manifest::podsOf(object.apiVersion, object.kind, *object.manifest));
  } else if (object.is == Kind::Custom) {
    customs_.push_back(number);
    if (!makesNothing(object.apiVersion, object.kind)) space.operated = true;
  } else if (object.is == Kind::RoleBinding || object.is == Kind::ClusterRoleBinding) {
    bindings_.push_back(number);
  }
  objects_.push_back(object);
}

void Index::finish() {
  for (const Object& o : objects_) {
    if (o.is != Kind::Namespace) continue;
    if (const auto at = spaceNumbers_.find({o.cluster, o.name}); at != spaceNumbers_.end()) spaces_[at->second].made = true;
  }
}

const Space* Index::space(const Record& cluster, llvm::StringRef ns) const {
  const auto at = spaceNumbers_.find({&cluster, ns});
  return at == spaceNumbers_.end() ? nullptr : &spaces_[at->second];
}

const Object* Index::find(const Space& space, Kind is, llvm::StringRef name, llvm::StringRef kind) const {
  const auto same = [&](const Object& o) { return o.is == is && o.name == name && (kind.empty() || o.kind == kind); };
  if (space.objects.size() <= kFew) {
    for (const uint32_t number : space.objects)
      if (same(objects_[number])) return &objects_[number];
    return nullptr;
  }
  const auto [at, fresh] = names_.try_emplace(&space);
  if (fresh)
    for (const uint32_t number : space.objects) at->second[objects_[number].name].push_back(number);
  const auto found = at->second.find(name);
  if (found == at->second.end()) return nullptr;
  for (const uint32_t number : found->second)
    if (same(objects_[number])) return &objects_[number];
  return nullptr;
}

std::vector<std::string> Index::namesOf(const Space& space, Kind is) const {
  std::vector<std::string> names;
  for (const uint32_t number : space.objects)
    if (objects_[number].is == is) names.push_back(objects_[number].name.str());
  return names;
}

bool Index::toldByCustoms(const Record& cluster, llvm::StringRef text) const {
  const auto [at, fresh] = told_.try_emplace(&cluster);
  if (fresh)
    for (const uint32_t number : customs_)
      if (objects_[number].cluster == &cluster && !makesNothing(objects_[number].apiVersion, objects_[number].kind)) gather(Value::of(objects_[number].manifest), at->second);
  return at->second.contains(text);
}

const Index::Makers& Index::makers() const {
  if (makers_) return *makers_;
  makers_.emplace();
  for (const uint32_t number : bindings_) {
    const Object& o = objects_[number];
    const llvm::StringRef role = textAt(*o.manifest, {"roleRef", "name"});
    const bool local = textAt(*o.manifest, {"roleRef", "kind"}) == "Role";
    const Space* roles = space(*o.cluster, local ? o.ns : "");
    const Object* its = roles ? find(*roles, local ? Kind::Role : Kind::ClusterRole, role) : nullptr;
    const bool known = role == "cluster-admin" || role == "admin" || role == "edit"; // Kubernetes' own
    const Creates creates = its ? createsOf(*its->manifest) : Creates{known, known};
    for (const Value& subject : listAt(*o.manifest, "subjects")) {
      const llvm::StringRef ns = textOf(subject, "namespace");
      const Space* home = textOf(subject, "kind") == "ServiceAccount" ? space(*o.cluster, ns.empty() ? o.ns : ns) : nullptr;
      const Object* account = home ? find(*home, Kind::ServiceAccount, textOf(subject, "name")) : nullptr;
      if (account && creates.pods) makers_->pods.insert(account);
      if (account && creates.others) makers_->others.insert(account);
    }
  }
  return *makers_;
}

/// Whether pods of the namespace run under one of the accounts.
bool Index::runsAny(const Space& space, const llvm::DenseSet<const Object*>& accounts) const {
  return !accounts.empty() && llvm::any_of(space.workloads, [&](uint32_t w) {
           const MapValue* spec = podsOf(w).spec;
           const Object* account = spec ? find(space, Kind::ServiceAccount, textAt(*spec, {"serviceAccountName"})) : nullptr;
           return account && accounts.contains(account);
         });
}

bool Index::isWhole(const Space& space) const { return space.made && !space.operated && !toldByCustoms(*space.cluster, space.name) && !runsAny(space, makers().others); }

bool Index::knowsPods(const Space& space) const {
  return !space.workloads.empty() && !space.operated && (space.made || space.name != "kube-system") && !toldByCustoms(*space.cluster, space.name) && !runsAny(space, makers().pods);
}

} // namespace chasi::manifest
