// Whether an object does what it is there for. The rules are those of kstatus, with stricter ones where kstatus calls
// something done that a dependant cannot use yet: jobs count when complete, a failed pod is a failure.
#pragma once

#include "runtime/plan/json_view.h"

#include <string>

namespace chasi::kube {

enum class Health : uint8_t { Ready, Progressing, Failed, Terminating };
const char* name(Health health);

struct Readiness {
  Health health = Health::Ready;
  std::string reason; ///< empty when ready
};
Readiness readiness(plan::JsonValue object);

/// Kinds that take time to get ready: workloads, claims, definitions, and custom resources.
bool takesTime(const std::string& apiVersion, const std::string& kind);

} // namespace chasi::kube
