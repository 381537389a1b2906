// Names of a module and what they are: let, param, fn, type.
#include "compiler/sema/checker.h"

namespace chasi::sema {

using syntax::isExpr;
using syntax::isType;

static NodeRef typeChild(NodeRef node) {
  for (NodeRef c : node.children())
    if (isType(c.kind())) return c;
  return {};
}

static NodeRef exprChild(NodeRef node) {
  for (NodeRef c : node.children())
    if (isExpr(c.kind()) || c.is(NodeKind::BodyExpr)) return c;
  return {};
}

Symbol* Checker::enter(Module& module, SymbolKind kind, NodeRef node, NodeRef name) {
  const llvm::StringRef text = name.tokenText();
  auto [it, fresh] = module.symbols.try_emplace(text, nullptr);
  if (!fresh) {
    report(Code::DuplicateName, name.span(), fmt::format("`{}` is declared twice", text.str()))
        .mark("declared again here")
        .at(it->second->span, "first declared here")
        .hint("give one of them another name");
    return nullptr;
  }
  p.symbols.push_back(std::make_unique<Symbol>());
  Symbol* s = it->second = p.symbols.back().get();
  s->kind = kind;
  s->name = text;
  s->module = &module;
  s->node = node;
  s->span = name.span();
  module.order.push_back(s);
  return s;
}

void Checker::collect(Module& module) {
  auto enterKind = [&](NodeRef n, SymbolKind kind) {
    const NodeRef name = n.child(NodeKind::Name);
    if (!name) return;
    const bool names = kind == SymbolKind::Schema || kind == SymbolKind::Type || kind == SymbolKind::Kind;
    // A module of the library is always named before it: `core.Secret` is no `Secret`.
    if (names && !module.library && isTypeOfLanguage(name.tokenText())) {
      report(Code::DuplicateName, name.span(), fmt::format("`{}` is a type of the language", name.tokenText().str())).hint("give it another name");
      return;
    }
    Symbol* s = enter(module, kind, n, name);
    if (!s || (kind != SymbolKind::Schema && kind != SymbolKind::Kind)) return;
    s->schema = makeSchema(module, n, s->name, kind == SymbolKind::Kind, nullptr);
    if (const NodeRef parameters = n.child(NodeKind::TypeParams)) {
      typeParameters(parameters, s->schema->variables);
      s->schema->generic = s->schema;
    }
  };
  for (const File& file : module.files) {
    for (NodeRef n : file.tree->root().children()) {
      switch (n.kind()) {
      case NodeKind::Let: enterKind(n, SymbolKind::Let); break;
      case NodeKind::Param: enterKind(n, SymbolKind::Param); break;
      case NodeKind::Fn: enterKind(n, SymbolKind::Fn); break;
      case NodeKind::TypeDecl: enterKind(n, SymbolKind::Type); break;
      case NodeKind::Schema: enterKind(n, SymbolKind::Schema); break;
      case NodeKind::Kind: enterKind(n, SymbolKind::Kind); break;
      case NodeKind::Declaration:
        if (const NodeRef name = n.child(1); name.is(NodeKind::Name)) enter(module, SymbolKind::Declaration, n, name);
        break;
      case NodeKind::Override:
      case NodeKind::SetParam:
      case NodeKind::Layer:
        if (module.environment.empty())
          report(Code::WrongPlace, n.tokenSpan(), fmt::format("`{}` belongs into an environment file", n.tokenText().str())).hint("move it to env/NAME.chasi, and use it with `--env NAME`");
        break;
      case NodeKind::Edition:
        report(Code::WrongPlace, n.tokenSpan(), "an edition holds for a whole workspace").hint("write it into workspace.chasi, at the root of the workspace");
        break;
      default: break;
      }
    }
  }
}

/// The first name in a text that stands for something that is being worked out.
static Symbol* openSymbol(NodeRef node, llvm::function_ref<Symbol*(llvm::StringRef)> lookup) {
  if (node.is(NodeKind::NameExpr) || node.is(NodeKind::NamedType))
    if (Symbol* s = lookup((node.is(NodeKind::NamedType) ? node.child(0).text() : node.tokenText()).trim()); s && s->state == 1) return s;
  for (NodeRef c : node.children())
    if (Symbol* s = openSymbol(c, lookup)) return s;
  return nullptr;
}

/// Remembers who asks, for the time when this symbol becomes another one.
static void noteUse(Symbol& symbol, Span use) {
  if (use.begin == symbol.span.begin) return; // it does itself
  const syntax::Tree* tree = symbol.node ? &symbol.node.tree() : nullptr;
  if (tree && use.begin >= tree->base() && use.begin - tree->base() <= tree->text().size()) symbol.firstUse = std::min(symbol.firstUse, use.begin);
  else symbol.usedElsewhere = true;
}

const Type* Checker::typeOf(Symbol& symbol, Span use) {
  noteUse(symbol, use);
  if (symbol.state == 1) {
    std::string way = symbol.name.str();
    constexpr int kLongest = 20;
    const Symbol* at = &symbol;
    for (int i = 0; at && i < kLongest && (at != &symbol || i == 0); ++i) {
      at = openSymbol(at->node, [&](llvm::StringRef name) { return lookup(*at->module, name); });
      if (at) way += " -> " + at->name.str();
    }
    source::Diagnostic& d = report(Code::Recursion, symbol.span, fmt::format("`{}` needs itself to be worked out", symbol.name.str()))
        .at(use, "needed again here")
        .hint("break the circle: one of these must not depend on the next");
    if (at == &symbol) d.note("the way round: " + way);
    symbol.state = 2;
    symbol.type = t.error();
    symbol.bodyDone = true;
    return symbol.type;
  }
  if (symbol.state == 0) {
    symbol.state = 1;
    Context context(*this);
    scope_ = nullptr;
    signature(symbol);
    symbol.state = 2;
    if (!symbol.type) symbol.type = t.error();
    if (!symbol.bodyDone && !symbol.late) later_.push_back([this, &symbol] {
      Context inner(*this);
      body(symbol);
    });
  }
  return symbol.type;
}

void Checker::signature(Symbol& symbol) {
  const NodeRef node = symbol.node;
  switch (symbol.kind) {
  case SymbolKind::Let:
    if (const NodeRef written = typeChild(node)) symbol.type = type(written, *symbol.module, nullptr);
    else checkLet(symbol);
    break;
  case SymbolKind::Param:
    if (const NodeRef written = typeChild(node)) {
      symbol.type = dataType(written, *symbol.module, nullptr, "a parameter");
      if (holdsLater(symbol.type)) {
        reportLater(written.span(), symbol.type, "a parameter", "leave `Later` out: what is set from outside is known");
        symbol.type = t.error();
      }
    }
    break;
  case SymbolKind::Fn:
    if (const NodeRef parameters = node.child(NodeKind::TypeParams)) typeParameters(parameters, symbol.variables);
    variables_ = symbol.variables;
    for (NodeRef c : node.children()) {
      if (!c.is(NodeKind::FnParam)) continue;
      const NodeRef name = c.child(0);
      const NodeRef written = typeChild(c);
      symbol.params.push_back({name.tokenText(), written ? type(written, *symbol.module, nullptr) : t.error(), nullptr, name.span()});
    }
    if (const NodeRef result = typeChild(node)) symbol.type = type(result, *symbol.module, nullptr);
    break;
  case SymbolKind::Type: checkTypeDecl(symbol); break;
  case SymbolKind::Schema: symbol.type = t.record(symbol.schema); break;
  case SymbolKind::Kind: symbol.type = t.kind(symbol.schema); break;
  case SymbolKind::Declaration:
    symbol.schema = kindNamed(node.child(0));
    symbol.type = symbol.schema ? t.record(symbol.schema) : t.error();
    break;
  case SymbolKind::Import: symbol.type = t.error(); break;
  }
}

void Checker::body(Symbol& symbol) {
  if (symbol.bodyDone) return;
  symbol.bodyDone = true;
  Scope moduleScope{.kind = Scope::Module, .module = symbol.module};
  scope_ = &moduleScope;
  switch (symbol.kind) {
  case SymbolKind::Let: checkLet(symbol); break;
  case SymbolKind::Param:
    if (const NodeRef value = exprChild(symbol.node))
      symbol.expr = exprAs(value, symbol.type, fmt::format("parameter `{}`", symbol.name.str()));
    break;
  case SymbolKind::Fn: checkFn(symbol); break;
  case SymbolKind::Schema:
  case SymbolKind::Kind: bodyOf(*symbol.schema); break;
  default: break;
  }
}

void Checker::checkLet(Symbol& symbol) {
  symbol.bodyDone = true;
  Scope moduleScope{.kind = Scope::Module, .module = symbol.module};
  scope_ = &moduleScope;
  inFn_ = &symbol;
  const NodeRef value = exprChild(symbol.node);
  // What could not be read whole was reported; what is left of it may mean something else.
  if (!value || symbol.node.flag(syntax::kBroken)) {
    if (!symbol.type) symbol.type = t.error();
    symbol.expr = error(symbol.span);
  } else if (symbol.type) {
    symbol.expr = exprAs(value, symbol.type, fmt::format("`{}`", symbol.name.str()));
  } else {
    symbol.expr = expr(value);
    symbol.type = symbol.expr->type;
  }
}

void Checker::checkFn(Symbol& symbol) {
  Scope* outer = scope_;
  Scope frame{.kind = Scope::Locals, .up = outer};
  size_t i = 0;
  inFn_ = &symbol;
  variables_ = symbol.variables;
  for (NodeRef c : symbol.node.children()) {
    if (!c.is(NodeKind::FnParam)) continue;
    FnParam& param = symbol.params[i++];
    for (const LocalName& l : frame.locals)
      if (l.name == param.name) report(Code::DuplicateName, param.span, fmt::format("parameter `{}` is declared twice", param.name.str()));
    if (const NodeRef fallback = exprChild(c)) // sees the parameters before it
      param.fallback = (scope_ = &frame, exprAs(fallback, param.type, fmt::format("parameter `{}`", param.name.str())));
    declareLocal(frame, c.child(0), param.type);
  }
  scope_ = &frame;
  if (const NodeRef value = exprChild(symbol.node)) symbol.expr = exprAs(value, symbol.type, fmt::format("the result of `{}`", symbol.name.str()));
  else symbol.expr = error(symbol.span);
  scope_ = outer;
  inFn_ = nullptr;
}

void Checker::checkTypeDecl(Symbol& symbol) {
  if (const NodeRef parameters = symbol.node.child(NodeKind::TypeParams)) typeParameters(parameters, variables_); // checked with them once, made anew for each use
  const NodeRef written = typeChild(symbol.node);
  if (!written) {
    symbol.type = t.error();
    return;
  }
  if (written.is(NodeKind::RefinedType)) {
    symbol.type = refinedType(written, symbol.name, *symbol.module, nullptr);
    return;
  }
  const Type* made = type(written, *symbol.module, nullptr);
  if (made->kind == TypeKind::Union && made->name.empty()) made = t.unionOf(made->alternatives, symbol.name);
  symbol.type = made;
  symbol.bodyDone = true;
}

/// Depth-first over calls; a function that reaches itself is reported once, with the way round.
void Checker::checkRecursion(Symbol& start) {
  std::vector<Symbol*> way;
  std::set<Symbol*> seen;
  auto walk = [&](auto&& self, Symbol* s) -> bool {
    if (!seen.insert(s).second) return false;
    way.push_back(s);
    for (Symbol* next : s->uses) {
      if (next == &start) return true;
      if (self(self, next)) return true;
    }
    way.pop_back();
    return false;
  };
  if (!walk(walk, &start)) return;
  std::string text;
  for (Symbol* s : way) text += s->name.str() + " -> ";
  Diagnostic& d = report(Code::Recursion, start.span, fmt::format("function `{}` calls itself", start.name.str()));
  if (way.size() > 1) d.note(fmt::format("the way round: {}{}", text, start.name.str()));
  d.note("evaluation always ends in chasi, so functions do not recurse").hint("use a comprehension over a list instead");
  for (Symbol* s : way) {
    s->uses.clear(); // one report a circle
    s->expr = error(s->span);
  }
}

void Checker::checkModule(Module& module) {
  Context context(*this);
  for (Symbol* s : module.order) typeOf(*s, s->span);
  Scope moduleScope{.kind = Scope::Module, .module = &module};
  scope_ = &moduleScope;
  for (File& file : module.files) checkItems(file);
}

/// In the scope of its module; the items from a node on, behind those that are there.
void Checker::checkItems(File& file, uint32_t from) {
  std::vector<ItemIr> list = file.items.vec();
  for (NodeRef n : file.tree->root().children())
    if (n.index() >= from) item(n, Around::File, list);
  file.items = p.keep(list);
}

void Checker::drain() {
  while (!later_.empty()) {
    const auto next = std::move(later_.front());
    later_.pop_front();
    next();
  }
  for (size_t i = 0; i < p.symbols.size(); ++i)
    if (p.symbols[i]->kind == SymbolKind::Fn || (p.symbols[i]->kind == SymbolKind::Let && p.symbols[i]->type && p.symbols[i]->type->kind == TypeKind::Function))
      checkRecursion(*p.symbols[i]);
}

void Checker::checkLate(Symbol& function) {
  function.late = false;
  typeOf(function, function.span);
  Context context(*this);
  body(function);
  drain();
}

Expr* Checker::checkAlone(NodeRef node, Module& module) {
  Context context(*this);
  Scope moduleScope{.kind = Scope::Module, .module = &module};
  scope_ = &moduleScope;
  Expr* e = expr(node);
  drain();
  return e;
}

} // namespace chasi::sema
