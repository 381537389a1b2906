// Addresses and ports of Services: unique in the cluster, kept while the Service lives.
#pragma once

#include "runtime/local/call.h"

namespace chasi::local {

/// Before ownership is computed: what was given to the Service and is not named by the client stays. `live` null on create.
void keepAddresses(const Json& live, Json& next);
/// Gives what is missing. 422 when the client asks for what another Service has.
std::optional<Refusal> assignAddresses(const Change& change, const Kind& kind, const Json& live, Json& next);

} // namespace chasi::local
