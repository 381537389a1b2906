#include "runtime/plan/graph.h"

#include "runtime/plan/fault.h"
#include "runtime/plan/waves.h"

#include <fmt/format.h>

#include <algorithm>
#include <queue>
#include <set>
#include <string_view>

namespace chasi::plan {

std::vector<std::vector<uint32_t>> dependants(const std::vector<Operation>& operations) {
  std::vector<std::vector<uint32_t>> result(operations.size());
  for (uint32_t i = 0; i < operations.size(); ++i)
    for (uint32_t need : operations[i].needs)
      if (result[need].empty() || result[need].back() != i) result[need].push_back(i);
  return result;
}

// Walks needs among the operations that are left; each of them has one, so the walk comes back to itself.
static std::string cycleInWords(const std::vector<Operation>& operations, const std::vector<uint32_t>& waiting) {
  uint32_t at = 0;
  while (waiting[at] == 0) ++at;
  std::vector<uint32_t> path;
  for (;;) {
    auto seen = std::find(path.begin(), path.end(), at);
    if (seen != path.end()) { path.erase(path.begin(), seen); break; }
    path.push_back(at);
    for (uint32_t need : operations[at].needs)
      if (waiting[need] != 0) { at = need; break; }
  }
  std::string words;
  for (uint32_t i : path) words += operations[i].id + " needs ";
  return words + operations[path.front()].id;
}

llvm::Expected<std::vector<uint32_t>> topologicalOrder(const std::vector<Operation>& operations) {
  std::vector<uint32_t> waiting(operations.size());
  for (uint32_t i = 0; i < operations.size(); ++i) {
    std::set<uint32_t> needs(operations[i].needs.begin(), operations[i].needs.end());
    if (!needs.empty() && *needs.rbegin() >= operations.size())
      return fault("CH6004", fmt::format("'{}' needs operation number {}, but there are only {}", operations[i].id,
                                         *needs.rbegin(), operations.size()),
                   {}, operations[i].source);
    waiting[i] = static_cast<uint32_t>(needs.size());
  }
  std::vector<std::vector<uint32_t>> next = dependants(operations);
  std::priority_queue<uint32_t, std::vector<uint32_t>, std::greater<>> ready;
  for (uint32_t i = 0; i < operations.size(); ++i)
    if (waiting[i] == 0) ready.push(i);
  std::vector<uint32_t> order;
  order.reserve(operations.size());
  while (!ready.empty()) {
    uint32_t i = ready.top();
    ready.pop();
    order.push_back(i);
    for (uint32_t d : next[i])
      if (--waiting[d] == 0) ready.push(d);
  }
  if (order.size() == operations.size()) return order;
  return fault("CH6003", "operations need each other: " + cycleInWords(operations, waiting),
               "remove one of these references");
}

std::vector<uint32_t> levels(const std::vector<Operation>& operations) {
  std::vector<uint32_t> level(operations.size());
  llvm::Expected<std::vector<uint32_t>> order = topologicalOrder(operations);
  if (!order) { llvm::consumeError(order.takeError()); return level; }
  for (uint32_t i : *order)
    for (uint32_t need : operations[i].needs) level[i] = std::max(level[i], level[need] + 1);
  return level;
}

llvm::Error validate(const Desired& desired) {
  std::set<std::string_view> ids;
  std::set<std::string_view> targets;
  for (const Target& target : desired.targets)
    if (!targets.insert(target.name).second)
      return fault("CH6004", fmt::format("target '{}' is declared twice", target.name), {}, target.source);
  for (const Target& target : desired.targets)
    if (target.inside && !targets.count(target.inside->host))
      return fault("CH6004", fmt::format("target '{}' lives in target '{}', which is not declared", target.name, target.inside->host), {}, target.source);
  for (const Operation& op : desired.operations) {
    if (op.id.empty() || !ids.insert(op.id).second)
      return fault("CH6004", fmt::format("two operations have the id '{}'", op.id), {}, op.source);
    bool needsTarget = op.kind != OpKind::Image;
    if (needsTarget && !targets.count(op.target))
      return fault("CH6004", fmt::format("'{}' goes to target '{}', which is not declared", op.id, op.target), {}, op.source);
    if (op.kind == OpKind::Object && (op.object.kind.empty() || op.object.name.empty() || op.object.apiVersion.empty()))
      return fault("CH6004", fmt::format("'{}' describes an object without apiVersion, kind or name", op.id), {}, op.source);
  }
  if (llvm::Error error = topologicalOrder(desired.operations).takeError()) return error;
  return checkWaves(desired);
}

} // namespace chasi::plan
