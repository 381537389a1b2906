// What a plan says of clusters that could not be compared with: nothing of theirs is absent, and nothing is deleted there.
#pragma once

#include "runtime/engine/connections.h"
#include "runtime/plan/plan.h"

namespace chasi::engine {

/// Leaves out the operations of every site that is in trouble, and notes its targets as missing.
void leaveOutMissing(plan::Plan& plan, Connections& connections);

/// Says of which kinds objects are recorded that nobody can look at: their cluster does not serve them.
void noteUnserved(plan::Plan& plan, Connections& connections);
std::string unservedText(const std::string& groupKind);

/// Leaves out what needs an operation that was left out for a problem (CH6225).
void leaveOutWaiting(plan::Plan& plan);

/// Why a deletion must wait for a missing cluster: what would be deleted may have moved there. Empty when nothing speaks for that.
std::string movedTo(const plan::Plan& plan, const plan::Prune& prune, const std::function<bool(const std::string& target)>& isMissing);

} // namespace chasi::engine
