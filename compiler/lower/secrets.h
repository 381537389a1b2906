// Secrets on their way into operations.
#pragma once

#include "compiler/sema/value.h"
#include "runtime/plan/operation.h"

#include <string>
#include <vector>

namespace chasi::lower {

/// The reference that stands for the value in an operation: a place, or the template of a text.
plan::SecretRef secretRef(const std::string& pointer, const sema::SecretValue& value);

/// An entry of the data of a Secret. Everywhere else, its own metadata too, a value would stand in clear.
bool takesSecret(const plan::ObjectRef& object, llvm::StringRef pointer);

/// The pointer to what names the object (kind, name, namespace, …) when that is a secret; else empty.
std::string secretName(const sema::MapValue& manifest);

/// The Secrets of the cluster that a value is read from.
std::vector<plan::ObjectRef> secretObjectsOf(const plan::SecretRef& ref);

} // namespace chasi::lower
