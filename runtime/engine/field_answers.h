// Fields that others write as well: what is sent of them, and what is said when nobody has decided.
#pragma once

#include "runtime/kube/status.h"
#include "runtime/plan/diff.h"
#include "runtime/plan/fault.h"
#include "runtime/plan/field_path.h"
#include "runtime/plan/plan.h"

#include <string>
#include <vector>

namespace chasi::engine {

/// The payload of an operation for an object that is there, by the answers `ignore` and `share`. What is ignored is left out where another
/// manager owns it, and said as it is where only we do: the server removes what nobody says any more. `payload` and `live` are JSON of objects.
std::string answeredPayload(const plan::Operation& op, const std::string& payload, const std::string& live);

/// Whether what is sent depends on the object as it is.
bool asksLive(const plan::Operation& op);
/// Whether somebody else may decide what stands at a pointer (RFC 6901) into the payload.
bool isLeftToOthers(const plan::Operation& op, const std::vector<std::string>& pointer);
/// The payload without what is ignored: what somebody wants of an object.
std::string wantedPayload(const plan::Operation& op);

/// A field that another manager owns with another value.
struct Conflict {
  plan::FieldPath path;
  std::string manager;     ///< its name
  std::string subresource; ///< by which it was set; mostly empty
};
/// Those of a refusal. `payload` is what was sent; its names tell where those in the answer end.
std::vector<Conflict> conflictsOf(const kube::ApiStatus& status, const std::string& payload);
/// Those that the specification does not take, leaving out managers in `replaced`.
std::vector<Conflict> untaken(const plan::Operation& op, std::vector<Conflict> conflicts, const std::vector<std::string>& replaced);
/// CH6203 with the three answers as lines to paste.
llvm::Error conflictFault(const plan::Operation& op, const std::vector<Conflict>& conflicts, const std::string& what);

} // namespace chasi::engine
