// What plan, apply and destroy share: a specification or a saved plan, and the clusters that it goes to.
#pragma once

#include "compiler/driver/clusters.h"
#include "runtime/engine/engine.h"
#include "runtime/engine/selection.h"
#include "runtime/plan/text.h"

#include <optional>

namespace chasi::driver {

/// Set to 1 by the first SIGINT or SIGTERM once `catchInterrupts` was called; the second ends the program with 130.
engine::Cancel& interrupts();
void catchInterrupts();

class Session {
public:
  /// Reads the specification that the word names and opens its clusters (not with --offline). Null when that failed; everything was printed.
  /// What takes things away does not ask policies.
  static std::unique_ptr<Session> open(const Invocation& invocation, const Terminal& terminal, int& exit, bool json, Depth depth = Depth::Policies, size_t word = 0);
  /// The same for a saved plan.
  static std::unique_ptr<Session> openPlan(const Invocation& invocation, const std::string& file, const Terminal& terminal, int& exit, bool json);

  /// Compares, for `destroys` with nothing, and takes the part that was asked for. A saved plan is what it is, unless it was compared with
  /// nothing: what it describes is compared then, as a specification is.
  llvm::Expected<plan::Plan> plan(const Invocation& invocation, bool destroys);
  /// Says of which commit the sources are, and where in their workspace.
  void addProvenance(plan::Plan& plan) const;
  /// Of a saved plan whose sources lie below the current folder's workspace and say something else by now: a sentence about that. Empty
  /// when they are the same, or are not here.
  std::string changedSources() const;
  engine::CompareOptions compareOptions(const Invocation& invocation) const;
  engine::ImageFolders images() const;
  /// Reads secrets, each value once, and keeps them in memory; files and programs with a path are named from the workspace's root.
  /// Programs run only when `invocation` allows them by name (--allow-exec).
  plan::SecretReader secrets(const Invocation& invocation) const;
  /// CH6212 for the first program that `desired` needs and `invocation` does not allow.
  static llvm::Error checkPrograms(const plan::Desired& desired, const Invocation& invocation);

  SpecPtr spec;             ///< null for a saved plan
  std::optional<plan::Plan> saved;        ///< only for a saved plan
  std::unique_ptr<Clusters> clusters;     ///< null with --offline
  std::string root, state;                ///< of the workspace

private:
  mutable plan::SecretReader reader_; ///< made at the first use
};

/// A file that holds a plan, by its name and first byte.
bool looksLikePlan(const std::string& path);

} // namespace chasi::driver
