// The graph between operations. Edges come from what Kubernetes needs (a namespace before what is in it, a role before
// its binding, configuration before the workload that reads it), from references between declarations, and from `needs`.
#include "compiler/lower/lower.h"

#include <llvm/ADT/MapVector.h>
#include <llvm/ADT/SetVector.h>
#include <llvm/ADT/SmallPtrSet.h>
#include <llvm/ADT/SmallString.h>
#include <llvm/ADT/StringMap.h>

#include <queue>

namespace chasi::lower {

using namespace sema;
using source::Code;

namespace {

class Graph {
public:
  Graph(Program& program, eval::Evaluator& evaluator, const std::deque<Draft>& drafts, std::vector<plan::Operation>& operations)
      : p(program), e(evaluator), drafts_(drafts), operations_(operations), needs_(drafts.size()) {}

  void run() {
    index();
    for (size_t i = 0; i < drafts_.size(); ++i) objectEdges(i);
    partEdges();
    tidy();
    ownerEdges();
    tidy();
    sort();
  }

private:
  Program& p;
  eval::Evaluator& e;
  const std::deque<Draft>& drafts_;
  std::vector<plan::Operation>& operations_;
  std::vector<llvm::SmallVector<uint32_t, 4>> needs_; ///< until `tidy`, with repetitions
  llvm::StringMap<uint32_t> byName_; ///< target|kind|namespace|name
  llvm::MapVector<Record*, std::vector<uint32_t>> byOwner_;
  llvm::SmallString<128> key_;

  /// Overwritten by the next call.
  llvm::StringRef key(llvm::StringRef target, llvm::StringRef kind, llvm::StringRef ns, llvm::StringRef name) {
    key_.clear();
    for (const llvm::StringRef part : {target, kind, ns, name}) {
      key_ += part;
      key_ += '|';
    }
    return key_;
  }

  void tidy() {
    for (auto& list : needs_) {
      llvm::sort(list);
      list.erase(std::unique(list.begin(), list.end()), list.end());
    }
  }

  void index() {
    for (size_t i = 0; i < drafts_.size(); ++i) {
      const plan::Operation& op = operations_[i];
      byOwner_[drafts_[i].owner].push_back(static_cast<uint32_t>(i));
      if (op.kind == plan::OpKind::Object) byName_[key(op.target, op.object.kind, op.object.ns, op.object.name)] = static_cast<uint32_t>(i);
    }
  }

  void edge(size_t from, llvm::StringRef to) {
    if (const auto it = byName_.find(to); it != byName_.end() && it->second != from) needs_[from].push_back(it->second);
  }

  void objectEdges(size_t i) {
    const plan::Operation& op = operations_[i];
    if (op.kind != plan::OpKind::Object) return;
    if (!op.object.ns.empty()) edge(i, key(op.target, "Namespace", "", op.object.ns));
    walk(i, Value::of(drafts_[i].manifest), {});
  }

  /// Names of other objects stand under well-known keys.
  void walk(size_t i, const Value& v, llvm::StringRef under) {
    if (v.tag == Tag::List) {
      for (const Value& item : v.list->items) walk(i, item, under);
      return;
    }
    if (v.tag != Tag::Map) return;
    const plan::Operation& op = operations_[i];
    auto refer = [&](llvm::StringRef kind, llvm::StringRef name) { edge(i, key(op.target, kind, op.object.ns, name)); };
    for (const MapEntry& m : v.map->entries) {
      if (m.value.isText()) {
        if (!m.key.ends_with("ame")) continue;
        if (m.key == "serviceAccountName") refer("ServiceAccount", m.value.str());
        else if (m.key == "claimName") refer("PersistentVolumeClaim", m.value.str());
        else if (m.key == "secretName") refer("Secret", m.value.str());
        else if (m.key == "storageClassName") edge(i, key(op.target, "StorageClass", "", m.value.str()));
        else if (m.key == "name" && (under == "configMap" || under == "configMapRef" || under == "configMapKeyRef")) refer("ConfigMap", m.value.str());
        else if (m.key == "name" && (under == "secretRef" || under == "secretKeyRef")) refer("Secret", m.value.str());
      } else if (m.value.tag < Tag::List) {
        continue;
      } else if (m.key == "roleRef" && m.value.tag == Tag::Map) {
        const llvm::StringRef kind = textAt(*m.value.map, {"kind"}), name = textAt(*m.value.map, {"name"});
        edge(i, key(op.target, kind, kind == "Role" ? llvm::StringRef(op.object.ns) : "", name));
      } else if (m.key == "subjects" && m.value.tag == Tag::List) {
        for (const Value& s : m.value.list->items)
          if (s.tag == Tag::Map && textAt(*s.map, {"kind"}) == "ServiceAccount") edge(i, key(op.target, "ServiceAccount", textAt(*s.map, {"namespace"}), textAt(*s.map, {"name"})));
      } else if (m.key == "scaleTargetRef" && m.value.tag == Tag::Map) {
        refer(textAt(*m.value.map, {"kind"}), textAt(*m.value.map, {"name"}));
      } else {
        walk(i, m.value, m.key);
      }
    }
  }

