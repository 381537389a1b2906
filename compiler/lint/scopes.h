// Names and their scopes, read from a tree alone: one walk over the nodes in their order, which needs no recursion because a
// node's subtree is the range up to its `end`.
#pragma once

#include "compiler/sema/program.h"

#include <llvm/ADT/STLFunctionalExtras.h>

#include <deque>
#include <map>

namespace chasi::lint {

enum class LocalKind : uint8_t { Let, Argument, Loop, Other };

/// A name that is not a module's: a `let` of a block or body, an argument, what a loop or a `match` binds.
struct Local {
  llvm::StringRef name;
  source::Span span;
  LocalKind kind = LocalKind::Other;
  bool used = false;
  bool hidden = false; ///< another one of its name was declared where it is in sight
};

struct Walk {
  /// A local comes into sight; `hidden` is the local of the same name around it, if any.
  llvm::function_ref<void(const Local& local, const Local* hidden)> declared;
  /// A local goes out of sight.
  llvm::function_ref<void(const Local& local)> left;
  /// A name that is no local's is used: alone, or as `of` an import, `of.name`.
  llvm::function_ref<void(llvm::StringRef name, llvm::StringRef member)> outer;
};

void walkNames(const syntax::Tree& tree, const Walk& walk);

} // namespace chasi::lint
