#include "compiler/lsp/names.h"

#include <algorithm>

namespace chasi::lsp {

using sema::Use;
using source::Span;
using syntax::NodeKind;
using syntax::NodeRef;

const sema::Field* fieldOf(const Use& use) {
  if (use.kind != Use::Field || !use.schema) return nullptr;
  const int i = use.schema->find(use.text);
  return i < 0 ? nullptr : &use.schema->fields[static_cast<size_t>(i)];
}

/// The name of a nested declaration in a tree, also in loops and conditions.
static Span nestedName(NodeRef around, llvm::StringRef name) {
  for (NodeRef n : around.children()) {
    if (n.is(NodeKind::Inner) && n.child(1).is(NodeKind::Name) && n.child(1).tokenText() == name) return n.child(1).span();
    if (n.is(NodeKind::Block) || n.is(NodeKind::Body) || n.is(NodeKind::For) || n.is(NodeKind::If))
      if (const Span found = nestedName(n, name); found.valid()) return found;
  }
  return {};
}

Span declarationOf(const Snapshot&, const Use& use) {
  switch (use.kind) {
  case Use::Symbol: return use.symbol->span;
  case Use::Field: {
    const sema::Field* f = fieldOf(use);
    return f && f->span != use.schema->span ? f->span : Span(); // the name that every kind gives its declarations is written nowhere
  }
  case Use::Local: return use.declared;
  case Use::Nested: return use.declared.valid() ? use.declared : use.symbol ? nestedName(use.symbol->node, use.text) : Span();
  case Use::Argument:
    for (const sema::FnParam& p : use.symbol->params)
      if (p.name == use.text) return p.span;
    return {};
  case Use::Builtin:
  case Use::Property: return {};
  }
  return {};
}

static bool holds(Span span, uint32_t address) { return span.begin <= address && address <= span.end; }

/// Names where they are declared are in no list of uses.
static std::optional<Use> declaredAt(const Snapshot& s, uint32_t address) {
  for (const auto& symbol : s.program().symbols)
    if (!symbol->part && symbol->span.size() && holds(symbol->span, address)) return Use{.kind = Use::Symbol, .declares = true, .at = symbol->span, .type = symbol->type, .symbol = symbol.get()};
  for (const auto& schema : s.program().schemas) {
    if (schema->generic && schema->generic != schema.get()) continue;
    for (const sema::Field& f : schema->fields)
      if (holds(f.span, address) && !(schema->named && f.name == "name" && f.span == schema->span)) return Use{.kind = Use::Field, .declares = true, .at = f.span, .type = f.type, .schema = schema.get(), .text = f.name};
  }
  return std::nullopt;
}

std::optional<Use> useAt(const Snapshot& s, uint32_t address) {
  const Use* best = nullptr;
  const auto better = [&](const Use& u) {
    if (!best) return true;
    if (u.at.begin != best->at.begin) return u.at.begin > best->at.begin; // of two that touch, the one that begins here
    return !best->type && u.type;
  };
  if (const auto file = s.revision.uses.files.find(s.file); file != s.revision.uses.files.end())
    for (const Use& u : file->second)
      if (holds(u.at, address) && better(u)) best = &u;
  if (best) return *best;
  return declaredAt(s, address);
}

std::vector<Span> placesOf(const Snapshot& s, Span declaration) {
  std::vector<Span> out;
  if (!declaration.valid()) return out;
  out.push_back(declaration);
  std::map<std::pair<const sema::Symbol*, llvm::StringRef>, Span> nested;
  for (const auto& [file, uses] : s.revision.uses.files)
    for (const Use& u : uses) {
      if (u.kind == Use::Nested && !u.declared.valid()) {
        const auto [it, fresh] = nested.try_emplace({u.symbol, u.text});
        if (fresh) it->second = declarationOf(s, u);
        if (it->second == declaration) out.push_back(u.at);
      } else if (declarationOf(s, u) == declaration) {
        out.push_back(u.at);
      }
    }
  std::sort(out.begin(), out.end(), [](Span a, Span b) { return a.begin < b.begin; });
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

Span typeDeclarationOf(const Snapshot&, const Use& use) {
  const sema::Type* type = use.type;
  while (type && (type->kind == sema::TypeKind::Optional || type->kind == sema::TypeKind::List || type->kind == sema::TypeKind::Map || type->kind == sema::TypeKind::Later)) type = type->inner;
  if (!type) return {};
  return type->schema ? type->schema->span : type->refinement ? type->refinement->span : Span();
}

} // namespace chasi::lsp
