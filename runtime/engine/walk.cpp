#include "runtime/engine/walk.h"

#include "runtime/engine/compare_site.h"
#include "runtime/engine/link.h"
#include "runtime/plan/fact.h"
#include "runtime/plan/graph.h"

#include <fmt/format.h>

namespace chasi::engine {

using plan::Action;
using plan::fault;
using plan::OpKind;

Walk::Walk(Run& run)
    : run_(run), dependants_(plan::dependants(run.plan.desired.operations)), ops_(run.plan.steps.size()), images_(run.connections.loop()),
      left_(ops_.size()) {
  for (uint32_t i = 0; i < ops_.size(); ++i)
    for (uint32_t d : dependants_[i]) ++ops_[d].open;
  prepareGates();
  findWhatSettles();
}

bool Walk::active(uint32_t index) const { return run_.step(index).action != Action::None; }

const char* Walk::action(uint32_t index) const { return run_.op(index).kind == OpKind::Wait ? "wait" : plan::name(run_.step(index).action); }

// What something needs that will be done must be ready before. A volume claim may wait for its first consumer, which would wait for it.
void Walk::findWhatSettles() {
  for (uint32_t i = static_cast<uint32_t>(ops_.size()); i-- > 0;) {
    const plan::Operation& op = run_.op(i);
    if (op.kind != OpKind::Object && op.kind != OpKind::Wait) continue;
    bool takesTime = op.kind == OpKind::Wait || kube::takesTime(op.object.apiVersion, op.object.kind);
    bool needed = op.object.kind != "PersistentVolumeClaim" && (behind_.contains(i) || std::any_of(dependants_[i].begin(), dependants_[i].end(), [&](uint32_t d) {
      if (run_.op(d).kind == OpKind::Vcluster) return false; // it looks itself
      return active(d) || (run_.op(d).kind == OpKind::Wait && ops_[d].settles);
    }));
    ops_[i].settles = takesTime && (needed || run_.options.waitAll);
  }
}

// What this run does not carry out, and what would need it.
void Walk::leaveOut() {
  std::vector<uint32_t> chosen, others;
  for (uint32_t i = 0; i < ops_.size(); ++i) {
    if (run_.whyLeftOut(i).empty()) continue;
    const plan::Step& step = run_.step(i);
    (step.leftOut.empty() || step.problem ? others : chosen).push_back(i);
    ops_[i].state = State::Skipped;
    --left_;
  }
  run_.summary.leftOut += chosen.size();
  run_.summary.skipped += others.size();
  for (uint32_t i : chosen) skipDependants(i);
  for (uint32_t i : others) {
    // Of a cluster that is left out, the run has told that as a whole.
    if (run_.step(i).problem && run_.step(i).problem->code == "CH6225") run_.say(EventKind::Skipped, run_.op(i).id, run_.op(i).target, action(i), run_.whyLeftOut(i));
    skipDependants(i);
    halt(i);
  }
}

void Walk::start() {
  leaveOut();
  for (uint32_t i = 0; i < ops_.size(); ++i)
    if (ops_[i].open == 0 && ops_[i].state == State::Waiting) {
      ops_[i].state = State::Queued;
      queue_.push_back(i);
    }
  pump();
  later(run_, std::chrono::seconds(2), [this] { heartbeat(); });
}

// Called again from what it starts; the outermost call does the work, so that long chains need no deep stack.
void Walk::pump() {
  if (pumping_) return;
  pumping_ = true;
  std::deque<uint32_t> held;
  while (!queue_.empty() && !stopping_ && run_.cancelled() == 0) {
    uint32_t index = queue_.front();
    queue_.pop_front();
    if (ops_[index].state != State::Queued) continue;
    SiteRun* site = run_.op(index).kind == OpKind::Object && active(index) ? run_.siteOf(run_.op(index).target) : nullptr;
    if (site && site->working >= most()) held.push_back(index);
    else begin(index);
  }
  queue_.insert(queue_.begin(), held.begin(), held.end());
  pumping_ = false;
}

void Walk::begin(uint32_t index) {
  const plan::Operation& op = run_.op(index);
  if (!active(index)) {
    if (isToTell(index)) return beginImage(index);
    if (ops_[index].settles && run_.connections.siteOf(op.target)) settle(index, "");
    else complete(index);
    return;
  }
  if (const auto& problem = run_.step(index).problem) return fail(index, fault(*problem, op.source));
  switch (op.kind) {
  case OpKind::Image: return beginImage(index);
  case OpKind::Vcluster: return beginVirtual(index);
  case OpKind::Object:
    if (SiteRun* site = run_.siteOf(op.target)) return beginObject(index, *site);
    return fail(index, fault("CH6004", fmt::format("nothing says how cluster '{}' is reached", op.target), "", op.source));
  default:
    return fail(index, fault("CH6214", fmt::format("'{}' asks for something that this version cannot do", op.id),
                             "use a later version of chasic", op.source));
  }
}

void Walk::beginObject(uint32_t index, SiteRun& site) {
  const plan::Operation& op = run_.op(index);
  if (site.gone) {
    skip(index, "its cluster is not reached any more");
    return skipDependants(index);
  }
  if (!site.mayWrite()) {
    // Said once for each cluster: everything else there follows from it.
    return refused(index, site, lockLost(site));
  }
  ops_[index].state = State::Working;
  ++working_;
  ++site.working;
  run_.say(EventKind::Start, op.id, op.target, action(index), "");
  writeObject(run_, site, index, [this, index, &site](llvm::Expected<Written> result) {
    if (ops_[index].state != State::Working) return llvm::consumeError(result.takeError()); // nobody waits any more
    --working_;
    --site.working;
    if (result) written(index, site, std::move(*result));
    else refused(index, site, result.takeError());
    pump();
  });
}

// No answer after all tries, or no credentials any more: what else would go there would wait as long for the same.
void Walk::refused(uint32_t index, SiteRun& site, llvm::Error error) {
  plan::FaultText why = plan::takeText(std::move(error));
  // A lock that could not be renewed in time often says the same, sooner; the cluster may answer all the same.
  if (why.code == "CH6208") {
    if (std::exchange(site.lostSaid, true)) {
      skip(index, "the lock was lost");
      return skipDependants(index);
    }
    fail(index, fault(why, run_.op(index).source));
    run_.leaveOut(*site.site, std::move(why), true);
    return abandon(site);
  }
  const bool gone = why.code == "CH6102" || why.code == "CH6103" || why.code == "CH6105" || why.code == "CH6110";
  if (gone && site.gone) {
    skip(index, "its cluster is not reached any more");
    return skipDependants(index);
  }
  fail(index, fault(why, run_.op(index).source));
  if (!gone) return;
  site.gone = true;
  run_.leaveOut(*site.site, std::move(why), true);
  abandon(site);
}

// Whether what was applied there gets ready is for the next run to see.
void Walk::abandon(SiteRun& site) {
  for (uint32_t i = 0; i < ops_.size(); ++i) {
    if (ops_[i].state != State::Settling || run_.connections.siteOf(run_.op(i).target) != site.site) continue;
    --settling_;
    run_.connections.loop().cancel(ops_[i].timer);
    readyWatch(run_.op(i).target).forget(i);
    skip(i, "its cluster is not reached any more");
    skipDependants(i);
  }
}

void Walk::written(uint32_t index, SiteRun& site, Written result) {
  const plan::Operation& op = run_.op(index);
  llvm::Expected<plan::JsonView> view = plan::JsonView::parse(result.object);
  if (!view) return fail(index, view.takeError());
  Stamp stamp = stampFor(op, site.site->applySet, view->root());
  stamp.level = run_.levels[index];
  const auto old = site.stored.stamps.find(keyOf(op.object));
  if (result.how == Written::How::Updated && old != site.stored.stamps.end() && old->second.intent == stamp.intent) stamp.fought = old->second.fought + 1;
  site.written[keyOf(op.object)] = std::move(stamp);
  for (const std::string& warning : result.warnings)
    if (warnings_.insert(warning).second) run_.say(EventKind::Progress, op.id, op.target, action(index), run_.clean("warning: " + warning));
  count(result.how);
  ops_[index].said = name(result.how);
  if (ops_[index].settles && !stopping_) settle(index, result.object);
  else complete(index);
}

void Walk::count(Written::How how) {
  switch (how) {
  case Written::How::Created: ++run_.summary.created; break;
  case Written::How::Updated: ++run_.summary.updated; break;
  case Written::How::Replaced: ++run_.summary.replaced; break;
  case Written::How::Unchanged: ++run_.summary.unchanged; break;
  }
}

bool Walk::isToTell(uint32_t index) const {
  const plan::Operation& op = run_.op(index);
  if (op.kind != OpKind::Image) return false;
  return std::any_of(dependants_[index].begin(), dependants_[index].end(), [&](uint32_t d) {
    const std::vector<plan::Fact> facts = active(d) ? plan::factsOf(run_.op(d)) : std::vector<plan::Fact>();
    return std::any_of(facts.begin(), facts.end(), [&](const plan::Fact& fact) { return fact.operation == op.id; });
  });
}

void Walk::beginImage(uint32_t index) {
  const plan::Operation& op = run_.op(index);
  llvm::Expected<ImageJob> job = imageJob(op, run_.plan.desired, run_.options.images);
  if (!job) return fail(index, job.takeError());
  ops_[index].state = State::Working;
  ++working_;
  if (active(index)) run_.say(EventKind::Start, op.id, op.target, action(index), "");
  auto progress = [this, alive = run_.alive, index](const std::string& text) {
    if (*alive) run_.say(EventKind::Progress, run_.op(index).id, "", action(index), text);
  };
  auto answer = [this, alive = run_.alive, index](llvm::Expected<ImageDone> result) {
    if (!*alive || ops_[index].state != State::Working) { llvm::consumeError(result.takeError()); return; }
    --working_;
    if (!result) {
      fail(index, result.takeError());
    } else {
      if (active(index)) ++(result->changed ? run_.summary.built : run_.summary.unchanged);
      if (!result->tells.empty()) run_.connections.facts.tell(run_.op(index).id, std::move(result->tells));
      ops_[index].said = std::move(result->text);
      complete(index);
    }
    pump();
  };
  if (active(index)) images_.build(std::move(*job), progress, answer);
  else images_.ask(std::move(*job), answer);
}

void Walk::beginVirtual(uint32_t index) {
  const plan::Operation& op = run_.op(index);
  Site* host = run_.connections.siteOf(op.target);
  if (!host) return fail(index, fault("CH6004", fmt::format("nothing says how cluster '{}' is reached", op.target), "", op.source));
  llvm::Expected<vcluster::Description> wanted = vcluster::readDescription(op.payload);
  if (!wanted) return fail(index, wanted.takeError());
  const bool paused = wanted->paused;
  Op& state = ops_[index];
  state.state = State::Settling;
  state.since = run_.connections.loop().now();
  ++settling_;
  run_.say(EventKind::Start, op.id, op.target, action(index), paused ? "until nothing of it runs" : "until its API server answers");
  auto done = [this, index, paused](llvm::Error error) {
    if (ops_[index].state != State::Settling) return llvm::consumeError(std::move(error));
    // It is called from what is to end here.
    std::shared_ptr<VirtualWait> last = std::move(virtual_[index]);
    run_.connections.loop().after(std::chrono::milliseconds(0), [last] {});
    // A state of an earlier run knows nothing of what is inside.
    if (error || paused || stopping_ || targetOf(index).empty()) boarded(index, std::move(error));
    else arrived_.push_back(index);
  };
  auto wait = std::make_unique<VirtualWait>(run_, *host, targetOf(index), std::move(*wanted), std::move(done));
  VirtualWait& begun = *(virtual_[index] = std::move(wait));
  begun.start();
}

std::optional<uint32_t> Walk::arrived() {
  if (arrived_.empty()) return std::nullopt;
  const uint32_t index = arrived_.front();
  arrived_.pop_front();
  return index;
}

std::string Walk::targetOf(uint32_t index) const {
  for (const plan::Target& target : run_.plan.desired.targets)
    if (target.inside && target.inside->operation == run_.op(index).id) return target.name;
  return {};
}

void Walk::boarded(uint32_t index, llvm::Error error) {
  if (ops_[index].state != State::Settling) return llvm::consumeError(std::move(error));
  if (error) {
    fail(index, std::move(error));
  } else {
    if (ops_[index].said.empty()) ops_[index].said = "ready";
    if (run_.step(index).action == Action::Create) ++run_.summary.created;
    else ++run_.summary.updated;
    complete(index);
  }
  pump();
}

bool Walk::isMember(uint32_t index) const {
  const plan::Operation& op = run_.op(index);
  if (op.kind == OpKind::Object) return true;
  Site* site = run_.connections.siteOf(op.target);
  std::string key = keyOf(op.object);
  for (uint32_t i = 0; i < ops_.size(); ++i)
    if (run_.op(i).kind == OpKind::Object && run_.connections.siteOf(run_.op(i).target) == site && keyOf(run_.op(i).object) == key) return true;
  return false;
}

ReadyWatch& Walk::readyWatch(const std::string& target) {
  Site* site = run_.connections.siteOf(target);
  std::unique_ptr<ReadyWatch>& watch = watches_[site];
  if (!watch) watch = std::make_unique<ReadyWatch>(run_, *site);
  return *watch;
}

// `object` is the server's answer to our write; empty when nothing was written.
void Walk::settle(uint32_t index, const std::string& object) {
  const plan::Operation& op = run_.op(index);
  Op& state = ops_[index];
  ReadyWanted wanted;
  wanted.object = op.object;
  wanted.member = isMember(index);
  state.state = State::Settling;
  state.since = run_.connections.loop().now();
  ++settling_;
  if (!object.empty()) {
    llvm::Expected<plan::JsonView> view = plan::JsonView::parse(object);
    if (!view) return fail(index, view.takeError());
    kube::Readiness readiness = readinessOf(view->root());
    if (readiness.health == kube::Health::Ready) return complete(index);
    wanted.generation = view->root()["metadata"]["generation"].integer().value_or(0);
    wanted.resourceVersion = view->root()["metadata"]["resourceVersion"].string();
    state.reason = readiness.reason;
  } else {
    run_.say(EventKind::Start, op.id, op.target, action(index), fmt::format("until {} is ready", describe(op.object)));
  }
  state.timer = run_.connections.loop().after(run_.options.readyTimeout, [this, alive = run_.alive, index] {
    if (*alive) timedOut(index);
  });
  auto changed = [this, index](const kube::Readiness& readiness) { readinessChanged(index, readiness); };
  bool served = readyWatch(op.target).wait(index, std::move(wanted), changed);
  if (!served)
    return fail(index, fault("CH6107", fmt::format("the cluster does not serve {} {}", op.object.apiVersion, op.object.kind), "", op.source));
  if (!object.empty()) run_.say(EventKind::Progress, op.id, op.target, action(index), fmt::format("{}; waiting until it is ready", state.said));
}

void Walk::readinessChanged(uint32_t index, const kube::Readiness& readiness) {
  Op& state = ops_[index];
  if (state.state != State::Settling) return;
  const plan::Operation& op = run_.op(index);
  if (readiness.health == kube::Health::Ready) {
    complete(index);
    pump();
  } else if (readiness.health == kube::Health::Failed) {
    fail(index, fault("CH6209", fmt::format("{} failed: {}", describe(op.object), readiness.reason), "chasic status shows more", op.source));
    pump();
  } else if (state.reason != readiness.reason) {
    state.reason = readiness.reason;
    run_.say(EventKind::Progress, op.id, op.target, action(index), run_.clean(readiness.reason));
  }
}

void Walk::timedOut(uint32_t index) {
  Op& state = ops_[index];
  if (state.state != State::Settling) return;
  state.timer = 0;
  const plan::Operation& op = run_.op(index);
  std::string why = state.reason.empty() ? "it was not seen" : state.reason;
  double seconds = std::chrono::duration<double>(run_.options.readyTimeout).count();
  fail(index, fault("CH6209", fmt::format("{} is not ready after {:g} s: {}", describe(op.object), seconds, why),
                    "wait longer with --timeout, or look at its events", op.source));
  pump();
}

void Walk::complete(uint32_t index) {
  Op& state = ops_[index];
  const plan::Operation& op = run_.op(index);
  bool waited = state.state == State::Settling;
  if (waited) {
    --settling_;
    run_.connections.loop().cancel(state.timer);
    if (op.kind != OpKind::Vcluster) readyWatch(op.target).forget(index);
  }
  state.state = State::Done;
  --left_;
  if (active(index)) {
    ++run_.reporter.done;
    run_.say(EventKind::Done, op.id, op.target, action(index), state.said);
  } else {
    ++run_.summary.unchanged;
    if (waited) run_.say(EventKind::Done, op.id, op.target, action(index), "ready");
  }
  for (uint32_t d : dependants_[index])
    if (--ops_[d].open == 0 && ops_[d].state == State::Waiting) {
      ops_[d].state = State::Queued;
      queue_.push_back(d);
    }
  if (const auto at = behind_.find(index); at != behind_.end())
    for (size_t number : at->second)
      if (--gates_[number].open == 0) reached(gates_[number]);
  pump();
}

void Walk::fail(uint32_t index, llvm::Error error) {
  Op& state = ops_[index];
  const plan::Operation& op = run_.op(index);
  if (state.state == State::Settling) {
    --settling_;
    run_.connections.loop().cancel(state.timer);
    if (op.kind != OpKind::Vcluster) readyWatch(op.target).forget(index);
  }
  state.state = State::Failed;
  --left_;
  if (active(index)) ++run_.reporter.done;
  run_.failed(op.id, op.target, action(index), op.source, std::move(error));
  skipDependants(index);
  halt(index);
}

void Walk::skip(uint32_t index, std::string why) {
  const plan::Operation& op = run_.op(index);
  ops_[index].state = State::Skipped;
  --left_;
  if (!active(index)) {
    ++run_.summary.unchanged;
    return halt(index);
  }
  ++run_.summary.skipped;
  ++run_.reporter.done;
  run_.say(EventKind::Skipped, op.id, op.target, action(index), std::move(why));
  halt(index);
}

void Walk::skipDependants(uint32_t index) {
  std::vector<uint32_t> stack = {index};
  while (!stack.empty()) {
    uint32_t at = stack.back();
    stack.pop_back();
    for (uint32_t d : dependants_[at]) {
      if (ops_[d].state != State::Waiting && ops_[d].state != State::Queued) continue;
      skip(d, fmt::format("it needs {}, which {}", run_.op(at).id, ops_[at].state == State::Failed ? "failed" : run_.whyLeftOut(at).empty() ? "was skipped" : "is left out"));
      stack.push_back(d);
    }
  }
}

void Walk::stop() {
  if (stopping_) return;
  stopping_ = true;
  // They are applied; whether they get ready is for the next run to see.
  for (uint32_t i = 0; i < ops_.size(); ++i) {
    if (ops_[i].state != State::Settling) continue;
    if (run_.op(i).kind != OpKind::Vcluster) { complete(i); continue; }
    virtual_.erase(i);
    --settling_;
    skip(i, "the run was interrupted");
  }
  arrived_.clear();
}

void Walk::abandonAll() {
  for (uint32_t i = 0; i < ops_.size(); ++i) {
    if (ops_[i].state != State::Working) continue;
    --working_;
    if (SiteRun* site = run_.op(i).kind == OpKind::Object ? run_.siteOf(run_.op(i).target) : nullptr) --site->working;
    fail(i, fault("CH6210", fmt::format("interrupted while '{}' was being done; what came of it is seen by the next run", run_.op(i).id), "", run_.op(i).source));
  }
}

void Walk::skipRest() {
  for (uint32_t i = 0; i < ops_.size(); ++i)
    if (ops_[i].state == State::Waiting || ops_[i].state == State::Queued) skip(i, "the run was interrupted");
}

// A sign of life of what takes longest.
void Walk::heartbeat() {
  if (left_ == 0) return;
  uint32_t longest = 0;
  for (uint32_t i = 1; i < ops_.size() && settling_; ++i)
    if (ops_[i].state == State::Settling && (ops_[longest].state != State::Settling || ops_[i].since < ops_[longest].since)) longest = i;
  if (auto wait = virtual_.find(longest); settling_ && wait != virtual_.end() && wait->second) ops_[longest].reason = wait->second->reason();
  if (settling_)
    run_.say(EventKind::Progress, run_.op(longest).id, run_.op(longest).target, action(longest), run_.clean(ops_[longest].reason));
  later(run_, std::chrono::seconds(2), [this] { heartbeat(); });
}

} // namespace chasi::engine
