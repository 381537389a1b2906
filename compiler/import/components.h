// Workloads as components of systems: what of an object a component has a word for, and what is left for its patches.
#pragma once

#include <llvm/ADT/ArrayRef.h>

#include <nlohmann/json.hpp>

#include <optional>
#include <string>
#include <vector>

namespace chasi::import {

/// A Deployment or StatefulSet as a component, with the objects that a component makes beside it.
struct ImportedComponent {
  size_t workload = 0;        ///< an index into the objects
  std::optional<size_t> service, autoscaler, budget;
  std::string ns, system;     ///< of the system, as a title
  std::string name;           ///< unique within its system
  nlohmann::ordered_json fields;  ///< of the declaration, `patches` apart
  nlohmann::ordered_json patches; ///< an object, or null
  size_t patched = 0, of = 0;     ///< how many of its values stand in `patches`, and how many there are

  std::vector<size_t> objects() const;
};

/// The workloads that may be components, in the order of the objects: those in a namespace whose pods have one container. Their objects
/// have been placed, and are described once. `fields` is what a component could say; whether that makes the same objects, `patch` tells.
std::vector<ImportedComponent> components(llvm::ArrayRef<nlohmann::ordered_json> objects);

/// Works out `fields` anew, after a part was taken away.
void describe(ImportedComponent& component, llvm::ArrayRef<nlohmann::ordered_json> objects);

/// Compares what the component made with what it should, and fills in `patches`. What cannot be mended by them leaves the component:
/// `changed` is true then, and the rest has to be tried again. False when the workload itself does not fit, or when more than a
/// third would be patches.
bool patch(ImportedComponent& component, llvm::ArrayRef<nlohmann::ordered_json> objects, llvm::ArrayRef<nlohmann::ordered_json> made, bool& changed);

/// The declaration within a system of this name; `fields` are those of the component, with its patches.
std::string textOf(const ImportedComponent& component, const std::string& system, nlohmann::ordered_json fields);

} // namespace chasi::import
