// The graph between operations. Edges come from what Kubernetes needs (a namespace before what is in it, a role before
// its binding, configuration before the workload that reads it), from references between declarations, and from `needs`.
#include "compiler/lower/lookup.h"
#include "compiler/lower/lower.h"

#include <llvm/ADT/MapVector.h>
#include <llvm/ADT/SetVector.h>
#include <llvm/ADT/SmallPtrSet.h>
#include <llvm/ADT/StringMap.h>

#include <queue>

namespace chasi::lower {

using namespace sema;
using source::Code;

namespace {

/// Collects the names of other objects, which stand under well-known keys.
class MentionReader {
public:
  MentionReader(llvm::StringRef ns, std::vector<Mention>& out) : ns_(ns), out_(out) {}

  void walk(const Value& v, llvm::StringRef under) {
    if (v.tag == Tag::List) {
      for (const Value& item : v.list->items)
        if (item.tag >= Tag::List) walk(item, under);
      return;
    }
    if (v.tag != Tag::Map) return;
    const llvm::ArrayRef<Value> values = v.map->values();
    for (size_t i = 0; i < values.size(); ++i) {
      const llvm::StringRef key = v.map->shape->keys[i].text;
      const Value& value = values[i];
      if (value.isText()) {
        if (key.ends_with("ame")) text(key, value.str(), under);
      } else if (value.tag < Tag::List) {
        continue;
      } else if (key == "roleRef" && value.tag == Tag::Map) {
        const llvm::StringRef kind = textAt(*value.map, {"kind"});
        out_.push_back({kind, kind == "Role" ? ns_ : "", textAt(*value.map, {"name"})});
      } else if (key == "subjects" && value.tag == Tag::List) {
        for (const Value& s : value.list->items)
          if (s.tag == Tag::Map && textAt(*s.map, {"kind"}) == "ServiceAccount") out_.push_back({"ServiceAccount", textAt(*s.map, {"namespace"}), textAt(*s.map, {"name"})});
      } else if (key == "scaleTargetRef" && value.tag == Tag::Map) {
        refer(textAt(*value.map, {"kind"}), textAt(*value.map, {"name"}));
      } else {
        walk(value, key);
      }
    }
  }

private:
  llvm::StringRef ns_;
  std::vector<Mention>& out_;

  void refer(llvm::StringRef kind, llvm::StringRef name) { out_.push_back({kind, ns_, name}); }

  void text(llvm::StringRef key, llvm::StringRef name, llvm::StringRef under) {
    if (key == "name") {
      if (under == "configMap" || under == "configMapRef" || under == "configMapKeyRef") refer("ConfigMap", name);
      else if (under == "secretRef" || under == "secretKeyRef") refer("Secret", name);
    } else if (key == "serviceAccountName") refer("ServiceAccount", name);
    else if (key == "claimName") refer("PersistentVolumeClaim", name);
    else if (key == "secretName") refer("Secret", name);
    else if (key == "storageClassName") out_.push_back({"StorageClass", "", name});
    else if (key == "priorityClassName") out_.push_back({"PriorityClass", "", name});
  }
};

class References {
public:
  References(eval::Evaluator& evaluator, llvm::SetVector<Record*>& out) : e(evaluator), out_(out) {}

  void collect(const Value& v) {
    if (v.tag == Tag::Record) {
      if (v.record->schema->isKind) out_.insert(v.record);
      else if (seen_.insert(v.record).second) fields(*v.record);
    } else if (v.tag == Tag::List && seen_.insert(v.list).second) {
      for (const Value& item : v.list->items)
        if (item.tag >= Tag::List) collect(item);
    } else if (v.tag == Tag::Map && seen_.insert(v.map).second) {
      for (const Value& member : v.map->values()) collect(member);
    }
  }
  void fields(Record& r) {
    for (uint32_t i = 0; i < r.schema->fields.size(); ++i)
      if (!r.schema->fields[i].hidden) collect(e.slot(r, i));
  }

private:
  eval::Evaluator& e;
  llvm::SetVector<Record*>& out_;
  llvm::SmallPtrSet<const void*, 16> seen_;
};

/// The declarations that one refers to, in the order of its fields.
void referencesOf(eval::Evaluator& evaluator, Record& owner, llvm::SetVector<Record*>& out) { References(evaluator, out).fields(owner); }

class Graph {
public:
  Graph(Program& program, eval::Evaluator& evaluator, const std::vector<Draft>& drafts, std::vector<plan::Operation>& operations, const Lookup& objects)
      : p(program), e(evaluator), drafts_(drafts), operations_(operations), objects_(objects), needs_(drafts.size()) {}

