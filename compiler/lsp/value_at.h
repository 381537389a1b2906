// The path of the value that a place in a file gives, and what is known of that value.
#pragma once

#include "compiler/eval/provenance.h"
#include "compiler/lsp/snapshot.h"

namespace chasi::lsp {

/// "payments.api.image" at the name `image` of that block; empty where a name is computed or nothing has a path.
std::string pathAt(const Snapshot& snapshot, uint32_t address);
/// "payments.api.image" where that is written as a value, at `image`; empty where it begins with anything that is no one value of the
/// root module: a local of a loop or a function, a field, a call.
std::string pathWritten(const Snapshot& snapshot, uint32_t address);
/// What eval says of a path of the root module. Nothing when it leads nowhere; what that would report is dropped.
std::optional<eval::Explanation> explained(const Snapshot& snapshot, const std::string& path);
/// One line of a value, never a secret.
std::string shownValue(const Snapshot& snapshot, const sema::Value& value, size_t longest = 90);

} // namespace chasi::lsp
