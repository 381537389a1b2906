// Texts that are read without evaluating anything.
#pragma once

#include "compiler/syntax/tree.h"

#include <optional>

namespace chasi::syntax {

/// What stands between the quotes, escapes as they are written; nothing for what is no text, has `${…}` in it, or is empty.
inline std::optional<llvm::StringRef> plainText(NodeRef node) {
  if (!node.is(NodeKind::String) || node.childCount() != 1 || !node.child(0).is(NodeKind::StringText)) return std::nullopt;
  return node.child(0).text();
}

} // namespace chasi::syntax
