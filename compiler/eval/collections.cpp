// Lists and maps, and the loops that fill them.
#include "compiler/eval/evaluator.h"

#include "compiler/sema/quantity.h"

#include <llvm/ADT/DenseMap.h>
#include <llvm/Support/MathExtras.h>

#include <utility>

namespace chasi::eval {

using namespace sema;
using source::Code;

Value Evaluator::listValue(llvm::ArrayRef<Value> items, llvm::ArrayRef<Span> spans) {
  if (!spend(items.size() / 8, {})) return Value::error();
  return Value::of(new (p.arena) ListValue{p.keep(items), p.keep(spans)});
}

Value Evaluator::mapValue(llvm::ArrayRef<MapEntry> entries) {
  return Value::of(makeMap(p.arena, entries));
}

/// A map with other values for the same keys.
Value Evaluator::mapLike(const MapValue& map, llvm::ArrayRef<Value> values) {
  if (llvm::any_of(values, [](const Value& v) { return v.isAbsent(); })) { // which not every shape allows
    std::vector<MapEntry> entries(map.entries().begin(), map.entries().end());
    for (size_t i = 0; i < entries.size(); ++i) entries[i].value = values[i];
    return mapValue(entries);
  }
  MapValue* made = MapValue::make(p.arena, *map.shape);
  llvm::copy(values, made->values());
  return Value::of(made);
}

/// A map that grows. What was taken away leaves a gap until the end, so that places stay.
struct Entries {
  static constexpr size_t kSearched = 16; ///< up to so many are looked through one by one
  llvm::SmallVector<MapEntry, 12> list;
  llvm::DenseMap<llvm::StringRef, uint32_t> index; ///< of all, once there are more
  size_t inherited = 0; ///< how many were there before: those may be amended, others were just declared

