// The kinds that are served: those of Kubernetes and those that custom resource definitions add. An immutable picture, made anew
// when a definition changes.
#pragma once

#include "runtime/local/access.h"
#include "runtime/plan/kube_schema.h"

#include <memory>
#include <string>
#include <vector>

namespace chasi::local {

/// A column of `kubectl get`, as a definition describes it.
struct PrinterColumn {
  std::string name, type, path, description;
  int64_t priority = 0;
};

struct Kind {
  std::string group, version, plural, singular, kind, listKind;
  bool namespaced = true;
  bool custom = false;
  std::vector<std::string> verbs, shortNames, categories;
  std::vector<std::string> subresources; ///< those that are served
  std::string typeName;       ///< in the schema; empty for custom resources
  std::string storageVersion; ///< the version objects are kept in
  std::vector<PrinterColumn> columns; ///< custom resources
  std::string replicasPath, statusReplicasPath, selectorPath; ///< custom resources with the scale subresource: ".spec.replicas"
  k8s::Resource resource; ///< the same for the merge functions; its views point into this object

  Kind() = default;
  Kind(const Kind&) = delete;
  Kind& operator=(const Kind&) = delete;

  std::string apiVersion() const { return group.empty() ? version : group + "/" + version; }
  /// "deployments.apps", "pods": for messages, and where objects are kept.
  std::string qualified() const { return group.empty() ? plural : plural + "." + group; }
  bool hasVerb(std::string_view verb) const;
  bool serves(std::string_view subresource) const;
  /// Null for custom resources.
  const k8s::Type* type() const;
  bool is(std::string_view aGroup, std::string_view aKind) const { return group == aGroup && kind == aKind; }
};
using KindPtr = std::shared_ptr<const Kind>;

class Catalog {
public:
  /// `definitions`: the CustomResourceDefinition objects that are there.
  static std::shared_ptr<const Catalog> make(const std::vector<Json>& definitions);

  KindPtr find(std::string_view group, std::string_view version, std::string_view plural) const;
  KindPtr findKind(std::string_view apiVersion, std::string_view kind) const;
  /// The kind in the version that its objects are kept in, from "deployments.apps".
  KindPtr stored(const std::string& qualified) const;
  const std::vector<KindPtr>& kinds() const { return kinds_; } ///< by group, the preferred version first, plural
  /// Versions of a group, the preferred one first; empty for an unknown group.
  std::vector<std::string> versions(std::string_view group) const;
  std::vector<std::string> groups() const; ///< sorted, without the core group

private:
  std::vector<KindPtr> kinds_;
};

/// In one of the versions of its kind. Most versions differ in name only; HorizontalPodAutoscalers are translated.
void convert(const Kind& to, Json& object);

/// What a definition is refused for, or nothing: names and versions that do not fit.
std::vector<std::string> definitionProblems(const Json& definition);
/// Sets the conditions and names that show a definition to be in force.
void establish(Json& definition, const std::string& now);

} // namespace chasi::local
