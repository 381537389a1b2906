#include "compiler/lsp/feature_outline.h"

#include <algorithm>

namespace chasi::lsp {

using source::Span;
using syntax::NodeKind;
using syntax::NodeRef;
using syntax::TokenKind;

static int kindOf(NodeRef n) { // SymbolKind of the protocol
  switch (n.kind()) {
  case NodeKind::Declaration: return 19; // Object
  case NodeKind::Inner: return 19;
  case NodeKind::Schema: return 23; // Struct
  case NodeKind::Kind: return 5;    // Class
  case NodeKind::Nested: return 5;
  case NodeKind::Fn: return 12;
  case NodeKind::Let: return 13;
  case NodeKind::Param: return 14;
  case NodeKind::TypeDecl: return 10;
  case NodeKind::Field: return 8;
  case NodeKind::Policy:
  case NodeKind::Test: return 24; // Event
  case NodeKind::Override: return 19;
  default: return 0;
  }
}

static NodeRef nameOf(NodeRef n) {
  if (n.is(NodeKind::Declaration) || n.is(NodeKind::Inner)) return n.child(1);
  if (n.is(NodeKind::Policy) || n.is(NodeKind::Test) || n.is(NodeKind::Override)) return n.child(0);
  return n.child(NodeKind::Name);
}

/// As people say it: of a text what is between the quotes.
static std::string shownName(NodeRef name) {
  if (!name.is(NodeKind::String) || name.childCount() == 0) return name.text().str(); // the protocol has no empty names
  const uint32_t begin = name.span().begin;
  return name.text().slice(name.child(0).span().begin - begin, name.child(name.childCount() - 1).span().end - begin).str();
}

static void gather(NodeRef around, std::vector<OutlineItem>& out) {
  for (NodeRef n : around.children()) {
    const NodeKind k = n.kind();
    if (k == NodeKind::Block || k == NodeKind::SchemaBody || k == NodeKind::For || k == NodeKind::If || k == NodeKind::Body) {
      gather(n, out);
      continue;
    }
    const int kind = kindOf(n);
    const NodeRef name = kind ? nameOf(n) : NodeRef();
    if (!name) continue;
    OutlineItem item{shownName(name), "", kind, n.span(), name.span(), {}};
    if (n.is(NodeKind::Declaration) || n.is(NodeKind::Inner)) item.detail = n.child(0).text().str();
    if (n.is(NodeKind::Override)) item.detail = "override";
    if (!n.is(NodeKind::Let) && !n.is(NodeKind::Fn)) gather(n, item.children);
    out.push_back(std::move(item));
  }
}

std::vector<OutlineItem> outline(const syntax::Tree& tree) {
  std::vector<OutlineItem> out;
  gather(tree.root(), out);
  return out;
}

static bool isOpen(TokenKind k) { return k == TokenKind::BraceOpen || k == TokenKind::BodyOpen || k == TokenKind::BracketOpen; }
static bool isClose(TokenKind k) { return k == TokenKind::BraceClose || k == TokenKind::BracketClose; }

std::vector<Fold> folds(const source::SourceSet& sources, const syntax::Tree& tree) {
  std::vector<Fold> out;
  const auto add = [&](Span span, const char* kind) {
    if (sources.position(span.begin).line < sources.position(span.end).line) out.push_back({span, kind});
  };
  std::vector<uint32_t> open;
  for (const syntax::Token& t : tree.tokens()) {
    if (isOpen(t.kind)) open.push_back(tree.base() + t.begin);
    if (isClose(t.kind) && !open.empty()) {
      add({open.back(), tree.base() + t.begin}, nullptr);
      open.pop_back();
    }
  }
  NodeRef first, last;
  for (NodeRef n : tree.root().children())
    if (n.is(NodeKind::Import)) first = first ? first : n, last = n;
  if (first) add({first.span().begin, last.span().end}, "imports");
  // Comments: lines of them one below the other.
  uint32_t begin = 0, end = 0, at = tree.base();
  bool any = false, block = false;
  const auto close = [&] { if (std::exchange(any, false)) add({begin, end}, "comment"); };
  llvm::StringRef rest = tree.text();
  while (!rest.empty()) {
    const auto [line, behind] = rest.split('\n');
    if (!block && line.ltrim().starts_with("/*")) close(), block = true;
    if (block || line.ltrim().starts_with("//")) {
      if (!any) begin = at;
      any = true;
      end = at + static_cast<uint32_t>(line.size());
      if (block && line.contains("*/")) block = false, close();
    } else {
      close();
    }
    at += static_cast<uint32_t>(line.size()) + 1;
    rest = behind;
  }
  close();
  std::stable_sort(out.begin(), out.end(), [](const Fold& a, const Fold& b) { return a.span.begin < b.span.begin; });
  return out;
}

std::vector<Span> selections(const syntax::Tree& tree, uint32_t address) {
  std::vector<Span> out;
  const std::vector<NodeRef> way = nodesAt(tree, address);
  for (auto it = way.rbegin(); it != way.rend(); ++it) {
    const Span span = (*it).is(NodeKind::File) ? Span{tree.base(), tree.base() + static_cast<uint32_t>(tree.text().size())} : it->span();
    if (out.empty() || !(out.back() == span)) out.push_back(span);
  }
  return out;
}

std::vector<Link> links(const Snapshot& s) {
  std::vector<Link> out;
  const sema::Module* module = nullptr;
  const syntax::Tree* tree = treeOf(s.program(), s.file, &module);
  if (!tree) return out;
  for (NodeRef n : tree->root().children()) {
    if (!n.is(NodeKind::Import)) continue;
    for (const auto& [name, symbol] : module->symbols) {
      if (symbol->kind != sema::SymbolKind::Import || symbol->part || !symbol->node || &symbol->node.tree() != tree || symbol->node.index() != n.index()) continue;
      if (!symbol->target || symbol->target->files.empty()) continue;
      out.push_back({n.child(0).span(), s.sources().name(symbol->target->files.front().id).str()});
    }
  }
  return out;
}

} // namespace chasi::lsp
