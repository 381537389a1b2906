#include "compiler/sema/checker.h"
#include "compiler/sema/quantity.h"

#include <llvm/ADT/DenseSet.h>

#include <utility>

namespace chasi::sema {

namespace {
/// Nesting that the checker follows; the parser's limit on brackets is lower, long operator chains can be deeper.
constexpr int kMaxDepth = 1500;
} // namespace

Expr* Checker::expr(NodeRef node, const Type* expected) {
  if (depth_ >= kMaxDepth) {
    if (depth_ == kMaxDepth) report(Code::TooComplex, node.span(), fmt::format("this needs what needs what … more than {} levels deep", kMaxDepth)).hint("a list or a map holds many things side by side");
    return error(node.span());
  }
  ++depth_;
  Expr* e = dispatch(node, expected);
  --depth_;
  return e;
}

Expr* Checker::dispatch(NodeRef node, const Type* expected) {
  switch (node.kind()) {
  case NodeKind::IntLit:
  case NodeKind::FloatLit:
  case NodeKind::QuantityLit: return number(node);
  case NodeKind::BoolLit: {
    Expr* e = make(Op::Const, node.span(), nullptr);
    e->value = Value::of(node.tokenText() == "true");
    e->type = t.literal(e->value, true);
    return e;
  }
  case NodeKind::String: return string(node);
  case NodeKind::NameExpr: return name(node);
  case NodeKind::Member:
  case NodeKind::OptMember: return selector(node);
  case NodeKind::Index: return index(node);
  case NodeKind::Call: return call(node, expected);
  case NodeKind::Amend: return amend(node, expected);
  case NodeKind::Unary: return unary(node);
  case NodeKind::Binary: return binary(node, expected);
  case NodeKind::Paren: return expr(node.child(0), expected);
  case NodeKind::IfExpr: return ifExpr(node, expected);
  case NodeKind::BodyExpr: return bodyExpr(node, expected);
  case NodeKind::Match: return matchExpr(node, expected);
  case NodeKind::List: return list(node, expected);
  case NodeKind::BlockLit: return blockLiteral(node, node.child(0), expected);
  case NodeKind::Lambda: return lambda(node, expected);
  case NodeKind::As: return as(node);
  default: return error(node.span()); // an Error node: it was reported
  }
}

Expr* Checker::exprAs(NodeRef node, const Type* to, llvm::StringRef what) {
  std::string outer = std::exchange(what_, what.str());
  Expr* e = expr(node, to);
  what_ = std::move(outer);
  return coerce(e, to, what);
}

/// `x as T`: data gets a type while evaluating; what has one already must fit it.
Expr* Checker::as(NodeRef node) {
  Expr* x = expr(node.child(0));
  const Type* to = type(node.child(1), module(), nullptr);
  if (isWrong(x) || to->kind == TypeKind::Error) return error(node.span());
  if (isLater(x->type)) return asLater(node, x, to);
  const Type* from = present(strip(x->type));
  const bool data = from->kind == TypeKind::Any || ((from->kind == TypeKind::List || from->kind == TypeKind::Map) && strip(from->inner)->kind == TypeKind::Any);
  if (!data) return coerce(x, isOptional(x->type) ? t.optional(to) : to, "this value");
  // Which schemas the data is of is found out while evaluating: by then all that it may be of have their fields.
  later_.push_back([this, to] {
    llvm::DenseSet<const Schema*> seen;
    const auto reach = [&](auto&& self, const Type* of) -> void {
      if (!of) return;
      self(self, of->inner);
      for (const Type* a : of->alternatives) self(self, a);
      if (of->kind != TypeKind::Record || of->schema->isKind || !seen.insert(of->schema).second) return;
      fieldsOf(*const_cast<Schema*>(of->schema));
      for (const Field& f : of->schema->fields) self(self, f.type);
    };
    reach(reach, to);
  });
  Expr* e = make(Op::As, node.span(), isOptional(x->type) ? t.optional(to) : to);
  e->x = x;
  return e;
}

Expr* Checker::condition(NodeRef node) { return exprAs(node, t.simple(TypeKind::Bool), "a condition"); }

/// An empty list is one of anything.
static bool ofAnything(const Type* type) {
  while (type->kind == TypeKind::List || type->kind == TypeKind::Map || type->kind == TypeKind::Optional) type = type->inner;
  return type->kind == TypeKind::Error;
}

const Type* Checker::join(const Type* a, const Type* b) {
  if (a->kind == TypeKind::Error) return b;
  if (b->kind == TypeKind::Error) return a;
  if (ofAnything(b) && fits(b, a) == Fit::Same) return a;
  if (fits(a, b) == Fit::Same) return b;
  if (fits(b, a) == Fit::Same) return a;
  return t.unionOf({a, b});
}

/// Whole numbers beside fractions are meant as fractions: `[1, 2.5]` is a List<Float>. False, and nothing done, when there is
/// anything else or only one of the two.
bool Checker::fractions(llvm::ArrayRef<Expr**> values) {
  const Type* to = t.simple(TypeKind::Float);
  bool whole = false, parts = false;
  for (Expr** e : values) {
    const TypeKind kind = widen(t, (*e)->type)->kind;
    if (kind != TypeKind::Int && kind != TypeKind::Float) return false;
    (kind == TypeKind::Int ? whole : parts) = true;
  }
  if (!whole || !parts) return false;
  for (Expr** e : values) *e = coerce(*e, to, "this value");
  return true;
}

/// What a condition says about optionals: `x != null`, `a && b`, `!c`.
void Checker::narrow(NodeRef node, bool holds) {
  if (node.is(NodeKind::Paren)) return narrow(node.child(0), holds);
  if (node.is(NodeKind::Unary) && node.tokenText() == "!") return narrow(node.child(0), !holds);
  if (!node.is(NodeKind::Binary)) return;
  const llvm::StringRef op = node.tokenText();
  if ((op == "&&" && holds) || (op == "||" && !holds)) {
    narrow(node.child(0), holds);
    narrow(node.child(1), holds);
    return;
  }
  if (op != (holds ? "!=" : "==")) return;
  NodeRef subject = node.child(0), other = node.child(1);
  if (subject.is(NodeKind::NameExpr) && subject.tokenText() == "null") std::swap(subject, other);
  if (!other.is(NodeKind::NameExpr) || other.tokenText() != "null") return;
  const std::string what = path(subject);
  if (what.empty()) return;
  const Expr* e = expr(subject); // checked before without complaint, or the condition has failed already
  if (e->type->kind == TypeKind::Optional) narrowed_.push_back({what, rootOf(what), e->type->inner});
  // `a.b?.c` can only be there when `a.b` is.
  for (NodeRef n = subject; n.is(NodeKind::Paren) || n.is(NodeKind::Member) || n.is(NodeKind::OptMember); n = n.child(0)) {
    if (!n.is(NodeKind::OptMember)) continue;
    const std::string base = path(n.child(0));
    if (const Expr* part = base.empty() ? nullptr : expr(n.child(0)); part && part->type->kind == TypeKind::Optional)
      narrowed_.push_back({base, rootOf(base), part->type->inner});
  }
}

/// The type of an element that a literal was written for: Int for `1`. Lists and maps are amended and added to, so what
/// their first elements happen to be says nothing about the others.
const Type* Checker::fresh(const Expr* e) {
  if (e->op == Op::Const) return widen(t, e->type);
  if (e->op == Op::If && e->z) return join(fresh(e->y), fresh(e->z));
  return widenInferred(t, e->type);
}

Expr* Checker::ifExpr(NodeRef node, const Type* expected) {
  Expr* e = make(Op::If, node.span(), nullptr);
  e->x = condition(node.child(0));
  const size_t mark = narrowed_.size();
  narrow(node.child(0), true);
  e->y = expr(node.child(1), expected);
  narrowed_.resize(mark);
  if (const NodeRef otherwise = node.child(2)) {
    narrow(node.child(0), false);
    e->z = expr(otherwise, expected);
    narrowed_.resize(mark);
    if (!expected) fractions({&e->y, &e->z});
    e->type = join(e->y->type, e->z->type);
    if (expected && e->type->kind == TypeKind::Union && fits(e->type, expected) == Fit::No) {
      e->y = coerce(e->y, expected, "this value");
      e->z = coerce(e->z, expected, "this value");
      e->type = expected;
    }
  } else {
    if (isWrong(e->y)) return error(node.span()); // absent would pass for a value where one is needed
    e->type = t.optional(e->y->type);
  }
  return e;
}

Expr* Checker::bodyExpr(NodeRef node, const Type* expected) {
  std::vector<Expr*> lets;
  Scope frame{.kind = Scope::Locals, .up = scope_};
  Scope* outer = scope_;
  NodeRef result;
  scope_ = &frame;
  for (NodeRef c : node.children()) {
    if (!c.is(NodeKind::Let)) {
      result = c;
      continue;
    }
    NodeRef value;
    const Type* written = nullptr;
    for (NodeRef part : c.children()) {
      if (syntax::isType(part.kind())) written = type(part, module(), nullptr);
      else if (syntax::isExpr(part.kind())) value = part;
    }
    if (!value) continue;
    const llvm::StringRef name = c.child(0).tokenText();
    Expr* e = written ? exprAs(value, written, fmt::format("`{}`", name.str())) : expr(value);
    lets.push_back(e);
    declareLocal(frame, c.child(0), written ? written : e->type);
  }
  Expr* last = result ? expr(result, expected) : error(node.span());
  scope_ = outer;
  Expr* e = make(Op::Let, node.span(), last->type);
  e->list = p.keep(lets);
  e->x = last;
  return e;
}

Expr* Checker::matchExpr(NodeRef node, const Type* expected) {
  Expr* subject = expr(node.child(0));
  if (isLater(subject->type)) {
    refuseLater(subject, "the subject of a match");
    return error(node.span());
  }
  Expr* e = make(Op::Match, node.span(), t.error());
  e->x = subject;
  std::vector<MatchArmIr> arms;
  std::vector<const Type*> results;
  std::vector<const Type*> left;
  const Type* whole = strip(subject->type);
  const Type* widest = widenInferred(t, whole);
  if (whole->kind == TypeKind::Union) left = whole->alternatives.vec();
  if (widest->kind == TypeKind::Bool) left = {t.literal(Value::of(true)), t.literal(Value::of(false))};
  const bool all = left.empty();
  bool otherwise = false;
  for (NodeRef n : node.children()) {
    if (!n.is(NodeKind::MatchArm)) continue;
    MatchArmIr arm;
    std::vector<const Type*> types;
    Scope frame{.kind = Scope::Locals, .up = scope_};
    arm.span = n.child(0).span();
    NodeRef body;
    for (NodeRef c : n.children()) {
      body = c;
      if (n.tree().nodes()[c.index()].end == n.tree().nodes()[n.index()].end) break; // the last child is the result
      if (c.is(NodeKind::Else)) otherwise = true;
      else if (c.text().trim() == "_") {
        otherwise = true;
        report(Code::UnknownType, c.span(), "`_` is no pattern").hint("all the rest is `else => …`").fix("write `else`", c.span(), "else");
      } else if (c.text().trim() == "null") {
        otherwise = true;
        report(Code::UnknownName, c.span(), "there is no null: what is not there is absent").hint("`x: Type => …` takes it when it is there, `else => …` when it is absent");
      }
      else if (c.is(NodeKind::MatchBind)) {
        types.push_back(type(c.child(1), module(), nullptr));
        arm.binds = true;
        declareLocal(frame, c.child(0), types.back());
      } else if (syntax::isType(c.kind())) types.push_back(type(c, module(), nullptr));
      else if (const Expr* literal = expr(c); literal->type->kind == TypeKind::Literal) types.push_back(literal->type);
    }
    for (const Type* pattern : types) {
      if (fits(pattern, widest) == Fit::No && fits(widest, pattern) == Fit::No)
        report(Code::TypeMismatch, n.span(), fmt::format("`{}` is never {}", typeName(whole), typeName(pattern)));
      std::erase_if(left, [&](const Type* l) { return fits(l, pattern) == Fit::Same; });
    }
    Scope* outer = scope_;
    // In an arm, the subject itself is what the pattern says.
    const size_t mark = narrowed_.size();
    const std::string known = whole->kind == TypeKind::Union && !arm.binds ? path(node.child(0)) : "";
    if (const std::vector<const Type*>& rest = types.empty() ? left : types; !known.empty() && !rest.empty())
      narrowed_.push_back({known, rootOf(known), t.unionOf(rest)});
    if (arm.binds) scope_ = &frame;
    arm.body = expr(body, expected);
    if (expected) arm.body = coerce(arm.body, expected, "this value");
    scope_ = outer;
    narrowed_.resize(mark);
    arm.types = p.keep(types);
    results.push_back(arm.body->type);
    arms.push_back(arm);
  }
  if (!otherwise && (all || !left.empty()) && subject->op != Op::Error) {
    std::string rest;
    for (const Type* l : left) rest += (rest.empty() ? "" : ", ") + typeName(l);
    report(Code::NotExhaustive, node.child(0).span(), rest.empty() ? "this match leaves cases out" : fmt::format("this match leaves out {}", rest))
        .hint("add an arm for each, or `else => …`");
  }
  if (std::vector<Expr**> bodies; !expected) {
    for (MatchArmIr& arm : arms) bodies.push_back(&arm.body);
    if (fractions(bodies)) results = {t.simple(TypeKind::Float)};
  }
  e->match = new (p.arena) MatchIr{p.keep(arms)};
  e->type = expected ? expected : t.unionOf(results);
  return e;
}

Expr* Checker::list(NodeRef node, const Type* expected, bool keepLiterals) {
  const std::string what = what_;
  const Type* want = expected ? present(strip(expected)) : nullptr;
  if (want && want->kind == TypeKind::Union)
    for (const Type* a : want->alternatives)
      if (strip(a)->kind == TypeKind::List) want = strip(a);
  const Type* element = want && want->kind == TypeKind::List ? want->inner : nullptr;
  if (want && want->kind == TypeKind::Any) element = want;
  std::vector<ListItemIr> items;
  std::vector<const Type*> types;
  // "`owners[0]`", as long as elements can be counted; "an element of `owners`" behind a loop.
  bool counted = true;
  auto named = [&](size_t i) {
    const bool plain = llvm::StringRef(what).starts_with("`") && llvm::StringRef(what).ends_with("`");
    if (plain && counted) return fmt::format("{}[{}]`", what.substr(0, what.size() - 1), i);
    return what.empty() ? std::string("an element of this list") : fmt::format("an element of {}", what);
  };
  auto add = [&](NodeRef value) {
    Expr* e = element ? exprAs(value, element, named(items.size())) : expr(value);
    types.push_back(keepLiterals ? e->type : fresh(e));
    return e;
  };
  for (NodeRef c : node.children()) {
    counted = counted && syntax::isExpr(c.kind());
    ListItemIr item{.span = c.span()};
    if (c.is(NodeKind::Spread)) {
      item.kind = ListItemIr::Spread;
      const Type* spread = element ? t.optional(t.list(element)) : nullptr;
      item.value = spread ? exprAs(c.child(0), spread, "a spread") : expr(c.child(0));
      const Type* inner = strip(present(item.value->type));
      if (inner->kind == TypeKind::List) types.push_back(inner->inner);
      else if (inner->kind != TypeKind::Error && !(isLater(item.value->type) && refuseLater(item.value, "how many elements a list has")))
        report(Code::NotIterable, c.span(), fmt::format("`...` takes a list, and this is `{}`", typeName(item.value->type)));
    } else if (c.is(NodeKind::IfEntry)) {
      item.kind = ListItemIr::If;
      item.subject = condition(c.child(0));
      const size_t mark = narrowed_.size();
      narrow(c.child(0), true);
      item.value = add(c.child(1));
      narrowed_.resize(mark);
    } else if (c.is(NodeKind::ForEntry)) {
      item.kind = ListItemIr::For;
      Scope frame{.kind = Scope::Locals, .up = scope_};
      Scope* outer = scope_;
      loopScope(c, frame, item.subject, item.guard, item.bindings);
      scope_ = &frame;
      const size_t mark = narrowed_.size();
      if (const NodeRef guard = c.child(NodeKind::Guard)) narrow(guard.child(0), true);
      item.value = add(c.child(c.childCount() - 1));
      narrowed_.resize(mark);
      scope_ = outer;
    } else if (syntax::isExpr(c.kind())) {
      item.value = add(c);
    } else {
      continue;
    }
    items.push_back(item);
  }
  Expr* e = make(Op::List, node.span(), nullptr);
  e->elements = new (p.arena) ListIr{p.keep(items)};
  const bool written = llvm::all_of(items, [](const ListItemIr& i) { return i.kind != ListItemIr::Spread; });
  if (std::vector<Expr**> values; !element && written) {
    for (ListItemIr& i : items) values.push_back(&i.value);
    if (fractions(values)) element = t.simple(TypeKind::Float);
  }
  if (!element) {
    element = types.empty() ? t.error() : types.front();
    for (const Type* other : types) element = join(element, other);
  }
  e->type = want && want->kind == TypeKind::Any ? want : t.list(element);
  return e;
}

Expr* Checker::index(NodeRef node) {
  Expr* base = expr(node.child(0));
  const Type* from = strip(base->type);
  const bool map = from->kind == TypeKind::Map;
  Expr* at = exprAs(node.child(1), t.simple(map ? TypeKind::String : TypeKind::Int), map ? "the key of a map" : "an index");
  if (base->op == Op::Error || at->op == Op::Error) return error(node.span());
  if (!map && from->kind != TypeKind::List) {
    if (isLater(base->type)) refuseLater(base, "what `[ ]` looks into", "ask for the entry itself: `later(object, \"status.addresses[0]\")`");
    else if (isOptional(base->type)) mismatch(base, present(base->type), "`[ ]`");
    else report(Code::NoSuchMember, node.span(), fmt::format("`{}` has no entries", typeName(base->type)));
    return error(node.span());
  }
  Expr* e = make(Op::Index, node.span(), from->inner);
  e->x = base;
  e->y = at;
  return e;
}

Expr* Checker::selector(NodeRef node) {
  const bool optional = node.is(NodeKind::OptMember);
  if (!optional)
    if (Module* target = nullptr; asModule(node.child(0), target)) {
      if (!target) return error(node.span());
      Symbol* found = member(*target, node.child(1));
      noteWay(node);
      return found ? symbolExpr(*found, node.span()) : error(node.span());
    }
  Expr* base = expr(node.child(0));
  if (base->op == Op::Error || base->type->kind == TypeKind::Error) return error(node.span());
  if (isLater(base->type)) {
    refuseLater(base, "what has members", fmt::format("ask for the member itself: `later(object, \"….{}\")`", node.child(1).tokenText().str()));
    return error(node.span());
  }
  if (isOptional(base->type) && !optional) {
    report(Code::MaybeAbsent, node.child(0).span(), fmt::format("`{}` may be absent", node.child(0).text().str()))
        .mark(fmt::format("this is `{}`", typeName(base->type)))
        .hint(fmt::format("write `?.{}`, or give a default: `(x ?? default).{}`", node.child(1).tokenText().str(), node.child(1).tokenText().str()))
        .fix("use `?.`", node.tokenSpan(), "?.");
    return error(node.span());
  }
  Expr* e = fieldOf(base, node, optional);
  if (e->op != Op::Error)
    if (const Type* narrowed = narrowedType(node)) e->type = narrowed;
  return e;
}

Expr* Checker::fieldOf(Expr* base, NodeRef node, bool optional) {
  const NodeRef name = node.child(1);
  const llvm::StringRef text = name.tokenText();
  const Type* from = strip(present(base->type));
  auto result = [&](const Type* type) { return optional ? t.optional(type) : type; };
  if (from->kind == TypeKind::Record) {
    Schema* schema = const_cast<Schema*>(from->schema);
    fieldsOf(*schema);
    const int i = schema->find(text);
    if (i >= 0) {
      Expr* e = make(Op::Field, node.span(), result(fieldType(*schema, i)));
      e->x = base;
      e->index = static_cast<uint32_t>(i);
      e->flag = optional;
      note({.kind = Use::Field, .at = name.span(), .type = e->type, .schema = schema, .text = text});
      return e;
    }
    // A nested declaration by its name: payments.api
    for (const Field& f : schema->fields) {
      if (!f.nested) continue;
      Expr* collection = make(Op::Field, node.child(0).span(), f.type);
      collection->x = base;
      collection->index = static_cast<uint32_t>(&f - schema->fields.data());
      Expr* e = make(Op::Entry, node.span(), result(f.type->inner));
      e->x = collection;
      e->text = text;
      e->flag = optional;
      note({.kind = Use::Nested, .at = name.span(), .type = e->type, .symbol = declarationOf(base), .schema = f.nested, .text = text});
      return e;
    }
    Diagnostic& d = report(Code::NoSuchMember, name.span(), fmt::format("`{}` has no field `{}`", typeName(from), text.str()));
    std::vector<std::string> candidates;
    for (const Field& f : schema->fields)
      if (!f.hidden) candidates.push_back(f.name.str());
    suggest(d, text, candidates, name.span());
    return error(node.span());
  }
  if (from->kind == TypeKind::Map) {
    Expr* e = make(Op::Entry, node.span(), result(from->inner));
    e->x = base;
    e->text = text;
    e->flag = optional;
    return e;
  }
  return property(base, node, optional);
}

Expr* Checker::property(Expr* base, NodeRef node, bool optional) {
  struct Known { TypeKind of; const char* name; Property id; TypeKind type; bool maybe; };
  static constexpr Known known[] = {
      {TypeKind::ImageRef, "registry", Property::ImageRegistry, TypeKind::String, true},
      {TypeKind::ImageRef, "repository", Property::ImageRepository, TypeKind::String, false},
      {TypeKind::ImageRef, "tag", Property::ImageTag, TypeKind::String, true},
      {TypeKind::ImageRef, "digest", Property::ImageDigest, TypeKind::String, true},
      {TypeKind::ImageRef, "pinned", Property::ImagePinned, TypeKind::Bool, false},
      {TypeKind::Version, "major", Property::VersionMajor, TypeKind::Int, false},
      {TypeKind::Version, "minor", Property::VersionMinor, TypeKind::Int, false},
      {TypeKind::Version, "patch", Property::VersionPatch, TypeKind::Int, false},
      {TypeKind::Path, "name", Property::PathName, TypeKind::String, false},
      {TypeKind::Path, "parent", Property::PathParent, TypeKind::String, false},
  };
  const NodeRef name = node.child(1);
  const Type* from = strip(present(base->type));
  std::vector<std::string> candidates;
  for (const Known& k : known) {
    if (k.of != from->kind) continue;
    candidates.push_back(k.name);
    if (name.tokenText() != k.name) continue;
    const Type* type = t.simple(k.type);
    Expr* e = make(Op::Property, node.span(), k.maybe || optional ? t.optional(type) : type);
    e->x = base;
    e->index = static_cast<uint32_t>(k.id);
    e->flag = optional;
    note({.kind = Use::Property, .at = name.span(), .type = e->type, .text = name.tokenText()});
    return e;
  }
  Diagnostic& d = report(Code::NoSuchMember, name.span(), fmt::format("`{}` has no member `{}`", typeName(from), name.tokenText().str()));
  if (from->kind == TypeKind::Any) d.hint("data without a schema has no known members; give it a type with `as`, or look into it with `.texts(\"a.b\")`, `.ints(…)`, `.flags(…)`, `.at(…)`");
  if (from->kind == TypeKind::Union) d.hint("ask what it is: `match x { a: A => a.…, … }`");
  const std::string text = name.tokenText().str();
  // Those that stand first in the list are about the specification, and about no value.
  if (const BuiltinInfo* info = findBuiltin(text); info && info->id > Builtin::Operations) {
    d.hint(fmt::format("functions are called: `{}()`", text)).fix(fmt::format("write `{}()`", text), name.span(), text + "()");
    return error(node.span());
  }
  if (hintElsewhere(d, text, name.span(), "()")) return error(node.span());
  if (from->kind == TypeKind::List) d.hint("functions are called: `xs.len()`; elements are `xs[0]` or walked with `for`");
  suggest(d, name.tokenText(), candidates, name.span());
  return error(node.span());
}

Expr* Checker::coalesce(NodeRef node, const Type* expected) {
  Expr* a = expr(node.child(0), expected ? t.optional(expected) : nullptr);
  Expr* b = expr(node.child(1), expected ? expected : a->op == Op::Error ? nullptr : present(a->type));
  if (a->op == Op::Error || b->op == Op::Error) return error(node.span());
  for (Expr* x = a; (x->op == Op::Index || x->op == Op::Entry) && strip(x->x->type)->kind == TypeKind::Map; x = x->x) x->flag = true; // a missing entry is absent
  Expr* e = make(Op::Coalesce, node.span(), join(present(a->type), b->type));
  if (fits(b->type, present(a->type)) == Fit::Convert) {
    b = coerce(b, present(a->type), "the default");
    e->type = present(a->type);
  }
  e->x = a;
  e->y = b;
  return e;
}

} // namespace chasi::sema
