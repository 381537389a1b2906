// Lint rules: warnings about a specification in which nothing is wrong.
#pragma once

#include "compiler/eval/evaluator.h"
#include "compiler/sema/load.h"

#include <llvm/ADT/DenseMap.h>

#include <memory>
#include <set>
#include <string>
#include <vector>

namespace chasi::lint {

/// Which warnings are dropped and which are errors. What names a code beats what speaks of all of them.
struct Settings {
  std::set<source::Code> allowed;
  std::set<source::Code> denied;
  bool allowAll = false;
  bool denyAll = false;
};

/// What a server remembers from one edit to the next of the same Evaluator: declarations that nothing is said of and that share no
/// namespace with others. Their objects are not looked at again, as long as their lists are the same values.
struct Kept {
  struct One {
    llvm::SmallVector<uint64_t, 2> touches; ///< hashes of the namespaces that its objects are about
    bool decides = false;                   ///< it has a say in what is told of others: custom objects, rights in the whole cluster
    bool silent = false;                    ///< nothing was said of it
    uint64_t run = 0;                       ///< that met it last
  };
  llvm::DenseMap<const sema::ListValue*, std::unique_ptr<One>> ones;
  uint64_t deciders = 0; ///< a hash of those that decide
  uint64_t run = 0;
};

/// Reports the warnings of all rules into program.diagnostics. For a program that was evaluated without an error: on top of
/// mistakes, every warning would be one more consequence of them. `input` is what it was read from: its other environments may
/// use names too.
void run(sema::Program& program, eval::Evaluator& evaluator, const sema::LoadInput& input, Kept* kept = nullptr);

/// Something that nothing uses and that may have been written for what comes next: its fix removes it, and only a person can want that.
bool isForPeople(source::Code code);

/// Of these rules the one about names that nothing uses, which needs no values.
void runOnNames(sema::Program& program, const sema::LoadInput& input);

/// The rules that need no values, for one module; modules of the standard library too.
void runOnModule(sema::Program& program, const sema::Module& module);

/// The switches of workspace.chasi: `set allow = ["CH9007"]`, `set deny = ["warnings"]`. Reports CH8007.
Settings workspaceSettings(sema::Program& program);

/// One more switch: a code, or "warnings" for all. Returns what is wrong with it, or nothing.
std::string add(Settings& settings, const std::string& what, bool deny);

/// A warning of this code is dropped.
bool isAllowed(const Settings& settings, source::Code code);

/// Drops what is allowed and makes errors of what is denied.
void settle(source::Diagnostics& diagnostics, const Settings& settings);

} // namespace chasi::lint
