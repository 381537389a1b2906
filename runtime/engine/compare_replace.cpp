// The part of a comparison that is about changes which no living object takes. The server refuses them as a whole, so it is asked once more with
// what cannot change left as it is: its answer, and what was to change, are the fields that a new object has otherwise.
#include "runtime/engine/compare_site.h"
#include "runtime/engine/intent.h"
#include "runtime/engine/replacement.h"
#include "runtime/engine/takeover.h"

#include <fmt/format.h>
#include <llvm/ADT/STLExtras.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace chasi::engine {

using nlohmann::json;
using plan::Action;

namespace {

/// "/spec/selector" for "spec.selector"; of an element of a list the list, for places in it say nothing of what was sent.
json::json_pointer pointerTo(const std::string& field) {
  json::json_pointer pointer;
  const std::string whole = field.substr(0, field.find('['));
  for (size_t begin = 0; begin < whole.size();) {
    const size_t end = std::min(whole.find('.', begin), whole.size());
    if (end > begin) pointer /= whole.substr(begin, end - begin);
    begin = end + 1;
  }
  return pointer;
}

bool allNamed(const json& list) {
  return std::all_of(list.begin(), list.end(), [](const json& each) { return each.is_object() && each.contains("name"); });
}

bool allObjects(const json& list) {
  return std::all_of(list.begin(), list.end(), [](const json& each) { return each.is_object(); });
}

void layOver(json& there, const json& wanted);

/// Elements go by their names, or where lists are as long as each other by their places.
bool layOverList(json& there, const json& wanted) {
  if (allNamed(there) && allNamed(wanted)) {
    for (const json& each : wanted) {
      const auto same = std::find_if(there.begin(), there.end(), [&](const json& other) { return other["name"] == each["name"]; });
      if (same == there.end()) there.push_back(each);
      else layOver(*same, each);
    }
    return true;
  }
  if (there.size() != wanted.size() || !allObjects(there) || !allObjects(wanted)) return false;
  for (size_t i = 0; i < wanted.size(); ++i) layOver(there[i], wanted[i]);
  return true;
}

/// What is said over what is there; the rest is what the server made of it.
void layOver(json& there, const json& wanted) {
  if (there.is_object() && wanted.is_object()) {
    for (auto& [name, value] : wanted.items()) layOver(there[name], value);
    return;
  }
  if (!there.is_array() || !wanted.is_array() || !layOverList(there, wanted)) there = wanted;
}

std::string withFixed(const std::string& payload, const std::string& live, const std::vector<std::string>& fixed) {
  json sent = json::parse(payload, nullptr, false);
  const json there = json::parse(live, nullptr, false);
  for (const std::string& field : fixed) {
    const json::json_pointer at = pointerTo(field);
    if (there.contains(at)) sent[at] = there[at];
    else if (sent.contains(at) && !at.empty()) sent.at(at.parent_pointer()).erase(at.back());
  }
  return sent.dump();
}

/// The object as a new one will be, told from the answer to a dry run with what is fixed; without one, from what is said.
std::string asAnew(const std::string& live, const std::string* answer, const std::string& payload, const std::vector<std::string>& fixed) {
  json there = json::parse(live, nullptr, false), sent = json::parse(payload, nullptr, false);
  json after = answer ? json::parse(*answer, nullptr, false) : there;
  if (!answer) layOver(after, sent);
  for (const std::string& field : fixed)
    if (const json::json_pointer at = pointerTo(field); sent.contains(at)) layOver(after[at], sent[at]);
  removeUnsaidOfOurs(after, there, sent);
  return after.dump();
}

} // namespace

void SiteCompare::takeImmutable(uint32_t index, const Asked& asked, const kube::ApiStatus& status) {
  std::vector<std::string> fixed;
  for (const kube::Cause& cause : status.causes)
    if (!cause.field.empty() && !llvm::is_contained(fixed, cause.field)) fixed.push_back(cause.field);
  const std::string fields = fixed.empty() ? "something of it" : fmt::format("{}", fmt::join(fixed, ", "));
  const plan::ObjectRef& object = op(index).object;
  if (neverReplaced(object))
    return problem(index, "CH6205", fmt::format("{} of {} cannot be changed, and a {} is never deleted to be made anew", fields, describe(object), object.kind),
                   "keep it as it is, or describe one of another name");
  plan::Step& planned = step(index);
  planned.action = Action::Replace;
  planned.reason = fmt::format("{} cannot be changed on a living object: it is deleted and created anew", fields);
  planned.lost = lostWith(object, asked.live);
  tellReplaced(index, asked, fixed);
}

void SiteCompare::tellReplaced(uint32_t index, const Asked& asked, const std::vector<std::string>& fixed) {
  auto tell = [this, index, asked, fixed](const std::string* answer) {
    llvm::Expected<Answers> answers = compareAnswers(op(index), site_, asked.live, asAnew(asked.live, answer, asked.payload, fixed));
    if (answers) step(index).changes = std::move(answers->changes);
    else fail(answers.takeError());
  };
  if (fixed.empty()) return tell(nullptr);
  const plan::ObjectRef& object = op(index).object;
  kube::Request request;
  request.method = kube::Method::Patch;
  request.path = applyPath(*site_.discovery.find(object.apiVersion, object.kind), object, true, asked.force);
  request.contentType = kApplyPatch;
  request.body = applyBody(withFixed(asked.payload, asked.live, fixed), site_.applySet, {});
  request.what = "checking " + describe(object);
  ++pending_;
  auto take = [this, tell = std::move(tell)](llvm::Expected<kube::Response> response) {
    if (!response) fail(response.takeError());
    else tell(response->ok() ? &response->body : nullptr); // what else it may say is said when a new object is made
    arrive();
  };
  site_.client->send(std::move(request), guarded<kube::Response>(std::move(take)));
}

} // namespace chasi::engine
