// Changes that need a new object: what goes with the old one, and who has agreed to that.
#pragma once

#include "runtime/engine/engine.h"

#include <string>

namespace chasi::engine {

/// What goes with an object, for the sentence "… goes with it"; empty when there is nothing to tell. `live` is its JSON.
std::string lostWith(const plan::ObjectRef& object, const std::string& live);

/// Kinds that are never deleted to be made anew: all that is in a namespace would go with it.
bool neverReplaced(const plan::ObjectRef& object);

/// Whether data goes with it, so that only naming it is consent.
bool losesData(const plan::ObjectRef& object);

/// Nothing when the replacement was agreed to; else what to say to agree.
std::string missingConsent(const plan::Operation& op, const ApplyOptions& options);

/// CH6218 when more objects would be replaced by a consent to all than is usual: more than five that are more than a fifth of what is there.
llvm::Error checkReplacements(const plan::Plan& plan, const ApplyOptions& options);

} // namespace chasi::engine
