#include "runtime/engine/selection.h"

#include "runtime/engine/inventory.h"
#include "runtime/plan/fault.h"

#include <fmt/format.h>

#include <algorithm>

namespace chasi::engine {

using plan::Action;

namespace {

/// `*` is anything, `?` one character; brackets and braces stand in ids, and mean themselves.
bool fits(const std::string& pattern, const std::string& text) {
  size_t p = 0, t = 0, star = pattern.npos, mark = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      mark = t;
    } else if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == text[t])) {
      ++p;
      ++t;
    } else if (star != pattern.npos) {
      p = star + 1;
      t = ++mark;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', p) == pattern.npos;
}

/// Patterns, and which of them fitted anything.
class Names {
public:
  explicit Names(const std::vector<std::string>& patterns) : patterns_(patterns), used_(patterns.size(), false) {}

  bool match(const std::string& id, const std::string& owner, const std::string& target) {
    bool any = false;
    for (size_t i = 0; i < patterns_.size(); ++i) {
      const std::string& pattern = patterns_[i];
      if (!fits(pattern, id) && !fits(pattern, owner) && (target.empty() || !fits(pattern, "cluster." + target))) continue;
      used_[i] = any = true;
    }
    return any;
  }

  /// CH6226 for the first that fitted nothing.
  llvm::Error check(const char* flag, const plan::Desired& described) const {
    for (size_t i = 0; i < patterns_.size(); ++i)
      if (!used_[i]) return plan::fault("CH6226", fmt::format("{} {}: the plan has nothing that is called so", flag, patterns_[i]), hint(described));
    return llvm::Error::success();
  }

private:
  static std::string hint(const plan::Desired& described) {
    constexpr size_t most = 8;
    std::vector<std::string> owners;
    for (const plan::Operation& op : described.operations)
      if (!op.owner.empty() && std::find(owners.begin(), owners.end(), op.owner) == owners.end()) owners.push_back(op.owner);
    if (owners.empty()) return "nothing is described";
    const size_t more = owners.size() > most ? owners.size() - most : 0;
    owners.resize(owners.size() - more);
    return fmt::format("declarations are {}{}", fmt::join(owners, ", "), more ? fmt::format(" and {} more", more) : "");
  }

  const std::vector<std::string>& patterns_;
  std::vector<bool> used_;
};

void leaveOut(plan::Step& step, std::string why) {
  if (step.action == Action::None) return;
  step.problem.reset();
  step.leftOut = std::move(why);
}

void selectSteps(plan::Plan& plan, Names& only, Names& exclude, bool all) {
  const std::vector<plan::Operation>& operations = plan.desired.operations;
  std::vector<bool> chosen(operations.size(), all);
  for (size_t i = operations.size(); i-- > 0;) {
    if (!all && only.match(operations[i].id, operations[i].owner, operations[i].target)) chosen[i] = true;
    if (chosen[i])
      for (uint32_t need : operations[i].needs) chosen[need] = true;
  }
  std::vector<std::string> why(operations.size());
  for (size_t i = 0; i < operations.size(); ++i) {
    const bool excluded = exclude.match(operations[i].id, operations[i].owner, operations[i].target);
    if (excluded) why[i] = "excluded";
    else if (!chosen[i]) why[i] = "not selected";
    for (uint32_t need : operations[i].needs)
      if (why[i].empty() && !why[need].empty() && plan.steps[need].action != Action::None) why[i] = fmt::format("it needs {}, which is excluded", operations[need].id);
    if (!why[i].empty()) leaveOut(plan.steps[i], why[i]);
  }
}

/// Keys of the objects of what is chosen, and of all that needs it.
std::vector<bool> withDependants(const plan::Desired& described, Names& names) {
  std::vector<bool> chosen(described.operations.size(), false);
  for (size_t i = 0; i < chosen.size(); ++i) {
    const plan::Operation& op = described.operations[i];
    chosen[i] = names.match(op.id, op.owner, op.target) || std::any_of(op.needs.begin(), op.needs.end(), [&](uint32_t need) { return chosen[need]; });
  }
  return chosen;
}

bool contains(const plan::Desired& described, const std::vector<bool>& chosen, const plan::Prune& prune) {
  for (size_t i = 0; i < chosen.size(); ++i)
    if (chosen[i] && described.operations[i].target == prune.target && keyOf(described.operations[i].object) == keyOf(prune.object)) return true;
  return false;
}

} // namespace

llvm::Error select(plan::Plan& plan, const Selection& selection, const plan::Desired& described) {
  if (selection.empty()) return llvm::Error::success();
  const bool all = selection.only.empty();
  Names only(selection.only), exclude(selection.exclude);
  selectSteps(plan, only, exclude, all);
  std::vector<bool> going;
  if (plan.destroys) going = withDependants(described, only);
  for (plan::Prune& prune : plan.prunes) {
    const bool chosen = only.match(prune.id, prune.owner, prune.target) || all || contains(described, going, prune);
    if (exclude.match(prune.id, prune.owner, prune.target)) prune.leftOut = "excluded";
    else if (!chosen) prune.leftOut = "not selected";
  }
  if (llvm::Error error = only.check("--target", described)) return error;
  if (llvm::Error error = exclude.check("--exclude", described)) return error;
  // A cluster that nothing of the selection goes to is not missing.
  std::erase_if(plan.missing, [&](const plan::MissingTarget& missing) {
    bool some = false, concerned = false;
    for (size_t i = 0; i < plan.steps.size(); ++i) {
      if (plan.desired.operations[i].target != missing.target) continue;
      some = true;
      concerned = concerned || plan.steps[i].leftOut.empty() || plan.steps[i].problem;
    }
    return some && !concerned;
  });
  return llvm::Error::success();
}

} // namespace chasi::engine
