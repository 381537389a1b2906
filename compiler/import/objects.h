// Kubernetes objects as a module: what belongs together in one declaration, what repeats under a name.
#pragma once

#include "compiler/import/components.h"

#include <llvm/ADT/ArrayRef.h>
#include <llvm/ADT/STLFunctionalExtras.h>

#include <nlohmann/json.hpp>

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace chasi::import {

struct ObjectsInput {
  std::string cluster = "main"; ///< the name of the cluster that is declared for them
  std::string ns = "default";   ///< of objects that lie in a namespace and name none
  /// Whether objects of a kind lie in a namespace; nothing for kinds that are not known.
  std::function<std::optional<bool>(const std::string& apiVersion, const std::string& kind)> namespaced;
  /// Why the API of Kubernetes refuses the object; empty when it does not. Null: nothing is refused.
  std::function<std::string(const nlohmann::ordered_json& object)> refusal;
  /// The schema of a kind, as a module names it: `k8s.apps.v1.Deployment`; empty for a kind without one. Null: objects are maps.
  std::function<std::string(const std::string& apiVersion, const std::string& kind)> schema;
  /// What is written as systems, over `ObjectsModule::objects` of the same documents; a tenant for each namespace of theirs.
  std::vector<ImportedComponent> components;
  std::set<std::string> taken; ///< names that the declarations must not have
  std::string group;           ///< the name of one declaration for all objects that are in no system; empty: what belongs together gets one
};

/// One declaration of the module, `objects` or `system`.
struct ImportedGroup {
  std::string name;
  std::map<std::string, size_t> kinds; ///< how many objects of which kind
  bool unchecked = false;
  std::vector<std::string> components; ///< of a system
  size_t patched = 0, of = 0;          ///< of a system: how many values of its objects stand in patches, and how many there are
};

struct ObjectsModule {
  std::string text; ///< in canonical layout
  std::string declarations; ///< the same without imports and without the cluster
  std::vector<ImportedGroup> groups;
  std::vector<nlohmann::ordered_json> objects; ///< what the module makes of the documents, in the order of the documents
  std::vector<std::string> notes;              ///< what was changed, or is to be looked at, as sentences
  std::string wrong; ///< why there is no module; empty when there is one
};

/// Calls `each` with the objects of a document: those in a list (`kind: List`), or the document itself.
void eachObject(const nlohmann::ordered_json& document, llvm::function_ref<void(const nlohmann::ordered_json&)> each);

/// Why there is no module of these documents; empty when there is one.
std::string notObjects(llvm::ArrayRef<nlohmann::ordered_json> documents, const ObjectsInput& input);

/// Lists are opened, null entries left out, and what only a server writes (status, uid, …) of objects that come from one. Of
/// two documents that describe one object the later one counts, as for `kubectl apply`.
ObjectsModule objectsModule(llvm::ArrayRef<nlohmann::ordered_json> documents, const ObjectsInput& input);

} // namespace chasi::import
