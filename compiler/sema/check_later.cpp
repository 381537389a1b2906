// Facts that only the cluster knows: their type, and where they may not stand.
#include "compiler/sema/checker.h"

namespace chasi::sema {

/// What the cluster can tell is one value; what is made of several is made of several facts.
static bool canBeLater(const Type* type) {
  type = strip(type);
  if (type->kind == TypeKind::Union) return llvm::all_of(type->alternatives, canBeLater);
  const bool simple = type->kind >= TypeKind::Bool && type->kind <= TypeKind::Path;
  return simple || type->kind == TypeKind::Any || type->kind == TypeKind::Literal || type->kind == TypeKind::Variable || type->kind == TypeKind::Later || type->kind == TypeKind::Error;
}

const Type* Checker::laterType(NodeRef node, llvm::ArrayRef<NodeRef> arguments, Module& module, Schema* around) {
  if (arguments.size() != 1) {
    report(Code::UnknownType, node.span(), "a fact that is known later says what it will be").hint("write `Later<String>`");
    return t.error();
  }
  const Type* of = type(arguments[0], module, around);
  if (canBeLater(of)) return t.later(of);
  const std::string name = typeName(of);
  Diagnostic& d = report(Code::UnknownType, node.span(), fmt::format("there is no `Later<{}>`", name));
  d.note("a cluster tells single values: texts, numbers, true or false");
  switch (of->kind) {
  case TypeKind::Secret: d.hint("a `Secret` is filled in while applying as well"); break;
  case TypeKind::Optional: d.hint(fmt::format("an apply waits until the fact is there; write `Later<{}>?` for one that may not be asked for", typeName(of->inner))); break;
  case TypeKind::List: d.hint(fmt::format("write `List<Later<{}>>`: how many there are is known", typeName(of->inner))); break;
  case TypeKind::Map: d.hint(fmt::format("write `Map<String, Later<{}>>`: which entries there are is known", typeName(of->inner))); break;
  default: d.hint("let its fields be `Later`");
  }
  return t.error();
}

/// `later(object, path) as T`: what the cluster writes there is read as T, or the operation that needs it fails.
Expr* Checker::asLater(NodeRef node, Expr* x, const Type* to) {
  const Type* given = strip(present(strip(x->type)));
  const Type* wanted = to->kind == TypeKind::Later ? to->inner : to;
  if (given->inner->kind != TypeKind::Any) return coerce(x, isOptional(x->type) ? t.optional(t.later(wanted)) : t.later(wanted), "this value");
  const bool known = wanted->kind == TypeKind::String || wanted->kind == TypeKind::Int || wanted->kind == TypeKind::Float || wanted->kind == TypeKind::Bool || wanted->kind == TypeKind::Any;
  if (!known) {
    report(Code::TypeMismatch, node.child(1).span(), fmt::format("what a cluster tells cannot be read as `{}`", typeName(wanted)))
        .note("it comes while applying, when nothing is evaluated or checked any more")
        .hint("write `as String`, `as Int`, `as Float` or `as Bool`");
    return error(node.span());
  }
  const Type* type = t.later(wanted);
  Expr* e = make(Op::As, node.span(), isOptional(x->type) ? t.optional(type) : type);
  e->x = x;
  return e;
}

bool Checker::refuseLater(const Expr* e, llvm::StringRef what, std::string help) {
  if (!onlyLater(e->type)) return false;
  reportLater(e->span, e->type, what, std::move(help));
  return true;
}

void Checker::reportLater(Span span, const Type* type, llvm::StringRef what, std::string help) {
  report(Code::LaterPlace, span, fmt::format("{} must be known before anything runs, and this is known only while applying", what.str()))
      .mark(fmt::format("this is `{}`", typeName(type)))
      .note("what exists, under which name, how often and where is decided by the specification alone")
      .hint(help.empty() ? "decide by what the specification says; the fact itself may be handed on as a value, or stand in a text" : std::move(help));
}

} // namespace chasi::sema
