// What a name stands for. Inner scopes first; then the module, its imports and the standard kinds; last the fields that
// an enclosing block has but does not write, so that a new field in a library never changes what a spec means.
#include "compiler/sema/checker.h"
#include "compiler/sema/consequences.h"
#include "compiler/sema/load.h"

namespace chasi::sema {

Module& Checker::module() {
  Scope* s = scope_;
  while (s->kind != Scope::Module) s = s->up;
  return *s->module;
}

Symbol* Checker::lookup(Module& module, llvm::StringRef name) {
  if (const auto it = module.symbols.find(name); it != module.symbols.end()) return it->second;
  if (p.prelude && &module != p.prelude && !name.starts_with("_"))
    if (const auto it = p.prelude->symbols.find(name); it != p.prelude->symbols.end()) return it->second;
  return nullptr;
}

bool Checker::maybeUnread(const Module& module, llvm::StringRef name, Span use) {
  const auto [it, fresh] = unread_.try_emplace(&module);
  if (fresh) it->second = unreadWords(p, module);
  const bool may = it->second.contains(name);
  if (may) p.guessed.insert(p.sources.fileOf(use.begin));
  return may;
}

/// The modules in a module, and in those, that have something of that name.
static void holding(Program& p, Module& module, llvm::StringRef name, std::vector<std::string>& out) {
  for (const auto& [key, symbol] : module.symbols) {
    if (symbol->kind != SymbolKind::Import && key == name) out.push_back(module.path);
    Module* inside = symbol->part ? opened(p, *symbol) : nullptr;
    if (inside) holding(p, *inside, name, out);
  }
}

/// People know a kind, and not where it lies: names the modules around that have it.
bool Checker::hintOtherPart(Diagnostic& d, const Module& target, llvm::StringRef name) {
  const auto [library, rest] = llvm::StringRef(target.path).split('.');
  Module* around = target.library ? readLibrary(p, fmt::format("{}.{}", library.str(), rest.split('.').first.str())) : nullptr;
  std::vector<std::string> found;
  if (around && !name.starts_with("_")) holding(p, *around, name, found);
  if (found.empty()) return false;
  std::sort(found.begin(), found.end());
  d.hint(fmt::format("it is in {}", fmt::join(found, " and in ")));
  return true;
}

Symbol* Checker::member(Module& target, NodeRef name) {
  const llvm::StringRef text = name.tokenText();
  const auto it = target.symbols.find(text);
  if (it == target.symbols.end() || (it->second->kind == SymbolKind::Import && !it->second->part)) {
    if (maybeUnread(target, text, name.span())) return nullptr;
    Diagnostic& d = report(Code::UnknownName, name.span(), fmt::format("module `{}` has no `{}`", target.path, text.str()));
    if (!suggests() || hintOtherPart(d, target, text)) return nullptr;
    std::vector<std::string> candidates;
    for (Symbol* s : target.order)
      if (!s->name.starts_with("_")) candidates.push_back(s->name.str());
    std::vector<std::string> parts;
    for (const auto& [part, s] : target.symbols) // imports stand in no order
      if (s->part) parts.push_back(part.str());
    std::sort(parts.begin(), parts.end());
    candidates.insert(candidates.end(), parts.begin(), parts.end());
    suggest(d, text, candidates, name.span());
    if (d.help.empty() && !parts.empty()) d.hint(fmt::format("the modules in it are {}", fmt::join(parts, ", ")));
    return nullptr;
  }
  if (text.starts_with("_")) {
    report(Code::PrivateName, name.span(), fmt::format("`{}` is private to module `{}`", text.str(), target.path)).at(it->second->span, "declared here");
    return nullptr;
  }
  return it->second;
}

bool Checker::asModule(NodeRef node, Module*& found) {
  Symbol* symbol = nullptr;
  if (node.is(NodeKind::Member)) {
    if (!asModule(node.child(0), found)) return false;
    if (!found) return true;
    const auto it = found->symbols.find(node.child(1).tokenText());
    symbol = it != found->symbols.end() && it->second->part ? it->second : nullptr;
  } else if (node.is(NodeKind::NameExpr)) {
    const llvm::StringRef text = node.tokenText();
    for (Scope* s = scope_; s; s = s->up)
      for (const LocalName& l : s->locals)
        if (l.name == text) return false;
    symbol = lookup(module(), text);
  }
  if (!symbol || symbol->kind != SymbolKind::Import) return false;
  found = opened(p, *symbol);
  return true;
}

Symbol* Checker::follow(Symbol* symbol, llvm::ArrayRef<NodeRef> names, size_t& next) {
  while (symbol && symbol->kind == SymbolKind::Import && next < names.size()) {
    Module* target = opened(p, *symbol);
    symbol = target ? member(*target, names[next]) : nullptr;
    ++next;
  }
  return symbol;
}

/// The schema that an expression names: `Quota`, `sizes.Tier`; null when it is an ordinary value.
const Schema* Checker::asSchema(NodeRef node) {
  if (node.is(NodeKind::Member)) {
    Module* target = nullptr;
    if (!asModule(node.child(0), target) || !target) return nullptr;
    const auto it = target->symbols.find(node.child(1).tokenText());
    return it != target->symbols.end() && it->second->kind == SymbolKind::Schema ? it->second->schema : nullptr;
  }
  if (!node.is(NodeKind::NameExpr)) return nullptr;
  Symbol* symbol = lookup(module(), node.tokenText());
  if (!symbol || symbol->kind != SymbolKind::Schema) return nullptr;
  return symbol->schema;
}

Expr* Checker::symbolExpr(Symbol& symbol, Span span) {
  const Type* type = typeOf(symbol, span);
  switch (symbol.kind) {
  case SymbolKind::Kind: {
    Expr* e = make(Op::Const, span, type);
    e->value.tag = Tag::Kind;
    e->value.kind = symbol.schema;
    return e;
  }
  case SymbolKind::Let:
  case SymbolKind::Param:
  case SymbolKind::Declaration: {
    if (inFn_ && type->kind == TypeKind::Function) inFn_->uses.push_back(&symbol);
    Expr* e = make(type->kind == TypeKind::Error ? Op::Error : Op::Global, span, type);
    e->symbol = &symbol;
    return e;
  }
  case SymbolKind::Fn: return functionExpr(symbol, span);
  default: break;
  }
  const char* what = symbol.kind == SymbolKind::Import ? "a module; name something in it" : "a type";
  Diagnostic& d = report(Code::NotAValue, span, fmt::format("`{}` is {}", symbol.name.str(), what));
  if (!symbol.part) d.at(symbol.span, "declared here");
  return error(span);
}

/// The type of a field; a `let` of a schema's body that is needed before its turn is checked now.
const Type* Checker::fieldType(Schema& schema, int index) {
  const auto i = static_cast<size_t>(index);
  if (!schema.fields[i].type && schema.fields[i].value) {
    Schema* owner = &schema; // inherited lets are checked where they were written
    while (owner->base && i < owner->base->fields.size()) owner = owner->base;
    Context context(*this);
    withSchemaScope(*owner, owner->fields[i].name, [&] {
      Field& field = owner->fields[i];
      field.type = t.error();
      Expr* e = expr(field.value);
      field.expr = e;
      field.type = e->type;
    });
    if (owner != &schema) {
      schema.fields[i].type = owner->fields[i].type;
      schema.fields[i].expr = owner->fields[i].expr;
    }
  }
  return schema.fields[i].type ? schema.fields[i].type : t.error();
}

/// A name found in the frames of the current scope, or null.
Expr* Checker::scopeName(llvm::StringRef name, Span span) {
  uint16_t depth = 0;
  auto local = [&](const Scope& s) -> Expr* {
    for (size_t i = s.locals.size(); i-- > 0;) {
      if (s.locals[i].name != name) continue;
      Expr* e = make(Op::Local, span, s.locals[i].type);
      e->depth = depth;
      e->index = static_cast<uint32_t>(i);
      found_ = {.kind = Use::Local, .at = span, .declared = s.locals[i].span, .type = e->type, .text = name};
      return e;
    }
    return nullptr;
  };
  auto slot = [&](const Scope& s, int index) {
    Expr* e = make(Op::Self, span, fieldType(*s.schema, index));
    e->depth = depth;
    e->index = static_cast<uint32_t>(index);
    found_ = {.kind = Use::Field, .at = span, .type = e->type, .schema = s.schema, .text = name};
    return e;
  };
  for (Scope* s = scope_; s && s->kind != Scope::Module; s = s->up, ++depth) {
    if (Expr* e = local(*s)) return e;
    if (s->kind != Scope::Self || name == s->exclude) continue;
    if (s->body) {
      if (const int i = s->schema->find(name); i >= 0) return slot(*s, i);
      continue;
    }
    for (const Written& w : s->written) {
      if (w.name != name) continue;
      Expr* e = slot(*s, w.slot);
      if (!w.nested) return e;
      e->op = Op::SelfEntry;
      e->text = w.key;
      e->type = e->type->inner;
      found_ = {.kind = Use::Nested, .at = span, .declared = w.span, .type = e->type, .schema = e->type->schema, .text = name};
      return e;
    }
  }
  return nullptr;
}

Expr* Checker::name(NodeRef node) {
  const llvm::StringRef text = node.tokenText();
  const Span span = node.span();
  if (Expr* e = scopeName(text, span)) {
    if (const Type* narrowed = narrowedType(node)) found_.type = e->type = narrowed;
    note(found_);
    return e;
  }
  if (text == "self") {
    uint16_t depth = 0;
    for (Scope* s = scope_; s && s->kind != Scope::Module; s = s->up, ++depth) {
      if (s->kind != Scope::Self) continue;
      Expr* e = make(Op::SelfRecord, span, t.record(s->schema));
      e->depth = depth;
      return e;
    }
  }
  if (Symbol* symbol = lookup(module(), text)) {
    Expr* e = symbolExpr(*symbol, span);
    if (const Type* narrowed = narrowedType(node)) e->type = narrowed;
    note({.kind = Use::Symbol, .at = span, .type = e->type, .symbol = symbol});
    return e;
  }
  uint16_t depth = 0;
  for (Scope* s = scope_; s && s->kind != Scope::Module; s = s->up, ++depth) {
    if (s->kind != Scope::Self || s->body || text == s->exclude) continue;
    const int i = s->schema->find(text);
    if (i < 0) continue;
    Expr* e = make(Op::Self, span, fieldType(*s->schema, i));
    e->depth = depth;
    e->index = static_cast<uint32_t>(i);
    note({.kind = Use::Field, .at = span, .type = e->type, .schema = s->schema, .text = text});
    return e;
  }
  return unknownName(node);
}

Expr* Checker::unknownName(NodeRef node) {
  const llvm::StringRef text = node.tokenText();
  if (text == "null" || text == "nil" || text == "None") {
    report(Code::UnknownName, node.span(), "there is no null: what is not there is absent")
        .hint("leave the field out; compare with `x != null`; give a default with `x ?? default`");
    return error(node.span());
  }
  if (maybeUnread(module(), text, node.span())) return error(node.span());
  if (findBuiltin(text)) {
    report(Code::UnknownName, node.span(), fmt::format("`{}` is a function of the language, and no value", text.str()))
        .hint(fmt::format("call it: `x => x.{}()`", text.str()));
    return error(node.span());
  }
  Diagnostic& d = report(Code::UnknownName, node.span(), fmt::format("`{}` is not known here", text.str()));
  if (hintOtherLayer(d, text) || !suggests()) return error(node.span());
  std::vector<std::string> candidates;
  for (Scope* s = scope_; s; s = s->up) {
    for (const LocalName& l : s->locals) candidates.push_back(l.name.str());
    for (const Written& w : s->written) candidates.push_back(w.name.str());
    if (s->schema)
      for (const Field& f : s->schema->fields) candidates.push_back(f.name.str());
  }
  for (Symbol* s : module().order) candidates.push_back(s->name.str());
  if (p.prelude)
    for (Symbol* s : p.prelude->order)
      if (!s->name.starts_with("_")) candidates.push_back(s->name.str());
  for (const BuiltinInfo& b : allBuiltins()) candidates.push_back(b.name);
  suggest(d, text, candidates, node.span());
  return error(node.span());
}

/// "c.replicas" for chains of names, otherwise "": what a condition can narrow.
std::string Checker::path(NodeRef node) {
  if (node.is(NodeKind::Paren)) return path(node.child(0));
  if (node.is(NodeKind::NameExpr)) return node.tokenText().str();
  if (!node.is(NodeKind::Member) && !node.is(NodeKind::OptMember)) return "";
  const std::string base = path(node.child(0));
  return base.empty() ? "" : base + "." + node.child(1).tokenText().str();
}

/// What the first name of a path stands for: a frame, or a symbol of the module.
const void* Checker::rootOf(llvm::StringRef path) {
  const llvm::StringRef name = path.split('.').first;
  for (const Scope* s = scope_; s && s->kind != Scope::Module; s = s->up) {
    if (llvm::any_of(s->locals, [&](const LocalName& l) { return l.name == name; })) return s;
    if (s->kind != Scope::Self || name == s->exclude) continue;
    if (s->body ? s->schema->find(name) >= 0 : llvm::any_of(s->written, [&](const Written& w) { return w.name == name; })) return s;
  }
  return lookup(module(), name);
}

const Type* Checker::narrowedType(NodeRef node) {
  if (narrowed_.empty()) return nullptr;
  const std::string wanted = path(node);
  if (wanted.empty()) return nullptr;
  for (auto it = narrowed_.rbegin(); it != narrowed_.rend(); ++it)
    if (it->path == wanted) return it->root == rootOf(wanted) ? it->type : nullptr;
  return nullptr;
}

} // namespace chasi::sema
