// The part of a comparison that asks about single objects: those seen for the first time, and the dry runs.
#include "runtime/engine/compare_facts.h"
#include "runtime/engine/compare_site.h"
#include "runtime/engine/field_answers.h"

#include "runtime/engine/intent.h"
#include "runtime/engine/replacement.h"
#include "runtime/engine/scrub.h"
#include "runtime/engine/takeover.h"
#include "runtime/plan/diff.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace chasi::engine {

using nlohmann::json;
using plan::Action;
using plan::JsonValue;
using plan::JsonView;

namespace {
constexpr size_t kFewObjects = 16; // as many GETs cost less than a list of everything of a kind
} // namespace

std::string applyPath(const kube::Resource& resource, const plan::ObjectRef& object, bool dryRun, bool force) {
  return pathOf(resource, object.ns, object.name) + "?fieldManager=" + kManager + (force ? "&force=true" : "&force=false") +
         "&fieldValidation=Strict" + (dryRun ? "&dryRun=All" : "");
}

void SiteCompare::lookUp(const std::vector<uint32_t>& operations, std::function<void()> next) {
  whenSettled(std::move(next));
  std::map<std::string, std::vector<uint32_t>> kinds;
  for (uint32_t index : operations) kinds[groupKindOf(op(index).object)].push_back(index);
  for (auto& [groupKind, members] : kinds) {
    const plan::ObjectRef& object = op(members.front()).object;
    if (members.size() <= kFewObjects)
      for (uint32_t index : members) lookUpOne(index);
    else lookUpKind(*site_.discovery.find(object.apiVersion, object.kind), members);
  }
}

void SiteCompare::read(uint32_t index, std::function<void(std::string)> found) {
  const plan::ObjectRef& object = op(index).object;
  kube::Request request;
  request.path = pathOf(*site_.discovery.find(object.apiVersion, object.kind), object.ns, object.name);
  request.what = "reading " + describe(object);
  ++pending_;
  site_.client->send(std::move(request), guarded<kube::Response>([this, index, found = std::move(found)](llvm::Expected<kube::Response> response) {
    if (!response) fail(response.takeError());
    else if (response->ok()) found(std::move(response->body));
    else if (response->http == 404) takeAbsent(index);
    else refuse(index, response->status);
    arrive();
  }));
}

void SiteCompare::lookUpOne(uint32_t index) {
  read(index, [this, index](std::string text) { takeStranger(index, std::move(text)); });
}

void SiteCompare::lookUpKind(const kube::Resource& resource, std::vector<uint32_t> operations) {
  kube::ListRequest request;
  std::string ns = op(operations.front()).object.ns;
  bool oneNamespace = std::all_of(operations.begin(), operations.end(), [&](uint32_t i) { return op(i).object.ns == ns; });
  request.path = pathOf(resource, oneNamespace ? ns : "", "");
  request.metadataOnly = true;
  request.what = fmt::format("listing {} at {}", resource.plural, site_.server);
  ++pending_;
  auto take = [this, operations = std::move(operations)](llvm::Expected<kube::Listing> listing) {
    if (!listing) {
      // Whoever may not list may still be allowed to read single objects.
      llvm::consumeError(listing.takeError());
      for (uint32_t index : operations) lookUpOne(index);
    } else {
      std::set<std::pair<std::string, std::string>> names;
      listing->each([&](JsonValue item) {
        names.emplace(item["metadata"]["namespace"].string(), item["metadata"]["name"].string());
      });
      for (uint32_t index : operations) {
        if (names.count({op(index).object.ns, op(index).object.name})) lookUpOne(index);
        else takeAbsent(index);
      }
    }
    arrive();
  };
  kube::list(*site_.client, std::move(request), guarded<kube::Listing>(std::move(take)));
}

