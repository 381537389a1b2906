#include "compiler/eval/evaluator.h"

#include "compiler/sema/load.h"
#include "compiler/sema/quantity.h"

namespace chasi::eval {

using namespace sema;
using source::Code;

namespace {
/// Marks a lazy local that is being evaluated; 0xFFFFFFFF one that was not asked for yet. No value looks like them.
constexpr uint32_t kBusy = 0xFFFFFFFE;
} // namespace

Evaluator::Evaluator(Program& program, Budget budget) : p(program), budget_(budget) {}

Value Evaluator::stop(Span span, std::string what) {
  if (!stopped_)
    report(Code::Budget, span, std::move(what))
        .note(fmt::format("evaluation may take {} steps, a depth of {} and {} MiB", budget_.steps, budget_.depth, budget_.bytes >> 20))
        .hint("a loop or a comprehension makes more than was meant");
  stopped_ = true;
  return Value::error();
}

/// A value that is too large is wrong by itself; everything else can still be evaluated.
Value Evaluator::tooLarge(Span span, std::string what) {
  report(Code::Budget, span, std::move(what)).note(fmt::format("a list may have {} elements, a text {} MiB", budget_.items, budget_.text >> 20));
  return Value::error();
}

/// Work that goes on inside of one step. False when the budget is used up.
bool Evaluator::spend(uint64_t work, Span span) {
  steps_ += work;
  if (stopped_) return false;
  const Span at = span.valid() ? span : working_;
  if (steps_ > budget_.steps) stop(at, "this takes too many steps to evaluate");
  else if (p.arena.getBytesAllocated() > budget_.bytes) stop(at, "this needs too much memory to evaluate");
  return !stopped_;
}

Value Evaluator::textValue(const std::string& text) {
  return spend(text.size() / 64, {}) ? Value::text(Tag::String, p.keep(text)) : Value::error();
}

/// A mistake in a loop shows up once for each element; the first three say enough, and the same words never come twice.
source::Diagnostic& Evaluator::report(Code code, Span span, std::string message, Span about) {
  auto& [count, first] = reported_[{span.begin, code, about.begin}];
  if (reads_) reads_->tell();
  orderly_ = orderly_ && code != Code::Cycle && code != Code::Budget;
  if (count >= 3 || (count > 0 && first == message)) {
    orderly_ = false;
    swallowed_ = {};
    return swallowed_;
  }
  if (count++ == 0) first = message;
  return p.diagnostics.report(code, span, std::move(message));
}

Value Evaluator::eval(const Expr* e, const Env* env) {
  if (stopped_ || !e) return Value::error();
  if (++steps_ > budget_.steps) return stop(e->span, "this takes too many steps to evaluate");
  if (depth_ >= budget_.depth) return stop(e->span, "values depend on each other too deeply");
  if ((steps_ & 0xFFF) == 0 && p.arena.getBytesAllocated() > budget_.bytes) return stop(e->span, "this needs too much memory to evaluate");
  working_ = e->span;
  if (e->op == Op::Const) return e->value;
  ++depth_;
  const Value v = dispatch(e, env);
  --depth_;
  return v;
}

static const Env* frame(const Env* env, uint16_t depth) {
  for (; depth > 0; --depth) env = env->up;
  return env;
}

Value Evaluator::local(const Expr* e, const Env* env) {
  const Env* f = frame(env, e->depth);
  Value& v = f->locals[e->index];
  if (!f->block || v.tag != Tag::Absent || v.size < kBusy) return v;
  if (v.size == kBusy) {
    report(Code::Cycle, e->span, fmt::format("`{}` needs itself", f->block->lets[e->index].name.str()));
    return v = Value::error();
  }
  v.size = kBusy;
  return v = eval(f->block->lets[e->index].value, f);
}

Value Evaluator::entry(const Expr* e, const Value& v, llvm::StringRef key) {
  if (v.isError()) return v;
  if (v.isAbsent()) return v;
  if (const Value* found = v.map->find(key)) return *found;
  if (e->flag) return Value::absent();
  source::Diagnostic& d = report(Code::NoSuchEntry, e->span, fmt::format("there is no `{}` here", key.str()));
  std::vector<std::string> keys;
  for (const MapEntry& m : v.map->entries()) keys.push_back(m.key.str());
  const std::string near = source::nearest(key, keys);
  if (!near.empty()) d.hint(fmt::format("did you mean `{}`?", near));
  else if (keys.empty()) d.hint("there are no entries");
  else if (keys.size() <= 12) d.hint(fmt::format("there are {}", fmt::join(keys, ", ")));
  return Value::error();
}

Value Evaluator::dispatch(const Expr* e, const Env* env) {
  switch (e->op) {
  case Op::Const: return e->value;
  case Op::Local: return local(e, env);
  case Op::Self: return slot(*frame(env, e->depth)->self, e->index);
  case Op::SelfRecord: return Value::of(frame(env, e->depth)->self);
  case Op::SelfEntry: return entry(e, slot(*frame(env, e->depth)->self, e->index), e->text);
  case Op::Global: return global(*e->symbol, e->span);
  case Op::Field: {
    const Value base = eval(e->x, env);
    if (base.tag != Tag::Record) return base;
    return slot(*base.record, e->index);
  }
  case Op::Property: {
    const Value base = eval(e->x, env);
    return base.isError() || base.isAbsent() ? base : property(e, base);
  }
  case Op::Entry: return entry(e, eval(e->x, env), e->text);
  case Op::Index: return index(e, env);
  case Op::Call: return call(e, env);
  case Op::Builtin: return builtin(e, env);
  case Op::Lambda: return lambda(e, env);
  case Op::Apply: return applied(e, env);
  case Op::List: return list(e, env);
  case Op::Map: return map(*e->map, Value::absent(), env, nullptr);
  case Op::Record: {
    Record* r = make(*e->block->schema, {}, nullptr, e->span);
    apply(*r, *e->block, env);
    return Value::of(r);
  }
  case Op::AmendRecord: return amend(eval(e->x, env), *e->block, env, e->type, e->span);
  case Op::AmendMap: {
    const Value base = eval(e->x, env);
    return base.isError() ? base : map(*e->map, base, env, nullptr);
  }
  case Op::If: {
    const Value c = eval(e->x, env);
    if (c.isError()) return c;
    return c.boolean ? eval(e->y, env) : e->z ? eval(e->z, env) : Value::absent();
  }
  case Op::Match: return match(e, env);
  case Op::And:
  case Op::Or: {
    const Value a = eval(e->x, env);
    if (a.isError() || a.boolean == (e->op == Op::Or)) return a;
    return eval(e->y, env);
  }
  case Op::Not: {
    const Value a = eval(e->x, env);
    return a.isError() ? a : Value::of(!a.boolean);
  }
  case Op::Coalesce: {
    const Value a = eval(e->x, env);
    return a.isAbsent() ? eval(e->y, env) : a;
  }
  case Op::Has: {
    const Value a = eval(e->x, env);
    return a.isError() ? a : Value::of(!a.isAbsent());
  }
  case Op::Interp: return interp(e, env);
  case Op::Coerce: return coerce(eval(e->x, env), e->type, e->span, e->text);
  case Op::As: return as(e, env);
  case Op::Let: return let(e, env);
  case Op::Eq:
  case Op::Ne:
  case Op::Lt:
  case Op::Le:
  case Op::Gt:
  case Op::Ge:
  case Op::In: return compare(e, env);
  case Op::Error: return Value::error();
  default: return arithmetic(e, env);
  }
}

Value Evaluator::let(const Expr* e, const Env* env) {
  auto* f = new (p.arena) Env{env, nullptr, nullptr, p.arena.Allocate<Value>(e->list.size())};
  for (size_t i = 0; i < e->list.size(); ++i) f->locals[i] = eval(e->list[i], f);
  return eval(e->x, f);
}

/// What a function is worked out by.
const Expr* Evaluator::bodyOf(Symbol& fn) {
  if (fn.late) checkLate(p, fn);
  return fn.expr;
}

Value Evaluator::call(const Expr* e, const Env* env) {
  const Symbol& fn = *e->symbol;
  auto* f = new (p.arena) Env{nullptr, nullptr, nullptr, p.arena.Allocate<Value>(fn.params.size())};
  for (size_t i = 0; i < fn.params.size(); ++i) {
    f->locals[i] = e->list[i] ? eval(e->list[i], env) : eval(fn.params[i].fallback, f);
    if (f->locals[i].isError()) return f->locals[i];
  }
  return eval(bodyOf(*e->symbol), f);
}

bool Evaluator::is(const Value& v, const Type* type) {
  switch (type->kind) {
  case TypeKind::Literal: return v.isText() ? type->literal.isText() && v.str() == type->literal.str() : valuesEqual(v, type->literal);
  case TypeKind::Refined: return is(v, type->inner);
  case TypeKind::Optional: return v.isAbsent() || is(v, type->inner);
  case TypeKind::Union: return std::any_of(type->alternatives.begin(), type->alternatives.end(), [&](const Type* a) { return is(v, a); });
  case TypeKind::Record: return v.tag == Tag::Record && extends(v.record->schema, type->schema);
  case TypeKind::Bool: return v.tag == Tag::Bool;
  case TypeKind::Int: return v.tag == Tag::Int;
  case TypeKind::Float: return v.tag == Tag::Float;
  case TypeKind::String: return v.tag == Tag::String;
  case TypeKind::Cpu: return v.tag == Tag::Cpu;
  case TypeKind::Bytes: return v.tag == Tag::Bytes;
  case TypeKind::Percent: return v.tag == Tag::Percent;
  case TypeKind::Duration: return v.tag == Tag::Duration;
  case TypeKind::Version: return v.tag == Tag::Version;
  case TypeKind::ImageRef: return v.tag == Tag::ImageRef;
  case TypeKind::Path: return v.tag == Tag::Path;
  case TypeKind::Secret: return v.tag == Tag::Secret;
  case TypeKind::Later: return v.tag == Tag::Later || is(v, type->inner);
  case TypeKind::List: return v.tag == Tag::List;
  case TypeKind::Map: return v.tag == Tag::Map;
  default: return v.tag != Tag::Later || type->kind == TypeKind::Any;
  }
}

Value Evaluator::match(const Expr* e, const Env* env) {
  const Value v = eval(e->x, env);
  if (v.isError()) return v;
  for (const MatchArmIr& arm : e->match->arms) {
    const bool asksText = v.tag == Tag::Later && std::any_of(arm.types.begin(), arm.types.end(), [](const Type* t) { return t->kind == TypeKind::Literal; });
    if (asksText) return tooEarly(e->x->span, "what is compared with a pattern");
    const bool fits = arm.types.empty() || std::any_of(arm.types.begin(), arm.types.end(), [&](const Type* t) { return is(v, t); });
    if (!fits) continue;
    if (!arm.binds) return eval(arm.body, env);
    auto* f = new (p.arena) Env{env, nullptr, nullptr, p.arena.Allocate<Value>(1)};
    f->locals[0] = v;
    return eval(arm.body, f);
  }
  return Value::error(); // the checker has reported that cases are left out
}

std::string Evaluator::describeBusy(const Busy& b) {
  if (b.symbol) return b.symbol->name.str();
  const Record& r = *b.record;
  const std::string owner = !r.schema->named ? r.schema->name.str() : r.parent ? fmt::format("{}.{}", r.parent->name.str(), r.name.str()) : r.name.str();
  return fmt::format("{}.{}", owner, r.schema->fields[b.slot].name.str());
}

/// Reports values that need each other, with the way round.
void Evaluator::cycle(const Busy& start, Span use) {
  std::string way;
  bool inside = false;
  for (const Busy& b : busy_) {
    inside = inside || (b.record == start.record && b.slot == start.slot && b.symbol == start.symbol);
    if (inside) way += describeBusy(b) + " -> ";
  }
  const std::string name = describeBusy(start);
  source::Diagnostic& d = report(Code::Cycle, use, fmt::format("`{}` needs itself", name));
  d.note(fmt::format("the way round: {}{}", way, name)).hint("break the circle: one of these must not depend on the next");
}

Value Evaluator::global(Symbol& symbol, Span use) {
  const Part part = reads_ ? reads_->of(symbol) : 0;
  if (reads_) reads_->read(part);
  if (symbol.evalState == 2) return symbol.value;
  const Reads::As as(reads_, part);
  if (symbol.evalState == 1) {
    cycle({nullptr, 0, &symbol}, use.valid() ? use : symbol.span);
    symbol.evalState = 2;
    return symbol.value = Value::error();
  }
  symbol.evalState = 1;
  busy_.push_back({nullptr, 0, &symbol});
  Value v = Value::error();
  if (symbol.kind == SymbolKind::Let) v = eval(symbol.expr, nullptr);
  else if (symbol.kind == SymbolKind::Param) v = param(symbol);
  else if (symbol.kind == SymbolKind::Declaration && itemOf_.contains(&symbol)) v = Value::of(declaration(symbol, *itemOf_[&symbol]));
  busy_.pop_back();
  if (symbol.evalState == 1) symbol.value = v; // a cycle has set it to an error already
  symbol.evalState = 2;
  return symbol.value;
}

} // namespace chasi::eval
