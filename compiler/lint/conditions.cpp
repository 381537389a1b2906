// Comparisons and conditions that give the same whatever the specification is given.
#include "compiler/lint/rules.h"

#include <llvm/ADT/DenseSet.h>

namespace chasi::lint {

using namespace sema;
using source::Code;
using source::Span;

namespace {

/// The whole numbers or amounts that a value can be, both ends included.
struct Interval {
  int64_t low = INT64_MIN, high = INT64_MAX;
};

/// Without conversions that leave the number as it is; `2` as an amount of Cpu is another one.
const Expr* bare(const Expr* e) {
  while (e && e->op == Op::Coerce && (present(strip(e->type))->kind != TypeKind::Cpu || !e->x || e->x->op != Op::Const)) e = e->x;
  return e;
}

std::optional<int64_t> amountOf(const Expr* e) {
  if (!e || e->op != Op::Const) return std::nullopt;
  if (e->value.tag == Tag::Int) return e->value.integer;
  if (e->value.isQuantity()) return e->value.quantity->amount;
  return std::nullopt;
}

/// Narrows by a condition on `it`, the only local of its frame; conditions of other shapes say nothing.
void narrow(const Expr* condition, Interval& to) {
  const Expr* c = bare(condition);
  if (!c) return;
  if (c->op == Op::And) {
    narrow(c->x, to);
    narrow(c->y, to);
    return;
  }
  const Expr *x = bare(c->x), *y = bare(c->y);
  const bool turned = y && y->op == Op::Local;
  const Expr* it = turned ? y : x;
  const auto limit = amountOf(turned ? x : y);
  if (!it || it->op != Op::Local || it->depth != 0 || !limit) return;
  // `3 < it` bounds as `it > 3` does.
  const bool upward = (c->op == Op::Gt || c->op == Op::Ge) != turned && c->op >= Op::Lt && c->op <= Op::Ge;
  const bool strict = c->op == Op::Lt || c->op == Op::Gt;
  if (c->op < Op::Lt || c->op > Op::Ge) return;
  if (upward) to.low = std::max(to.low, strict && *limit < INT64_MAX ? *limit + 1 : *limit);
  else to.high = std::min(to.high, strict && *limit > INT64_MIN ? *limit - 1 : *limit);
}

Interval intervalOf(const Expr* e) {
  Interval out;
  e = bare(e);
  if (const auto fixed = amountOf(e)) return {*fixed, *fixed};
  if (e->op == Op::Builtin && static_cast<Builtin>(e->index) == Builtin::Len) out.low = 0;
  for (const Type* type = e->type; type && type->kind == TypeKind::Refined; type = type->inner)
    if (type->refinement) narrow(type->refinement->condition, out);
  return out;
}

/// What `x op y` always is, or nothing.
std::optional<bool> always(Op op, Interval x, Interval y) {
  switch (op) {
  case Op::Lt:
    if (x.high < y.low) return true;
    return x.low >= y.high ? std::optional(false) : std::nullopt;
  case Op::Le:
    if (x.high <= y.low) return true;
    return x.low > y.high ? std::optional(false) : std::nullopt;
  case Op::Gt: return always(Op::Lt, y, x);
  case Op::Ge: return always(Op::Le, y, x);
  case Op::Eq:
    if (x.high < y.low || y.high < x.low) return false;
    return std::nullopt;
  case Op::Ne:
    if (const auto equal = always(Op::Eq, x, y)) return !*equal;
    return std::nullopt;
  default: return std::nullopt;
  }
}

bool isComparison(Op op) { return op >= Op::Eq && op <= Op::Ge; }

class Conditions {
public:
  explicit Conditions(Program& program) : p(program) {}

  void module(const Module& m) {
    for (const Symbol* s : m.order) symbol(*s);
    for (const File& f : m.files)
      for (const ItemIr& i : f.items) item(i);
  }

private:
  Program& p;
  llvm::DenseSet<const void*> seen_;

  void report(Span span, bool value, const std::string& why) {
    p.diagnostics.report(Code::ConstantCondition, span, fmt::format("this is always {}", value ? "true" : "false")).note(why);
  }

  std::string textOf(Span span) const { return p.sources.text(span).str(); }

  void comparison(const Expr& e) {
    const Expr *x = bare(e.x), *y = bare(e.y);
    if (!x || !y) return;
    if (x->span.size() && textOf(x->span) == textOf(y->span) && !(x->span == y->span)) {
      const bool equal = e.op == Op::Eq || e.op == Op::Le || e.op == Op::Ge;
      return report(e.span, equal, fmt::format("both sides are `{}`", textOf(x->span)));
    }
    if (x->op == Op::Const && y->op == Op::Const && x->value.isText() && y->value.isText() && (e.op == Op::Eq || e.op == Op::Ne))
      return report(e.span, (x->value.str() == y->value.str()) == (e.op == Op::Eq), "both sides are written out");
    const Interval a = intervalOf(x), b = intervalOf(y);
    if (const auto value = always(e.op, a, b)) report(e.span, *value, why(*x, *y));
  }

