#include "compiler/sema/checker.h"

namespace chasi::sema {

static bool isNumber(const Type* type) { return type->kind == TypeKind::Int || type->kind == TypeKind::Float; }
static bool isQuantity(const Type* type) { return type->kind >= TypeKind::Cpu && type->kind <= TypeKind::Duration; }
static bool isTextual(const Type* type) {
  return type->kind == TypeKind::String || type->kind == TypeKind::Version || type->kind == TypeKind::ImageRef || type->kind == TypeKind::Path;
}

/// Int for `1 | 2`, String for `"a" | "b"`: what operators work on.
static const Type* operand(Types& types, const Type* type) {
  type = strip(type);
  if (type->inferred) type = widen(types, type);
  if (type->kind == TypeKind::Union) {
    const Type* first = widen(types, type->alternatives.front());
    for (const Type* a : type->alternatives)
      if (!sameType(widen(types, a), first)) return type;
    return first;
  }
  return widen(types, type);
}

Expr* Checker::unary(NodeRef node) {
  if (node.tokenText() == "!") {
    Expr* e = make(Op::Not, node.span(), t.simple(TypeKind::Bool));
    e->x = condition(node.child(0));
    return e;
  }
  if (node.child(0).is(NodeKind::IntLit) && node.child(0).tokenText() == "9223372036854775808") { // has no positive counterpart
    Expr* least = make(Op::Const, node.span(), nullptr);
    least->value = Value::of(INT64_MIN);
    least->type = t.literal(least->value);
    return least;
  }
  Expr* x = expr(node.child(0));
  if (isWrong(x)) return error(node.span());
  if (x->op == Op::Const && x->value.tag == Tag::Int && x->value.integer != INT64_MIN) {
    Expr* e = make(Op::Const, node.span(), nullptr);
    e->value = Value::of(-x->value.integer);
    e->type = t.literal(e->value, true);
    return e;
  }
  const Type* type = operand(t, x->type);
  if (isLater(type) && refuseLater(x, "what `-` works on")) return error(node.span());
  if (!isNumber(type) && !isQuantity(type)) {
    report(Code::BadOperands, node.span(), fmt::format("`-` does not work on `{}`", typeName(x->type)));
    return error(node.span());
  }
  Expr* e = make(Op::Negate, node.span(), type);
  e->x = x;
  return e;
}

static Op operatorOf(llvm::StringRef text) {
  static const llvm::StringMap<Op> ops = {{"||", Op::Or}, {"&&", Op::And}, {"==", Op::Eq}, {"!=", Op::Ne}, {"<", Op::Lt}, {"<=", Op::Le},
                                          {">", Op::Gt}, {">=", Op::Ge}, {"in", Op::In}, {"..", Op::Range}, {"..<", Op::RangeOpen},
                                          {"+", Op::Add}, {"-", Op::Sub}, {"*", Op::Mul}, {"/", Op::Div}, {"%", Op::Rem}, {"??", Op::Coalesce}};
  const auto it = ops.find(text);
  return it == ops.end() ? Op::Error : it->second;
}

static bool isComparison(Op op) { return op == Op::Lt || op == Op::Le || op == Op::Gt || op == Op::Ge; }

Expr* Checker::binary(NodeRef node, const Type* expected) {
  const Op op = operatorOf(node.tokenText());
  if (op == Op::Coalesce) return coalesce(node, expected);
  if (op == Op::And || op == Op::Or) {
    Expr* e = make(op, node.span(), t.simple(TypeKind::Bool));
    e->x = condition(node.child(0));
    const size_t mark = narrowed_.size();
    narrow(node.child(0), op == Op::And);
    e->y = condition(node.child(1));
    narrowed_.resize(mark);
    return e;
  }
  // 1 <= it <= 65535 parses as (1 <= it) <= 65535 and means 1 <= it && it <= 65535.
  if (isComparison(op) && node.child(0).is(NodeKind::Binary) && isComparison(operatorOf(node.child(0).tokenText()))) {
    Expr* e = make(Op::And, node.span(), t.simple(TypeKind::Bool));
    e->x = binary(node.child(0), nullptr);
    if (e->x->op == Op::Error) return e->x;
    const Expr* last = e->x->op == Op::And ? e->x->y : e->x;
    e->y = comparison(node, op, last->y, expr(node.child(1)));
    return e->y->op == Op::Error ? e->y : e;
  }
  if (op == Op::Eq || op == Op::Ne)
    if (Expr* e = presence(node, op)) return e;
  const bool listLike = op == Op::Add && expected;
  Expr* a = expr(node.child(0), listLike ? expected : nullptr);
  Expr* b = expr(node.child(1), listLike ? expected : nullptr);
  if (op == Op::Eq || op == Op::Ne) return equality(node, op, a, b);
  if (isWrong(a) || isWrong(b)) return error(node.span());
  for (Expr* side : {a, b}) {
    if (!isOptional(side->type)) continue;
    report(Code::MaybeAbsent, side->span, fmt::format("`{}` needs a value, but this may be absent", node.tokenText().str()))
        .mark(fmt::format("this is `{}`", typeName(side->type)))
        .hint("give a value for that case: `x ?? default`");
    return error(node.span());
  }
  if (isComparison(op)) return comparison(node, op, a, b);
  return arithmetic(node, op, a, b);
}

/// `x != null` asks whether x is there; elsewhere there is no null. Not such a comparison: null.
Expr* Checker::presence(NodeRef node, Op op) {
  auto isNull = [](NodeRef n) { return n.is(NodeKind::NameExpr) && n.tokenText() == "null"; };
  if (isNull(node.child(0)) == isNull(node.child(1))) return nullptr;
  Expr* has = make(Op::Has, node.span(), t.simple(TypeKind::Bool));
  has->x = expr(node.child(isNull(node.child(0)) ? 1 : 0));
  if (has->x->op == Op::Error) return has->x;
  if (!isOptional(has->x->type)) {
    report(Code::BadOperands, node.span(), "this is always there, so the question has one answer").mark(fmt::format("`{}` is not optional", typeName(has->x->type)));
    return error(node.span());
  }
  if (op == Op::Ne) return has;
  Expr* absent = make(Op::Not, node.span(), has->type);
  absent->x = has;
  return absent;
}

static bool isWrittenChoice(const Type* type) {
  type = strip(type);
  return type->kind == TypeKind::Union && !type->inferred;
}

Expr* Checker::equality(NodeRef node, Op op, Expr* a, Expr* b) {
  Expr* e = make(op, node.span(), t.simple(TypeKind::Bool));
  if (isWrong(a) || isWrong(b)) return error(node.span());
  for (const Expr* side : {a, b})
    if (refuseLater(side, "what is compared")) return error(node.span());
  const Type* left = operand(t, present(a->type));
  const Type* right = operand(t, present(b->type));
  if (fits(left, right) == Fit::No && fits(right, left) == Fit::No) {
    report(Code::BadOperands, node.span(), fmt::format("these are never equal: `{}` and `{}`", typeName(a->type), typeName(b->type)));
    return error(node.span());
  }
  // A literal that is none of the choices is most likely misspelt.
  for (auto [value, choice, place] : {std::tuple{a, b, node.child(0)}, {b, a, node.child(1)}})
    if (value->type->kind == TypeKind::Literal && isWrittenChoice(present(choice->type)) && fits(value->type, present(choice->type)) == Fit::No) {
      mismatch(value, present(choice->type), "this comparison");
      return error(node.span());
    }
  e->x = a;
  e->y = b;
  return e;
}

Expr* Checker::comparison(NodeRef node, Op op, Expr* a, Expr* b) {
  if (isWrong(a) || isWrong(b)) return error(node.span());
  for (const Expr* side : {a, b})
    if (refuseLater(side, "what is compared")) return error(node.span());
  const Type* left = operand(t, a->type);
  const Type* right = operand(t, b->type);
  Expr* e = make(op, node.span(), t.simple(TypeKind::Bool));
  e->x = a;
  e->y = b;
  if (isNumber(left) && isNumber(right)) return e;
  if (isQuantity(left) && left->kind == right->kind) return e;
  if (isTextual(left) && isTextual(right)) return e;
  if (left->kind == TypeKind::Cpu && isNumber(right)) {
    e->y = coerce(b, left, "this comparison");
    return e;
  }
  if (right->kind == TypeKind::Cpu && isNumber(left)) {
    e->x = coerce(a, right, "this comparison");
    return e;
  }
  report(Code::BadOperands, node.span(), fmt::format("`{}` and `{}` cannot be compared", typeName(a->type), typeName(b->type)))
      .hint(isQuantity(left) || isQuantity(right) ? "both sides need the same unit" : "");
  return error(node.span());
}

/// A text that the cluster will tell.
static bool isLaterText(const Type* type) { return type->kind == TypeKind::Later && isTextual(strip(type->inner)); }

/// What is put together with a secret is a secret.
static bool isSecretText(const Type* left, const Type* right) {
  const bool first = left->kind == TypeKind::Secret, second = right->kind == TypeKind::Secret;
  return (first || second) && (first || isTextual(left) || isLaterText(left)) && (second || isTextual(right) || isLaterText(right));
}

Expr* Checker::arithmetic(NodeRef node, Op op, Expr* a, Expr* b) {
  const Type* left = operand(t, a->type);
  const Type* right = operand(t, b->type);
  const Type* result = nullptr;
  const bool numbers = isNumber(left) && isNumber(right);
  const Type* number = left->kind == TypeKind::Float || right->kind == TypeKind::Float ? t.simple(TypeKind::Float) : t.simple(TypeKind::Int);
  const bool sameQuantity = isQuantity(left) && left->kind == right->kind;
  switch (op) {
  case Op::Add:
    if (numbers) result = number;
    else if (sameQuantity) result = left;
    else if (isTextual(left) && isTextual(right)) result = t.simple(TypeKind::String);
    else if (isSecretText(left, right)) result = t.simple(TypeKind::Secret);
    else if ((isLaterText(left) && (isTextual(right) || isLaterText(right))) || (isTextual(left) && isLaterText(right))) result = t.later(t.simple(TypeKind::String));
    else if (left->kind == TypeKind::List && right->kind == TypeKind::List) result = t.list(join(left->inner, right->inner));
    else if (left->kind == TypeKind::Map && right->kind == TypeKind::Map) result = t.map(join(left->inner, right->inner));
    break;
  case Op::Sub: result = numbers ? number : sameQuantity ? left : nullptr; break;
  case Op::Mul:
    if (numbers) result = number;
    else if (isQuantity(left) && (isNumber(right) || right->kind == TypeKind::Percent)) result = left;
    else if (isQuantity(right) && (isNumber(left) || left->kind == TypeKind::Percent)) result = right;
    break;
  case Op::Div:
    if (numbers) result = number;
    else if (isQuantity(left) && isNumber(right)) result = left;
    else if (sameQuantity) result = t.simple(TypeKind::Float);
    break;
  case Op::Rem: result = left->kind == TypeKind::Int && right->kind == TypeKind::Int ? left : sameQuantity ? left : nullptr; break;
  case Op::Range:
  case Op::RangeOpen: result = left->kind == TypeKind::Int && right->kind == TypeKind::Int ? t.list(left) : nullptr; break;
  case Op::In:
    if (right->kind == TypeKind::List) result = fits(left, right->inner) != Fit::No || fits(right->inner, left) != Fit::No ? t.simple(TypeKind::Bool) : nullptr;
    else if (right->kind == TypeKind::Map && isTextual(left)) result = t.simple(TypeKind::Bool);
    break;
  default: break;
  }
  if (!result || op == Op::In)
    for (const Expr* side : {a, b})
      if ((op == Op::In || isLater(side->type)) && refuseLater(side, op == Op::In ? "what is compared" : fmt::format("what `{}` works on", node.tokenText().str()))) return error(node.span());
  if (!result) {
    Diagnostic& d = report(Code::BadOperands, node.span(), fmt::format("`{}` does not work on `{}` and `{}`", node.tokenText().str(), typeName(a->type), typeName(b->type)));
    if (isTextual(left) || isTextual(right)) d.hint("texts are put together in quotes: \"${a} and ${b}\"");
    else if ((op == Op::Add || op == Op::Sub || op == Op::Rem || op == Op::Div) && isQuantity(left) && isQuantity(right)) d.hint("both sides need the same unit");
    else if (op == Op::Mul && isQuantity(left) && isQuantity(right)) d.hint("an amount is multiplied by a number or a percentage");
    else if ((op == Op::Add || op == Op::Sub) && (isQuantity(left) || isQuantity(right)) && (isNumber(left) || isNumber(right))) d.hint("say the unit of the number");
    return error(node.span());
  }
  Expr* e = make(op, node.span(), result);
  e->x = a;
  e->y = b;
  return e;
}

} // namespace chasi::sema
