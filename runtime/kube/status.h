// What the API server says when it does not do as asked, and what follows from it.
#pragma once

#include "runtime/kube/transport.h"
#include "runtime/plan/fault.h"

#include <llvm/Support/Error.h>

#include <string>
#include <vector>

namespace chasi::kube {

struct Cause {
  std::string reason, field, message;
};

/// A meta/v1 Status; for an answer that is none, `message` is its text and `reason` is empty.
struct ApiStatus {
  int code = 0;
  std::string reason, message, kind; ///< `kind` from details: what was not found
  std::vector<Cause> causes;
  bool quotaRace = false; ///< 409 of quota counting: it is about the quota, not about the object of the request
  bool plainText = false; ///< no Status: the path itself is unknown, or something in between answered
};
ApiStatus parseStatus(int httpStatus, const std::string& body);

/// What to do about an answer.
enum class Verdict : uint8_t {
  Done,      ///< 2xx
  Refused,   ///< final; retrying gives the same
  Retry,     ///< may pass: 5xx, a webhook that is down, quota counting, a namespace that is going away
  Throttled, ///< too much for the server: everybody waits
  Login,     ///< 401
};
/// The server reports a schema mistake as 500 without reason; that one is Refused.
Verdict judge(int httpStatus, const ApiStatus& status);

bool isFieldConflict(const ApiStatus& status);
/// Every cause says that a field cannot change, or a webhook does (metadata.uid does not count: that is another object).
bool isImmutable(const ApiStatus& status);
/// A precondition on uid or resourceVersion did not hold.
bool isStale(const ApiStatus& status);

/// "manager" of a FieldManagerConflict cause: conflict with "helm" using apps/v1.
std::string conflictManager(const Cause& cause);

/// The refusal as an error: CH6103, CH6104, CH6107, CH6203, CH6204 or CH6108 by what it is. `what` is a phrase as "applying
/// Deployment/api in payments".
llvm::Error toFault(const ApiStatus& status, const std::string& what, plan::SourceRef source = {});

} // namespace chasi::kube