void SiteCompare::takeAbsent(uint32_t index) {
  const plan::Operation& operation = op(index);
  if (operation.object.kind == "Namespace") newNamespaces_.emplace(operation.object.name, operation.id);
  plan::Step& planned = step(index);
  planned.action = Action::Create;
  if (const auto made = newNamespaces_.find(operation.object.ns); made != newNamespaces_.end()) planned.until.push_back(made->second);
  if (options_.describeCreates) {
    planned.changes = newFields(operation, reader());
    std::erase_if(planned.changes, [](const plan::FieldChange& c) {
      return c.path == "apiVersion" || c.path == "kind" || c.path == "metadata.name" || c.path == "metadata.namespace";
    });
  }
  if (needsCluster(operation))
    if (llvm::Expected<std::string> payload = unsealed(operation, reader()); !payload) planned.reason = plan::takeText(payload.takeError()).message;
  if (options_.dryRunCreates && !newNamespaces_.count(operation.object.ns)) dryRun(index, "", true);
}

// There is an object of this name that is not among the members.
void SiteCompare::takeStranger(uint32_t index, std::string text) {
  const plan::Operation& operation = op(index);
  llvm::Expected<JsonView> view = JsonView::parse(text);
  if (!view) return fail(view.takeError());
  JsonValue metadata = view->root()["metadata"];
  plan::Step& planned = step(index);
  planned.guard = {metadata["uid"].string(), metadata["resourceVersion"].string()};
  std::string set = metadata["labels"][kMemberLabel].string();
  labelled_ = labelled_ || set == site_.applySet;
  const Stamp* stamp = site_.stampOf(keyOf(operation.object));
  bool ours = set == site_.applySet || (set.empty() && stamp && stamp->uid == planned.guard.uid);
  if (!ours && !set.empty())
    return problem(index, "CH6202", fmt::format("{} exists and belongs to another workspace or ApplySet ({})", describe(operation.object), set),
                   "remove it from the other one first, or choose another name");
  bool adopts = !ours && (options_.adoptAll || options_.adopt.count(operation.id));
  if (!ours && !adopts)
    return problem(index, "CH6202", fmt::format("{} exists, and this workspace did not make it; it is managed by {}", describe(operation.object),
                                                managersOf(view->root())),
                   fmt::format("take it over with --adopt '{}', or choose another name", operation.id));
  planned.adopted = adopts;
  probe(index, std::move(text));
}

void SiteCompare::probe(uint32_t index, std::string live) {
  if (!live.empty()) return dryRun(index, std::move(live), false);
  read(index, [this, index](std::string text) { dryRun(index, std::move(text), false); });
}

void SiteCompare::dryRun(uint32_t index, std::string live, bool isNew, bool force) {
  const plan::Operation& operation = op(index);
  llvm::Expected<std::string> payload = unsealed(operation, reader());
  if (!payload) {
    plan::FaultText text = plan::takeText(payload.takeError());
    step(index).reason = text.message;
    if (!isNew) step(index).action = Action::Unknown;
    return;
  }
  Asked asked{std::move(live), std::move(*payload), force};
  if (!isNew) asked.payload = answeredPayload(operation, asked.payload, asked.live);
  kube::Request request;
  request.method = kube::Method::Patch;
  request.path = applyPath(*site_.discovery.find(operation.object.apiVersion, operation.object.kind), operation.object, true, force);
  request.contentType = kApplyPatch;
  request.body = applyBody(asked.payload, site_.applySet, {});
  request.what = "checking " + describe(operation.object);
  ++pending_;
  auto take = [this, index, asked = std::move(asked)](llvm::Expected<kube::Response> response) {
    if (response) takeDryRun(index, asked, std::move(*response));
    else fail(response.takeError());
    arrive();
  };
  site_.client->send(std::move(request), guarded<kube::Response>(std::move(take)));
}

