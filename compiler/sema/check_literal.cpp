#include "compiler/sema/checker.h"
#include "compiler/sema/quantity.h"

#include <charconv>

namespace chasi::sema {

Expr* Checker::number(NodeRef node) {
  std::string text = node.tokenText().str();
  std::erase(text, '_');
  Expr* e = make(Op::Const, node.span(), nullptr);
  if (node.is(NodeKind::QuantityLit)) {
    std::string why;
    const auto value = readQuantity(p.keep(text), p.arena, why);
    if (!value) {
      report(Code::BadQuantity, node.span(), fmt::format("`{}` {}", text, why));
      return error(node.span());
    }
    e->value = *value;
    static constexpr TypeKind kinds[] = {TypeKind::Cpu, TypeKind::Bytes, TypeKind::Percent, TypeKind::Duration};
    e->type = t.simple(kinds[static_cast<int>(value->tag) - static_cast<int>(Tag::Cpu)]);
    return e;
  }
  if (node.is(NodeKind::FloatLit)) {
    double d = 0;
    const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), d);
    if (ec != std::errc() || end != text.data() + text.size()) {
      report(Code::BadQuantity, node.span(), fmt::format("`{}` is not a number that fits", text));
      return error(node.span());
    }
    e->value = Value::of(d);
    e->type = t.simple(TypeKind::Float);
    return e;
  }
  int64_t i = 0;
  const bool hex = text.starts_with("0x") || text.starts_with("0X");
  const char* begin = text.data() + (hex ? 2 : 0);
  const auto [end, ec] = std::from_chars(begin, text.data() + text.size(), i, hex ? 16 : 10);
  if (ec != std::errc() || end != text.data() + text.size()) {
    report(Code::BadQuantity, node.span(), fmt::format("`{}` does not fit a whole number of 64 bits", text));
    return error(node.span());
  }
  e->value = Value::of(i);
  e->type = t.literal(e->value, true);
  return e;
}

/// As part of a text; a text with a secret in it is a secret, and one with a fact in it is as late as that.
static bool printable(const Type* type) {
  type = strip(type);
  switch (type->kind) {
  case TypeKind::Bool:
  case TypeKind::Int:
  case TypeKind::Float:
  case TypeKind::String:
  case TypeKind::Cpu:
  case TypeKind::Bytes:
  case TypeKind::Percent:
  case TypeKind::Duration:
  case TypeKind::Version:
  case TypeKind::ImageRef:
  case TypeKind::Path:
  case TypeKind::Secret:
  case TypeKind::Literal:
  case TypeKind::Error: return true;
  case TypeKind::Later: return printable(type->inner);
  case TypeKind::Union: return std::all_of(type->alternatives.begin(), type->alternatives.end(), printable);
  default: return false;
  }
}

Expr* Checker::string(NodeRef node) {
  const std::vector<std::string> texts = decodeString(node, p.diagnostics);
  std::vector<Expr*> parts;
  size_t next = 0;
  bool constant = true, bad = false, secret = false, late = false;
  for (NodeRef c : node.children()) {
    if (c.is(NodeKind::StringText)) {
      Expr* e = make(Op::Const, c.span(), t.simple(TypeKind::String));
      e->value = Value::text(Tag::String, p.keep(next < texts.size() ? texts[next] : ""));
      ++next;
      if (e->value.size) parts.push_back(e);
      continue;
    }
    if (!c.is(NodeKind::Interp)) continue;
    constant = false;
    Expr* e = c.childCount() ? expr(c.child(0)) : error(c.span());
    if (e->op == Op::Error) {
      bad = true;
    } else if (isOptional(e->type)) {
      report(Code::MaybeAbsent, e->span, "this may be absent, and a text needs something to show")
          .mark(fmt::format("this is `{}`", typeName(e->type)))
          .hint("give a value for that case: `${x ?? \"none\"}`");
      bad = true;
    } else if (holdsSecret(e->type) && printable(e->type)) {
      secret = true;
    } else if (holdsLater(e->type) && printable(e->type)) {
      late = true;
    } else if (!printable(e->type)) {
      report(Code::TypeMismatch, e->span, fmt::format("`{}` has no form as text", typeName(e->type)))
          .hint(strip(e->type)->kind == TypeKind::List ? "join it: `${xs.join(\", \")}`" : isLater(e->type) ? "say what it is: `${x as String}`" : "name a field of it");
      bad = true;
    }
    parts.push_back(e);
  }
  if (bad) return error(node.span());
  if (constant) {
    std::string text;
    for (const std::string& piece : texts) text += piece;
    Expr* e = make(Op::Const, node.span(), nullptr);
    e->value = Value::text(Tag::String, p.keep(text));
    e->type = t.literal(e->value, true);
    return e;
  }
  const Type* text = t.simple(TypeKind::String);
  Expr* e = make(Op::Interp, node.span(), secret ? t.simple(TypeKind::Secret) : late ? t.later(text) : text);
  e->list = p.keep(parts);
  return e;
}

} // namespace chasi::sema
