// Quantities in manifests: written as texts in YAML, as amounts in the language.
#pragma once

#include "compiler/sema/value.h"

#include <optional>

namespace chasi::manifest {

/// In nanocores (Tag::Cpu) or bytes (Tag::Bytes), when it is certain.
std::optional<int64_t> amountOf(const sema::Value& value, sema::Tag unit);
/// A count, as ResourceQuota has it: `10` or "10".
std::optional<int64_t> countOf(const sema::Value& value);
/// The unit of a resource of containers and claims; Tag::Int for those that are counted.
sema::Tag unitOf(llvm::StringRef resource);

} // namespace chasi::manifest