void SiteCompare::takeDryRun(uint32_t index, const Asked& asked, kube::Response response) {
  const bool isNew = asked.live.empty();
  if (response.ok()) {
    if (isNew) return;
    if (!step(index).adopted || takeover(op(index), asked.live).managers.empty()) return takeAnswers(index, asked.live, response.body);
    return askFresh(index, asked, std::move(response.body));
  }
  bool unprepared = response.http == 404 && (response.status.plainText || response.status.kind == "namespaces");
  if (unprepared) {
    step(index).reason = "its namespace or kind is not there yet";
    return;
  }
  if (!isNew && isImmutable(response.status)) return takeImmutable(index, asked, response.status);
  if (isFieldConflict(response.status)) return takeConflict(index, asked, response.status);
  // An admission webhook with side effects is not asked in a dry run; the server says so instead (KEP-576).
  if (response.status.code == 400 && response.status.message.find("does not support dry run") != std::string::npos) {
    plan::Step& planned = step(index);
    planned.action = isNew ? Action::Create : Action::Unknown;
    planned.reason = fmt::format("unknown until it is applied: {}", response.status.message);
    return;
  }
  refuse(index, response.status);
}

// Where the server refuses that, its defaults are shown as if they went.
void SiteCompare::askFresh(uint32_t index, const Asked& asked, std::string answer) {
  const FreshOne fresh = freshOne(op(index), asked.payload);
  kube::Request request;
  request.method = kube::Method::Patch;
  request.path = applyPath(*site_.discovery.find(fresh.object.apiVersion, fresh.object.kind), fresh.object, true);
  request.contentType = kApplyPatch;
  request.body = applyBody(fresh.payload, site_.applySet, {});
  request.what = "checking what the server adds to " + describe(op(index).object);
  ++pending_;
  auto take = [this, index, asked, answer = std::move(answer)](llvm::Expected<kube::Response> response) {
    if (response) takeAnswers(index, asked.live, afterTakeover(op(index), asked.payload, asked.live, answer, response->ok() ? response->body : std::string()));
    else fail(response.takeError());
    arrive();
  };
  site_.client->send(std::move(request), guarded<kube::Response>(std::move(take)));
}

// Force takes whatever is in conflict, so it is asked for only when all of that may be taken; the apply says the same of the very object
// that was looked at.
void SiteCompare::takeConflict(uint32_t index, const Asked& asked, const kube::ApiStatus& status) {
  const plan::Operation& operation = op(index);
  const std::vector<std::string> moved = step(index).adopted ? takeover(operation, asked.live).managers : std::vector<std::string>();
  const std::vector<Conflict> left = untaken(operation, conflictsOf(status, asked.payload), moved);
  if (left.empty() && !asked.force) return dryRun(index, asked.live, false, true);
  plan::FaultText text = plan::takeText(conflictFault(operation, left, "checking " + describe(operation.object)));
  problem(index, text.code.c_str(), std::move(text.message), std::move(text.hint));
  const Stamp* stamp = site_.stampOf(keyOf(operation.object));
  const bool secret = !operation.secrets.empty() || (stamp && stamp->secrets);
  const json ours = json::parse(asked.payload, nullptr, false), theirs = json::parse(asked.live, nullptr, false);
  auto textOf = [&](const json& object, const plan::FieldPath& path) {
    const json* value = secret ? nullptr : plan::findField(object, path);
    return value ? value->dump(-1, ' ', false, json::error_handler_t::replace) : std::string();
  };
  for (const Conflict& conflict : left)
    step(index).changes.push_back({plan::writeFieldPath(conflict.path), textOf(theirs, conflict.path), textOf(ours, conflict.path), conflict.manager, secret});
}

