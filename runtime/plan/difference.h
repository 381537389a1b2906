// What two desired states make different, without any cluster: declarations, and the operations that they become.
#pragma once

#include "runtime/plan/plan.h"

#include <string>
#include <vector>

namespace chasi::plan {

/// A declaration as the specification has it, with all its fields as compact JSON. Values of secrets are not in there.
struct Declared {
  std::string id; ///< "tenant.retail"
  std::string json;
  SourceRef source;
};

struct DesiredSide {
  std::string name; ///< of the environment
  Desired desired;
  std::vector<Declared> declarations;
};

/// None: in both and the same; Create: only in the second; Delete: only in the first; Update: the fields that differ.
struct DeclarationDifference {
  std::string id;
  Action action = Action::None;
  std::vector<FieldChange> changes;
  SourceRef source;
};

struct Difference {
  std::string first, second;
  /// Operations of both sides: those of the second in apply order, then those that only the first has. Its steps have the
  /// actions of DeclarationDifference.
  Plan operations;
  std::vector<DeclarationDifference> declarations; ///< in the order of ids

  bool any() const;
};

Difference differenceOf(DesiredSide first, DesiredSide second);

/// One JSON object, `apiVersion: chasi.dev/diff/v1`; what is the same is only counted.
void writeDifference(const Difference& difference, llvm::raw_ostream& out);

} // namespace chasi::plan
