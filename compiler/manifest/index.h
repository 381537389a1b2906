// The objects that a workspace makes, side by side: by cluster, namespace, kind and name.
#pragma once

#include "compiler/manifest/pods.h"

#include <llvm/ADT/DenseMap.h>
#include <llvm/ADT/DenseSet.h>
#include <llvm/ADT/StringMap.h>
#include <llvm/ADT/StringSet.h>

#include <deque>
#include <vector>

namespace chasi::manifest {

/// The kinds that others refer to, or that refer to others. `Custom` is whatever somebody defined.
enum class Kind : uint8_t {
  Other, Custom, Namespace, Workload, Service, Ingress, DisruptionBudget, Autoscaler, ConfigMap, Secret, ServiceAccount, Claim, Role, ClusterRole, RoleBinding, ClusterRoleBinding,
};

Kind kindOf(llvm::StringRef apiVersion, llvm::StringRef kind);

struct Object {
  const sema::MapValue* manifest = nullptr;
  sema::Record* owner = nullptr;   ///< the declaration
  sema::Record* cluster = nullptr;
  llvm::StringRef part;            ///< of the declaration, such as a component; or empty
  llvm::StringRef apiVersion, kind, ns, name;
  Kind is = Kind::Other;
  uint32_t space = 0; ///< number of its namespace
  uint32_t pods = 0;  ///< of workloads: number of what they say about their pods
};

/// A namespace of a cluster, and what the specification puts there; "" for what lies in none.
struct Space {
  const sema::Record* cluster = nullptr;
  llvm::StringRef name;
  bool made = false;     ///< the specification makes the namespace itself
  bool operated = false; ///< custom objects lie there whose operators make objects that nobody names
  llvm::SmallVector<uint32_t, 8> objects;
  llvm::SmallVector<uint32_t, 4> workloads;
};

/// Built once, then only read. Does not outlive the manifests; for one thread.
class Index {
public:
  /// Finds out where it lies; its kind is known.
  void add(Object object);
  /// After the last `add`.
  void finish();

  const std::vector<Object>& objects() const { return objects_; }
  const Space& spaceOf(const Object& object) const { return spaces_[object.space]; }
  /// Null when the specification puts nothing there.
  const Space* space(const sema::Record& cluster, llvm::StringRef ns) const;
  /// Null when the specification makes none. `kind` tells workloads apart, else it may be empty.
  const Object* find(const Space& space, Kind is, llvm::StringRef name, llvm::StringRef kind = {}) const;
  /// Names of such objects, for suggestions.
  std::vector<std::string> namesOf(const Space& space, Kind is) const;

  const PodTemplate& podsOf(const Object& workload) const { return pods_[workload.pods]; }
  const PodTemplate& podsOf(uint32_t workload) const { return podsOf(objects_[workload]); }

  /// Whether what is not in the specification can be said to be missing: it makes the namespace, and no operator puts objects there.
  /// To be asked when something is missing: the answer takes a look at all custom objects, roles and bindings.
  bool isWhole(const Space& space) const;
  /// Whether the pods of a namespace are those of its workloads: there are some, and no operator makes more. To be asked as rarely.
  bool knowsPods(const Space& space) const;

private:
  std::vector<Object> objects_;
  std::deque<Space> spaces_;
  llvm::DenseMap<std::pair<const sema::Record*, llvm::StringRef>, uint32_t> spaceNumbers_;
  std::vector<PodTemplate> pods_;
  std::vector<uint32_t> customs_, bindings_;
  mutable llvm::DenseMap<const Space*, llvm::StringMap<llvm::SmallVector<uint32_t, 1>>> names_; ///< of large namespaces, made when somebody asks
  mutable llvm::DenseMap<const sema::Record*, llvm::StringSet<>> told_;                         ///< texts in custom objects, by cluster

  /// ServiceAccounts that may create pods, and those that may create what else a namespace holds.
  struct Makers {
    llvm::DenseSet<const Object*> pods, others;
  };
  mutable std::optional<Makers> makers_;

  bool toldByCustoms(const sema::Record& cluster, llvm::StringRef text) const;
  const Makers& makers() const;
  bool runsAny(const Space& space, const llvm::DenseSet<const Object*>& accounts) const;
};

} // namespace chasi::manifest
