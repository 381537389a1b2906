#include "runtime/engine/pruning.h"

#include "runtime/engine/link.h"
#include "runtime/engine/missing.h"
#include "runtime/engine/removal.h"

#include <fmt/format.h>

namespace chasi::engine {

using plan::fault;

namespace {

bool isWhole(const std::string& kind) { return kind == "Namespace" || kind == "CustomResourceDefinition"; }

bool losesMuch(const std::string& kind) { return isWhole(kind) || kind == "PersistentVolumeClaim"; }

} // namespace

llvm::Error checkBudget(const plan::Plan& plan, std::optional<size_t> allowed) {
  size_t deletions = plan::count(plan).remove, owned = deletions;
  if (deletions == 0) return llvm::Error::success();
  for (const plan::Step& step : plan.steps)
    if (!step.guard.uid.empty()) ++owned;
  if (allowed) {
    if (*allowed == deletions) return llvm::Error::success();
    return fault("CH6206", fmt::format("the plan deletes {} objects, and consent was given to {}", deletions, *allowed),
                 "look at the plan again");
  }
  // Without a record only the label says that they are ours.
  if (auto unknown = std::find_if(plan.prunes.begin(), plan.prunes.end(), [](const plan::Prune& prune) { return prune.id.empty(); }); unknown != plan.prunes.end())
    return fault("CH6206", fmt::format("{} has the label of this workspace, and its record in the cluster does not know it: somebody may have copied the label, or deleted the record", describe(unknown->object)),
                 fmt::format("if everything that the plan shows is to be deleted, say --prune {}", deletions));
  std::string first;
  for (const plan::Prune& prune : plan.prunes)
    if (first.empty() && prune.leftOut.empty() && losesMuch(prune.object.kind)) first = describe(prune.object);
  // All that there is: an empty specification, or that of another folder.
  bool many = (deletions > 5 && deletions * 5 > owned) || (deletions > 1 && deletions == owned);
  if (!many && first.empty()) return llvm::Error::success();
  std::string what = many ? fmt::format("{} of {} objects would be deleted", deletions, owned)
                          : fmt::format("{} would be deleted with all that is in it", first);
  return fault("CH6206", std::move(what), fmt::format("if that is meant, say --prune {}", deletions));
}

// Why an object stays although nothing describes it any more; empty when it goes.
std::string Pruning::whyKept(const plan::Prune& prune) const {
  if (!prune.leftOut.empty()) return prune.leftOut;
  if (run_.isLeftOut(prune.target)) return fmt::format("cluster {} is left out", prune.target);
  return movedTo(run_.plan, prune, [this](const std::string& target) { return run_.isLeftOut(target); });
}

Pruning::Pruning(Run& run) : run_(run), ranks_(run.plan.prunes.size()) {
  for (uint32_t i = 0; i < ranks_.size(); ++i) {
    const plan::Prune& prune = run.plan.prunes[i];
    SiteRun* site = run.siteOf(prune.target);
    // What holds other objects goes last, also when nobody knows any more in which order things were made.
    ranks_[i] = isWhole(prune.object.kind) ? 0 : 1;
    if (const std::string why = whyKept(prune); why.empty()) {
      order_.push_back(i);
    } else if (!prune.leftOut.empty()) {
      ++run.summary.leftOut;
    } else {
      ++run.summary.skipped;
      ++run.reporter.done;
      run.say(EventKind::Skipped, prune.id.empty() ? describe(prune.object) : prune.id, prune.target, "delete", why);
    }
    if (!site || isWhole(prune.object.kind)) continue;
    auto stamp = site->stored.stamps.find(keyOf(prune.object));
    if (stamp != site->stored.stamps.end()) ranks_[i] += stamp->second.level;
  }
  std::stable_sort(order_.begin(), order_.end(), [this](uint32_t a, uint32_t b) { return ranks_[a] > ranks_[b]; });
}

void Pruning::start() { nextGroup(); }

// Objects of one rank side by side; the next rank when they are gone. A bounded number at once, so that the renewal of the lock does not
// stand behind thousands of deletions.
void Pruning::nextGroup() {
  constexpr size_t kMost = 64;
  while (!stopping_ && run_.cancelled() == 0 && next_ < order_.size() && working_ < kMost) {
    if (working_ != 0 && ranks_[order_[next_]] != rank_) return;
    rank_ = ranks_[order_[next_]];
    ++working_;
    remove(order_[next_++]);
  }
}

void Pruning::remove(uint32_t index) {
  const plan::Prune& prune = run_.plan.prunes[index];
  SiteRun* site = run_.siteOf(prune.target);
  std::string id = prune.id.empty() ? describe(prune.object) : prune.id;
  run_.say(EventKind::Start, id, prune.target, "delete", "");
  if (!site) {
    --working_;
    ++run_.reporter.done;
    return run_.failed(id, prune.target, "delete", {}, fault("CH6004", fmt::format("nothing says how cluster '{}' is reached", prune.target)));
  }
  open_.insert(index);
  removeObject(run_, *site, prune.object, prune.guard.uid, [this, &prune, index, site, id](llvm::Error error) {
    if (open_.erase(index) == 0) return llvm::consumeError(std::move(error)); // nobody waits any more
    ++run_.reporter.done;
    if (error) {
      run_.failed(id, prune.target, "delete", {}, std::move(error));
    } else {
      ++run_.summary.deleted;
      site->removed.insert(keyOf(prune.object));
      run_.say(EventKind::Done, id, prune.target, "delete", "deleted");
    }
    --working_;
    nextGroup();
  });
}

void Pruning::abandonAll() {
  for (uint32_t index : std::exchange(open_, {})) {
    const plan::Prune& prune = run_.plan.prunes[index];
    const std::string id = prune.id.empty() ? describe(prune.object) : prune.id;
    ++run_.reporter.done;
    run_.failed(id, prune.target, "delete", {}, fault("CH6210", fmt::format("interrupted while {} was being deleted", describe(prune.object)), "the next run looks again"));
    --working_;
  }
}

void Pruning::skipRest(const std::string& why) {
  for (; next_ < order_.size(); ++next_) {
    const plan::Prune& prune = run_.plan.prunes[order_[next_]];
    ++run_.summary.skipped;
    ++run_.reporter.done;
    run_.say(EventKind::Skipped, prune.id.empty() ? describe(prune.object) : prune.id, prune.target, "delete", why);
  }
}

} // namespace chasi::engine
