#include "compiler/sema/checker.h"
#include "compiler/sema/quantity.h"

namespace chasi::sema {

namespace {
constexpr uint64_t kMaxSuggested = 1'000'000; ///< candidates looked at in a run
} // namespace

Expr* Checker::make(Op op, Span span, const Type* type) {
  Expr* e = new (p.arena) Expr;
  e->op = op;
  e->span = span;
  e->type = type;
  return e;
}

Expr* Checker::error(Span span) { return make(Op::Error, span, t.error()); }

Expr* Checker::negated(Expr* condition) {
  Expr* e = make(Op::Not, condition->span, condition->type);
  e->x = condition;
  return e;
}

void Checker::warnDeprecated(const Schema& schema, Span use) {
  if (!schema.deprecated.empty()) report(Code::Deprecated, use, fmt::format("`{}` is deprecated: {}", schema.name.str(), schema.deprecated));
}

Diagnostic& Checker::report(Code code, Span span, std::string message) {
  return p.diagnostics.report(code, span, std::move(message));
}

bool Checker::suggests() const { return suggested_ <= kMaxSuggested; }

void Checker::suggest(Diagnostic& d, llvm::StringRef word, const std::vector<std::string>& candidates, Span span) {
  suggested_ += candidates.size();
  if (!suggests()) return;
  const std::string near = source::nearest(word, candidates);
  if (near.empty()) return;
  d.hint(fmt::format("did you mean `{}`?", near));
  d.fix(fmt::format("replace with `{}`", near), span, near);
}

/// The choices of a union of literals, for messages.
static std::vector<std::string> choices(const Type* type) {
  std::vector<std::string> list;
  type = present(strip(type));
  if (type->kind == TypeKind::Union) {
    for (const Type* a : type->alternatives)
      if (a->kind == TypeKind::Literal) list.push_back(describe(a->literal));
  } else if (type->kind == TypeKind::Literal) {
    list.push_back(describe(type->literal));
  }
  return list;
}

/// Of values that were chosen among, those that the type does not take; nothing when it takes none of them.
static std::string misfits(const Type* from, const Type* to) {
  std::string list;
  from = strip(from);
  if (from->kind != TypeKind::Union || !from->inferred) return list;
  bool some = false;
  for (const Type* a : from->alternatives) {
    if (fits(a, to) != Fit::No) some = true;
    else if (a->kind == TypeKind::Literal) list += (list.empty() ? "" : ", ") + describe(a->literal);
  }
  return some ? list : "";
}

/// Text, a choice of texts, or text that is known later.
static bool isShown(const Type* type) {
  type = strip(type);
  if (type->kind == TypeKind::Later) return isShown(type->inner);
  if (type->kind == TypeKind::Union) return std::all_of(type->alternatives.begin(), type->alternatives.end(), isShown);
  return type->kind == TypeKind::String || type->kind == TypeKind::ImageRef || type->kind == TypeKind::Version || type->kind == TypeKind::Path || type->kind == TypeKind::Literal;
}

void Checker::mismatch(Expr* e, const Type* to, llvm::StringRef what) {
  const Type* from = e->type;
  if (isOptional(from) && !isOptional(to) && fits(present(from), to) != Fit::No) {
    report(Code::MaybeAbsent, e->span, fmt::format("{} needs a value, but this may be absent", what == "this value" ? "this place" : what.str()))
        .mark(fmt::format("this is `{}`", typeName(from)))
        .hint("give a value for that case: `x ?? default`");
    return;
  }
  if (strip(from)->kind == TypeKind::Secret && isShown(strip(present(strip(to))))) {
    report(Code::SecretInText, e->span, fmt::format("{} is text that is shown, and this is a secret", what.str()))
        .note("what is made of a secret is one, too: a text with it inside, its base64")
        .hint("only fields of type Secret take a secret");
    return;
  }
  if (!holdsLater(to) && strip(present(strip(to)))->kind != TypeKind::Secret && refuseLater(e, what)) return;
  const Type* target = present(strip(to));
  const Type* given = strip(present(from));
  if (target->kind == TypeKind::Record && target->schema->named && given->kind == TypeKind::Record && given->schema->named) {
    report(Code::TypeMismatch, e->span, fmt::format("{} names a {}", what.str(), target->schema->name.str()))
        .mark(fmt::format("this is a {}", given->schema->name.str()));
    return;
  }
  Diagnostic& d = report(Code::TypeMismatch, e->span, fmt::format("{} takes `{}`", what.str(), typeName(isOptional(from) ? to : present(to))));
  if (const std::string misfit = misfits(from, to); !misfit.empty()) d.note(fmt::format("it may be {}", misfit));
  d.mark(from->kind == TypeKind::Literal ? fmt::format("this is {}", describe(from->literal)) : fmt::format("this is `{}`", typeName(from)));
  if (from->kind == TypeKind::Literal && from->literal.tag == Tag::String) {
    const auto list = choices(to);
    if (!list.empty()) {
      suggest(d, describe(from->literal), list, e->span);
      if (e->op != Op::Const) d.fixes.clear(); // the text stands somewhere else
      if (d.help.empty()) d.hint(fmt::format("write one of {}", fmt::join(list, ", ")));
      return;
    }
  }
  const bool amount = target->kind >= TypeKind::Cpu && target->kind <= TypeKind::Duration;
  if (e->op == Op::Const && amount && from->kind == TypeKind::Literal && from->literal.tag == Tag::String) {
    std::string why;
    const auto value = readQuantity(p.keep(from->literal.str()), p.arena, why);
    if (value && value->tag == tagOf(target->kind))
      d.hint(fmt::format("amounts have no quotes: `{}`", from->literal.str().str())).fix("take the quotes away", e->span, from->literal.str().str());
  }
  if (e->op == Op::Const && target->kind == TypeKind::Version && from->kind == TypeKind::Float) d.hint("a version stands in quotes: `\"1.33\"`");
  if (e->op == Op::Const && target->kind == TypeKind::Percent && from->kind == TypeKind::Float) d.hint("write it as a percentage: `20%` for 0.2");
  if (from->kind == TypeKind::Literal && from->literal.tag == Tag::Int) {
    if (amount) d.hint(unitHint(tagOf(target->kind), from->literal.integer));
    if (target->kind == TypeKind::String) d.hint(e->op != Op::Const ? "put it into a text: `\"${x}\"`" : fmt::format("write `\"{}\"`", from->literal.integer));
  }
  if (given->kind == TypeKind::Later && given->inner->kind == TypeKind::Any && target->kind == TypeKind::Later)
    d.hint(fmt::format("say what it is: `… as {}`", typeName(target->inner)));
  if (target->kind == TypeKind::List && fits(from, target->inner) != Fit::No) d.hint("put it in a list: `[ … ]`");
}

Expr* Checker::coerce(Expr* e, const Type* to, llvm::StringRef what) {
  if (e->op == Op::Error) return e;
  switch (fits(e->type, to)) {
  case Fit::Same: return e;
  case Fit::No: mismatch(e, to, what); return error(e->span);
  case Fit::Convert: break;
  }
  Expr* c = make(Op::Coerce, e->span, to);
  c->x = e;
  c->text = p.keep(what);
  return c;
}

} // namespace chasi::sema