  explicit Entries(const Value& base) {
    if (base.tag != Tag::Map) return;
    for (const MapEntry& e : base.map->entries()) add(e);
    inherited = list.size();
  }
  MapEntry* find(llvm::StringRef key) {
    if (list.size() > kSearched) {
      const auto it = index.find(key);
      return it == index.end() ? nullptr : &list[it->second];
    }
    for (MapEntry& e : list)
      if (e.key == key && !e.value.isAbsent()) return &e;
    return nullptr;
  }
  bool fresh(const MapEntry* e) const { return e && static_cast<size_t>(e - list.data()) >= inherited; }
  void add(const MapEntry& e) {
    list.push_back(e);
    if (list.size() == kSearched + 1) {
      for (uint32_t i = 0; i < list.size(); ++i)
        if (!list[i].value.isAbsent()) index[list[i].key] = i;
    } else if (list.size() > kSearched) {
      index[e.key] = static_cast<uint32_t>(list.size() - 1);
    }
  }
  void set(const MapEntry& e) {
    if (MapEntry* known = find(e.key)) *known = {known->key, e.value, e.span};
    else add(e);
  }
  void erase(llvm::StringRef key) {
    MapEntry* known = find(key);
    if (!known) return;
    known->value = Value::absent();
    index.erase(key);
  }
  llvm::ArrayRef<MapEntry> take() {
    llvm::erase_if(list, [](const MapEntry& e) { return e.value.isAbsent(); });
    return list;
  }
};

/// Runs `each(frame)` for every element that the guard lets through; false ends the loop.
template <class Each> bool Evaluator::loop(const Expr* subject, const Expr* guard, uint8_t bindings, llvm::ArrayRef<Expr*> lets, const Env* env, Each each) {
  const Value v = eval(subject, env);
  if (v.isError()) return false;
  const bool isMap = v.tag == Tag::Map;
  const size_t n = isMap ? v.map->size() : v.tag == Tag::List ? v.list->items.size() : 0;
  for (size_t i = 0; i < n && !stopped_; ++i) {
    auto* f = new (p.arena) Env{env, nullptr, nullptr, p.arena.Allocate<Value>(2 + lets.size())};
    const Value element = isMap ? v.map->values()[i] : v.list->items[i];
    const Value key = isMap ? Value::text(Tag::String, v.map->shape->keys[i].text) : Value::of(static_cast<int64_t>(i));
    f->locals[0] = bindings == 2 ? key : element;
    f->locals[1] = element;
    if (guard) {
      const Value c = eval(guard, f);
      if (c.isError()) return false;
      if (!c.boolean) continue;
    }
    for (size_t k = 0; k < lets.size(); ++k) f->locals[2 + k] = eval(lets[k], f);
    if (!each(f)) return false;
  }
  return !stopped_;
}

Value Evaluator::list(const Expr* e, const Env* env) {
  llvm::SmallVector<Value, 8> items;
  llvm::SmallVector<Span, 8> spans;
  bool large = false;
  // An element that went wrong leaves the others as they are.
  auto add = [&](const Value& v, Span span) {
    if (v.isAbsent()) return true;
    items.push_back(v);
    spans.push_back(span);
    if (items.size() > budget_.items && !std::exchange(large, true)) tooLarge(e->span, "this list has too many elements");
    return !large;
  };
  for (const ListItemIr& item : e->elements->items) {
    switch (item.kind) {
    case ListItemIr::Item: add(eval(item.value, env), item.span); break;
    case ListItemIr::Spread: {
      const Value v = eval(item.value, env);
      if (v.isError()) return v;
      if (v.tag == Tag::List && spend(v.list->items.size(), item.span))
        for (size_t i = 0; i < v.list->items.size(); ++i) add(v.list->items[i], i < v.list->spans.size() ? v.list->spans[i] : item.span);
      break;
    }
    case ListItemIr::If: {
      const Value c = eval(item.subject, env);
      if (c.isError()) return c;
      if (c.boolean) add(eval(item.value, env), item.span);
      break;
    }
    case ListItemIr::For:
      if (!loop(item.subject, item.guard, item.bindings, {}, env, [&](const Env* f) { return add(eval(item.value, f), item.span); })) return Value::error();
      break;
    }
  }
  return large || stopped_ ? Value::error() : listValue(items, spans);
}

/// Whether each entry has its place before anything is evaluated: few keys, all of them constants, none twice.
static MapIr::Form formOf(const MapIr& ir) {
  constexpr size_t kFew = 24; // so that no table is needed
  if (ir.items.size() > kFew) return MapIr::Open;
  for (size_t i = 0; i < ir.items.size(); ++i) {
    const MapItemIr& item = ir.items[i];
    const bool set = item.kind == MapItemIr::Set || (item.kind == MapItemIr::Amend && item.map);
    if (!set || item.key->op != Op::Const || !item.key->value.isText()) return MapIr::Open;
    for (size_t k = 0; k < i; ++k)
      if (ir.items[k].key->value.str() == item.key->value.str()) return MapIr::Open;
  }
  return MapIr::Fixed;
}

static void classify(const MapIr& ir);

static bool isConstant(const Expr& e) {
  if (e.op == Op::Map) return classify(*e.map), e.map->constant;
  if (e.op == Op::List) return llvm::all_of(e.elements->items, [](const ListItemIr& item) { return item.kind == ListItemIr::Item && isConstant(*item.value); });
  return e.op == Op::Const;
}

/// Finds out once what form a block has, and whether a Fixed one says the same whatever is around it: then all its maps are one.
static void classify(const MapIr& ir) {
  if (ir.form != MapIr::Unknown) return;
  ir.form = formOf(ir);
  ir.constant = ir.form == MapIr::Fixed && llvm::all_of(ir.items, [](const MapItemIr& item) {
    if (item.kind == MapItemIr::Set) return isConstant(*item.value);
    classify(*item.map);
    return item.map->constant;
  });
}

/// Most maps are like that: nothing is looked up, and nothing moves.
Value Evaluator::fixedMap(const MapIr& ir, const Env* env) {
  const uint64_t before = steps_;
  if (!ir.made.isAbsent()) return steps_ += ir.steps, ir.made;
  if (!ir.shape) ir.shape = shapeOf(ir, UINT32_MAX);
  MapValue* made = MapValue::make(p.arena, *ir.shape);
  size_t n = 0;
  uint32_t present = 0; // a bit for each of the few keys
  for (size_t i = 0; i < ir.items.size(); ++i) {
    const MapItemIr& item = ir.items[i];
    ++steps_; // for the key
    const Value v = item.kind == MapItemIr::Set ? eval(item.value, env) : map(*item.map, Value::absent(), env, nullptr);
    if (stopped_) return Value::error();
    if (v.isAbsent()) continue;
    made->values()[n++] = v;
    present |= 1U << i;
  }
  if (n < ir.items.size()) {
    const MapShape*& part = parts_[{&ir, present}];
    if (!part) part = shapeOf(ir, present);
    made->shape = part;
  }
  if (ir.constant) {
    ir.made = Value::of(made);
    ir.steps = static_cast<uint32_t>(steps_ - before);
  }
  return Value::of(made);
}

Value Evaluator::map(const MapIr& ir, const Value& base, const Env* env, Record* owner) {
  classify(ir);
  if (ir.form == MapIr::Fixed && base.isAbsent()) return fixedMap(ir, env);
  Entries entries(base);
  return spend(entries.list.size(), {}) && mapInto(ir, entries, env, owner, false) ? mapValue(entries.take()) : Value::error();
}

/// `looped`: a key that comes up again was made by another round, even when it is written as a constant.
bool Evaluator::mapInto(const MapIr& ir, Entries& out, const Env* env, Record* owner, bool looped) {
  bool good = true;
  for (const MapItemIr& item : ir.items) {
    if (stopped_) return false;
    switch (item.kind) {
    case MapItemIr::For:
      good = loop(item.subject, item.guard, item.bindings, item.lets, env, [&](const Env* f) { return mapInto(*item.body, out, f, owner, true); }) && good;
      break;
    case MapItemIr::If: {
      const Value c = eval(item.subject, env);
      if (c.isError()) good = false;
      else good = mapInto(c.boolean ? *item.body : *item.orElse, out, env, owner, looped) && good;
      break;
    }
    case MapItemIr::Spread: {
      const Value v = eval(item.value, env);
      good = good && !v.isError();
      if (v.tag != Tag::Map || !spend(v.map->size(), item.span)) break;
      for (const MapEntry& e : v.map->entries()) out.set(e);
      break;
    }
    default: good = mapEntry(item, out, env, owner, looped) && good;
    }
  }
  return good;
}

bool Evaluator::mapEntry(const MapItemIr& item, Entries& out, const Env* env, Record* owner, bool looped) {
  const Value key = eval(item.key, env);
  if (key.isError()) return false;
  if (item.kind == MapItemIr::Unset) {
    out.erase(key.str());
    return true;
  }
  MapEntry* known = out.find(key.str());
  if (out.fresh(known) && (looped || item.key->op != Op::Const)) {
    source::Diagnostic& d = report(item.declares ? Code::DuplicateDeclaration : Code::DuplicateKey, item.keySpan, fmt::format("`{}` comes up twice", key.str().str()));
    if (known->span.begin <= item.keySpan.begin && item.keySpan.end <= known->span.end) d.note("one place makes both, so two elements of the loop give the same key");
    else d.at(known->span, "first here");
    return false;
  }
  if (out.list.size() >= budget_.items) {
    tooLarge(item.span, "this map has too many entries");
    return false;
  }
  Value v;
  if (item.kind != MapItemIr::Amend) v = eval(item.value, env); // an error stays with its entry
  else if (item.map) v = map(*item.map, known ? known->value : Value::absent(), env, nullptr);
  else {
    Record* r = known && known->value.tag == Tag::Record ? copy(*known->value.record, nullptr) : make(*item.block->schema, key.str(), owner, item.keySpan);
    apply(*r, *item.block, env);
    v = Value::of(r);
  }
  if (!v.isAbsent()) out.set({key.str(), v, item.span}); // evaluating may have moved the entries
  return true;
}

Value Evaluator::index(const Expr* e, const Env* env) {
  const Value base = eval(e->x, env);
  const Value at = eval(e->y, env);
  if (base.isError() || at.isError()) return Value::error();
  if (base.isAbsent()) return base;
  if (base.tag == Tag::Map) return entry(e, base, at.str());
  const auto n = static_cast<int64_t>(base.list->items.size());
  if (at.integer < 0 || at.integer >= n) {
    report(Code::OutOfRange, e->y->span, fmt::format("there is no element {} in a list of {}", at.integer, n)).hint("elements count from 0; `xs.first()` and `xs.last()` may be absent");
    return Value::error();
  }
  return base.list->items[static_cast<size_t>(at.integer)];
}


/// A declaration that no name of the language stands for. One in a loop is a part of its own, which reads the loop.
Record* Evaluator::unnamed(const ItemIr& item, llvm::StringRef name, const Env* env) {
  const Part part = !listing_ ? 0 : listing_->item == &item ? listing_->part : reads_->add();
  const Reads::As as(reads_, part);
  if (listing_) reads_->read(listing_->part);
  Record* r = make(*item.schema, name, nullptr, item.nameSpan);
  apply(*r, *item.block, env);
  return r;
}

void Evaluator::items(llvm::ArrayRef<ItemIr> list, const Env* env) {
  for (const ItemIr& item : list) {
    if (stopped_) return;
    switch (item.kind) {
    case ItemIr::For:
      loop(item.subject, item.guard, item.bindings, item.lets, env, [&](const Env* f) { items(item.body, f); return true; });
      break;
    case ItemIr::If: {
      const Value c = eval(item.subject, env);
      if (!c.isError()) items(c.boolean ? item.body : item.orElse, env);
      break;
    }
    case ItemIr::Declare:
      if (item.symbol) {
        if (const Value v = global(*item.symbol, item.nameSpan); v.tag == Tag::Record) add(v.record);
      } else if (const Value name = eval(item.name, env); !name.isError()) {
        add(unnamed(item, name.str(), env));
      }
      break;
    }
  }
}

} // namespace chasi::eval
