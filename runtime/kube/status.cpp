#include "runtime/kube/status.h"

#include "runtime/plan/json_view.h"

#include <fmt/format.h>

#include <algorithm>

namespace chasi::kube {

using plan::fault;
using plan::JsonValue;
using plan::JsonView;

static bool has(const std::string& text, std::string_view part) { return text.find(part) != text.npos; }

ApiStatus parseStatus(int httpStatus, const std::string& body) {
  ApiStatus status;
  status.code = httpStatus;
  llvm::Expected<JsonView> view = JsonView::parse(body);
  if (!view || view->root()["kind"].chars() != "Status") {
    if (!view) llvm::consumeError(view.takeError());
    status.plainText = true;
    status.message = body.substr(0, 300);
    while (!status.message.empty() && status.message.back() == '\n') status.message.pop_back();
    return status;
  }
  JsonValue root = view->root();
  status.reason = root["reason"].string();
  status.message = root["message"].string();
  status.kind = root["details"]["kind"].string();
  status.quotaRace = httpStatus == 409 && has(status.message, "resourcequotas");
  for (JsonValue cause = root["details"]["causes"].first(); cause; cause = cause.next())
    status.causes.push_back({cause["reason"].string(), cause["field"].string(), cause["message"].string()});
  return status;
}

Verdict judge(int httpStatus, const ApiStatus& status) {
  if ((httpStatus >= 200 && httpStatus < 300) || httpStatus == 304) return Verdict::Done;
  auto hasCause = [&](const char* reason) {
    return std::any_of(status.causes.begin(), status.causes.end(), [&](const Cause& c) { return c.reason == reason; });
  };
  switch (httpStatus) {
  case 401: return Verdict::Login;
  case 429: return Verdict::Throttled;
  case 403: return hasCause("NamespaceTerminating") ? Verdict::Retry : Verdict::Refused;
  case 409: return status.quotaRace ? Verdict::Retry : Verdict::Refused;
  case 500:
    // The answer of server-side apply to an unknown field or a duplicate list key; it is permanent.
    return has(status.message, "failed to create typed patch object") ? Verdict::Refused : Verdict::Retry;
  case 502: case 503: case 504: return Verdict::Retry;
  default: return Verdict::Refused;
  }
}

bool isFieldConflict(const ApiStatus& status) {
  return status.code == 409 && std::any_of(status.causes.begin(), status.causes.end(),
                                           [](const Cause& c) { return c.reason == "FieldManagerConflict"; });
}

// The words of kubernetes/pkg/apis/*/validation, of CEL rules and of webhooks, which write what they like.
static bool saysImmutable(const std::string& message) {
  static const std::string_view phrases[] = {"immutable", "Immutable", "updates to statefulset spec", "may not change", "may not be changed", "cannot change roleRef"};
  return std::any_of(std::begin(phrases), std::end(phrases), [&](std::string_view phrase) { return has(message, phrase); }) ||
         (has(message, "updates to ") && has(message, " are forbidden"));
}

bool isImmutable(const ApiStatus& status) {
  // A webhook that refuses gives its text only, with a code of its choice.
  if (status.causes.empty() && (status.code == 400 || status.code == 403 || status.code == 422))
    return has(status.message, "denied the request") && has(status.message, "is immutable");
  if (status.code != 422 || status.causes.empty()) return false;
  return std::all_of(status.causes.begin(), status.causes.end(), [](const Cause& c) { return saysImmutable(c.message); }) &&
         std::none_of(status.causes.begin(), status.causes.end(), [](const Cause& c) { return c.field == "metadata.uid"; });
}

bool isStale(const ApiStatus& status) {
  bool otherUid = std::any_of(status.causes.begin(), status.causes.end(), [](const Cause& c) { return c.field == "metadata.uid"; });
  if (status.code == 422) return otherUid;
  return status.code == 409 && !isFieldConflict(status) && status.reason != "AlreadyExists" && !status.quotaRace;
}

std::string conflictManager(const Cause& cause) {
  size_t begin = cause.message.find('"');
  size_t end = cause.message.find('"', begin + 1);
  if (begin == cause.message.npos || end == cause.message.npos) return cause.message;
  return cause.message.substr(begin + 1, end - begin - 1);
}

static std::string conflictText(const ApiStatus& status) {
  std::string text;
  for (const Cause& cause : status.causes) {
    std::string field = cause.field.rfind('.', 0) == 0 ? cause.field.substr(1) : cause.field;
    text += fmt::format("{}{} is owned by {}", text.empty() ? "" : "; ", field, conflictManager(cause));
  }
  return text;
}

llvm::Error toFault(const ApiStatus& status, const std::string& what, plan::SourceRef source) {
  std::string said = status.message.empty() ? fmt::format("HTTP status {}", status.code) : status.message;
  auto make = [&](const char* code, std::string message, std::string hint) {
    return fault(code, fmt::format("{}: {}", what, message), std::move(hint), std::move(source));
  };
  if (isFieldConflict(status))
    return make("CH6203", conflictText(status), "leave these fields out of the specification, or make the other manager let go");
  if (isStale(status)) return make("CH6007", "the object is not the one that was planned for: " + said, "plan again");
  switch (status.code) {
  case 401: return make("CH6103", "the cluster does not accept the credentials: " + said, "log in again; `kubectl auth whoami` shows whether it works");
  case 403: return make("CH6104", said, "ask for a role that allows this");
  case 404:
    if (status.plainText) return make("CH6107", "the cluster does not serve this kind", "install the custom resource definition first");
    if (status.kind == "namespaces") return make("CH6108", "the namespace does not exist: " + said, "describe the namespace, too, or create it");
    return make("CH6108", said, "");
  case 409: return make(status.reason == "AlreadyExists" ? "CH6202" : "CH6108", said, "");
  case 400: case 422: return make("CH6204", said, "");
  case 429: case 502: case 503: case 504: return make("CH6109", said, "run again when the server has recovered");
  case 500: return make(judge(500, status) == Verdict::Refused ? "CH6204" : "CH6109", said, "");
  default: return make("CH6108", said, "");
  }
}

} // namespace chasi::kube
