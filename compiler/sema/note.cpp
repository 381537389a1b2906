// Writing down what names stand for, for editors.
#include "compiler/sema/checker.h"
#include "compiler/sema/load.h"

namespace chasi::sema {

void Checker::note(Use use) {
  if (!p.uses || !use.at.valid()) return;
  if (use.symbol && use.kind == Use::Symbol && !use.type && (use.symbol->kind == SymbolKind::Let || use.symbol->kind == SymbolKind::Param || use.symbol->kind == SymbolKind::Declaration)) use.type = use.symbol->type;
  p.uses->files[p.sources.fileOf(use.at.begin)].push_back(use);
}

void Checker::noteSymbol(const Symbol& symbol, Span at) { note({.kind = Use::Symbol, .at = at, .symbol = &symbol}); }

void Checker::noteField(const Schema& schema, int index, Span at) {
  const Field& f = schema.fields[static_cast<size_t>(index)];
  note({.kind = Use::Field, .at = at, .type = f.type, .schema = &schema, .text = f.name});
}

void Checker::declareLocal(Scope& scope, NodeRef name, const Type* type) {
  scope.locals.push_back({name.tokenText(), type, name.span()});
  note({.kind = Use::Local, .declares = true, .at = name.span(), .declared = name.span(), .type = type, .text = name.tokenText()});
}

/// Those names of a dotted one that lead from an import to what is meant.
void Checker::noteWay(const Symbol* first, llvm::ArrayRef<NodeRef> names) {
  if (!p.uses) return;
  const Symbol* at = first;
  for (const NodeRef& name : names) {
    if (!at) return;
    noteSymbol(*at, name.span());
    if (at->kind != SymbolKind::Import) return;
    Module* inside = opened(p, *const_cast<Symbol*>(at));
    const NodeRef* next = &name + 1;
    if (!inside || next == names.end()) return;
    const auto found = inside->symbols.find(next->tokenText());
    at = found == inside->symbols.end() ? nullptr : found->second;
  }
}

/// The same of `a.b.c` where a value stands.
void Checker::noteWay(NodeRef value) {
  if (!p.uses) return;
  llvm::SmallVector<NodeRef, 4> names;
  NodeRef n = value;
  for (; n.is(NodeKind::Member); n = n.child(0)) names.push_back(n.child(1));
  if (!n.is(NodeKind::NameExpr)) return;
  names.push_back(n);
  std::reverse(names.begin(), names.end());
  noteWay(lookup(module(), n.tokenText()), names);
}

/// `component api { … }`: the word, and the name that is given.
void Checker::noteNested(NodeRef inner, const Schema& schema, const Field& field) {
  note({.kind = Use::Field, .at = inner.child(0).span(), .type = field.type, .schema = &schema, .text = field.name});
  const NodeRef name = inner.child(1);
  if (name.is(NodeKind::Name))
    note({.kind = Use::Nested, .declares = true, .at = name.span(), .declared = name.span(), .type = field.type->inner, .schema = field.nested, .text = name.tokenText()});
}

/// The declaration that a value is, by its symbol; null when it is none or comes out of a computation.
const Symbol* Checker::declarationOf(const Expr* value) const {
  return value->op == Op::Global && value->symbol->kind == SymbolKind::Declaration ? value->symbol : nullptr;
}

} // namespace chasi::sema
