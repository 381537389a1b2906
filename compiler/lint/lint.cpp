#include "compiler/lint/lint.h"

#include "compiler/lint/rules.h"
#include "compiler/sema/load.h"

namespace chasi::lint {

using namespace sema;

/// A module that declares nothing is there for others: its public names are what it offers.
static bool makesSomething(const Module& module) {
  return llvm::any_of(module.files, [](const File& f) { return !f.items.empty(); });
}

void runOnModule(Program& program, const Module& m) {
  unusedNames(program, {&m}, makesSomething(m) ? &m : nullptr, {});
  hiddenNames(program, m);
  constantConditions(program, m);
}

static std::vector<const Module*> written(Program& program) {
  std::vector<const Module*> modules;
  for (const Module* m : userModules(program)) modules.push_back(m);
  modules.insert(modules.end(), program.layers.begin(), program.layers.end());
  return modules;
}

void runOnNames(Program& program, const LoadInput& input) {
  unusedNames(program, written(program), makesSomething(*program.root) ? program.root : nullptr, input);
}

void run(Program& program, eval::Evaluator& evaluator, const LoadInput& input, Kept* kept) {
  runOnNames(program, input);
  for (const Module* m : written(program)) {
    hiddenNames(program, *m);
    constantConditions(program, *m);
  }
  declaredValues(program, evaluator);
  emittedObjects(program, evaluator, kept);
}

} // namespace chasi::lint
