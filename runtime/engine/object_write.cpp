#include "runtime/engine/object_write.h"

#include "runtime/engine/compare_site.h"
#include "runtime/engine/field_answers.h"
#include "runtime/engine/intent.h"
#include "runtime/engine/link.h"
#include "runtime/engine/removal.h"
#include "runtime/engine/replacement.h"
#include "runtime/engine/takeover.h"
#include "runtime/plan/fact.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace chasi::engine {

using kube::Request;
using kube::Response;
using plan::Action;
using plan::fault;
using plan::JsonValue;
using plan::JsonView;
using std::chrono::milliseconds;

const char* name(Written::How how) {
  switch (how) {
  case Written::How::Created: return "created";
  case Written::How::Updated: return "changed";
  case Written::How::Replaced: return "replaced";
  case Written::How::Unchanged: return "unchanged";
  }
  return "";
}

namespace {

constexpr int kRounds = 3;        // comparisons of an object that its controller writes to again and again
constexpr milliseconds kFactPause{500};
constexpr int kStatusMoves = 30;  // writes in a row that come too late for that reason alone
constexpr int kKindTries = 60;    // of half a second: a new definition is served some time after it was accepted

bool differsInStatusAlone(const std::string& a, const std::string& b) {
  const auto rest = [](const std::string& text) {
    nlohmann::json object = nlohmann::json::parse(text, nullptr, false);
    if (!object.is_object() || !object.contains("metadata")) return nlohmann::json(text); // equal to nothing
    object.erase("status");
    nlohmann::json& metadata = object["metadata"];
    metadata.erase("resourceVersion");
    if (auto owners = metadata.find("managedFields"); owners != metadata.end() && owners->is_array())
      std::erase_if(owners->get_ref<nlohmann::json::array_t&>(), [](const nlohmann::json& each) { return each.value("subresource", "") == "status"; });
    return object;
  };
  return rest(a) == rest(b);
}

struct Write : std::enable_shared_from_this<Write> {
  Write(Run& aRun, SiteRun& aSite, uint32_t anIndex, WriteAnswer anAnswer)
      : run(aRun), site(aSite), index(anIndex), op(aRun.op(anIndex)), step(aRun.step(anIndex)), answer(std::move(anAnswer)) {}

  Run& run;
  SiteRun& site;
  uint32_t index;
  const plan::Operation& op;
  const plan::Step& step;
  WriteAnswer answer;
  plan::Guard guard;
  std::string known;    ///< the object as it is at the guard; empty when that does not matter
  std::string sent;     ///< the payload of the last request
  bool force = false;   ///< all that stands in the way may be taken
  Written::How how = Written::How::Updated;
  int rounds = 0, statusMoves = 0, kindTries = 0;
  bool waits = false;                           ///< for a fact
  std::chrono::steady_clock::time_point since;  ///< then

  const kube::Resource* resource() const { return site.site->discovery.find(op.object.apiVersion, op.object.kind); }
  void fail(llvm::Error error) { answer(std::move(error)); }
  void fail(const char* code, std::string message, std::string hint) {
    answer(fault(code, std::move(message), std::move(hint), op.source));
  }
  void refuse(const kube::ApiStatus& status, const char* verb) {
    answer(toFault(status, fmt::format("{} {}", verb, describe(op.object)), op.source));
  }

  void start() {
    switch (step.action) {
    case Action::Create:
      how = Written::How::Created;
      guard = mustBeNew();
      return apply();
    case Action::Update:
      guard = step.guard;
      return apply();
    case Action::Replace: return replace();
    case Action::Unknown: return look();
    default:
      return fail("CH6214", fmt::format("'{}' asks to {} an object, which is not something that can be carried out", op.id, name(step.action)), "");
    }
  }