  void partEdges() {
    for (size_t i = 0; i < drafts_.size(); ++i)
      for (const std::string& part : drafts_[i].after)
        for (const uint32_t other : byOwner_[drafts_[i].owner])
          if (drafts_[other].part == part) needs_[i].push_back(other);
  }

  void collect(const Value& v, llvm::SetVector<Record*>& out, llvm::SmallPtrSetImpl<const void*>& seen) {
    if (v.tag == Tag::Record) {
      if (v.record->schema->isKind) {
        out.insert(v.record);
      } else if (seen.insert(v.record).second) {
        for (uint32_t i = 0; i < v.record->schema->fields.size(); ++i)
          if (!v.record->schema->fields[i].hidden) collect(e.slot(*v.record, i), out, seen);
      }
    } else if (v.tag == Tag::List && seen.insert(v.list).second) {
      for (const Value& item : v.list->items)
        if (item.tag >= Tag::List) collect(item, out, seen);
    } else if (v.tag == Tag::Map && seen.insert(v.map).second) {
      for (const MapEntry& m : v.map->entries) collect(m.value, out, seen);
    }
  }

  /// What a declaration refers to is there before it: its operations wait for those that nothing else of the other waits for.
  void ownerEdges() {
    llvm::DenseMap<Record*, std::vector<uint32_t>> last;
    for (const auto& [owner, list] : byOwner_) {
      llvm::SmallDenseSet<uint32_t, 16> inner;
      for (const uint32_t i : list)
        for (const uint32_t n : needs_[i])
          if (drafts_[n].owner == owner) inner.insert(n);
      for (const uint32_t i : list)
        if (!inner.contains(i)) last[owner].push_back(i);
    }
    for (const auto& [owner, list] : byOwner_) {
      llvm::SetVector<Record*> references;
      llvm::SmallPtrSet<const void*, 16> seen;
      for (uint32_t i = 0; i < owner->schema->fields.size(); ++i)
        if (!owner->schema->fields[i].hidden) collect(e.slot(*owner, i), references, seen);
      for (Record* other : references) {
        if (other == owner) continue;
        for (const uint32_t i : list)
          for (const uint32_t n : last[other]) needs_[i].push_back(n);
      }
    }
  }

  /// Kahn's algorithm with the smallest index first, so that the order depends on nothing but the graph.
  void sort() {
    const size_t n = drafts_.size();
    std::vector<uint32_t> open(n), place(n), order;
    std::vector<std::vector<uint32_t>> users(n);
    std::priority_queue<uint32_t, std::vector<uint32_t>, std::greater<>> ready;
    for (uint32_t i = 0; i < n; ++i) {
      open[i] = static_cast<uint32_t>(needs_[i].size());
      for (const uint32_t other : needs_[i]) users[other].push_back(i);
      if (!open[i]) ready.push(i);
    }
    order.reserve(n);
    while (!ready.empty()) {
      const uint32_t i = ready.top();
      ready.pop();
      place[i] = static_cast<uint32_t>(order.size());
      order.push_back(i);
      for (const uint32_t other : needs_[i]) operations_[i].needs.push_back(place[other]);
      std::sort(operations_[i].needs.begin(), operations_[i].needs.end());
      for (const uint32_t user : users[i])
        if (--open[user] == 0) ready.push(user);
    }
    if (order.size() < n) return circle(open);
    // Along each cycle of the permutation, so that there is never a second list.
    for (uint32_t start = 0; start < n; ++start) {
      if (order[start] == start) continue;
      plan::Operation first = std::move(operations_[start]);
      uint32_t to = start;
      for (uint32_t from = order[to]; from != start; from = order[to]) {
        operations_[to] = std::move(operations_[from]);
        order[to] = to;
        to = from;
      }
      operations_[to] = std::move(first);
      order[to] = to;
    }
  }

  void circle(const std::vector<uint32_t>& open) {
    uint32_t i = 0;
    while (!open[i]) ++i;
    std::vector<uint32_t> way;
    while (std::find(way.begin(), way.end(), i) == way.end()) {
      way.push_back(i);
      for (const uint32_t n : needs_[i])
        if (open[n]) {
          i = n;
          break;
        }
    }
    way.erase(way.begin(), std::find(way.begin(), way.end(), i));
    const Draft& first = drafts_[i];
    source::Diagnostic& d = p.diagnostics.report(Code::DependencyCycle, first.span, "operations wait for each other");
    for (const uint32_t w : way) d.note(fmt::format("{} waits for the next", operations_[w].id));
    d.hint("take one of the references or `needs` away");
  }
};

} // namespace

void order(Program& program, eval::Evaluator& evaluator, const std::deque<Draft>& drafts, std::vector<plan::Operation>& operations) {
  Graph(program, evaluator, drafts, operations).run();
}

} // namespace chasi::lower
