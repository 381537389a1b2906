#include "runtime/local/refusal.h"

#include "runtime/local/access.h"
#include "runtime/local/catalog.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>

namespace chasi::local {

static Json detailsOf(const std::string& name, const std::string& group, const std::string& kind) {
  Json details = {{"kind", kind}};
  if (!name.empty()) details["name"] = name;
  if (!group.empty()) details["group"] = group;
  return details;
}

static Json detailsOf(const Kind& kind, const std::string& name) { return detailsOf(name, kind.group, kind.plural); }

Refusal badRequest(std::string message) { return {400, "BadRequest", std::move(message)}; }

Refusal notFound(const Kind& kind, const std::string& name) {
  return {404, "NotFound", fmt::format("{} \"{}\" not found", kind.qualified(), name), detailsOf(kind, name)};
}

Refusal namespaceNotFound(const std::string& name) {
  return {404, "NotFound", fmt::format("namespaces \"{}\" not found", name), detailsOf(name, "", "namespaces")};
}

Refusal alreadyExists(const Kind& kind, const std::string& name) {
  return {409, "AlreadyExists", fmt::format("{} \"{}\" already exists", kind.qualified(), name), detailsOf(kind, name)};
}

Refusal conflict(const Kind& kind, const std::string& name, const std::string& why) {
  return {409, "Conflict", fmt::format("Operation cannot be fulfilled on {} \"{}\": {}", kind.qualified(), name, why), detailsOf(kind, name)};
}

Refusal modified(const Kind& kind, const std::string& name) {
  return conflict(kind, name, "the object has been modified; please apply your changes to the latest version and try again");
}

Refusal forbidden(const Kind& kind, const std::string& name, const std::string& why) {
  return {403, "Forbidden", fmt::format("{} \"{}\" is forbidden: {}", kind.qualified(), name, why), detailsOf(kind, name)};
}

/// The reason of a cause by the words that field.Error begins its text with.
static const char* causeReason(std::string_view message) {
  struct Word { std::string_view text; const char* reason; };
  static constexpr std::array<Word, 8> words = {{{"Required value", "FieldValueRequired"},
                                                 {"Invalid value", "FieldValueInvalid"},
                                                 {"Unsupported value", "FieldValueNotSupported"},
                                                 {"Duplicate value", "FieldValueDuplicate"},
                                                 {"Forbidden", "FieldValueForbidden"},
                                                 {"Too long", "FieldValueTooLong"},
                                                 {"Too many", "FieldValueTooMany"},
                                                 {"Not found", "FieldValueNotFound"}}};
  for (const Word& word : words)
    if (message.starts_with(word.text)) return word.reason;
  return "FieldValueInvalid";
}

Refusal invalid(const std::string& group, const std::string& kind, const std::string& name, const std::vector<std::string>& problems) {
  Refusal refusal{422, "Invalid", {}, detailsOf(name, group, kind)};
  Json causes = Json::array();
  for (const std::string& problem : problems) {
    const size_t colon = problem.find(": ");
    const std::string field = colon == problem.npos ? "" : problem.substr(0, colon);
    const std::string message = colon == problem.npos ? problem : problem.substr(colon + 2);
    causes.push_back({{"reason", causeReason(message)}, {"message", message}, {"field", field}});
  }
  refusal.details["causes"] = std::move(causes);
  const std::string said = problems.size() == 1 ? problems[0] : fmt::format("[{}]", fmt::join(problems, ", "));
  refusal.message = fmt::format("{}{}{} \"{}\" is invalid: {}", kind, group.empty() ? "" : ".", group, name, said);
  return refusal;
}

Refusal invalid(const Kind& kind, const std::string& name, const std::vector<std::string>& problems) {
  return invalid(kind.group, kind.kind, name, problems);
}

Refusal methodNotAllowed() { return {405, "MethodNotAllowed", "the server does not allow this method on the requested resource"}; }

Refusal notAcceptable() { return {406, "NotAcceptable", "only the following media types are accepted: application/json"}; }

Refusal unsupportedMediaType(const std::string& accepted) {
  return {415, "UnsupportedMediaType", "the body of the request was in an unknown format - accepted media types include: " + accepted};
}

Refusal expired(std::string message) { return {410, "Expired", std::move(message)}; }

Json statusOf(const Refusal& refusal) {
  Json status = {{"kind", "Status"}, {"apiVersion", "v1"}, {"metadata", Json::object()}, {"status", "Failure"}, {"message", refusal.message}, {"code", refusal.http}};
  if (!refusal.reason.empty()) status["reason"] = refusal.reason;
  if (refusal.details.is_object() && !refusal.details.empty()) status["details"] = refusal.details;
  return status;
}

Answer answerOf(const Refusal& refusal) {
  Answer answer;
  answer.http = refusal.http;
  answer.body = dumpJson(statusOf(refusal)) + "\n";
  return answer;
}

Answer pathNotFound() {
  Answer answer;
  answer.http = 404;
  answer.contentType = "text/plain; charset=utf-8";
  answer.body = "404 page not found\n";
  return answer;
}

} // namespace chasi::local
