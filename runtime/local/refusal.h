// Refusals in the words of a real API server, as metav1.Status. Clients match on reasons, causes and, sadly, on texts.
#pragma once

#include "runtime/local/merge.h"
#include "runtime/local/message.h"

namespace chasi::local {

struct Kind;

Refusal badRequest(std::string message);
/// `deployments.apps "x" not found`
Refusal notFound(const Kind& kind, const std::string& name);
Refusal namespaceNotFound(const std::string& name);
Refusal alreadyExists(const Kind& kind, const std::string& name);
/// `Operation cannot be fulfilled on deployments.apps "x": WHY`
Refusal conflict(const Kind& kind, const std::string& name, const std::string& why);
Refusal modified(const Kind& kind, const std::string& name);
/// `deployments.apps "x" is forbidden: WHY`
Refusal forbidden(const Kind& kind, const std::string& name, const std::string& why);
/// `Deployment.apps "x" is invalid: …`; each problem is "FIELD: TYPE: rest" and becomes a cause.
Refusal invalid(const std::string& group, const std::string& kind, const std::string& name, const std::vector<std::string>& problems);
Refusal invalid(const Kind& kind, const std::string& name, const std::vector<std::string>& problems);
Refusal methodNotAllowed();
Refusal notAcceptable();
Refusal unsupportedMediaType(const std::string& accepted);
Refusal expired(std::string message);

Json statusOf(const Refusal& refusal);
Answer answerOf(const Refusal& refusal);
/// What the API server says about a path that it does not know; no Status.
Answer pathNotFound();

} // namespace chasi::local
