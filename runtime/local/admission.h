// Whether a write is let in: namespaces and quotas. And the bookkeeping that goes with it.
#pragma once

#include "runtime/local/call.h"

namespace chasi::local {

/// 404 when the namespace is not there, 403 when it is going away. For objects that are created.
std::optional<Refusal> admitNamespace(const EntryPtr& ns, const Kind& kind, const Key& key);

/// Quotas of the namespace against the change that is staged; brings their `status.used` up to date. 403 "exceeded quota". A
/// deletion is never refused.
std::optional<Refusal> admitQuotas(Change& change, const Kind& kind, const Key& key, const std::string& now);
void countQuotas(Change& change, const Key& key, const std::string& now);
/// The usage of a quota that was just written itself.
void countQuota(Change& change, const Key& quota, const std::string& now);

} // namespace chasi::local