  void replace() {
    how = Written::How::Replaced;
    if (std::string consent = missingConsent(op, run.options); !consent.empty()) {
      const std::string goes = step.lost.empty() ? "" : fmt::format("; lost with it: {}", step.lost);
      return fail("CH6205", fmt::format("{}: {}{}", describe(op.object), step.reason, goes), std::move(consent));
    }
    removeObject(run, site, op.object, step.guard.uid, [self = shared_from_this()](llvm::Error error) {
      if (error) return self->fail(std::move(error));
      self->guard = mustBeNew();
      self->apply();
    });
  }

  void apply() {
    if (!site.mayWrite()) return fail(lockLost(site));
    if (!resource()) return awaitKind();
    readSecrets([self = shared_from_this()] { self->readFacts(); });
  }

  // The values that stand in Secrets of the cluster, as it is now that everything before this object is there.
  template <typename Next> void readSecrets(Next next) {
    const std::set<std::string> names = site.site->secrets.missing(op);
    if (names.empty()) return next();
    auto open = std::make_shared<size_t>(names.size());
    for (const std::string& name : names)
      send(run, site, ClusterSecrets::request(name), [self = shared_from_this(), name, open, next](llvm::Expected<Response> response) {
        self->site.site->secrets.take(name, self->site.site->server, std::move(response));
        self->run.forgetSecrets();
        if (--*open == 0) next();
      });
  }

  // What other objects tell, now that they are there and ready. The cluster may take its time to write it.
  void readFacts() {
    const std::set<std::string> missing = run.connections.facts.missing(op);
    if (missing.empty()) return patch();
    if (run.cancelled() != 0) return fail("CH6210", fmt::format("interrupted while {}", waiting()), "run again to continue");
    std::vector<std::pair<Site*, Request>> requests;
    std::vector<std::string> ids(missing.begin(), missing.end());
    std::erase_if(ids, [&](const std::string& id) { return !run.connections.facts.due(id, run.connections.loop().now(), kFactPause); });
    if (ids.empty()) return factsRead();
    for (const std::string& id : ids) {
      const plan::Operation* teller = tellerOf(id);
      if (teller && teller->kind == plan::OpKind::Image) return fail("CH6217", fmt::format("'{}' did not tell '{}' what it was pushed as", id, op.id), "plan again");
      Site* there = teller ? run.connections.siteOf(teller->target) : nullptr;
      const kube::Resource* kind = there ? there->discovery.find(teller->object.apiVersion, teller->object.kind) : nullptr;
      if (!kind) return fail("CH6217", fmt::format("'{}' is to tell something to '{}', and its cluster or kind is not known here", id, op.id), "plan again");
      Request request;
      request.path = pathOf(*kind, teller->object.ns, teller->object.name);
      request.what = "reading " + describe(teller->object);
      requests.emplace_back(there, std::move(request));
    }
    auto open = std::make_shared<size_t>(requests.size());
    for (size_t i = 0; i < requests.size(); ++i)
      requests[i].first->client->send(std::move(requests[i].second), [self = shared_from_this(), alive = run.alive, id = ids[i], open](llvm::Expected<Response> response) {
        if (!*alive) return llvm::consumeError(response.takeError());
        self->run.connections.facts.take(id, std::move(response));
        if (--*open == 0) self->factsRead();
      });
  }

  void factsRead() {
    if (run.connections.facts.missing(op).empty()) return patch();
    const auto now = run.connections.loop().now();
    if (!waits) {
      waits = true;
      since = now;
      run.say(EventKind::Progress, op.id, op.target, name(step.action), waiting());
    } else if (now - since >= run.options.readyTimeout) {
      const double seconds = std::chrono::duration<double>(run.options.readyTimeout).count();
      return fail("CH6217", fmt::format("after {:g} s still {}", seconds, waiting()),
                  "wait longer with --timeout, or look at that object: something must write the field");
    }
    const milliseconds pause = now - since < std::chrono::seconds(10) ? kFactPause : 4 * kFactPause;
    later(run, std::min<milliseconds>(pause, run.options.readyTimeout), [self = shared_from_this()] { self->readFacts(); });
  }

