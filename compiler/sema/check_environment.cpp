// Environment files: what may stand in one, and what it changes in the module.
#include "compiler/sema/checker.h"

namespace chasi::sema {

static bool belongs(NodeRef n) {
  switch (n.kind()) {
  case NodeKind::Layer:
  case NodeKind::Override:
  case NodeKind::SetParam:
  case NodeKind::Let:
  case NodeKind::Fn:
  case NodeKind::Import:
  case NodeKind::TypeDecl:
  case NodeKind::Schema:
  case NodeKind::Policy:
  case NodeKind::Test:
  case NodeKind::Edition: // reported where names are gathered
  case NodeKind::Error: return true;
  default: return false;
  }
}

bool Checker::hintOtherLayer(Diagnostic& d, llvm::StringRef name) {
  if (module().environment.empty()) return false;
  for (const Module* other : p.layers) {
    const auto it = other->symbols.find(name);
    if (it == other->symbols.end() || it->second->module != other) continue;
    d.at(it->second->span, fmt::format("environment `{}` has it for itself", other->environment))
        .hint("names of an environment are known in its own file; declare in the module what several use");
    return true;
  }
  return false;
}

void Checker::checkLayer(Module& layer) {
  std::map<llvm::StringRef, Span> set;
  std::map<const Symbol*, Span> overridden;
  for (const File& file : layer.files)
    for (NodeRef n : file.tree->root().children()) {
      if (n.is(NodeKind::Override)) checkOverride(n, layer, overridden);
      else if (n.is(NodeKind::SetParam)) checkSet(n, layer, set);
      else if (!belongs(n))
        report(Code::WrongPlace, n.tokenSpan(), n.is(NodeKind::Param) ? "an environment sets parameters and does not declare them" : "an environment makes no declarations")
            .hint(n.is(NodeKind::Param) ? "write `set NAME = VALUE`" : "declare it in the module, with `if` around it when only some environments have it");
    }
}

/// For `override shop.web { … }`: what stands inside of a declaration is overridden inside of it.
static std::string wayInto(const Symbol& outer, llvm::StringRef inner) {
  for (NodeRef n : outer.node.child(NodeKind::Block).children())
    if (n.is(NodeKind::Inner) && n.child(1).is(NodeKind::Name) && n.child(1).tokenText() == inner)
      return fmt::format("it stands in `{}`: write `override {} {{ {} {} {{ … }} }}`", outer.name.str(), outer.name.str(), n.child(0).text().str(), inner.str());
  return fmt::format("what `{}` consists of is overridden in its block: `override {} {{ … }}`", outer.name.str(), outer.name.str());
}

void Checker::checkOverride(NodeRef node, Module& layer, std::map<const Symbol*, Span>& overridden) {
  llvm::SmallVector<NodeRef, 2> names;
  for (NodeRef c : node.child(0).children()) names.push_back(c);
  if (names.empty()) return;
  const NodeRef last = names.back();
  const auto it = p.root->symbols.find(last.tokenText());
  Symbol* symbol = it == p.root->symbols.end() ? nullptr : it->second;
  if (symbol && symbol->kind == SymbolKind::Declaration) {
    typeOf(*symbol, last.span());
    if (!symbol->schema) return; // its kind is not known, which was reported
  }
  const bool kindFits = symbol && symbol->schema && (names.size() < 2 || symbol->schema->name == names[names.size() - 2].tokenText());
  if (!symbol || symbol->kind != SymbolKind::Declaration || !kindFits) {
    Diagnostic& d = report(Code::UnknownOverride, node.child(0).span(), fmt::format("there is no declaration `{}` to override", node.child(0).text().str()));
    std::vector<std::string> candidates;
    for (Symbol* s : p.root->order)
      if (s->kind == SymbolKind::Declaration) candidates.push_back(s->name.str());
    if (symbol) d.at(symbol->span, symbol->schema ? fmt::format("this is a {}", symbol->schema->name.str()) : "this is no declaration");
    else suggest(d, last.tokenText(), candidates, last.span());
    if (symbol || names.size() < 2 || !d.help.empty()) return;
    const auto outer = p.root->symbols.find(names[names.size() - 2].tokenText());
    if (outer != p.root->symbols.end() && outer->second->kind == SymbolKind::Declaration) d.hint(wayInto(*outer->second, last.tokenText()));
    return;
  }
  if (const auto [first, fresh] = overridden.emplace(symbol, node.child(0).span()); !fresh)
    report(Code::DuplicateName, node.child(0).span(), fmt::format("this environment overrides `{}` twice", symbol->name.str()))
        .at(first->second, "first overridden here")
        .hint("write one `override` with all that differs");
  noteSymbol(*symbol, last.span());
  if (names.size() > 1) noteWay(lookup(*p.root, names[0].tokenText()), llvm::ArrayRef(names).drop_back());
  Context context(*this);
  Scope moduleScope{.kind = Scope::Module, .module = &layer};
  scope_ = &moduleScope;
  symbol->overrides.push_back(recordBlock(node.child(NodeKind::Block), symbol->schema, false, last.span(), "this override"));
}

void Checker::checkSet(NodeRef node, Module& layer, std::map<llvm::StringRef, Span>& set) {
  const NodeRef named = node.child(0);
  const llvm::StringRef name = named.tokenText();
  const auto it = p.root->symbols.find(name);
  if (it == p.root->symbols.end() || it->second->kind != SymbolKind::Param) {
    Diagnostic& d = report(Code::UnknownOverride, named.span(), fmt::format("there is no parameter `{}` to set", name.str()));
    std::vector<std::string> names;
    for (const Symbol* s : p.root->order)
      if (s->kind == SymbolKind::Param) names.push_back(s->name.str());
    suggest(d, name, names, named.span());
    if (d.help.empty() && !names.empty()) d.hint(fmt::format("the parameters are {}", fmt::join(names, ", ")));
    return;
  }
  if (const auto [first, fresh] = set.emplace(name, node.span()); !fresh) {
    report(Code::DuplicateName, named.span(), fmt::format("`{}` is set twice", name.str())).at(first->second, "first set here");
    return;
  }
  noteSymbol(*it->second, named.span());
  p.symbols.push_back(std::make_unique<Symbol>());
  Symbol& symbol = *p.symbols.back();
  symbol.kind = SymbolKind::Let;
  symbol.name = name;
  symbol.module = &layer;
  symbol.node = node;
  symbol.span = named.span();
  Context context(*this);
  Scope moduleScope{.kind = Scope::Module, .module = &layer};
  scope_ = &moduleScope;
  symbol.type = typeOf(*it->second, symbol.span);
  symbol.state = 2;
  symbol.bodyDone = true;
  symbol.expr = exprAs(node.child(1), symbol.type, fmt::format("parameter `{}`", name.str()));
  p.environmentSets[name.str()].push_back(&symbol);
}

} // namespace chasi::sema
