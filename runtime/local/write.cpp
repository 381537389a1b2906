#include "runtime/local/write.h"

#include "runtime/local/addresses.h"
#include "runtime/local/admission.h"
#include "runtime/local/background.h"
#include "runtime/local/furnish.h"
#include "runtime/local/prepare.h"
#include "runtime/local/read.h"
#include "runtime/local/remove.h"
#include "runtime/local/simulate.h"

#include <fmt/format.h>

namespace chasi::local {

namespace {

/// How often a write begins anew because another one came first; after that it keeps the others out from the beginning.
constexpr int kTries = 8;

/// What is known before the transaction begins.
struct Proposal {
  Json live, next; ///< in the version of the call
  bool unchanged = false;
  Json stored;     ///< `next` in the version that is kept
  Draft draft;
  std::optional<Draft> simulated;
};

bool isService(const Kind& kind) { return kind.is("", "Service"); }

class Writing {
public:
  Writing(Cluster& cluster, const WriteOrder& order)
      : cluster_(cluster), order_(order), call_(order.call), kind_(order.call.kind()), key_(order.call.key()), now_(timeNow()) {}

  Result<Written> run() {
    for (int i = 0; i < kTries; ++i) {
      const EntryPtr before = cluster_.store().get(key_);
      Result<Proposal> proposal = propose(before);
      if (auto* refusal = std::get_if<Refusal>(&proposal)) return *refusal;
      Change change(cluster_.store());
      if (change.get(key_) == before) return finish(change, before, std::get<Proposal>(proposal));
    }
    Change change(cluster_.store());
    const EntryPtr before = change.get(key_);
    Result<Proposal> proposal = propose(before);
    if (auto* refusal = std::get_if<Refusal>(&proposal)) return *refusal;
    return finish(change, before, std::get<Proposal>(proposal));
  }

private:
  Cluster& cluster_;
  const WriteOrder& order_;
  const Call& call_;
  const Kind& kind_;
  const Key key_;
  const std::string now_;

  std::optional<Refusal> admitNew(const EntryPtr& before, const EntryPtr& ns) const {
    if (before && order_.create) return alreadyExists(kind_, key_.name);
    if (before) return {};
    if (!order_.create && !order_.mayCreate) return notFound(kind_, key_.name);
    return kind_.namespaced ? admitNamespace(ns, kind_, key_) : std::nullopt;
  }

  Key nsKey() const { return {"namespaces", "", key_.ns}; }

  Result<Proposal> propose(const EntryPtr& before) const {
    if (auto refusal = admitNew(before, kind_.namespaced ? cluster_.store().get(nsKey()) : nullptr)) return *refusal;
    Proposal proposal;
    if (before) {
      proposal.live = before->json();
      convert(kind_, proposal.live);
    }
    Result<Json> edited = order_.edit(proposal.live);
    if (auto* refusal = std::get_if<Refusal>(&edited)) return *refusal;
    proposal.next = std::get<Json>(std::move(edited));
    Json &live = proposal.live, &next = proposal.next;
    if (auto refusal = keepWhatIsOurs(call_, live, next, now_)) return *refusal;
    const k8s::Type* type = kind_.type();
    if (type) setDefaults(type, next);
    if (isService(kind_)) keepAddresses(live, next);
    if (!order_.apply) next = trackUpdate(type, live, std::move(next), {call_.manager, kind_.apiVersion(), call_.at.subresource, now_});
    finishKind(kind_, live, next, now_);
    std::vector<std::string> problems = validationProblems(kind_.resource, type, live, next);
    if (kind_.is("apiextensions.k8s.io", "CustomResourceDefinition"))
      for (std::string& problem : definitionProblems(next)) problems.push_back(std::move(problem));
    if (!problems.empty()) return invalid(kind_, key_.name, problems);
    setGeneration(kind_, call_.at.subresource, live, next);
    proposal.unchanged = before && equalButForTimes(live, next);
    if (!proposal.unchanged && !isService(kind_)) draft(proposal);
    return proposal;
  }

