// Checking a few files of a Program again, for a server whose user has changed them.
#pragma once

#include "compiler/sema/program.h"
#include "compiler/syntax/known_trees.h"

#include <llvm/ADT/STLFunctionalExtras.h>

#include <memory>
#include <string>

namespace chasi::sema {

/// A file of a module by its place in the list, and the text that it has now.
struct Reread {
  Module* module = nullptr;
  size_t file = 0;
  std::string text;
  uint32_t sound = UINT32_MAX; ///< an address: nothing is wrong with what stands in front of it
  // Filled in by `recheck`. The items that a file begins with and that are the same as before stay as they are.
  uint32_t from = 0;      ///< the address behind them
  uint32_t firstNode = 1; ///< the first one that is checked again
  size_t keptItems = 0;   ///< how many of `File::items` they are
};

/// Gives files other texts in a SourceSet that has left room for them, and checks what is new in them and nothing else. The files stand in
/// the order of modules and their files. What others refer to in them keeps its Symbol. `begin` is called when `from` is known and
/// before anything is reported; when it says false nothing more is done.
///
/// False when something else than these files could mean something else now: when what is new declares more than values or other
/// names than before, or when a type changes that others have seen. The Program is then of no use any more.
bool recheck(Program& program, llvm::MutableArrayRef<Reread> files, const std::shared_ptr<syntax::KnownTrees>& known, llvm::function_ref<bool()> begin);

} // namespace chasi::sema