  static std::string why(const Expr& x, const Expr& y) {
    for (const Expr* side : {&x, &y})
      if (side->type->kind == TypeKind::Refined && side->type->refinement) return fmt::format("a `{}` is never beyond that", typeName(side->type));
    for (const Expr* side : {&x, &y})
      if (side->op == Op::Builtin) return "a length is never below zero";
    return "both sides are written out";
  }

  /// A condition that is `true` or `false` itself.
  void condition(const Expr* e) {
    const Expr* c = bare(e);
    if (c && c->op == Op::Const && c->value.tag == Tag::Bool) report(c->span, c->value.boolean, "it is written out");
    walk(e);
  }

  void walk(const Expr* e) {
    if (!e || !seen_.insert(e).second) return;
    if (isComparison(e->op)) comparison(*e);
    const bool conditional = e->op == Op::If || e->op == Op::And || e->op == Op::Or || e->op == Op::Not;
    if (conditional) condition(e->x);
    else walk(e->x);
    if (e->op == Op::And || e->op == Op::Or) condition(e->y);
    else walk(e->y);
    walk(e->z);
    for (const Expr* part : e->list) walk(part);
    switch (e->op) {
    case Op::List: elements(*e->elements); break;
    case Op::Map:
    case Op::AmendMap: map(e->map); break;
    case Op::Record:
    case Op::AmendRecord: block(e->block); break;
    case Op::Match: match(*e); break;
    default: break;
    }
  }

  /// Arms are tried in order: what those above have taken is not there for the ones below.
  void match(const Expr& e) {
    const Type* whole = widenInferred(p.types, strip(e.x->type));
    std::vector<const Type*> taken;
    bool all = false;
    for (const MatchArmIr& arm : e.match->arms) {
      auto takes = [&](const Type* what) { return llvm::any_of(taken, [&](const Type* t) { return fits(what, t) == Fit::Same; }); };
      const bool rest = whole->kind == TypeKind::Union ? llvm::all_of(whole->alternatives, takes) : takes(whole);
      if (all || rest || (!arm.types.empty() && llvm::all_of(arm.types, takes)))
        p.diagnostics.report(Code::UnreachedArm, arm.span, "nothing reaches this arm")
            .note(rest ? "the arms above take everything there is" : "an arm above takes it already")
            .hint("leave it out, or move it up");
      all = all || arm.types.empty();
      llvm::append_range(taken, arm.types);
      walk(arm.body);
    }
  }

  void elements(const ListIr& list) {
    for (const ListItemIr& i : list.items) {
      if (i.kind == ListItemIr::If) condition(i.subject);
      else walk(i.subject);
      if (i.guard) condition(i.guard);
      walk(i.value);
    }
  }

  void map(const MapIr* ir) {
    if (!ir || !seen_.insert(ir).second) return;
    for (const MapItemIr& i : ir->items) {
      walk(i.key);
      walk(i.value);
      if (i.kind == MapItemIr::If) condition(i.subject);
      else walk(i.subject);
      if (i.guard) condition(i.guard);
      for (const Expr* l : i.lets) walk(l);
      block(i.block);
      map(i.map);
      map(i.body);
      map(i.orElse);
    }
  }

  void block(const BlockIr* ir) {
    if (!ir || !seen_.insert(ir).second) return;
    for (const LetIr& l : ir->lets) walk(l.value);
    for (const MemberIr& m : ir->members) {
      if (m.condition) condition(m.condition);
      walk(m.value);
      block(m.block);
      map(m.map);
    }
  }

  void item(const ItemIr& i) {
    walk(i.name);
    block(i.block);
    if (i.kind == ItemIr::If) condition(i.subject);
    else walk(i.subject);
    if (i.guard) condition(i.guard);
    for (const Expr* l : i.lets) walk(l);
    for (const ItemIr& inner : i.body) item(inner);
    for (const ItemIr& inner : i.orElse) item(inner);
  }

  void schema(const Schema& s) {
    const size_t inherited = s.base ? s.base->fields.size() : 0;
    for (size_t f = inherited; f < s.fields.size(); ++f) {
      walk(s.fields[f].expr);
      if (s.fields[f].nested) schema(*s.fields[f].nested);
    }
    for (const CheckIr& c : s.checks) {
      condition(c.condition);
      walk(c.message);
    }
  }

  void symbol(const Symbol& s) {
    walk(s.expr);
    for (const FnParam& param : s.params) walk(param.fallback);
    for (const BlockIr* layer : s.overrides) block(layer);
    if (s.schema && s.kind != SymbolKind::Declaration && s.schema->module == s.module) schema(*s.schema);
  }
};

} // namespace

void constantConditions(Program& program, const Module& module) { Conditions(program).module(module); }

} // namespace chasi::lint
