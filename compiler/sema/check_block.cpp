// Blocks on records: which fields they set, and how.
#include "compiler/sema/checker.h"

namespace chasi::sema {

static bool isBody(NodeRef n) { return n.is(NodeKind::Body) || n.is(NodeKind::Block); }

/// The name that a member sets when it is plain: `a = 1`, `a { }`; "" for computed ones.
static llvm::StringRef plainName(NodeRef name) { return name.is(NodeKind::Name) ? name.tokenText() : llvm::StringRef(); }

void Checker::collectWritten(NodeRef parent, const Schema& schema, Scope& scope, std::vector<NodeRef>& lets) {
  for (NodeRef n : parent.children()) {
    switch (n.kind()) {
    case NodeKind::Assign:
    case NodeKind::Append:
    case NodeKind::Sub:
      if (const int i = schema.find(plainName(n.child(0))); i >= 0) scope.written.push_back({.name = n.child(0).tokenText(), .slot = i});
      break;
    case NodeKind::Inner:
      for (size_t i = 0; i < schema.fields.size(); ++i) {
        const Field& f = schema.fields[i];
        if (!f.nested || f.word != n.child(0).tokenText() || !n.child(1).is(NodeKind::Name)) continue;
        scope.written.push_back({.name = n.child(1).tokenText(), .slot = static_cast<int>(i), .key = n.child(1).tokenText(), .nested = true, .span = n.child(1).span()});
        if (std::none_of(scope.written.begin(), scope.written.end(), [&](const Written& w) { return w.name == f.name; }))
          scope.written.push_back({.name = f.name, .slot = static_cast<int>(i)});
      }
      break;
    case NodeKind::Let: lets.push_back(n); break;
    case NodeKind::If:
      for (NodeRef c : n.children()) {
        if (isBody(c)) collectWritten(c, schema, scope, lets);
        else if (c.is(NodeKind::If)) collectWritten(n, schema, scope, lets);
      }
      break;
    default: break;
    }
  }
}

const BlockIr* Checker::recordBlock(NodeRef block, const Schema* schemaConst, bool fresh, Span blame, llvm::StringRef what) {
  Schema& schema = *const_cast<Schema*>(schemaConst);
  fieldsOf(schema);
  Scope self{.kind = Scope::Self, .up = scope_, .schema = &schema};
  Scope* outer = scope_;
  std::vector<NodeRef> lets;
  collectWritten(block, schema, self, lets);
  scope_ = &self;
  BlockBuilder out{.block = block, .fresh = fresh};
  for (NodeRef n : lets) {
    NodeRef value;
    const Type* written = nullptr;
    for (NodeRef c : n.children()) {
      if (syntax::isType(c.kind())) written = type(c, module(), nullptr);
      else if (syntax::isExpr(c.kind())) value = c;
    }
    const llvm::StringRef name = n.child(0).tokenText();
    Expr* e = !value ? error(n.span()) : written ? exprAs(value, written, fmt::format("`{}`", name.str())) : expr(value);
    out.lets.push_back({name, e});
    declareLocal(self, n.child(0), written ? written : e->type);
  }
  members(block, schema, nullptr, out);
  for (size_t i = 0; i < schema.fields.size(); ++i) {
    if (!schema.fields[i].nested) continue;
    std::vector<MapItemIr> inner;
    innerMembers(block, schema, static_cast<int>(i), fresh, inner);
    if (inner.empty()) continue;
    MemberIr m{.kind = MemberIr::AmendMap, .slot = static_cast<uint32_t>(i), .span = inner.front().span};
    m.map = new (p.arena) MapIr{p.keep(inner), schema.fields[i].type->inner};
    out.members.push_back(m);
  }
  scope_ = outer;
  const bool lacks = fresh && !block.flag(syntax::kBroken) && missing(schema, out, blame, what);
  const bool incomplete = lacks || out.unknown || block.flag(syntax::kBroken);
  return new (p.arena) BlockIr{&schema, p.keep(out.members), p.keep(out.lets), block.span(), incomplete};
}

/// Reports required fields that the block does not set; true when there are any.
bool Checker::missing(const Schema& schema, const BlockBuilder& built, Span blame, llvm::StringRef what) {
  std::vector<std::string> names;
  bool any = false;
  for (size_t i = 0; i < schema.fields.size(); ++i) {
    const Field& f = schema.fields[i];
    const bool given = f.optional || f.value || f.nested || f.hidden || !f.type || (schema.named && i == 0) ||
                       std::any_of(built.members.begin(), built.members.end(), [&](const MemberIr& m) { return m.slot == i; });
    if (given) continue;
    any = true;
    if (!built.misspelt.contains(f.name.str())) names.push_back(fmt::format("`{}` ({})", f.name.str(), typeName(f.type)));
  }
  if (names.empty()) return any;
  report(Code::MissingField, blame, fmt::format("{} needs {}", what.str(), fmt::join(names, ", ")))
      .at(schema.span, fmt::format("`{}` is declared here", schema.name.str()))
      .hint(names.size() == 1 ? "add the field" : "add the fields");
  return true;
}

/// The only word in backticks of a text such as "use `size`", or "".
static llvm::StringRef onlyQuoted(llvm::StringRef text) {
  const auto [before, rest] = text.split('`');
  const auto [word, after] = rest.split('`');
  return after.contains('`') ? "" : word;
}

/// A field of the same type that the text names can take its place, unless the block sets that one too.
void Checker::warnDeprecated(const Schema& schema, const Field& f, NodeRef name, const BlockBuilder& out) {
  Diagnostic& d = report(Code::Deprecated, name.span(), fmt::format("`{}` is deprecated: {}", f.name.str(), f.deprecated));
  const int other = schema.find(onlyQuoted(f.deprecated));
  if (other < 0) return;
  const Field& heir = schema.fields[static_cast<size_t>(other)];
  const bool set = llvm::any_of(out.members, [&](const MemberIr& m) { return m.slot == static_cast<uint32_t>(other); });
  if (set || heir.hidden || !heir.type || !f.type || !sameType(present(heir.type), present(f.type))) return;
  d.sureFix(fmt::format("write `{}`", heir.name.str()), name.span(), heir.name.str());
}

/// Where a block sets a field in any case.
static Span setIn(NodeRef block, llvm::StringRef field) {
  for (NodeRef n : block.children())
    if ((n.is(NodeKind::Assign) || n.is(NodeKind::Sub)) && n.child(0).is(NodeKind::Name) && n.child(0).tokenText() == field) return n.child(0).span();
  return {};
}

int Checker::fieldSlot(NodeRef name, const Schema& schema, BlockBuilder& out, bool once) {
  if (!name.is(NodeKind::Name)) {
    report(Code::WrongPlace, name.span(), fmt::format("`{}` has fields, and their names are plain words", schema.name.str()));
    return -1;
  }
  const llvm::StringRef text = name.tokenText();
  const int i = schema.find(text);
  if (i >= 0 && !schema.fields[static_cast<size_t>(i)].hidden && !(schema.named && i == 0)) {
    const Field& f = schema.fields[static_cast<size_t>(i)];
    if (!f.deprecated.empty()) warnDeprecated(schema, f, name, out);
    noteField(schema, i, name.span());
    return i;
  }
  Diagnostic& d = report(Code::UnknownField, name.span(), fmt::format("`{}` has no field `{}`", schema.name.str(), text.str()));
  out.unknown = true;
  if (i >= 0) {
    d.note(schema.fields[static_cast<size_t>(i)].hidden ? "the schema works this value out itself" : "the name is what stands before the block");
    return -1;
  }
  std::vector<std::string> candidates, words;
  for (const Field& f : schema.fields) {
    if (!f.hidden && !(schema.named && f.name == "name")) candidates.push_back(f.name.str());
    if (f.nested) words.push_back(f.word.str());
  }
  const std::string near = source::nearest(text, candidates);
  const Span there = once && !near.empty() ? setIn(out.block, near) : Span();
  if (there.valid()) d.at(there, fmt::format("`{}` is set here", near)).hint(fmt::format("did you mean `{}`? It is set already", near));
  else suggest(d, text, candidates, name.span());
  if (!near.empty()) out.misspelt.insert(near);
  if (d.help.empty() && candidates.size() <= 12) d.hint(fmt::format("its fields are {}", fmt::join(candidates, ", ")));
  if (std::find(words.begin(), words.end(), text) != words.end()) d.hint(fmt::format("write `{} NAME {{ … }}`", text.str()));
  return -1;
}

void Checker::members(NodeRef parent, const Schema& schema, Expr* cond, BlockBuilder& out) {
  for (NodeRef n : parent.children()) memberOf(n, schema, cond, out);
}

void Checker::memberOf(NodeRef n, const Schema& schema, Expr* cond, BlockBuilder& out) {
  auto duplicate = [&](uint32_t slot, Span span) {
    if (cond) return false;
    const auto [it, fresh] = out.set.emplace(slot, span);
    if (fresh) return false;
    report(Code::DuplicateField, span, fmt::format("`{}` is set twice", schema.fields[slot].name.str())).at(it->second, "first set here").hint("keep one of them");
    return true;
  };
  switch (n.kind()) {
  case NodeKind::Assign:
  case NodeKind::Append: {
    const bool append = n.is(NodeKind::Append);
    const int i = fieldSlot(n.child(0), schema, out, !append && !cond);
    Scope* self = scope_;
    const llvm::StringRef outer = self->exclude;
    if (i < 0) { // what it is set to may be wrong as well
      expr(n.child(1));
      return;
    }
    const auto slot = static_cast<uint32_t>(i);
    const Field& f = schema.fields[slot];
    if (!append && duplicate(slot, n.child(0).span())) return;
    const Type* type = f.type;
    if (append && strip(present(type))->kind != TypeKind::List) {
      report(Code::BadOperands, n.child(0).span(), fmt::format("`+=` adds to lists, and `{}` is `{}`", f.name.str(), typeName(type)));
      return;
    }
    self->exclude = f.name;
    MemberIr m{.kind = append ? MemberIr::Append : MemberIr::Set, .slot = slot, .condition = cond, .span = n.span()};
    m.value = exprAs(n.child(1), type, fmt::format("`{}`", f.name.str()));
    self->exclude = outer;
    out.members.push_back(m);
    return;
  }
  case NodeKind::Unset:
    if (const int i = fieldSlot(n.child(0), schema, out, false); i >= 0)
      out.members.push_back({.kind = MemberIr::Unset, .slot = static_cast<uint32_t>(i), .condition = cond, .span = n.span()});
    return;
  case NodeKind::Sub:
    if (const int i = fieldSlot(n.child(0), schema, out, !cond); i >= 0 && !duplicate(static_cast<uint32_t>(i), n.child(0).span())) sub(n, schema, i, cond, out);
    return;
  case NodeKind::If: {
    Expr* c = condition(n.child(0));
    auto both = [&](Expr* own) {
      if (!cond) return own;
      Expr* e = make(Op::And, n.child(0).span(), t.simple(TypeKind::Bool));
      e->x = cond;
      e->y = own;
      return e;
    };
    const size_t mark = narrowed_.size();
    narrow(n.child(0), true);
    members(n.child(1), schema, both(c), out);
    narrowed_.resize(mark);
    if (const NodeRef otherwise = n.child(2)) {
      Expr* no = negated(c);
      narrow(n.child(0), false);
      if (otherwise.is(NodeKind::If)) memberOf(otherwise, schema, both(no), out);
      else members(otherwise, schema, both(no), out);
      narrowed_.resize(mark);
    }
    return;
  }
  case NodeKind::Inner: innerMember(n, schema, out); return;
  case NodeKind::For: loopMembers(n.child(NodeKind::Body), schema, out, true); return;
  case NodeKind::Let:
    if (cond) report(Code::WrongPlace, n.span(), "a `let` has no place in a condition").hint("write it at the top of the block");
    return;
  case NodeKind::Spread: report(Code::WrongPlace, n.span(), fmt::format("`...` has no place among the fields of `{}`", schema.name.str())).hint("amend a value instead: `base { … }`"); return;
  case NodeKind::ForEntry: report(Code::WrongPlace, n.span(), fmt::format("`{}` has fields, not entries", schema.name.str())); return;
  case NodeKind::Override:
    report(Code::WrongPlace, n.span(), "an override has no place in a block").hint("write it at the top of an environment file: env/NAME.chasi");
    return;
  default: return;
  }
}

/// A nested declaration's word must be known; what it declares is read by innerMembers.
void Checker::innerMember(NodeRef n, const Schema& schema, BlockBuilder& out) {
  std::vector<std::string> candidates;
  for (const Field& f : schema.fields) {
    if (f.nested && f.word == n.child(0).tokenText()) return;
    if (f.nested) candidates.push_back(f.word.str());
  }
  out.unknown = true;
  Diagnostic& d = report(Code::UnknownKind, n.child(0).span(), fmt::format("`{}` has no `{}` inside", schema.name.str(), n.child(0).tokenText().str()));
  suggest(d, n.child(0).tokenText(), candidates, n.child(0).span());
  if (d.help.empty() && !candidates.empty()) d.hint(fmt::format("what it can hold: {}", fmt::join(candidates, ", ")));
}

/// Loops among fields make nested declarations and nothing else.
void Checker::loopMembers(NodeRef body, const Schema& schema, BlockBuilder& out, bool loopBody) {
  for (NodeRef c : body.children()) {
    switch (c.kind()) {
    case NodeKind::Inner: innerMember(c, schema, out); break;
    case NodeKind::For: loopMembers(c.child(NodeKind::Body), schema, out, true); break;
    case NodeKind::If:
      for (NodeRef part : c.children()) {
        if (part.is(NodeKind::Body)) loopMembers(part, schema, out, false);
        else if (part.is(NodeKind::If)) loopMembers(c, schema, out, false);
      }
      break;
    case NodeKind::Body:
    case NodeKind::Error: break;
    case NodeKind::Let:
      if (!loopBody) report(Code::WrongPlace, c.span(), "a `let` has no place in a condition").hint("write it at the top of the loop or of the block");
      break; // loopLets reads it
    default:
      if (syntax::isExpr(c.kind())) break; // the condition of an `if`
      report(Code::WrongPlace, c.span(), "a field has one value, so a loop cannot set it").hint("make a list or a map with a comprehension: `f = [for x in xs : …]`");
    }
  }
}

void Checker::sub(NodeRef node, const Schema& schema, int slot, Expr* cond, BlockBuilder& out) {
  const Field& f = schema.fields[static_cast<size_t>(slot)];
  const Type* type = strip(present(f.type));
  Scope* self = scope_;
  const llvm::StringRef outer = self->exclude;
  self->exclude = f.name;
  MemberIr m{.slot = static_cast<uint32_t>(slot), .condition = cond, .span = node.span()};
  if (type->kind == TypeKind::Record && !type->schema->isKind) {
    m.kind = MemberIr::Amend;
    m.block = recordBlock(node.child(1), type->schema, out.fresh && !f.value, node.child(0).span(), fmt::format("`{}`", f.name.str()));
    out.members.push_back(m);
  } else if (type->kind == TypeKind::Map || type->kind == TypeKind::Any) {
    m.kind = MemberIr::AmendMap;
    m.map = mapBlock(node.child(1), type->kind == TypeKind::Any ? type : type->inner);
    out.members.push_back(m);
  } else if (type->kind == TypeKind::Union) {
    Expr* value = coerce(blockLiteral(node, node.child(1), type), f.type, fmt::format("`{}`", f.name.str()));
    m.kind = value->op == Op::Record ? MemberIr::Amend : MemberIr::Set;
    if (value->op == Op::Record) m.block = value->block;
    else m.value = value;
    out.members.push_back(m);
  } else if (type->kind != TypeKind::Error) {
    report(Code::TypeMismatch, node.child(0).span(), fmt::format("`{}` takes `{}`, not a block", f.name.str(), typeName(f.type)))
        .hint(type->kind == TypeKind::Record ? fmt::format("name a declaration: `{} = NAME`", f.name.str()) : fmt::format("write `{} = …`", f.name.str()));
  }
  self->exclude = outer;
}

} // namespace chasi::sema