  const plan::Operation* tellerOf(const std::string& id) const {
    for (uint32_t need : op.needs)
      if (run.op(need).id == id) return &run.op(need);
    return nullptr;
  }

  std::string waiting() const {
    std::string text;
    for (const plan::Fact& fact : plan::factsOf(op)) {
      const plan::Operation* teller = run.connections.facts.knows(fact) ? nullptr : tellerOf(fact.operation);
      if (teller) text += fmt::format("{}{} of {}", text.empty() ? "waiting for " : ", ", fact.path, describe(teller->object));
    }
    return text;
  }

  void patch() {
    const bool present = !guard.uid.empty();
    if (present && known.empty() && (asksLive(op) || step.adopted)) return learn();
    if (present && step.adopted) {
      if (Takeover move = takeover(op, known); !move.patch.empty()) return moveOwners(std::move(move.patch));
    }
    llvm::Expected<std::string> payload = unsealed(op, site.site->secrets.reader(run.options.secrets));
    if (!payload) return fail(payload.takeError());
    sent = present ? answeredPayload(op, *payload, known) : std::move(*payload);
    Request request;
    request.method = kube::Method::Patch;
    request.path = applyPath(*resource(), op.object, false, force && present);
    request.contentType = kApplyPatch;
    request.body = applyBody(sent, site.site->applySet, guard);
    request.what = "applying " + describe(op.object);
    sendWrite(run, site, std::move(request), [self = shared_from_this()](llvm::Expected<Response> response) {
      if (response) self->taken(std::move(*response));
      else self->fail(response.takeError());
    });
  }

  // What is sent depends on the object: on the very one that the guard means.
  void learn() {
    read([self = shared_from_this()](Response response) {
      if (response.http == 404) return self->stale("was deleted");
      if (versionOf(response.body) != self->guard.resourceVersion) return self->judge(std::move(response));
      self->known = std::move(response.body);
      self->patch();
    });
  }

  void moveOwners(std::string body) {
    Request request;
    request.method = kube::Method::Patch;
    request.path = pathOf(*resource(), op.object.ns, op.object.name) + "?fieldManager=" + kManager;
    request.contentType = kJsonPatch;
    request.body = std::move(body);
    request.what = "taking over " + describe(op.object);
    sendWrite(run, site, std::move(request), [self = shared_from_this()](llvm::Expected<Response> response) {
      if (!response) return self->fail(response.takeError());
      // A test that does not hold is 422: somebody wrote, perhaps an earlier try of ours whose answer was lost.
      if (response->http == 409 || response->http == 422) return self->lookAgain();
      if (!response->ok()) return self->refuse(response->status, "taking over");
      self->guard.resourceVersion = versionOf(response->body);
      self->known = std::move(response->body);
      self->patch();
    });
  }

  void taken(Response response) {
    if (response.ok()) {
      bool unknown = step.action == Action::Unknown && how == Written::How::Updated;
      if (unknown && versionOf(response.body) == guard.resourceVersion) how = Written::How::Unchanged;
      return answer(Written{how, std::move(response.body), std::move(response.warnings)});
    }
    if (isFieldConflict(response.status)) return conflict(response.status, "applying", [self = shared_from_this()] { self->patch(); });
    if (isStale(response.status)) return lookAgain();
    if (response.http == 404 && response.status.plainText && kindTries < kKindTries) return awaitKind();
    if (isImmutable(response.status))
      return fail("CH6205", fmt::format("applying {}: {}", describe(op.object), response.status.message),
                  "plan again; the plan shows the replacement");
    refuse(response.status, "applying");
  }

