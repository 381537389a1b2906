// Secrets on their way into operations.
#pragma once

#include "compiler/sema/value.h"
#include "runtime/plan/operation.h"

#include <llvm/ADT/STLFunctionalExtras.h>

#include <string>
#include <vector>

namespace chasi::lower {

/// Some of it is told by the cluster.
bool holdsFact(llvm::ArrayRef<sema::SecretPart> parts);

/// What stands for a fact in a plan.
using FactKeys = llvm::function_ref<std::string(const sema::LaterSource& fact)>;

/// The reference that stands for the value in an operation: a place, a fact, or the template of a text.
plan::SecretRef secretRef(const std::string& pointer, const sema::SecretValue& value, FactKeys keys);

/// An entry of the data of a Secret. Everywhere else, its own metadata too, a value would stand in clear.
bool takesSecret(const plan::ObjectRef& object, llvm::StringRef pointer);

/// The pointer to what names the object (kind, name, namespace, …) when that is such a value, a secret or known later; else empty.
std::string nameLike(const sema::MapValue& manifest, sema::Tag tag);

/// The Secrets of the cluster that a value is read from.
std::vector<plan::ObjectRef> secretObjectsOf(const plan::SecretRef& ref);

} // namespace chasi::lower
