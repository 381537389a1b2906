#include "runtime/engine/compare_facts.h"

#include "runtime/plan/diff.h"
#include "runtime/plan/fact.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <unordered_map>

namespace chasi::engine {

using nlohmann::json;
using plan::Action;

llvm::Error readFacts(const plan::Desired& desired, Connections& connections, const Cancel* cancel) {
  connections.facts.forgetAll();
  std::set<std::string> tellers;
  for (const plan::Operation& op : desired.operations)
    for (const plan::Fact& fact : plan::factsOf(op)) tellers.insert(fact.operation);
  if (tellers.empty()) return llvm::Error::success();
  // Shared with the answers, which may come when nobody waits for them any more.
  auto pending = std::make_shared<std::optional<size_t>>(0);
  for (const plan::Operation& op : desired.operations) {
    Site* site = tellers.contains(op.id) ? connections.siteOf(op.target) : nullptr;
    const kube::Resource* resource = site ? site->discovery.find(op.object.apiVersion, op.object.kind) : nullptr;
    if (!resource) continue; // its kind comes with this very plan
    kube::Request request;
    request.path = pathOf(*resource, op.object.ns, op.object.name);
    request.what = "reading " + describe(op.object);
    ++**pending;
    site->client->send(std::move(request), [&connections, pending, id = op.id](llvm::Expected<kube::Response> response) {
      if (!*pending) return llvm::consumeError(response.takeError());
      connections.facts.take(id, std::move(response));
      --**pending;
    });
  }
  bool cancelled = false;
  connections.loop().runUntil([&] {
    cancelled = cancel && cancel->load() != 0;
    return cancelled || *pending == 0U;
  });
  pending->reset();
  return cancelled ? plan::fault("CH6210", "interrupted while comparing; nothing was changed") : llvm::Error::success();
}

std::vector<plan::FieldChange> newFields(const plan::Operation& op, const plan::SecretReader& reader) {
  plan::DiffOptions diff;
  for (const plan::SecretRef& ref : op.secrets) diff.secrets.push_back(ref.pointer);
  const json payload = json::parse(withFacts(op, reader, diff.later), nullptr, false);
  return payload.is_object() ? describeNew(payload, diff) : std::vector<plan::FieldChange>();
}

std::vector<plan::FieldChange> lateChanges(const plan::Operation& op, const plan::SecretReader& reader) {
  std::vector<plan::FieldChange> changes = newFields(op, reader);
  std::erase_if(changes, [](const plan::FieldChange& change) { return change.later.empty(); });
  return changes;
}

namespace {

/// "known after system.shop/Service/shop/web"
std::string reasonOf(const std::vector<plan::Fact>& open) {
  std::set<std::string> told;
  std::string text;
  for (const plan::Fact& fact : open)
    if (told.insert(fact.operation).second) text += (text.empty() ? "some of it is known after " : ", ") + fact.operation;
  return text;
}

void settleOne(const plan::Operation& op, plan::Step& step, const std::vector<plan::Fact>& open, const plan::SecretReader& reader) {
  if (step.problem) return;
  std::vector<plan::FieldChange> late = lateChanges(op, reader);
  for (plan::FieldChange& change : late)
    for (const plan::FieldChange& found : step.changes)
      if (found.path == change.path) change.before = found.before;
  std::erase_if(step.changes, [&](const plan::FieldChange& found) {
    return std::any_of(late.begin(), late.end(), [&](const auto& change) { return change.path == found.path; });
  });
  step.changes.insert(step.changes.end(), late.begin(), late.end());
  std::stable_sort(step.changes.begin(), step.changes.end(), [](const auto& a, const auto& b) { return a.path < b.path; });
  const bool settled = step.action == Action::None || step.action == Action::Update || step.action == Action::Replace;
  if (settled) step.action = Action::Unknown;
  // Being deleted, or of a kind that is not served yet, says more.
  const bool other = !settled && !step.reason.empty() && step.reason.find(" is known after ") == step.reason.npos;
  if (step.action == Action::Unknown && !other) step.reason = reasonOf(open);
}

} // namespace

void settleFacts(plan::Plan& plan, Connections& connections, const CompareOptions& options) {
  const plan::SecretReader reader = connections.facts.reader(options.secrets);
  std::unordered_map<std::string, uint32_t> places;
  for (uint32_t i = 0; i < plan.steps.size(); ++i) places.emplace(plan.desired.operations[i].id, i);
  // In the order of the plan: who is told something comes behind who tells it.
  for (uint32_t i = 0; i < plan.steps.size(); ++i) {
    const plan::Operation& op = plan.desired.operations[i];
    std::vector<plan::Fact> open;
    for (plan::Fact& fact : plan::factsOf(op)) {
      const auto teller = places.find(fact.operation);
      // Which digest an image gets is known before it is built.
      const bool image = teller != places.end() && plan.desired.operations[teller->second].kind == plan::OpKind::Image;
      if (!image && (teller == places.end() || plan.steps[teller->second].action != Action::None)) connections.facts.forget(fact.operation);
      if (!connections.facts.knows(fact)) open.push_back(std::move(fact));
    }
    if (!open.empty()) settleOne(op, plan.steps[i], open, reader);
  }
}

} // namespace chasi::engine