  // Once more with force, when all of it may be taken: the guard holds that to the object of which that is known.
  template <typename Again> void conflict(const kube::ApiStatus& status, const char* verb, Again again) {
    const std::vector<std::string> moved = step.adopted ? takeover(op, known).managers : std::vector<std::string>();
    const std::vector<Conflict> left = untaken(op, conflictsOf(status, sent), moved);
    if (!left.empty() || force || guard.uid.empty()) {
      const std::string what = fmt::format("{} {}", verb, describe(op.object));
      return fail(left.empty() ? toFault(status, what, op.source) : conflictFault(op, left, what));
    }
    force = true;
    again();
  }

  static std::string versionOf(const std::string& object) {
    llvm::Expected<JsonView> view = JsonView::parse(object);
    if (view) return view->root()["metadata"]["resourceVersion"].string();
    llvm::consumeError(view.takeError());
    return {};
  }

  // The kind came with a definition of this run, or is on its way.
  void awaitKind() {
    if (kindTries++ >= kKindTries)
      return fail("CH6107", fmt::format("the cluster at {} does not serve {} {}", site.site->server, op.object.apiVersion, op.object.kind),
                  "install what defines this kind, or use a version that the cluster serves");
    site.site->discover([self = shared_from_this(), alive = run.alive](llvm::Expected<kube::Discovery> found) {
      if (!*alive) { llvm::consumeError(found.takeError()); return; }
      if (!found) return self->fail(found.takeError());
      self->site.site->discovery = std::move(*found);
      if (self->resource() && self->kindTries == 1) return self->step.action == Action::Unknown ? self->look() : self->apply();
      later(self->run, milliseconds(500), [self] { self->step.action == Action::Unknown ? self->look() : self->apply(); });
    });
  }

  template <typename Take> void read(Take take) {
    Request request;
    request.path = pathOf(*resource(), op.object.ns, op.object.name);
    request.what = "reading " + describe(op.object);
    send(run, site, std::move(request), [self = shared_from_this(), take = std::move(take)](llvm::Expected<Response> response) mutable {
      if (!response) return self->fail(response.takeError());
      if (!response->ok() && response->http != 404) return self->refuse(response->status, "reading");
      take(std::move(*response));
    });
  }

  // What the plan could not know: told from the object as it is now.
  void look() {
    if (!resource()) return awaitKind();
    read([self = shared_from_this()](Response response) {
      self->guard = mustBeNew();
      self->how = Written::How::Created;
      if (response.http == 404) return self->apply();
      llvm::Expected<JsonView> view = JsonView::parse(response.body);
      if (!view) return self->fail(view.takeError());
      JsonValue metadata = view->root()["metadata"];
      std::string uid = metadata["uid"].string();
      if (metadata["deletionTimestamp"])
        return awaitAbsence(self->run, self->site, self->op.object, uid, [self](llvm::Error error) {
          if (error) self->fail(std::move(error));
          else self->apply();
        });
      if (metadata["labels"][kMemberLabel].chars() != self->site.site->applySet) return self->foreign(view->root());
      self->guard = {uid, metadata["resourceVersion"].string()};
      self->known = response.body;
      self->how = Written::How::Updated;
      self->apply();
    });
  }

  void foreign(JsonValue live) {
    fail("CH6202", fmt::format("{} exists, and this workspace did not make it; it is managed by {}", describe(op.object), managersOf(live)),
         fmt::format("take it over with --adopt '{}', or choose another name", op.id));
  }

  // A guard did not hold: the object is another one than the plan saw, or it is our own earlier try whose answer was lost.
  void lookAgain() {
    read([self = shared_from_this()](Response response) {
      if (response.http == 404) return self->stale("was deleted");
      self->judge(std::move(response));
    });
  }

