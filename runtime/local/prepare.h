// What the server itself decides about an object before it is stored: its identity, its generation, and which half a request may
// change.
#pragma once

#include "runtime/local/call.h"

namespace chasi::local {

/// Identity, times and the half of the object that the (sub)resource does not reach come from `live` (null on create). Refuses when
/// the request meant another object or another version of it.
std::optional<Refusal> keepWhatIsOurs(const Call& call, const Json& live, Json& next, const std::string& now);
/// Counts changes of what is wished for.
void setGeneration(const Kind& kind, const std::string& subresource, const Json& live, Json& next);
/// What certain kinds get beyond the defaults of their fields: phases, finalizers, data from text.
void finishKind(const Kind& kind, const Json& live, Json& next, const std::string& now);

} // namespace chasi::local
