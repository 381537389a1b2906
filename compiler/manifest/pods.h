// The pods that an object of Kubernetes makes.
#pragma once

#include "compiler/manifest/members.h"

#include <llvm/ADT/STLFunctionalExtras.h>
#include <llvm/ADT/Twine.h>

#include <optional>
#include <string>

namespace chasi::manifest {

/// What a workload says about its pods; null for what is not written, or not known yet.
struct PodTemplate {
  llvm::StringRef pointer; ///< JSON pointer; empty for a Pod itself
  const sema::MapValue* root = nullptr;
  const sema::MapValue* spec = nullptr;
  const sema::MapValue* labels = nullptr;
  bool labelsKnown = true; ///< false when the labels, or one of them, are told while applying

  std::string at(llvm::StringRef below) const { return (pointer + below).str(); }
};

/// Whether objects of a kind make pods.
bool makesPods(llvm::StringRef apiVersion, llvm::StringRef kind);
/// Nothing when the object makes no pods.
std::optional<PodTemplate> podsOf(llvm::StringRef apiVersion, llvm::StringRef kind, const sema::MapValue& manifest);

struct Container {
  const PodTemplate& pods;
  const sema::MapValue& fields;
  llvm::StringRef list; ///< that it stands in
  size_t index = 0;

  bool init() const { return list == "initContainers"; }
  /// Its JSON pointer, and what follows.
  std::string at(llvm::StringRef below) const { return pods.at(("/spec/" + list + "/" + llvm::Twine(index) + below).str()); }
  llvm::StringRef name() const { return textOf(sema::Value::of(&fields), "name"); }
};
/// Calls `each` with every container, sidecars and other init containers too.
void eachContainer(const PodTemplate& pods, llvm::function_ref<void(const Container&)> each);

/// The copies that a workload asks for: 1 when it says nothing, nothing when it is not known or another thing decides.
std::optional<int64_t> replicasOf(llvm::StringRef kind, const sema::MapValue& manifest);

} // namespace chasi::manifest
