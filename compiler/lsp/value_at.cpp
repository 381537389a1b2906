#include "compiler/lsp/value_at.h"

#include "compiler/lower/stack.h"
#include "compiler/lsp/names.h"

namespace chasi::lsp {

using syntax::NodeKind;
using syntax::NodeRef;

std::string pathAt(const Snapshot& s, uint32_t address) {
  const sema::Module* module = nullptr;
  const syntax::Tree* tree = treeOf(s.program(), s.file, &module);
  if (!tree || module != s.program().root) return "";
  std::string path;
  for (NodeRef n : nodesAt(*tree, address)) {
    NodeRef name;
    switch (n.kind()) {
    case NodeKind::Declaration:
    case NodeKind::Inner: name = n.child(1); break;
    case NodeKind::Let:
      if (!path.empty()) return ""; // of a block
      [[fallthrough]];
    case NodeKind::Param:
    case NodeKind::Assign:
    case NodeKind::Append:
    case NodeKind::Sub: name = n.child(0); break;
    case NodeKind::Amend:
    case NodeKind::BlockLit:
    case NodeKind::List:
    case NodeKind::For:
    case NodeKind::Fn:
    case NodeKind::Schema:
    case NodeKind::Kind:
    case NodeKind::Policy:
    case NodeKind::Test:
    case NodeKind::Override: return "";
    default: continue;
    }
    if (!name.is(NodeKind::Name)) return "";
    path += (path.empty() ? "" : ".") + name.tokenText().str();
    if (name.span().begin <= address && address <= name.span().end) return path;
  }
  return "";
}

/// The path of what a name stands for. A path by its text could be led elsewhere by declarations of imported modules that are called the same.
static std::string pathOfName(const Snapshot& s, NodeRef name) {
  const auto use = useAt(s, name.span().begin);
  if (!use) return "";
  if (use->kind == sema::Use::Nested && use->declared.valid() && s.sources().fileOf(use->declared.begin) == s.file) return pathAt(s, use->declared.begin);
  const sema::Symbol* symbol = use->kind == sema::Use::Symbol ? use->symbol : nullptr;
  if (!symbol) return "";
  size_t same = 0;
  for (const sema::Record* r : s.revision.evaluator.declarations()) same += r->name == symbol->name || r->schema->name == symbol->name;
  const sema::Module* root = s.program().root;
  const bool known = root && root->symbols.lookup(symbol->name) == symbol && (symbol->kind == sema::SymbolKind::Let || symbol->kind == sema::SymbolKind::Param || symbol->kind == sema::SymbolKind::Declaration || symbol->kind == sema::SymbolKind::Import);
  return known && same == (symbol->kind == sema::SymbolKind::Declaration ? 1 : 0) ? symbol->name.str() : "";
}

std::string pathWritten(const Snapshot& s, uint32_t address) {
  const syntax::Tree* tree = s.tree();
  if (!tree) return "";
  NodeRef member;
  for (NodeRef n : nodesAt(*tree, address))
    if ((n.is(NodeKind::Member) || n.is(NodeKind::OptMember)) && n.child(1).span().begin <= address && address <= n.child(1).span().end) member = n;
  std::string behind;
  for (; member.is(NodeKind::Member) || member.is(NodeKind::OptMember); member = member.child(0)) behind = "." + member.child(1).tokenText().str() + behind;
  if (behind.empty() || !member.is(NodeKind::NameExpr)) return "";
  const std::string first = pathOfName(s, member);
  return first.empty() ? "" : first + behind;
}

std::optional<eval::Explanation> explained(const Snapshot& s, const std::string& path) {
  if (path.empty()) return std::nullopt;
  source::SourceSet& sources = s.revision.sources;
  constexpr const char* kName = "(value)";
  // One file for all of them, so that asking does not use addresses up.
  auto file = fileNamed(sources, kName);
  if (file && !sources.replace(*file, path)) return std::nullopt;
  if (!file) file = sources.add(kName, path);
  const uint32_t base = sources.base(*file);
  source::Diagnostics kept = std::move(s.revision.diagnostics);
  s.revision.diagnostics = {};
  std::optional<eval::Explanation> found;
  lower::withLargeStack([&] { found = eval::explain(s.revision.program, s.revision.evaluator, {base, base + static_cast<uint32_t>(path.size())}); });
  s.revision.diagnostics = std::move(kept);
  return found;
}

std::string shownValue(const Snapshot& s, const sema::Value& v, size_t longest) {
  using sema::Tag;
  switch (v.tag) {
  case Tag::Absent: return "absent";
  case Tag::Error: return "";
  case Tag::Secret: return "a secret, which is never shown";
  case Tag::Function: return "a function";
  case Tag::Kind: return "a kind";
  default: break;
  }
  if (v.isError()) return "";
  std::string text;
  source::Diagnostics kept = std::move(s.revision.diagnostics);
  s.revision.diagnostics = {};
  bool written = false;
  lower::withLargeStack([&] { written = s.revision.evaluator.writeJson(v, text); });
  s.revision.diagnostics = std::move(kept);
  if (!written) return "";
  if (v.isQuantity()) text = llvm::StringRef(text).trim('"').str(); // as it is written in the language
  if (text.size() <= longest) return text;
  size_t cut = longest;
  while (cut > 0 && (static_cast<unsigned char>(text[cut]) & 0xC0) == 0x80) --cut;
  return text.substr(0, cut) + "…";
}

} // namespace chasi::lsp