  /// The texts; made before the transaction, because that keeps everybody else waiting.
  void draft(Proposal& proposal) const {
    proposal.stored = proposal.next;
    storedVersion(proposal.stored);
    proposal.draft = draftOf(proposal.stored);
    if (std::optional<Json> status = simulated(proposal.stored)) proposal.simulated = draftOf(*status);
  }

  void storedVersion(Json& object) const {
    if (kind_.version == kind_.storageVersion) return;
    if (KindPtr stored = cluster_.catalog()->stored(kind_.qualified())) convert(*stored, object);
  }

  std::optional<Json> simulated(const Json& object) const {
    if (!cluster_.options().simulate || call_.dryRun || call_.at.subresource == "status") return {};
    const KindPtr stored = kind_.version == kind_.storageVersion ? call_.at.kind : cluster_.catalog()->stored(kind_.qualified());
    const bool ready = !needsTime(kind_.qualified()) || cluster_.options().readyAfter.count() == 0;
    return simulate(*stored, object, ready, now_, [&](const Json& asking) { return replicasFor(cluster_.store(), asking); });
  }

  Result<Written> finish(Change& change, const EntryPtr& before, Proposal& proposal) {
    if (auto refusal = admitNew(before, kind_.namespaced ? change.get(nsKey()) : nullptr)) return *refusal;
    Written written;
    written.created = !before;
    if (proposal.unchanged) {
      written.entry = before;
      written.object = std::move(proposal.next);
      return written;
    }
    if (isService(kind_)) {
      if (auto refusal = assignAddresses(change, kind_, proposal.live, proposal.next)) return *refusal;
      draft(proposal);
    }
    const bool gone = before && isFinished(proposal.next);
    const EntryPtr entry = change.put(key_, std::move(proposal.draft));
    if (gone) change.erase(key_);
    else if (auto refusal = accompany(change, before, proposal)) return *refusal;
    if (gone) countQuotas(change, key_, now_);
    if (call_.dryRun) {
      written.object = std::move(proposal.next);
      if (!before) written.object["metadata"].erase("resourceVersion");
      return written;
    }
    if (std::optional<WriteProblem> problem = change.commit()) return notWritten(*problem);
    written.entry = entry;
    afterwards(*entry, gone);
    return written;
  }

  /// An object that waits for its finalizers goes away with the last of them; a namespace also waits for what is in it.
  bool isFinished(const Json& object) const {
    const Json* finalizers = find(object, {"metadata", "finalizers"});
    return !textAt(object, {"metadata", "deletionTimestamp"}).empty() && (!finalizers || finalizers->empty()) && !kind_.is("", "Namespace");
  }

  /// What is written together with the object.
  std::optional<Refusal> accompany(Change& change, const EntryPtr& before, Proposal& proposal) {
    if (auto refusal = admitQuotas(change, kind_, key_, now_)) return refusal;
    if (key_.kind == "resourcequotas") countQuota(change, key_, now_);
    if (!before && kind_.is("", "Namespace")) furnishNamespace(change, key_.name, now_);
    if (proposal.simulated) change.put(key_, std::move(*proposal.simulated));
    return {};
  }

  void afterwards(const Entry& entry, bool gone) {
    if (kind_.is("apiextensions.k8s.io", "CustomResourceDefinition")) cluster_.renewCatalog();
    Background& background = cluster_.background();
    if (gone) background.gone(entry);
    else if (entry.meta().deleting) background.finalize(key_);
    if (!gone && !entry.meta().owners.empty()) background.checkOwners(key_);
    if (!gone && call_.at.subresource != "status" && cluster_.options().simulate && needsTime(key_.kind) && cluster_.options().readyAfter.count() > 0)
      background.readyLater(key_, cluster_.options().readyAfter);
  }
};

} // namespace

Result<Written> writeObject(Cluster& cluster, const WriteOrder& order) { return Writing(cluster, order).run(); }

Answer answerWritten(const Call& call, const Written& written, std::vector<std::string> warnings) {
  const int http = written.created ? 201 : 200;
  Answer answer;
  if (written.entry) {
    answer = answerWith(call, *written.entry, http);
  } else {
    answer.http = http;
    answer.body = dumpJson(written.object) + "\n";
  }
  answer.warnings = std::move(warnings);
  return answer;
}

} // namespace chasi::local
