// What differs from the last apply, whoever changed it. The inventory holds digests of what was applied; what they cannot tell is told by the
// specification where it still asks for the same, else by the record of the last run, else by the managers that the objects name.
#pragma once

#include "runtime/engine/engine.h"

#include <string>
#include <vector>

namespace chasi::engine {

/// Of one field, or of a whole object when `path` is empty.
struct DriftField {
  std::string path;
  std::string applied; ///< compact JSON as the last apply left it; empty when that was nothing, or is not known
  std::string live;    ///< as it is; empty when it is gone
  std::string manager; ///< who wrote it; empty when nobody says
  std::string subresource;
  std::string time;    ///< RFC 3339, of that manager's last write
  bool added = false;  ///< the last apply said nothing of it
  bool secret = false; ///< the values are kept back
};

enum class DriftKind : uint8_t {
  Changed,  ///< `fields` tell what
  Deleted,
  Replaced, ///< deleted, and made anew by somebody else
  Leaving,  ///< is being deleted
  Unmarked, ///< the label by which it is known was taken off
  Unserved, ///< the cluster does not serve its kind any more: nobody can tell
};
const char* name(DriftKind kind);

struct DriftObject {
  std::string operation, owner, target;
  plan::ObjectRef object;
  DriftKind kind = DriftKind::Changed;
  bool exact = false; ///< Changed: the server compared; else only managers and times are known, and not what was before
  std::vector<DriftField> fields;
};

struct DriftReport {
  std::vector<DriftObject> objects; ///< by owner and object
  size_t compared = 0;              ///< objects whose last apply is known
  size_t unknown = 0;               ///< objects that are owned and of which no apply is recorded
  bool any() const { return !objects.empty(); }
};

/// Reads; writes nothing. `desired` tells the clusters, and what the last apply asked for where that has not changed since. What the
/// specification leaves to others is no drift.
llvm::Expected<DriftReport> drift(plan::Desired desired, Connections& connections, const CompareOptions& options);

void printDrift(const DriftReport& report, bool color, llvm::raw_ostream& out);
/// One JSON object, `apiVersion: chasi.dev/drift/v1`.
void printDriftJson(const DriftReport& report, llvm::raw_ostream& out);

} // namespace chasi::engine
