// What plan, apply and destroy share: a specification or a saved plan, and the clusters that it goes to.
#pragma once

#include "compiler/driver/clusters.h"
#include "runtime/engine/engine.h"
#include "runtime/plan/text.h"

#include <optional>

namespace chasi::driver {

/// Set by SIGINT and SIGTERM once `catchInterrupts` was called: 1 at the first, 2 at the second.
engine::Cancel& interrupts();
void catchInterrupts();

class Session {
public:
  /// Reads the specification and opens its clusters (not with --offline). Null when that failed; everything was printed.
  /// What takes things away does not ask policies.
  static std::unique_ptr<Session> open(const Invocation& invocation, const Terminal& terminal, int& exit, bool json, Depth depth = Depth::Policies);
  /// The same for a saved plan.
  static std::unique_ptr<Session> openPlan(const Invocation& invocation, const std::string& file, const Terminal& terminal, int& exit, bool json);

  llvm::Expected<plan::Plan> compare(const Invocation& invocation);
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
