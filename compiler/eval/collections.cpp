// Lists and maps, and the loops that fill them.
#include "compiler/eval/evaluator.h"

#include "compiler/sema/quantity.h"

namespace chasi::eval {

using namespace sema;
using source::Code;

Value Evaluator::listValue(const std::vector<Value>& items, const std::vector<Span>& spans) {
  return Value::of(new (p.arena) ListValue{p.keep(items), p.keep(spans)});
}

Value Evaluator::mapValue(const std::vector<MapEntry>& entries) { return Value::of(new (p.arena) MapValue{p.keep(entries)}); }

/// Runs `each(frame)` for every element that the guard lets through; false ends the loop.
template <class Each> bool Evaluator::loop(const Expr* subject, const Expr* guard, uint8_t bindings, const Env* env, Each each) {
  const Value v = eval(subject, env);
  if (v.isError()) return false;
  const bool isMap = v.tag == Tag::Map;
  const size_t n = isMap ? v.map->entries.size() : v.tag == Tag::List ? v.list->items.size() : 0;
  for (size_t i = 0; i < n && !stopped_; ++i) {
    auto* f = new (p.arena) Env{env, nullptr, nullptr, p.arena.Allocate<Value>(2)};
    const Value element = isMap ? v.map->entries[i].value : v.list->items[i];
    const Value key = isMap ? Value::text(Tag::String, v.map->entries[i].key) : Value::of(static_cast<int64_t>(i));
    f->locals[0] = bindings == 2 ? key : isMap ? key : element;
    f->locals[1] = element;
    if (guard) {
      const Value c = eval(guard, f);
      if (c.isError()) return false;
      if (!c.boolean) continue;
    }
    if (!each(f)) return false;
  }
  return !stopped_;
}

Value Evaluator::list(const Expr* e, const Env* env) {
  std::vector<Value> items;
  std::vector<Span> spans;
  bool bad = false;
  auto add = [&](const Value& v, Span span) {
    if (v.isAbsent()) return true;
    bad = bad || v.isError();
    items.push_back(v);
    spans.push_back(span);
    if (items.size() > budget_.items) stop(e->span, "this list has too many elements");
    return !stopped_;
  };
  for (const ListItemIr& item : e->elements->items) {
    switch (item.kind) {
    case ListItemIr::Item: add(eval(item.value, env), item.span); break;
    case ListItemIr::Spread: {
      const Value v = eval(item.value, env);
      if (v.isError()) return v;
      if (v.tag == Tag::List)
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
      if (!loop(item.subject, item.guard, item.bindings, env, [&](const Env* f) { return add(eval(item.value, f), item.span); })) return Value::error();
      break;
    }
  }
  return bad || stopped_ ? Value::error() : listValue(items, spans);
}

Value Evaluator::map(const MapIr& ir, const Value& base, const Env* env, Record* owner) {
  std::vector<MapEntry> entries;
  if (base.tag == Tag::Map) entries = base.map->entries.vec();
  size_t inherited = entries.size();
  return mapInto(ir, entries, inherited, env, owner) ? mapValue(entries) : Value::error();
}

static MapEntry* findIn(std::vector<MapEntry>& out, llvm::StringRef key) {
  for (MapEntry& e : out)
    if (e.key == key) return &e;
  return nullptr;
}

/// `inherited` counts the leading entries that were there before: those may be amended, others were just declared.
bool Evaluator::mapInto(const MapIr& ir, std::vector<MapEntry>& out, size_t& inherited, const Env* env, Record* owner) {
  bool good = true;
  for (const MapItemIr& item : ir.items) {
    if (stopped_) return false;
    if (item.kind == MapItemIr::For) {
      good = loop(item.subject, item.guard, item.bindings, env, [&](const Env* f) { return mapInto(*item.body, out, inherited, f, owner); }) && good;
      continue;
    }
    if (item.kind == MapItemIr::If) {
      const Value c = eval(item.subject, env);
      if (c.isError()) good = false;
      else good = mapInto(c.boolean ? *item.body : *item.orElse, out, inherited, env, owner) && good;
      continue;
    }
    if (item.kind == MapItemIr::Spread) {
      const Value v = eval(item.value, env);
      good = good && !v.isError();
      if (v.tag != Tag::Map) continue;
      for (const MapEntry& e : v.map->entries) {
        if (MapEntry* known = findIn(out, e.key)) *known = e;
        else out.push_back(e);
      }
      continue;
    }
    const Value key = eval(item.key, env);
    if (key.isError()) {
      good = false;
      continue;
    }
    MapEntry* known = findIn(out, key.str());
    const bool fresh = known && static_cast<size_t>(known - out.data()) >= inherited;
    if (item.kind == MapItemIr::Unset) {
      if (known) {
        if (!fresh) --inherited;
        out.erase(out.begin() + (known - out.data()));
      }
      continue;
    }
    if (fresh && item.key->op != Op::Const) {
      report(item.declares ? Code::DuplicateDeclaration : Code::DuplicateKey, item.keySpan, fmt::format("`{}` comes up twice", key.str().str())).at(known->span, "first here");
      good = false;
      continue;
    }
    if (item.kind == MapItemIr::Amend) {
      good = amendEntry(item, key.str(), out, inherited, env, ir.value, owner) && good;
      continue;
    }
    const Value v = eval(item.value, env);
    good = good && !v.isError();
    if (v.isAbsent()) continue;
    if (known) *known = {known->key, v, item.span};
    else out.push_back({key.str(), v, item.span});
  }
  return good;
}

bool Evaluator::amendEntry(const MapItemIr& item, llvm::StringRef key, std::vector<MapEntry>& out, size_t&, const Env* env, const Type*, Record* owner) {
  MapEntry* known = findIn(out, key);
  Value v;
  if (item.block) {
    Record* r = known && known->value.tag == Tag::Record ? copy(*known->value.record, nullptr) : make(*item.block->schema, key, owner, item.keySpan);
    apply(*r, *item.block, env);
    v = Value::of(r);
  } else {
    v = map(*item.map, known ? known->value : Value::absent(), env, nullptr);
  }
  if (known) *known = {known->key, v, item.span};
  else out.push_back({key, v, item.span});
  return !v.isError();
}

Value Evaluator::index(const Expr* e, const Env* env) {
  const Value base = eval(e->x, env);
  const Value at = eval(e->y, env);
  if (base.isError() || at.isError()) return Value::error();
  if (base.tag == Tag::Map) return entry(e, base, at.str());
  const auto n = static_cast<int64_t>(base.list->items.size());
  if (at.integer < 0 || at.integer >= n) {
    report(Code::OutOfRange, e->y->span, fmt::format("there is no element {} in a list of {}", at.integer, n)).hint("elements count from 0; `xs.first()` and `xs.last()` may be absent");
    return Value::error();
  }
  return base.list->items[static_cast<size_t>(at.integer)];
}


void Evaluator::items(llvm::ArrayRef<ItemIr> list, const Env* env) {
  for (const ItemIr& item : list) {
    if (stopped_) return;
    switch (item.kind) {
    case ItemIr::For:
      loop(item.subject, item.guard, item.bindings, env, [&](const Env* f) { items(item.body, f); return true; });
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
        Record* r = make(*item.schema, name.str(), nullptr, item.nameSpan);
        apply(*r, *item.block, env);
        add(r);
      }
      break;
    }
  }
}

} // namespace chasi::eval
