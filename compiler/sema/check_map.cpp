// Blocks on maps, literals in braces, amending expressions, loops.
#include "compiler/sema/checker.h"
#include "compiler/sema/quantity.h"

#include <set>

namespace chasi::sema {

const Type* Checker::elementOf(const Type* iterable, Span span, const Type** keyType) {
  const Type* type = strip(iterable);
  *keyType = t.simple(TypeKind::Int);
  if (type->kind == TypeKind::List) return type->inner;
  if (type->kind == TypeKind::Map) {
    *keyType = t.simple(TypeKind::String);
    return type->inner;
  }
  if (isLater(iterable)) {
    reportLater(span, iterable, "the list of a loop");
  } else if (type->kind != TypeKind::Error) {
    Diagnostic& d = report(Code::NotIterable, span, fmt::format("a loop walks a list or a map, and this is `{}`", typeName(iterable)));
    if (isOptional(iterable)) d.hint("give a value for the case that it is absent: `xs ?? []`");
    if (type->kind == TypeKind::Kind) d.hint(fmt::format("write `all({})`", type->schema->name.str()));
  }
  return t.error();
}

/// `for x in xs if c` and `for k, v in m if c`: one binding is the element (of a map: its key), two are index or key,
/// and element. Leaves the names in `scope`; the guard sees them.
void Checker::loopScope(NodeRef loop, Scope& scope, Expr*& subject, Expr*& guard, uint8_t& bindings) {
  std::vector<NodeRef> names;
  NodeRef iterable;
  for (NodeRef c : loop.children()) {
    if (c.is(NodeKind::Name)) names.push_back(c);
    else {
      iterable = c;
      break;
    }
  }
  // `for x in ["a", "b"]`: the choices stay choices. Long lists are data.
  if (iterable.is(NodeKind::List)) subject = list(iterable, nullptr, iterable.childCount() <= 16);
  else subject = iterable ? expr(iterable) : error(loop.span());
  const Type* key = nullptr;
  const Type* element = elementOf(subject->type, subject->span, &key);
  bindings = static_cast<uint8_t>(names.size());
  if (names.size() == 1) declareLocal(scope, names[0], element);
  if (names.size() == 2) {
    declareLocal(scope, names[0], key);
    declareLocal(scope, names[1], element);
  }
  if (const NodeRef g = loop.child(NodeKind::Guard)) {
    Scope* outer = scope_;
    scope_ = &scope;
    guard = condition(g.child(0));
    scope_ = outer;
  }
}

/// The `let`s of a loop's body: locals of its frame behind the two that the loop itself fills.
llvm::ArrayRef<Expr*> Checker::loopLets(NodeRef body, Scope& scope) {
  std::vector<Expr*> lets;
  for (NodeRef c : body.children()) {
    if (!c.is(NodeKind::Let)) continue;
    while (scope.locals.size() < 2) scope.locals.push_back({{}, t.error()});
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
    declareLocal(scope, c.child(0), written ? written : e->type);
  }
  return p.keep(lets);
}

Expr* Checker::key(NodeRef node) {
  if (node.is(NodeKind::Name)) {
    Expr* e = make(Op::Const, node.span(), t.simple(TypeKind::String));
    e->value = Value::text(Tag::String, node.tokenText());
    return e;
  }
  return exprAs(node, t.simple(TypeKind::String), "the key of an entry");
}

const MapIr* Checker::mapBlock(NodeRef block, const Type* value) {
  std::vector<MapItemIr> out;
  mapItems(block, value, out, nullptr);
  return new (p.arena) MapIr{p.keep(out), value};
}

const Type* Checker::common(llvm::ArrayRef<const Type*> types) {
  const Type* type = t.error();
  for (const Type* other : types) type = join(type, present(other));
  return type;
}

void Checker::mapSub(NodeRef node, const Type* value, MapItemIr& item, std::vector<const Type*>* inferred) {
  const Type* type = value ? strip(present(value)) : nullptr;
  if (type && type->kind == TypeKind::Record && !type->schema->isKind) {
    item.kind = MapItemIr::Amend;
    item.block = recordBlock(node.child(1), type->schema, false, node.child(0).span(), "this entry");
    return;
  }
  if (type && type->kind == TypeKind::Map) {
    item.kind = MapItemIr::Amend;
    item.map = mapBlock(node.child(1), type->inner);
    return;
  }
  Expr* e = blockLiteral(node, node.child(1), value);
  if (inferred) inferred->push_back(e->type);
  if (e->op == Op::Map) {
    item.kind = MapItemIr::Amend;
    item.map = e->map;
  } else {
    item.value = value ? coerce(e, value, "this entry") : e;
  }
}

/// One entry; `value` is the type of values, or null when they say themselves what they are: then it goes to `inferred`.
void Checker::mapItem(NodeRef n, const Type* value, MapItemIr& item, std::vector<const Type*>* inferred) {
  auto given = [&](NodeRef node, llvm::StringRef what) {
    if (value) return exprAs(node, t.optional(value), what);
    Expr* e = expr(node);
    inferred->push_back(fresh(e));
    return e;
  };
  if (n.is(NodeKind::Sub)) return mapSub(n, value, item, inferred);
  if (n.is(NodeKind::Spread)) {
    item.kind = MapItemIr::Spread;
    item.value = value ? exprAs(n.child(0), t.optional(t.map(value)), "a spread") : expr(n.child(0));
    if (value) return;
    const Type* spread = strip(present(item.value->type));
    if (spread->kind == TypeKind::Map) inferred->push_back(spread->inner);
    else if (isLater(item.value->type)) refuseLater(item.value, "which entries a map has");
    else if (spread->kind != TypeKind::Error) report(Code::NotIterable, n.span(), fmt::format("`...` takes a map here, and this is `{}`", typeName(item.value->type)));
    return;
  }
  const bool entry = n.is(NodeKind::ForEntry);
  if (entry) item.key = key(n.child(n.childCount() - 2));
  item.value = given(n.child(n.childCount() - 1), !entry && item.key->op == Op::Const ? fmt::format("`{}`", item.key->value.str().str()) : "this entry");
}

void Checker::mapItems(NodeRef parent, const Type* value, std::vector<MapItemIr>& out, std::vector<const Type*>* inferred, bool loopBody) {
  std::map<std::string, Span> seen;
  auto loop = [&](NodeRef n, MapItemIr& item, auto&& body) {
    Scope frame{.kind = Scope::Locals, .up = scope_};
    Scope* outer = scope_;
    loopScope(n, frame, item.subject, item.guard, item.bindings);
    scope_ = &frame;
    const size_t mark = narrowed_.size();
    if (const NodeRef guard = n.child(NodeKind::Guard)) narrow(guard.child(0), true);
    std::vector<MapItemIr> inner;
    body(inner);
    narrowed_.resize(mark);
    scope_ = outer;
    item.kind = MapItemIr::For;
    item.body = new (p.arena) MapIr{p.keep(inner), value};
  };
  for (NodeRef n : parent.children()) {
    MapItemIr item{.span = n.span(), .keySpan = n.child(0) ? n.child(0).span() : n.span()};
    switch (n.kind()) {
    case NodeKind::Assign:
    case NodeKind::Sub:
      item.key = key(n.child(0));
      if (item.key->op == Op::Const) {
        const auto [it, fresh] = seen.emplace(item.key->value.str().str(), item.keySpan);
        if (!fresh) {
          report(Code::DuplicateField, item.keySpan, fmt::format("`{}` is set twice", it->first)).at(it->second, "first set here").hint("keep one of them");
          continue;
        }
      }
      mapItem(n, value, item, inferred);
      break;
    case NodeKind::Unset:
      item.kind = MapItemIr::Unset;
      item.key = key(n.child(0));
      break;
    case NodeKind::Spread: mapItem(n, value, item, inferred); break;
    case NodeKind::ForEntry:
      loop(n, item, [&](std::vector<MapItemIr>& inner) {
        MapItemIr entry{.span = n.span(), .keySpan = n.child(n.childCount() - 2).span()};
        mapItem(n, value, entry, inferred);
        inner.push_back(entry);
      });
      break;
    case NodeKind::For:
      loop(n, item, [&](std::vector<MapItemIr>& inner) {
        item.lets = loopLets(n.child(NodeKind::Body), *scope_);
        mapItems(n.child(NodeKind::Body), value, inner, inferred, true);
      });
      break;
    case NodeKind::If: {
      item.kind = MapItemIr::If;
      item.subject = condition(n.child(0));
      std::vector<MapItemIr> yes, no;
      const size_t mark = narrowed_.size();
      narrow(n.child(0), true);
      mapItems(n.child(1), value, yes, inferred);
      narrowed_.resize(mark);
      narrow(n.child(0), false);
      if (n.child(2)) mapItems(elseOf(n), value, no, inferred);
      narrowed_.resize(mark);
      item.body = new (p.arena) MapIr{p.keep(yes), value};
      item.orElse = new (p.arena) MapIr{p.keep(no), value};
      break;
    }
    case NodeKind::Inner: report(Code::WrongPlace, n.span(), "a declaration has no place among the entries of a map"); continue;
    case NodeKind::Append: report(Code::WrongPlace, n.span(), "entries of a map are set with `=`"); continue;
    case NodeKind::Override: report(Code::WrongPlace, n.span(), "an override has no place among the entries of a map"); continue;
    case NodeKind::Let:
      if (!loopBody)
        report(Code::WrongPlace, n.span(), "a `let` has no place among the entries of a map").hint("write it before the map, or in the body of a loop");
      continue;
    default: continue;
    }
    out.push_back(item);
  }
}

/// Nested declarations of one word in a block: entries of the map that collects them.
void Checker::innerMembers(NodeRef parent, const Schema& schema, int slot, bool fresh, std::vector<MapItemIr>& out) {
  const Field& f = schema.fields[static_cast<size_t>(slot)];
  std::map<std::string, Span> seen;
  for (NodeRef n : parent.children()) {
    MapItemIr item{.span = n.span(), .keySpan = n.child(0) ? n.child(0).span() : n.span()};
    if (n.is(NodeKind::Inner)) {
      if (n.child(0).tokenText() != f.word) continue;
      item.kind = MapItemIr::Amend;
      item.declares = true;
      item.key = key(n.child(1));
      item.keySpan = n.child(1).span();
      if (item.key->op == Op::Const) {
        const auto [it, first] = seen.emplace(item.key->value.str().str(), item.keySpan);
        if (!first) {
          report(Code::DuplicateName, item.keySpan, fmt::format("{} `{}` is declared twice", f.word.str(), it->first)).at(it->second, "first declared here");
          continue;
        }
      }
      noteNested(n, schema, f);
      item.block = recordBlock(n.child(2), f.nested, fresh, item.keySpan, fmt::format("{} `{}`", f.word.str(), n.child(1).text().str()));
    } else if (n.is(NodeKind::For)) {
      Scope frame{.kind = Scope::Locals, .up = scope_};
      Scope* outer = scope_;
      loopScope(n, frame, item.subject, item.guard, item.bindings);
      scope_ = &frame;
      std::vector<MapItemIr> inner;
      item.lets = loopLets(n.child(NodeKind::Body), frame);
      innerMembers(n.child(NodeKind::Body), schema, slot, fresh, inner);
      scope_ = outer;
      if (inner.empty()) continue;
      item.kind = MapItemIr::For;
      item.body = new (p.arena) MapIr{p.keep(inner), f.type->inner};
    } else if (n.is(NodeKind::If)) {
      item.kind = MapItemIr::If;
      std::vector<MapItemIr> yes, no;
      innerMembers(n.child(1), schema, slot, fresh, yes);
      if (n.child(2)) innerMembers(elseOf(n), schema, slot, fresh, no);
      if (yes.empty() && no.empty()) continue;
      item.subject = condition(n.child(0));
      item.body = new (p.arena) MapIr{p.keep(yes), f.type->inner};
      item.orElse = new (p.arena) MapIr{p.keep(no), f.type->inner};
    } else {
      continue;
    }
    out.push_back(item);
  }
}

/// Whether a field can hold what is written, as far as its first sight tells: text, a number, or one of some literals.
static int misfit(NodeRef value, const Type* type) {
  const bool text = value.is(NodeKind::String), number = value.is(NodeKind::IntLit);
  if (!text && !number && !value.is(NodeKind::BoolLit)) return 0;
  type = strip(present(type));
  llvm::ArrayRef<const Type*> choices = type->kind == TypeKind::Union ? type->alternatives : llvm::ArrayRef(type);
  if (llvm::all_of(choices, [](const Type* c) { return c->kind == TypeKind::Literal; }))
    return llvm::any_of(choices, [&](const Type* c) { return describe(c->literal) == value.text().trim(); }) ? 0 : 100;
  const bool amount = type->kind == TypeKind::Int || type->kind == TypeKind::Float;
  return (text && (amount || type->kind == TypeKind::Bool)) || (number && (type->kind == TypeKind::String || type->kind == TypeKind::Bool)) ? 3 : 0;
}

/// How far a block is from a schema, to find the alternative of a union that was meant. 0: it has the right fields. A literal
/// field that has another value speaks against a schema more than anything else, a slip of the pen least.
static int distance(NodeRef block, const Schema& schema) {
  int far = 0;
  bool open = false; // fields may come from elsewhere
  std::set<llvm::StringRef> written;
  std::vector<std::string> names;
  for (const Field& f : schema.fields) names.push_back(f.name.str());
  for (NodeRef n : block.children()) {
    open = open || n.is(NodeKind::Spread) || n.is(NodeKind::If) || n.is(NodeKind::For);
    if ((!n.is(NodeKind::Assign) && !n.is(NodeKind::Sub)) || !n.child(0).is(NodeKind::Name)) continue;
    const llvm::StringRef name = n.child(0).tokenText();
    const std::string near = schema.find(name) >= 0 ? name.str() : source::nearest(name, names);
    const int i = near.empty() ? -1 : schema.find(near);
    if (i < 0) far += 4;
    else if (near != name) far += 2;
    if (i < 0) continue;
    const Field& f = schema.fields[static_cast<size_t>(i)];
    written.insert(f.name);
    if (n.is(NodeKind::Assign) && f.type) far += misfit(n.child(1), f.type);
  }
  for (const Field& f : schema.fields)
    if (!open && !f.optional && !f.hidden && !f.nested && !f.value && !written.contains(f.name)) ++far;
  return far;
}

/// The text of a field by which the schemas of a union are told apart, when it is that of none of them: reported with all that there are.
bool Checker::unknownAlternative(NodeRef block, const Type* choice) {
  for (NodeRef n : block.children()) {
    if (!n.is(NodeKind::Assign) || !n.child(0).is(NodeKind::Name) || !n.child(1).is(NodeKind::String)) continue;
    std::vector<const Type*> words;
    bool apart = true;
    for (const Type* a : choice->alternatives) {
      const Type* s = strip(a);
      const int i = s->kind == TypeKind::Record ? s->schema->find(n.child(0).tokenText()) : -1;
      const Type* word = i < 0 ? nullptr : s->schema->fields[static_cast<size_t>(i)].type;
      apart = apart && word && word->kind == TypeKind::Literal && describe(word->literal) != n.child(1).text().trim();
      words.push_back(word);
    }
    if (!apart) continue;
    exprAs(n.child(1), t.unionOf(words), fmt::format("`{}`", n.child(0).tokenText().str()));
    return true;
  }
  return false;
}

Expr* Checker::blockLiteral(NodeRef node, NodeRef block, const Type* expected) {
  const Type* want = expected ? strip(present(expected)) : nullptr;
  const Type* choice = nullptr; // that of several schemas one was taken for the nearest
  if (want && want->kind == TypeKind::Union) {
    const Type* chosen = nullptr;
    int least = 0;
    for (const Type* a : want->alternatives) {
      const Type* s = strip(a);
      if (s->kind == TypeKind::Map || s->kind == TypeKind::Any) chosen = chosen ? chosen : s;
      if (s->kind != TypeKind::Record) continue;
      fieldsOf(*const_cast<Schema*>(s->schema));
      const int far = distance(block, *s->schema);
      if (chosen && chosen->kind == TypeKind::Record && least <= far) continue;
      chosen = s;
      least = far;
    }
    if (chosen && llvm::count_if(want->alternatives, [](const Type* a) { return strip(a)->kind == TypeKind::Record; }) > 1) choice = want;
    want = chosen ? chosen : want;
    if (choice && unknownAlternative(block, choice)) return error(node.span());
  }
  if (want && want->kind == TypeKind::Record) {
    if (want->schema->isKind || want->schema->outer) {
      report(Code::TypeMismatch, node.span(), fmt::format("a `{}` is declared, and referred to by its name", want->schema->name.str())).hint("name a declaration here");
      return error(node.span());
    }
    Expr* e = make(Op::Record, node.span(), want);
    const size_t before = p.diagnostics.all().size();
    e->block = recordBlock(block, want->schema, true, Span{block.span().begin, block.span().begin + 1}, fmt::format("`{}`", want->schema->name.str()));
    if (choice && before < p.diagnostics.all().size())
      p.diagnostics.at(before).note(fmt::format("of `{}`, `{}` is the nearest to what is written", typeName(choice), typeName(want)));
    return e;
  }
  if (want && want->kind != TypeKind::Map && want->kind != TypeKind::Any && want->kind != TypeKind::Error) {
    report(Code::TypeMismatch, node.span(), fmt::format("`{}` is expected here, not a block", typeName(expected)));
    return error(node.span());
  }
  Expr* e = make(Op::Map, node.span(), want);
  if (want && want->kind != TypeKind::Error) {
    e->map = mapBlock(block, want->kind == TypeKind::Map ? want->inner : want);
    return e;
  }
  // Nothing says what the values are: it is what they have in common.
  std::vector<const Type*> types;
  std::vector<MapItemIr> items;
  mapItems(block, nullptr, items, &types);
  const Type* value = common(types);
  e->map = new (p.arena) MapIr{p.keep(items), value};
  e->type = t.map(value);
  return e;
}

Expr* Checker::amend(NodeRef node, const Type* expected) {
  const NodeRef base = node.child(0), block = node.child(1);
  if (const Schema* schema = asSchema(base)) {
    warnDeprecated(*schema, base.span());
    noteWay(base);
    Expr* e = make(Op::Record, node.span(), t.record(schema));
    e->block = recordBlock(block, schema, true, base.span(), fmt::format("`{}`", schema->name.str()));
    return e;
  }
  Expr* x = expr(base, expected);
  if (x->op == Op::Error) return x;
  if (isOptional(x->type)) {
    mismatch(x, present(x->type), "amending");
    return error(node.span());
  }
  const Type* type = strip(x->type);
  if (type->kind == TypeKind::Record) {
    Expr* e = make(Op::AmendRecord, node.span(), type);
    e->x = x;
    e->block = recordBlock(block, type->schema, false, base.span(), "this value");
    return e;
  }
  if (type->kind == TypeKind::Map) {
    const Type* value = type->inner->kind == TypeKind::Error ? t.simple(TypeKind::Any) : type->inner;
    Expr* e = make(Op::AmendMap, node.span(), t.map(value));
    e->x = x;
    e->map = mapBlock(block, value);
    return e;
  }
  report(Code::TypeMismatch, base.span(), fmt::format("a block amends a record or a map, and this is `{}`", typeName(x->type)));
  return error(node.span());
}

} // namespace chasi::sema