  void run(bool arranges) {
    index();
    for (uint32_t i = 0; i < drafts_.size(); ++i) objectEdges(i);
    partEdges();
    tidy();
    ownerEdges();
    tidy();
    sort(arranges);
  }

private:
  Program& p;
  eval::Evaluator& e;
  const std::vector<Draft>& drafts_;
  std::vector<plan::Operation>& operations_;
  const Lookup& objects_;
  std::vector<llvm::SmallVector<uint32_t, 4>> needs_; ///< until `tidy`, with repetitions

  struct Range { uint32_t begin = 0, end = 0; };
  llvm::MapVector<Record*, Range> byOwner_; ///< a declaration's operations stand side by side
  llvm::StringMap<Range> byName_; ///< read when a declaration names parts of another
  llvm::DenseMap<Record*, std::vector<uint32_t>> last_;

  void tidy() {
    for (auto& list : needs_) {
      if (list.size() < 2) continue;
      llvm::sort(list);
      list.erase(std::unique(list.begin(), list.end()), list.end());
    }
  }

  void index() {
    for (uint32_t i = 0; i < drafts_.size();) {
      Range& range = byOwner_.insert({drafts_[i].owner, {i, i}}).first->second;
      while (i < drafts_.size() && drafts_[i].owner == drafts_[range.begin].owner) ++i;
      range.end = i;
    }
  }

  /// What is mentioned, on the same target. Two groups may have kinds of one name: the last one is taken.
  void edge(uint32_t from, const Mention& to) {
    const std::string& target = operations_[from].target;
    const uint32_t* found = objects_.findLast(nameHash(to.kind, to.ns, to.name), [&](uint32_t i) {
      const plan::Operation& op = operations_[i];
      return op.object.name == to.name && op.object.ns == to.ns && op.object.kind == to.kind && op.target == target;
    });
    if (found && *found != from) needs_[from].push_back(*found);
  }

  void objectEdges(uint32_t i) {
    const plan::Operation& op = operations_[i];
    if (op.kind != plan::OpKind::Object) return;
    needs_[i].append(drafts_[i].tellers.begin(), drafts_[i].tellers.end());
    if (!op.object.ns.empty()) edge(i, {"Namespace", "", op.object.ns});
    for (const Mention& m : drafts_[i].mentions) edge(i, m);
  }

  void partEdges() {
    for (size_t i = 0; i < drafts_.size(); ++i) {
      if (!drafts_[i].after) continue;
      for (const Value& part : drafts_[i].after->items) {
        if (!part.isText()) continue;
        const auto [owner, name] = part.str().contains('/') ? part.str().split('/') : std::pair<llvm::StringRef, llvm::StringRef>("", part.str());
        const Range range = owner.empty() || owner == operations_[i].owner ? byOwner_[drafts_[i].owner] : rangeOf(owner);
        for (uint32_t other = range.begin; other < range.end; ++other)
          if (drafts_[other].part == name) needs_[i].push_back(other);
      }
    }
  }

  /// The operations of a declaration by its name, as operations have it.
  Range rangeOf(llvm::StringRef owner) {
    if (byName_.empty())
      for (const auto& [record, range] : byOwner_) byName_[operations_[range.begin].owner] = range;
    return byName_.lookup(owner);
  }

  /// A declaration's operations that nothing else of it waits for.
  const std::vector<uint32_t>& lastOf(Record* owner) {
    const auto [it, fresh] = last_.try_emplace(owner);
    const auto range = byOwner_.find(owner);
    if (!fresh || range == byOwner_.end()) return it->second;
    llvm::SmallDenseSet<uint32_t, 16> inner;
    for (uint32_t i = range->second.begin; i < range->second.end; ++i)
      for (const uint32_t n : needs_[i])
        if (drafts_[n].owner == owner) inner.insert(n);
    for (uint32_t i = range->second.begin; i < range->second.end; ++i)
      if (!inner.contains(i)) it->second.push_back(i);
    return it->second;
  }

  /// What a declaration refers to is there before it: its operations wait for the last ones of the other.
  void ownerEdges() {
    llvm::SetVector<Record*> others;
    for (const auto& [owner, range] : byOwner_) {
      others.clear();
      referencesOf(e, *owner, others);
      for (Record* other : others) {
        if (other == owner) continue;
        for (const uint32_t n : lastOf(other))
          for (uint32_t i = range.begin; i < range.end; ++i) needs_[i].push_back(n);
      }
    }
  }

