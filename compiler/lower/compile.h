// The left half of chasi in one call: from files to the desired state.
#pragma once

#include "compiler/eval/evaluator.h"
#include "compiler/eval/manifest_text.h"
#include "compiler/sema/load.h"
#include "compiler/sema/pins.h"
#include "compiler/source/diagnostic.h"
#include "runtime/plan/difference.h"
#include "runtime/plan/operation.h"

#include <memory>
#include <optional>
#include <string>

namespace chasi::lower {

struct CompileInput {
  sema::LoadInput load;
  std::string workspaceName; ///< names the inventory
  bool atRoot = false;       ///< the module is the folder of workspace.chasi, which may name it otherwise
  eval::ManifestReader manifests; ///< reads what images copy; without it nobody looks which container images that needs
  sema::PinReader pins;      ///< looks up images of registries; without it they stay without a digest, which nothing can be built from
  std::string environment;   ///< the name given with --env, or empty
  bool operations = true;    ///< lower too; without it only checks run
  bool policies = true;      ///< apply policies; they need the operations
  std::string date;          ///< the day of the run for exceptions from policies, YYYY-MM-DD; empty when nobody said
};

/// What came of it. Parts point into each other and into the SourceSet: keep it as long as any of them is used.
struct Compiled {
  std::unique_ptr<sema::Program> program;
  std::unique_ptr<eval::Evaluator> evaluator;
  plan::Desired desired; ///< complete only when no error was reported
  eval::TestResult test; ///< of the test that `load.test` names
};

/// Reads, checks, evaluates and lowers. Everything wrong is in `diagnostics`, in source order; nothing is thrown, and
/// the call ends whatever the input. Runs on a thread of its own with a stack large enough for the budgets.
Compiled compile(source::SourceSet& sources, source::Diagnostics& diagnostics, const CompileInput& input);

/// What a plan keeps of its sources: the name of the workspace, and their digest as `addDigests` makes it.
struct Sources {
  std::string workspace, digest;
};

/// Found without evaluating anything, and whatever else is wrong with them. Files that they read as data are not in the digest.
Sources sourcesOf(const CompileInput& input);

/// Fills in what the desired state was made of; plans keep that, and nothing else asks for it.
void addDigests(Compiled& compiled);

/// All declarations with their fields, for comparing two environments. Reports what is too long for that.
std::vector<plan::Declared> declarationsOf(Compiled& compiled);

/// The value of an expression in the names of the workspace, as JSON; nothing when it is wrong.
std::optional<std::string> evaluate(Compiled& compiled, const std::string& expression);

} // namespace chasi::lower