llvm::Expected<Answers> compareAnswers(const plan::Operation& operation, const Site& site, const std::string& live, const std::string& answer) {
  json before = json::parse(live, nullptr, false), after = json::parse(answer, nullptr, false);
  llvm::Expected<JsonView> old = JsonView::parse(live), now = JsonView::parse(answer);
  if (!old || !now || !before.is_object() || !after.is_object()) {
    if (!old) llvm::consumeError(old.takeError());
    if (!now) llvm::consumeError(now.takeError());
    return plan::fault("CH6106", fmt::format("checking {}: the answer is no object", describe(operation.object)));
  }
  // Items of lists come without these two.
  for (json* side : {&before, &after}) {
    (*side)["apiVersion"] = operation.object.apiVersion;
    (*side)["kind"] = operation.object.kind;
  }
  plan::DiffOptions diff;
  for (const plan::SecretRef& ref : operation.secrets) diff.secrets.push_back(ref.pointer);
  auto stamp = site.inventory.stamps.find(keyOf(operation.object));
  diff.hideBefore = stamp != site.inventory.stamps.end() && stamp->second.secrets;
  Answers result;
  result.changes = diffObjects(before, after, diff);
  // Without a difference in values we may still come to own fields, or the object its membership.
  bool member = old->root()["metadata"]["labels"][kMemberLabel].chars() == site.applySet;
  result.same = result.changes.empty() && member && ownFields(old->root()).raw() == ownFields(now->root()).raw();
  return result;
}

void SiteCompare::takeAnswers(uint32_t index, const std::string& live, const std::string& answer) {
  llvm::Expected<Answers> answers = compareAnswers(op(index), site_, live, answer);
  if (!answers) return fail(answers.takeError());
  step(index).changes = std::move(answers->changes);
  step(index).action = answers->same ? Action::None : Action::Update;
  if (!answers->same) return takeFight(index);
  llvm::Expected<JsonView> view = JsonView::parse(live);
  if (view) refresh(index, keyOf(op(index).object), view->root());
  else fail(view.takeError());
}

// Somebody who changes back what we write would do so for ever.
void SiteCompare::takeFight(uint32_t index) {
  constexpr uint32_t kMost = 3;
  const Stamp* stamp = options_.refresh ? nullptr : site_.stampOf(keyOf(op(index).object));
  if (!stamp || stamp->fought < kMost || stamp->intent != intentDigest(op(index), site_.applySet)) return;
  std::string who, what;
  for (const plan::FieldChange& change : step(index).changes) {
    what += (what.empty() ? "" : ", ") + change.path;
    if (who.empty()) who = change.manager;
  }
  problem(index, "CH6219",
          fmt::format("{} was written {} times in a row and changed back each time{}{}", describe(op(index).object), stamp->fought,
                      who.empty() ? "" : " by " + who, what.empty() ? "" : fmt::format(": {}", what)),
          "end one of the two sides: answer `ignore` for it in `fields`, or stop the other one; --refresh writes it once more");
}

Stamp stampFor(const plan::Operation& operation, const std::string& applySet, JsonValue live) {
  bool secretObject = plan::isSecretObject(operation.object);
  Stamp stamp;
  stamp.object = operation.object;
  stamp.uid = live["metadata"]["uid"].string();
  stamp.resourceVersion = live["metadata"]["resourceVersion"].string();
  stamp.intent = intentDigest(operation, applySet);
  stamp.secrets = !operation.secrets.empty() && !secretObject;
  if (!stamp.secrets) stamp.projection = projection(live, secretObject);
  stamp.id = operation.id;
  stamp.owner = operation.owner;
  return stamp;
}

void SiteCompare::refresh(uint32_t index, const std::string& key, JsonValue live) {
  Stamp stamp = stampFor(op(index), site_.applySet, live);
  if (auto old = site_.inventory.stamps.find(key); old != site_.inventory.stamps.end()) stamp.level = old->second.level;
  site_.refreshed[key] = std::move(stamp);
}

void SiteCompare::refuse(uint32_t index, const kube::ApiStatus& status) {
  plan::FaultText text = plan::takeText(toFault(status, "checking " + describe(op(index).object)));
  std::vector<std::string> values = secretValues(op(index), reader());
  problem(index, text.code.c_str(), scrub(text.message, values), text.hint);
}

} // namespace chasi::engine
