// The simulation: what controllers and nodes would report, written as their status updates. Nothing runs.
#pragma once

#include "runtime/local/call.h"

#include <functional>

namespace chasi::local {

/// Whether objects of the kind take `readyAfter` until they are ready.
bool needsTime(std::string_view qualified);
/// Whether the text of such an object shows it ready; for a quick look at many.
bool looksReady(std::string_view qualified, std::string_view text);
/// The object with the status that its controller would write, owners included; nothing when the kind has no controller here or the
/// status is right already. `ready` false: still starting. `others` answers what a controller would look up: the replicas of a target.
using ReplicasOf = std::function<int64_t(const Json& target)>;
std::optional<Json> simulate(const Kind& kind, const Json& object, bool ready, const std::string& now, const ReplicasOf& replicasOf);

} // namespace chasi::local
