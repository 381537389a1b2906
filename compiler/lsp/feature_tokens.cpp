#include "compiler/lsp/feature_tokens.h"

#include <llvm/ADT/DenseSet.h>

#include <algorithm>

namespace chasi::lsp {

using sema::SymbolKind;
using sema::Use;
using source::Span;
using syntax::NodeKind;
using syntax::NodeRef;

static TokenType typeOfSymbol(const sema::Symbol& s) {
  switch (s.kind) {
  case SymbolKind::Let:
  case SymbolKind::Declaration: return TokenType::Variable;
  case SymbolKind::Param: return TokenType::Parameter;
  case SymbolKind::Fn: return TokenType::Function;
  case SymbolKind::Type:
  case SymbolKind::Schema: return TokenType::Type;
  case SymbolKind::Kind: return TokenType::Class;
  case SymbolKind::Import: return TokenType::Namespace;
  }
  return TokenType::Variable;
}

static SemanticToken tokenOf(const Use& u) {
  SemanticToken t{u.at, TokenType::Variable};
  switch (u.kind) {
  case Use::Symbol:
    t.type = typeOfSymbol(*u.symbol);
    if (u.symbol->module && u.symbol->module->library) t.modifiers |= kOfLibrary;
    if (u.symbol->schema && u.symbol->kind == SymbolKind::Kind && !u.symbol->schema->deprecated.empty()) t.modifiers |= kOutdated;
    break;
  case Use::Field:
    t.type = TokenType::Property;
    if (const sema::Field* f = fieldOf(u)) {
      if (f->nested && u.at.size() == f->word.size()) t.type = TokenType::Class;
      if (!f->deprecated.empty()) t.modifiers |= kOutdated;
    }
    break;
  case Use::Argument: t.type = TokenType::Parameter; break;
  case Use::Builtin: t.type = TokenType::Function; t.modifiers |= kOfLibrary; break;
  case Use::Property: t.type = TokenType::Property; break;
  case Use::Local:
  case Use::Nested: break;
  }
  if (u.declares) t.modifiers |= kDeclaration;
  return t;
}

std::vector<SemanticToken> semanticTokens(const Snapshot& s) {
  std::vector<SemanticToken> out;
  const Span file{s.base(), s.base() + static_cast<uint32_t>(s.text().size())};
  const auto inside = [&](Span span) { return span.begin >= file.begin && span.end <= file.end && span.size(); };
  llvm::DenseSet<uint32_t> parameters;
  if (const syntax::Tree* tree = s.tree())
    for (uint32_t i = 0; i < tree->nodes().size(); ++i)
      if (const NodeRef n(tree, i); n.is(NodeKind::FnParam) || n.is(NodeKind::LambdaParam)) parameters.insert(n.child(0).span().begin);
  if (const auto uses = s.revision.uses.files.find(s.file); uses != s.revision.uses.files.end())
    for (const Use& u : uses->second)
      if (inside(u.at) && !s.sources().text(u.at).contains('\n')) {
        out.push_back(tokenOf(u));
        if (u.kind == Use::Local && parameters.contains(u.declared.begin)) out.back().type = TokenType::Parameter;
      }
  for (const auto& symbol : s.program().symbols)
    if (!symbol->part && inside(symbol->span) && !symbol->node.is(NodeKind::SetParam) && (symbol->kind != SymbolKind::Import || symbol->node.child(NodeKind::Name))) out.push_back({symbol->span, typeOfSymbol(*symbol), kDeclaration});
  for (const auto& schema : s.program().schemas)
    for (const sema::Field& f : schema->fields)
      if (inside(f.span) && f.span != schema->span && f.name != "lower") out.push_back({f.span, TokenType::Property, kDeclaration});
  std::stable_sort(out.begin(), out.end(), [](const SemanticToken& a, const SemanticToken& b) { return a.span.begin < b.span.begin; });
  std::vector<SemanticToken> apart;
  for (const SemanticToken& t : out)
    if (apart.empty() || t.span.begin >= apart.back().span.end) apart.push_back(t);
  return apart;
}

} // namespace chasi::lsp
