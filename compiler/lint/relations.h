// Inside of lint: what objects say about each other, over the whole workspace. Each family of checks goes through the index once.
#pragma once

#include "compiler/lint/lint.h"
#include "compiler/manifest/index.h"
#include "compiler/manifest/selectors.h"

#include <map>
#include <string>

namespace chasi::lint {

/// The objects that the declarations become, but for those that `kept` knows to be silent still. It may be null.
manifest::Index objectsOf(eval::Evaluator& evaluator, Kept* kept);

/// What the families share: the objects, and how they tell.
class Relations {
public:
  Relations(sema::Program& its, eval::Evaluator& evaluator, const manifest::Index& objects) : program(its), index(objects), eval_(evaluator) {}

  /// Warns of the value at a JSON pointer of an object, with the next step. Of what one place makes many times it tells the first.
  source::Diagnostic* warn(source::Code code, const manifest::Object& object, const std::string& pointer, std::string message, std::string help);
  /// Another object that takes part.
  void label(source::Diagnostic* report, const manifest::Object& other, const std::string& pointer, std::string text) const;
  /// Something was said of a declaration, or would be if nothing was said of its place already.
  void tell(const sema::Record& owner) { told_.insert(&owner); }
  /// Says how many more of a warning there were, and keeps of whom nothing was said.
  void finish(Kept* kept);

  sema::Program& program;
  const manifest::Index& index;

private:
  eval::Evaluator& eval_;
  struct Said { size_t at; size_t more; }; ///< place in the list of diagnostics
  std::map<std::pair<source::Code, uint32_t>, Said> said_;
  llvm::DenseSet<const sema::Record*> told_;

  source::Span ownerSpan(const manifest::Object& object) const;
  source::Span spanOf(const manifest::Object& object, const std::string& pointer) const;
};

/// "Deployment web".
std::string titleOf(const manifest::Object& object);
/// "Deployment web, StatefulSet db and 3 more"; what a namespace runs.
std::string workloadsOf(const manifest::Index& index, const manifest::Space& space);
/// "did you mean `…`?" when a name is near, else what to do.
std::string meant(llvm::StringRef name, const std::vector<std::string>& there, std::string otherwise);

/// Services and the pods behind them, Ingresses and the Services behind those.
void serviceRelations(Relations& relations);
/// PodDisruptionBudgets and autoscalers, and the workloads that they are about.
void workloadRelations(Relations& relations);
/// Pods and what they take from their namespace: configuration, claims, accounts.
void podRelations(Relations& relations);
/// Volumes, probes and images inside of pods.
void containerRelations(Relations& relations);
/// Roles and those who have them.
void rightRelations(Relations& relations);

} // namespace chasi::lint
