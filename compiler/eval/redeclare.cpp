// Evaluating again after a few files have changed: what could have other values now is forgotten, the rest stays.
#include "compiler/eval/evaluator.h"
#include "compiler/sema/load.h"

namespace chasi::eval {

using namespace sema;

/// What has changed in these files, and what was reported: who reads again what is wrong reports it again.
void Evaluator::changedParts(llvm::ArrayRef<Change> changes, Marked& gone) {
  const auto mark = [&](Part part) {
    if (part >= gone.size()) gone.resize(part + 1);
    gone[part] = true;
  };
  for (const Change& change : changes) {
    for (const Listed& l : llvm::ArrayRef<Listed>(listed_[change.place]).drop_front(change.keptItems)) {
      mark(l.part);
      for (const Record* r : l.made) mark(r->part);
    }
    const syntax::Tree* tree = change.place.module->files[change.place.file].tree.get();
    for (const Symbol* s : change.place.module->order)
      if (&s->node.tree() == tree && s->span.begin >= change.from) mark(reads_->of(*s));
  }
  for (Part part = 1; part < reads_->count(); ++part)
    if (reads_->entry(part).told) mark(part);
}

/// A declaration as it was before anybody asked for a field. It stays the same one for those that refer to it.
void Evaluator::open(Record& record) {
  std::fill_n(record.states + (record.schema->named ? 1 : 0), record.schema->fields.size() - (record.schema->named ? 1 : 0), SlotState::Open);
  record.self = record.frame = nullptr;
  record.frameBlock = nullptr;
  record.forced = false;
}

void Evaluator::forget(const Marked& gone) {
  for (Part part = 1; part < gone.size(); ++part)
    if (gone[part]) reads_->clear(part);
  for (const auto& [symbol, part] : reads_->symbols()) {
    if (part >= gone.size() || !gone[part]) continue;
    auto& s = const_cast<Symbol&>(*symbol); // the same that `global` fills
    if (s.kind == SymbolKind::Declaration && s.evalState == 2 && s.value.tag == Tag::Record) {
      open(*s.value.record);
      continue;
    }
    s.evalState = 0;
    s.value = {};
  }
}

/// Lists what is new and the items that read something else now. False when two declarations have one name.
bool Evaluator::relistAll(llvm::ArrayRef<Change> changes, const Marked& gone) {
  llvm::DenseSet<const Record*> dropped;
  for (auto& [place, listed] : listed_) {
    const auto change = llvm::find_if(changes, [&](const Change& c) { return c.place == place; });
    const size_t kept = change == changes.end() ? listed.size() : change->keptItems;
    for (size_t i = 0; i < listed.size(); ++i) {
      Listed& l = listed[i];
      const bool named = l.item->kind == ItemIr::Declare && (l.item->symbol || l.item->name->op == Op::Const);
      l.again = i >= kept || (gone[l.part] && !(named && !l.made.empty()));
      if (l.again) dropped.insert(l.made.begin(), l.made.end());
      else reopen(l, gone);
    }
    if (change == changes.end()) continue;
    const llvm::ArrayRef<ItemIr> items = place.module->files[place.file].items;
    listed.resize(kept);
    for (size_t i = 0; i < kept; ++i) listed[i].item = &items[i];
    indexItems(items);
  }
  for (const Record* r : dropped) {
    const auto at = byName_.find({r->schema, r->name.str()});
    if (at != byName_.end() && at->second == r) byName_.erase(at);
  }
  std::erase_if(declarations_, [&](const Record* r) { return dropped.contains(r); });
  const size_t stayed = declarations_.size();
  declared_ = false;
  for (Module* m : userModules(p))
    for (size_t file = 0; file < m->files.size(); ++file) list({m, file});
  declared_ = true;
  return sortNew(stayed);
}

/// Forgets the values of those among its declarations that read something else now.
void Evaluator::reopen(Listed& listed, const Marked& gone) {
  for (Record* r : listed.made) {
    if (!gone[r->part]) continue;
    open(*r);
    if (r->part == listed.part) continue;
    const Reads::As as(reads_, r->part);
    reads_->read(listed.part);
  }
}

/// The kinds whose members were asked for, and who refers to whom: where that is different now, marks who asked. Evaluates references.
bool Evaluator::reindex(Marked& gone) {
  const auto allBefore = std::exchange(all_, {});
  const auto referrersBefore = std::exchange(referrers_, {});
  const auto same = [](llvm::ArrayRef<Value> a, llvm::ArrayRef<Value> b) {
    return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), [](const Value& x, const Value& y) { return x.record == y.record; });
  };
  bool more = false;
  const auto mark = [&](Part part) {
    gone.resize(reads_->count());
    more = more || !gone[part];
    gone[part] = true;
  };
  for (const auto& [kind, list] : allBefore) {
    if (list.tag == Tag::List && same(list.list->items, everyOf(kind).list->items)) continue;
    for (Part part = 1; part < reads_->count(); ++part)
      if (llvm::is_contained(reads_->entry(part).all, kind)) mark(part);
  }
  for (const auto& [kind, before] : referrersBefore) {
    const auto& now = referrersOf(kind, everyOf(kind));
    const auto of = [](const auto& index, const Record* target) {
      const auto at = index.find(target);
      return at == index.end() ? llvm::ArrayRef<Value>() : llvm::ArrayRef<Value>(at->second);
    };
    for (Part part = 1; part < reads_->count(); ++part)
      for (const auto& [target, asked] : reads_->entry(part).referrers)
        if (asked == kind && !same(of(before, target), of(now, target))) mark(part);
  }
  return more;
}

/// Whether values that were given from outside are read again. Their texts would become files once more, in another order than at first.
bool Evaluator::asksOutside(const Marked& gone) const {
  const auto isGone = [&](const std::pair<std::string, ParamValue>& given) {
    const auto at = p.root->symbols.find(given.first);
    if (at == p.root->symbols.end() || at->second->kind != SymbolKind::Param) return true; // nobody takes it, which is told again
    const auto part = reads_->symbols().find(at->second);
    return part == reads_->symbols().end() || (part->second < gone.size() && gone[part->second]);
  };
  return llvm::any_of(p.params, isGone);
}

bool Evaluator::redeclare(llvm::ArrayRef<Change> changes) {
  reported_.clear();
  operations_ = Value::error();
  emitted_.clear();
  Marked gone;
  changedParts(changes, gone);
  if (asksOutside(gone)) return false;
  params();
  const size_t reported = p.diagnostics.all().size();
  for (;;) {
    reads_->spread(gone);
    if (asksOutside(gone)) return false;
    forget(gone);
    if (!relistAll(changes, gone) || stopped_) return false;
    if (!reindex(gone)) return settled();
    // What was evaluated in this round may have read what is to be forgotten only now.
    if (p.diagnostics.all().size() != reported) return false;
  }
}

bool Evaluator::settled() const {
  constexpr uint64_t kPart = 2; // of a budget: what was forgotten counts as well, and the order may be a worse one
  return orderly_ && !stopped_ && reads_ && !reads_->foreign && steps_ < budget_.steps / kPart && p.arena.getBytesAllocated() < budget_.bytes / kPart &&
         reads_->longest() * kDepthOfPart < Budget().depth;
}

} // namespace chasi::eval