  /// Kahn's algorithm with the smallest index first, so that the order depends on nothing but the graph.
  void sort(bool arranges) {
    const auto n = static_cast<uint32_t>(drafts_.size());
    std::vector<uint32_t> place(n), order;
    for (uint32_t i = 0; i < n; ++i) place[i] = i;
    if (!sorted()) {
      std::vector<uint32_t> open(n);
      order = take(open);
      if (order.size() < n) return circle(open);
      for (uint32_t i = 0; i < n; ++i) place[order[i]] = i;
    }
    if (!arranges) return;
    for (uint32_t i = 0; i < n; ++i) {
      for (const uint32_t other : needs_[i]) operations_[i].needs.push_back(place[other]);
      llvm::sort(operations_[i].needs);
    }
    if (!order.empty()) arrange(order);
  }

  /// As when lowerings make what comes first first: then the smallest index is always free, and the order is what it was.
  bool sorted() const {
    for (uint32_t i = 0; i < needs_.size(); ++i)
      if (llvm::any_of(needs_[i], [i](uint32_t other) { return other > i; })) return false;
    return true;
  }

  /// `open` counts, in the end, what each still waits for.
  std::vector<uint32_t> take(std::vector<uint32_t>& open) const {
    std::vector<std::vector<uint32_t>> users(needs_.size());
    std::priority_queue<uint32_t, std::vector<uint32_t>, std::greater<>> ready;
    for (uint32_t i = 0; i < needs_.size(); ++i) {
      open[i] = static_cast<uint32_t>(needs_[i].size());
      for (const uint32_t other : needs_[i]) users[other].push_back(i);
      if (!open[i]) ready.push(i);
    }
    std::vector<uint32_t> order;
    order.reserve(needs_.size());
    while (!ready.empty()) {
      const uint32_t i = ready.top();
      ready.pop();
      order.push_back(i);
      for (const uint32_t user : users[i])
        if (--open[user] == 0) ready.push(user);
    }
    return order;
  }

  /// Along each cycle of the permutation, so that there is never a second list.
  void arrange(std::vector<uint32_t>& order) {
    for (uint32_t start = 0; start < order.size(); ++start) {
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

std::vector<Mention> mentionsOf(const MapValue& manifest, llvm::StringRef ns) {
  std::vector<Mention> out;
  MentionReader(ns, out).walk(Value::of(&manifest), {});
  return out;
}

void order(Program& program, eval::Evaluator& evaluator, const std::vector<Draft>& drafts, std::vector<plan::Operation>& operations, const Lookup& objects) {
  Graph(program, evaluator, drafts, operations, objects).run(true);
}

void checkOrder(Program& program, eval::Evaluator& evaluator, const std::vector<Draft>& drafts, std::vector<plan::Operation>& operations) {
  Lookup objects(drafts.size());
  for (uint32_t i = 0; i < drafts.size(); ++i) objects.add(drafts[i].hash, i);
  Graph(program, evaluator, drafts, operations, objects).run(false);
}

uint64_t orderHash(eval::Evaluator& evaluator, Record& owner, llvm::ArrayRef<Draft> drafts, llvm::ArrayRef<plan::Operation> operations) {
  uint64_t hash = hashOf({owner.schema->module->path, owner.schema->fullName(), owner.name});
  const auto add = [&hash](std::initializer_list<llvm::StringRef> texts) { hash = (hash ^ hashOf(texts)) * 0x9E3779B97F4A7C15 + texts.size(); };
  for (size_t i = 0; i < drafts.size(); ++i) {
    const plan::Operation& op = operations[i];
    add({op.kind == plan::OpKind::Object ? "object" : op.kind == plan::OpKind::Image ? "image" : "vcluster", op.target, op.object.kind, op.object.ns, op.object.name, drafts[i].part});
    for (const Mention& m : drafts[i].mentions) add({m.kind, m.ns, m.name});
    if (!drafts[i].after) continue;
    for (const Value& part : drafts[i].after->items)
      if (part.isText()) add({part.str()});
  }
  llvm::SetVector<Record*> others;
  referencesOf(evaluator, owner, others);
  for (const Record* other : others) add({other->schema->module->path, other->schema->fullName(), other->name, ""});
  return hash;
}

} // namespace chasi::lower
