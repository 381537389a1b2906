#include "compiler/lsp/feature_inactive.h"

#include "compiler/lower/stack.h"
#include "compiler/lsp/value_at.h"

#include <algorithm>

namespace chasi::lsp {

using sema::Use;
using source::Span;
using syntax::NodeKind;
using syntax::NodeRef;

/// Around declarations.
static void inactiveIn(const Snapshot& s, llvm::ArrayRef<sema::ItemIr> items, NodeRef around, std::vector<Span>& out) {
  for (const sema::ItemIr& item : items) {
    if (item.kind != sema::ItemIr::If || !item.subject) continue;
    NodeRef node;
    for (NodeRef n : around.children())
      if (n.span() == item.span) node = n;
    if (!node) continue;
    const sema::Value value = s.revision.evaluator.evaluate(item.subject);
    if (value.tag != sema::Tag::Bool) continue;
    const NodeRef dead = value.boolean ? node.child(2) : node.child(1);
    if (dead) out.push_back(dead.span());
    if (value.boolean) inactiveIn(s, item.body, node.child(1), out);
    else if (node.child(2)) inactiveIn(s, item.orElse, node.child(2).is(NodeKind::If) ? node : node.child(2), out);
  }
}

namespace {

/// Conditions that say the same wherever they stand.
class Conditions {
public:
  explicit Conditions(const Snapshot& snapshot) : s(snapshot) {
    if (const auto file = s.revision.uses.files.find(s.file); file != s.revision.uses.files.end())
      for (const Use& u : file->second)
        if (u.kind == Use::Symbol && (u.symbol->kind == sema::SymbolKind::Let || u.symbol->kind == sema::SymbolKind::Param) && u.symbol->module) values_.try_emplace(u.at.begin, u.symbol->module->symbols.lookup(u.symbol->name));
  }

  std::optional<bool> holds(NodeRef e) {
    switch (e.kind()) {
    case NodeKind::Paren: return holds(e.child(0));
    case NodeKind::Unary: {
      const auto inner = e.tokenText() == "!" ? holds(e.child(0)) : std::nullopt;
      return inner ? std::optional(!*inner) : std::nullopt;
    }
    case NodeKind::BoolLit: return e.text() == "true";
    case NodeKind::NameExpr: {
      const std::string value = valueOf(e);
      return value == "true" ? std::optional(true) : value == "false" ? std::optional(false) : std::nullopt;
    }
    case NodeKind::Binary: return compared(e);
    default: return std::nullopt;
    }
  }

private:
  const Snapshot& s;
  std::map<uint32_t, sema::Symbol*> values_; ///< by the place of the name
  std::map<sema::Symbol*, std::string> known_;

  std::optional<bool> compared(NodeRef e) {
    const llvm::StringRef op = e.tokenText();
    if (op == "&&" || op == "||") {
      const auto a = holds(e.child(0)), b = holds(e.child(1));
      const bool decides = op == "||";
      if ((a && *a == decides) || (b && *b == decides)) return decides;
      return a && b ? std::optional(!decides) : std::nullopt;
    }
    if (op != "==" && op != "!=") return std::nullopt;
    const std::string a = valueOf(e.child(0)), b = valueOf(e.child(1));
    if (a.empty() || b.empty()) return std::nullopt;
    return (a == b) == (op == "==");
  }

  /// Of a name of the module, or as it is written; "" for anything else.
  std::string valueOf(NodeRef e) {
    const bool plain = e.is(NodeKind::IntLit) || e.is(NodeKind::BoolLit) || (e.is(NodeKind::String) && e.text().find_first_of("$\\") == llvm::StringRef::npos && !e.text().starts_with("\"\"\""));
    if (plain) return e.text().str();
    const auto at = e.is(NodeKind::NameExpr) ? values_.find(e.span().begin) : values_.end();
    if (at == values_.end() || !at->second) return "";
    const auto [known, fresh] = known_.try_emplace(at->second);
    if (fresh) {
      const sema::Value v = s.revision.evaluator.evaluateSymbol(*at->second);
      if (v.tag == sema::Tag::Bool || v.tag == sema::Tag::Int || v.tag == sema::Tag::String) known->second = shownValue(s, v);
    }
    return known->second;
  }
};

} // namespace

/// Inside of declarations: of all `if` in the tree.
static void inactiveInside(const Snapshot& s, const syntax::Tree& tree, std::vector<Span>& out) {
  Conditions conditions(s);
  for (uint32_t i = 0; i < tree.nodes().size(); ++i) {
    const NodeRef n(&tree, i);
    if (!n.is(NodeKind::If) && !n.is(NodeKind::IfExpr) && !n.is(NodeKind::IfEntry)) continue;
    const auto holds = conditions.holds(n.child(0));
    const NodeRef dead = holds ? n.child(*holds ? 2 : 1) : NodeRef();
    if (dead) out.push_back(dead.span());
  }
}

std::vector<Span> inactive(const Snapshot& s) {
  std::vector<Span> out;
  source::Diagnostics kept = std::move(s.revision.diagnostics);
  s.revision.diagnostics = {};
  lower::withLargeStack([&] {
    for (const auto& [name, module] : s.program().modules)
      for (const sema::File& f : module->files)
        if (f.id == s.file && f.tree) {
          inactiveIn(s, f.items, f.tree->root(), out);
          inactiveInside(s, *f.tree, out);
        }
  });
  s.revision.diagnostics = std::move(kept);
  std::stable_sort(out.begin(), out.end(), [](Span a, Span b) { return a.begin != b.begin ? a.begin < b.begin : a.end > b.end; });
  std::vector<Span> outermost;
  for (const Span span : out)
    if (outermost.empty() || span.begin >= outermost.back().end) outermost.push_back(span);
  return outermost;
}

} // namespace chasi::lsp
