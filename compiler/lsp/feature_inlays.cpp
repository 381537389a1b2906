#include "compiler/lsp/feature_inlays.h"

#include "compiler/lsp/block_at.h"
#include "compiler/lsp/value_at.h"

namespace chasi::lsp {

using sema::SymbolKind;
using sema::Use;
using source::Span;
using syntax::NodeKind;
using syntax::NodeRef;

static bool isPlain(NodeRef value) { return value.is(NodeKind::IntLit) || value.is(NodeKind::FloatLit) || value.is(NodeKind::BoolLit) || value.is(NodeKind::String) || value.is(NodeKind::QuantityLit); }

static const Use* useOf(const Snapshot& s, Span span) {
  const auto uses = s.revision.uses.files.find(s.file);
  if (uses == s.revision.uses.files.end()) return nullptr;
  for (const Use& u : uses->second)
    if (u.at == span) return &u;
  return nullptr;
}

/// The type of a `let` that does not say it.
static void letType(const Snapshot& s, NodeRef let, std::vector<Inlay>& out) {
  const NodeRef name = let.child(0);
  if (!name.is(NodeKind::Name) || let.childCount() != 2 || isPlain(let.child(1))) return;
  const sema::Type* type = nullptr;
  const sema::Module* module = nullptr;
  treeOf(s.program(), s.file, &module);
  if (module)
    if (const auto it = module->symbols.find(name.tokenText()); it != module->symbols.end() && it->second->span == name.span()) type = it->second->type;
  if (!type)
    if (const Use* u = useOf(s, name.span())) type = u->type;
  if (!type || type->kind == sema::TypeKind::Error) return;
  std::string text = sema::typeName(type);
  if (text.size() > 40) text = text.substr(0, 39) + "…";
  out.push_back({name.span().end, ": " + text, Inlay::Type});
}

static void argumentNames(const Snapshot& s, NodeRef call, std::vector<Inlay>& out) {
  const NodeRef callee = call.child(0);
  const Use* use = useOf(s, (callee.is(NodeKind::Member) ? callee.child(1) : callee).span());
  if (!use || use->kind != Use::Symbol || use->symbol->kind != SymbolKind::Fn) return;
  size_t at = 0;
  for (NodeRef c : call.children()) {
    if (c.index() == callee.index()) continue;
    if (c.is(NodeKind::NamedArg) || at >= use->symbol->params.size()) return;
    const llvm::StringRef name = use->symbol->params[at++].name;
    if (c.text() != name) out.push_back({c.span().begin, name.str() + ":", Inlay::Parameter});
  }
}

static bool isShort(const sema::Value& v) {
  using sema::Tag;
  return v.tag == Tag::Bool || v.tag == Tag::Int || v.tag == Tag::Float || v.isText() || v.isQuantity();
}

/// What a value that has to be worked out comes to. `name` is where its path is found.
static void workedOut(const Snapshot& s, NodeRef name, NodeRef value, std::vector<Inlay>& out) {
  constexpr size_t kLongest = 40;
  const bool computed = value.is(NodeKind::Binary) || value.is(NodeKind::Unary) || value.is(NodeKind::Call) || value.is(NodeKind::NameExpr) || value.is(NodeKind::Member) || value.is(NodeKind::IfExpr) || value.is(NodeKind::Match) ||
                        value.is(NodeKind::Index) || value.is(NodeKind::Paren) || (value.is(NodeKind::String) && value.text().contains("${"));
  if (!computed || s.revision.diagnostics.hasErrors()) return;
  const auto found = explained(s, pathAt(s, name.span().begin));
  if (!found || !isShort(found->value)) return;
  const std::string text = shownValue(s, found->value, kLongest);
  if (!text.empty()) out.push_back({value.span().end, "= " + text, Inlay::Value});
}

/// What a block leaves as its schema has it, as far as that is written in a few characters.
static void defaults(const Typed& typed, NodeRef block, std::vector<Inlay>& out) {
  constexpr size_t kLongest = 60;
  const sema::Schema* schema = block.text().contains('\n') ? typed.schemaOf(block) : nullptr;
  if (!schema || !typed.isFresh(block)) return;
  std::string text;
  for (const sema::Field& f : schema->fields) {
    if (!isSettable(*schema, f) || f.nested || !isPlain(f.value) || isSet(block, f.name)) continue;
    const std::string one = fmt::format("{}{} = {}", text.empty() ? "" : ", ", f.name.str(), f.value.text());
    if (text.size() + one.size() > kLongest) {
      text += text.empty() ? "" : ", …";
      break;
    }
    text += one;
  }
  if (!text.empty()) out.push_back({block.span().begin + 1, text, Inlay::Default});
}

static NodeRef valueOf(NodeRef node) {
  const NodeRef last = node.childCount() ? node.child(node.childCount() - 1) : NodeRef();
  return last && syntax::isExpr(last.kind()) ? last : NodeRef();
}

std::vector<Inlay> inlays(const Snapshot& s, Span range) {
  std::vector<Inlay> out;
  const syntax::Tree* tree = s.tree();
  if (!tree) return out;
  const Typed typed(s.program(), *tree, s.file);
  for (uint32_t i = 0; i < tree->nodes().size(); ++i) {
    const NodeRef n(tree, i);
    if (n.span().end < range.begin || n.span().begin > range.end) continue;
    switch (n.kind()) {
    case NodeKind::Let: letType(s, n, out); [[fallthrough]];
    case NodeKind::Assign:
      if (const NodeRef value = valueOf(n)) workedOut(s, n.child(0), value, out);
      break;
    case NodeKind::Call: argumentNames(s, n, out); break;
    case NodeKind::Declaration:
    case NodeKind::Inner:
      if (const NodeRef block = n.child(NodeKind::Block)) defaults(typed, block, out);
      break;
    default: break;
    }
  }
  std::stable_sort(out.begin(), out.end(), [](const Inlay& a, const Inlay& b) { return a.address < b.address; });
  return out;
}

} // namespace chasi::lsp
