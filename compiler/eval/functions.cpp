// Functions as values, and the builtins that call one for each element.
#include "compiler/eval/evaluator.h"

#include <llvm/ADT/DenseMap.h>

#include <algorithm>

namespace chasi::eval {

using namespace sema;
using source::Code;

Value Evaluator::lambda(const Expr* e, const Env* env) { return Value::of(new (p.arena) FunctionValue{e, env, nullptr}); }

Value Evaluator::apply(const Value& function, llvm::ArrayRef<Value> args) {
  if (function.isError()) return function;
  for (const Value& a : args)
    if (a.isError()) return a;
  const FunctionValue& f = *function.function;
  const size_t n = f.symbol ? f.symbol->params.size() : f.lambda->index;
  auto* frame = new (p.arena) Env{static_cast<const Env*>(f.frames), nullptr, nullptr, p.arena.Allocate<Value>(n)};
  std::copy(args.begin(), args.end(), frame->locals);
  return eval(f.symbol ? bodyOf(*f.symbol) : f.lambda->x, frame);
}

Value Evaluator::applied(const Expr* e, const Env* env) {
  const Value function = eval(e->x, env);
  llvm::SmallVector<Value, 4> args;
  for (const Expr* a : e->list) args.push_back(eval(a, env));
  return apply(function, args);
}

/// Lists and maps alike: `each(key, value)` for every element; false ends it.
template <class Each> static bool walk(const Value& of, Each each) {
  if (of.tag == Tag::Map) return std::all_of(of.map->entries().begin(), of.map->entries().end(), [&](const MapEntry& m) { return each(Value::text(Tag::String, m.key), m.value, m.span); });
  const ListValue& list = *of.list;
  for (size_t i = 0; i < list.items.size(); ++i)
    if (!each(Value::of(static_cast<int64_t>(i)), list.items[i], i < list.spans.size() ? list.spans[i] : Span())) return false;
  return true;
}

/// What the function gives for each element, in their order; nothing when something went wrong.
bool Evaluator::results(const Value& of, const Value& function, std::vector<Value>& out) {
  out.reserve(of.tag == Tag::Map ? of.map->size() : of.list->items.size());
  // A map's function takes key and value where the type says so; `mapValues` gives it the value alone.
  return walk(of, [&](const Value&, const Value& v, Span) {
    out.push_back(apply(function, v));
    return !out.back().isError() && !stopped_;
  });
}

Value Evaluator::grouped(const Expr* e, const Value& of, llvm::ArrayRef<Value> keys) {
  const bool single = static_cast<Builtin>(e->index) == Builtin::IndexBy;
  std::vector<MapEntry> entries;
  std::vector<std::vector<Value>> groups;
  llvm::DenseMap<llvm::StringRef, size_t> index;
  for (size_t i = 0; i < keys.size(); ++i) {
    const auto [it, fresh] = index.try_emplace(keys[i].str(), groups.size());
    if (fresh) {
      entries.push_back({keys[i].str(), of.list->items[i], i < of.list->spans.size() ? of.list->spans[i] : Span()});
      groups.emplace_back();
    } else if (single) {
      report(Code::DuplicateKey, e->span, fmt::format("two elements have the key \"{}\"", keys[i].str().str())).hint("use `groupBy` where several may share one");
      return Value::error();
    }
    groups[it->second].push_back(of.list->items[i]);
  }
  for (size_t i = 0; i < entries.size() && !single; ++i) entries[i].value = listValue(groups[i]);
  return mapValue(entries);
}

Value Evaluator::filtered(const Value& of, const Value& function) {
  std::vector<Value> items;
  std::vector<Span> spans;
  std::vector<MapEntry> entries;
  const bool map = of.tag == Tag::Map;
  const bool good = walk(of, [&](const Value& key, const Value& v, Span span) {
    const Value keep = map ? apply(function, {key, v}) : apply(function, v);
    if (keep.isError() || stopped_) return false;
    if (!keep.boolean) return true;
    if (map) {
      entries.push_back({key.str(), v, span});
    } else {
      items.push_back(v);
      spans.push_back(span);
    }
    return true;
  });
  if (!good) return Value::error();
  return map ? mapValue(entries) : listValue(items, spans);
}

Value Evaluator::ordered(const Expr* e, const Value& of, llvm::ArrayRef<Value> keys) {
  const auto id = static_cast<Builtin>(e->index);
  std::vector<uint32_t> order(keys.size());
  for (uint32_t i = 0; i < order.size(); ++i) order[i] = i;
  const auto less = [&](uint32_t a, uint32_t b) { return compareValues(keys[a], keys[b]) < 0; };
  if (id != Builtin::SortBy) {
    if (order.empty()) return Value::absent();
    return of.list->items[id == Builtin::MinBy ? *std::min_element(order.begin(), order.end(), less) : *std::max_element(order.begin(), order.end(), less)];
  }
  std::stable_sort(order.begin(), order.end(), less);
  std::vector<Value> items;
  for (const uint32_t i : order) items.push_back(of.list->items[i]);
  return listValue(items);
}

Value Evaluator::higher(const Expr* e, const Env* env) {
  const auto id = static_cast<Builtin>(e->index);
  const Value of = eval(e->list[0], env);
  const Value function = eval(e->list.back(), env);
  if (of.isError() || function.isError()) return Value::error();
  if (of.isAbsent()) return of;
  if (id == Builtin::Fold) {
    Value sum = eval(e->list[1], env);
    walk(of, [&](const Value&, const Value& v, Span) { return !(sum = apply(function, {sum, v})).isError() && !stopped_; });
    return stopped_ ? Value::error() : sum;
  }
  if (id == Builtin::Filter) return filtered(of, function);
  if (id == Builtin::Find || id == Builtin::Any_ || id == Builtin::Every || id == Builtin::Count) {
    Value found = Value::absent();
    int64_t count = 0, total = 0;
    const bool good = walk(of, [&](const Value&, const Value& v, Span) {
      const Value holds = apply(function, v);
      if (holds.isError() || stopped_) return false;
      ++total;
      if (holds.boolean && ++count == 1) found = v;
      return true;
    });
    if (!good) return Value::error();
    return id == Builtin::Find ? found : id == Builtin::Count ? Value::of(count) : Value::of(id == Builtin::Any_ ? count > 0 : count == total);
  }
  std::vector<Value> given;
  if (id == Builtin::Map && of.tag == Tag::Map) {
    if (!walk(of, [&](const Value& key, const Value& v, Span) { return given.push_back(apply(function, {key, v})), !given.back().isError(); })) return Value::error();
  } else if (!results(of, function, given)) {
    return Value::error();
  }
  switch (id) {
  case Builtin::Map: return listValue(given, of.tag == Tag::List ? of.list->spans.vec() : std::vector<Span>());
  case Builtin::MapValues: {
    std::vector<MapEntry> entries(of.map->entries().begin(), of.map->entries().end());
    for (size_t i = 0; i < entries.size(); ++i) entries[i].value = given[i];
    std::erase_if(entries, [](const MapEntry& m) { return m.value.isAbsent(); });
    return mapValue(entries);
  }
  case Builtin::FlatMap: {
    std::vector<Value> items;
    for (const Value& part : given) {
      items.insert(items.end(), part.list->items.begin(), part.list->items.end());
      if (items.size() > budget_.items) return tooLarge(e->span, "this list has too many elements");
    }
    return listValue(items);
  }
  case Builtin::GroupBy:
  case Builtin::IndexBy: return grouped(e, of, given);
  default: return ordered(e, of, given);
  }
}

} // namespace chasi::eval
