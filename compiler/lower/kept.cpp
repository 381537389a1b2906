#include "compiler/lower/kept.h"

#include "compiler/lower/stakes.h"

namespace chasi::lower {

using namespace sema;

void KeptOperations::drop(eval::Evaluator& evaluator, llvm::ArrayRef<Record*> renewed) {
  llvm::DenseSet<const Record*> stay(evaluator.declarations().begin(), evaluator.declarations().end());
  for (const Record* r : renewed) stay.erase(r);
  std::vector<const Record*> gone;
  for (const auto& [record, one] : ones_)
    if (!stay.contains(record)) gone.push_back(record);
  for (const Record* r : gone) {
    One& one = ones_[r];
    for (const plan::Operation& op : one.operations) {
      if (op.kind != plan::OpKind::Object) continue;
      const auto at = objects_.find(objectHash(op.target, op.object));
      if (--at->second == 0) objects_.erase(at);
    }
    ones_.erase(r);
  }
}

/// Files operations under their declarations. False when an object is described twice.
bool KeptOperations::take(eval::Evaluator& evaluator, std::vector<Draft> drafts, std::vector<plan::Operation> operations) {
  bool once = true;
  for (size_t i = 0; i < drafts.size();) {
    Record* owner = drafts[i].owner;
    One& one = ones_[owner];
    for (; i < drafts.size() && drafts[i].owner == owner; ++i) {
      plan::Operation& op = operations[i];
      op.payload = {};
      if (op.kind == plan::OpKind::Object && ++objects_[objectHash(op.target, op.object)] > 1) once = false;
      one.drafts.push_back(std::move(drafts[i]));
      one.operations.push_back(std::move(op));
    }
    one.order = orderHash(evaluator, *owner, one.drafts, one.operations);
  }
  return once;
}

/// Asks again where the renewed declarations have a stake. Whoever was told of a clash before is among them.
void KeptOperations::stakes(Program& program, eval::Evaluator& evaluator, llvm::ArrayRef<Record*> renewed) {
  const bool all = !std::exchange(stakesKnown_, !program.diagnostics.hasErrors());
  if (!stakesKnown_) return; // the same as in a compilation from the beginning
  llvm::DenseSet<uint64_t> touched;
  for (const Record* r : renewed)
    if (const auto at = ones_.find(r); at != ones_.end() && !all)
      for (const Draft& d : at->second.drafts)
        for (const Stake& s : d.stakes) touched.insert(s.key);
  if (!all && touched.empty()) return;
  std::vector<Staked> list;
  for (const Record* r : evaluator.declarations()) {
    const auto at = ones_.find(r);
    for (size_t i = 0; at != ones_.end() && i < at->second.drafts.size(); ++i)
      for (const Stake& s : at->second.drafts[i].stakes)
        if (all || touched.contains(s.key)) list.push_back({&s, &at->second.drafts[i], &at->second.operations[i]});
  }
  checkStakes(program, evaluator, std::move(list));
}

/// What takes all operations at once: policies that ask for them, and circles.
void KeptOperations::whole(Program& program, eval::Evaluator& evaluator) {
  std::vector<Draft> drafts;
  std::vector<plan::Operation> operations;
  for (const Record* r : evaluator.declarations()) {
    const auto at = ones_.find(r);
    if (at == ones_.end()) continue;
    std::move(at->second.drafts.begin(), at->second.drafts.end(), std::back_inserter(drafts));
    std::move(at->second.operations.begin(), at->second.operations.end(), std::back_inserter(operations));
  }
  tellOperations(program, evaluator, drafts, operations);
  const size_t reported = program.diagnostics.all().size();
  checkOrder(program, evaluator, drafts, operations);
  acyclic_.clear();
  if (program.diagnostics.all().size() == reported)
    for (const auto& [record, one] : ones_) acyclic_.insert(one.order);
  size_t i = 0;
  for (const Record* r : evaluator.declarations()) {
    const auto at = ones_.find(r);
    if (at == ones_.end()) continue;
    for (size_t k = 0; k < at->second.drafts.size(); ++k, ++i) {
      at->second.drafts[k] = std::move(drafts[i]);
      at->second.operations[k] = std::move(operations[i]);
    }
  }
}

bool KeptOperations::lower(Program& program, eval::Evaluator& evaluator, const PinReader& pins, llvm::ArrayRef<Record*> renewed) {
  // The release of a cluster decides what the types are of all that lives there.
  if (!first_ && llvm::any_of(renewed, [&](const Record* r) { return program.isStandard(*r->schema, "cluster"); })) return false;
  drop(evaluator, renewed);
  std::vector<Draft> drafts;
  std::vector<plan::Operation> operations;
  bool alone = lowerSome(program, evaluator, pins, renewed, drafts, operations);
  alone = take(evaluator, std::move(drafts), std::move(operations)) && alone;
  const bool first = std::exchange(first_, false);
  if (!alone && !first) return false;
  stakes(program, evaluator, renewed);
  const bool known = llvm::all_of(ones_, [&](const auto& entry) { return acyclic_.contains(entry.second.order); });
  if (first || !known || program.usesOperations) whole(program, evaluator);
  return alone;
}

} // namespace chasi::lower