  void judge(Response response) {
    llvm::Expected<JsonView> view = JsonView::parse(response.body);
    if (!view) return fail(view.takeError());
    JsonValue metadata = view->root()["metadata"];
    bool ours = metadata["labels"][kMemberLabel].chars() == site.site->applySet;
    bool isNew = guard.uid.empty();
    if (isNew && !ours) return foreign(view->root());
    if (!isNew && metadata["uid"].chars() != guard.uid) return stale("was deleted and created again");
    if (metadata["deletionTimestamp"]) return stale("is being deleted");
    guard = {metadata["uid"].string(), metadata["resourceVersion"].string()};
    const std::string before = std::exchange(known, std::move(response.body));
    force = false;
    // Controllers write the status of what rolls out many times a second; that says nothing new.
    if (before.empty() || statusMoves >= kStatusMoves || !differsInStatusAlone(before, known)) return compareAgain();
    later(run, std::min(milliseconds(20 << std::min(statusMoves++, 6)), milliseconds(1000)), [self = shared_from_this()] { self->apply(); });
  }

  void stale(const std::string& what) {
    fail("CH6007", fmt::format("{} {} after the plan was made; nothing was overwritten", describe(op.object), what), "plan again");
  }

  void compareAgain() {
    llvm::Expected<std::string> payload = unsealed(op, site.site->secrets.reader(run.options.secrets));
    if (!payload) return fail(payload.takeError());
    sent = answeredPayload(op, *payload, known);
    Request request;
    request.method = kube::Method::Patch;
    request.path = applyPath(*resource(), op.object, true, force);
    request.contentType = kApplyPatch;
    request.body = applyBody(sent, site.site->applySet, {});
    request.what = "checking " + describe(op.object) + " again";
    send(run, site, std::move(request), [self = shared_from_this()](llvm::Expected<Response> response) {
      if (!response) return self->fail(response.takeError());
      if (isFieldConflict(response->status)) return self->conflict(response->status, "checking again", [self] { self->compareAgain(); });
      if (!response->ok()) return self->refuse(response->status, "checking again");
      if (self->step.adopted && !takeover(self->op, self->known).managers.empty()) self->askFresh(std::move(response->body));
      else self->decide(std::move(response->body));
    });
  }

  void askFresh(std::string body) {
    const FreshOne fresh = freshOne(op, sent);
    Request request;
    request.method = kube::Method::Patch;
    request.path = applyPath(*resource(), fresh.object, true);
    request.contentType = kApplyPatch;
    request.body = applyBody(fresh.payload, site.site->applySet, {});
    request.what = "checking what the server adds to " + describe(op.object);
    send(run, site, std::move(request), [self = shared_from_this(), body = std::move(body)](llvm::Expected<Response> response) {
      if (!response) return self->fail(response.takeError());
      self->decide(afterTakeover(self->op, self->sent, self->known, body, response->ok() ? response->body : std::string()));
    });
  }

  void decide(std::string body) {
    llvm::Expected<Answers> answers = compareAnswers(op, *site.site, known, body);
    if (!answers) return fail(answers.takeError());
    if (answers->same) return answer(Written{how, std::move(known), {}});
    bool planned = step.action == Action::Unknown || (step.action == Action::Update && sameChanges(answers->changes));
    if (!planned) return stale(differing(answers->changes));
    if (++rounds > kRounds) return stale("changed again and again");
    force = false;
    apply();
  }

  bool sameChanges(const std::vector<plan::FieldChange>& now) const {
    return std::equal(now.begin(), now.end(), step.changes.begin(), step.changes.end(), [](const auto& a, const auto& b) {
      return a.path == b.path && a.secret == b.secret && a.before == b.before && a.after == b.after;
    });
  }

  std::string differing(const std::vector<plan::FieldChange>& now) const {
    for (const plan::FieldChange& change : now) {
      bool foreseen = std::any_of(step.changes.begin(), step.changes.end(),
                                  [&](const auto& c) { return c.path == change.path && c.before == change.before; });
      if (!foreseen) return fmt::format("changed at {}", change.path);
    }
    return "changed";
  }
};

} // namespace

void writeObject(Run& run, SiteRun& site, uint32_t index, WriteAnswer answer) {
  std::make_shared<Write>(run, site, index, std::move(answer))->start();
}

} // namespace chasi::engine
