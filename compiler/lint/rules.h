// Inside of lint: the rules, each over what it needs.
#pragma once

#include "compiler/lint/lint.h"

namespace chasi::lint {

/// What nothing in these modules uses. `makes` is the one whose public names are not there for others alone, because it declares
/// something itself; may be null. `input` as in `run`.
void unusedNames(sema::Program& program, llvm::ArrayRef<const sema::Module*> modules, const sema::Module* makes, const sema::LoadInput& input);
void hiddenNames(sema::Program& program, const sema::Module& module);
void constantConditions(sema::Program& program, const sema::Module& module);
/// Images and quotas of what is declared, and the releases of its clusters.
void declaredValues(sema::Program& program, eval::Evaluator& evaluator);
/// The objects that declarations become. `kept` may be null.
void emittedObjects(sema::Program& program, eval::Evaluator& evaluator, Kept* kept);

} // namespace chasi::lint
