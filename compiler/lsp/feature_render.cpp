#include "compiler/lsp/feature_render.h"

#include "compiler/lower/lower.h"
#include "compiler/lower/stack.h"
#include "runtime/plan/manifest_text.h"
#include "runtime/plan/secrets.h"

namespace chasi::lsp {

using syntax::NodeKind;
using syntax::NodeRef;

/// Lowering has evaluated the lists already.
static std::optional<size_t> operationsOf(const Snapshot& s, NodeRef declaration) {
  if (s.revision.diagnostics.hasErrors()) return std::nullopt;
  for (sema::Record* r : s.revision.evaluator.declarations()) {
    if (r->name != declaration.child(1).tokenText() || r->span != declaration.child(1).span()) continue;
    if (r->schema->lowerSlot < 0) return 0;
    sema::Value list;
    lower::withLargeStack([&] { list = s.revision.evaluator.slot(*r, static_cast<uint32_t>(r->schema->lowerSlot)); });
    return list.tag == sema::Tag::List ? std::optional(list.list->items.size()) : std::nullopt;
  }
  return std::nullopt;
}

std::vector<Lens> declarationLenses(const Snapshot& s) {
  std::vector<Lens> out;
  const syntax::Tree* tree = s.tree();
  if (!tree) return out;
  std::map<uint32_t, size_t> uses;
  for (const auto& [file, list] : s.revision.uses.files) {
    std::set<uint32_t> seen; // a place may have been checked twice
    for (const sema::Use& u : list)
      if (u.kind == sema::Use::Symbol && !u.declares && seen.insert(u.at.begin).second) ++uses[u.symbol->span.begin];
  }
  for (NodeRef n : tree->root().children()) {
    const bool declaration = n.is(NodeKind::Declaration);
    const NodeRef name = declaration ? n.child(1) : n.child(NodeKind::Name);
    const bool counts = declaration || n.is(NodeKind::Fn) || n.is(NodeKind::Schema) || n.is(NodeKind::Kind) || n.is(NodeKind::TypeDecl);
    if (!counts || !name.is(NodeKind::Name)) continue;
    out.push_back({name.span(), declaration ? operationsOf(s, n) : std::nullopt, uses[name.span().begin]});
  }
  return out;
}

llvm::Expected<std::string> render(const Snapshot& s, const lower::CompileInput& input, std::optional<uint32_t> address) {
  const std::string file = lower::stableName(s.program(), s.file); // as operations name it
  uint32_t first = 1, last = UINT32_MAX;
  if (const syntax::Tree* tree = s.tree(); tree && address) {
    const std::vector<NodeRef> way = nodesAt(*tree, *address);
    if (way.size() < 2) return llvm::createStringError("there is no declaration here");
    first = s.sources().position(way[1].span().begin).line;
    last = s.sources().position(way[1].span().end).line;
  }
  source::SourceSet sources;
  source::Diagnostics diagnostics;
  lower::Compiled compiled = lower::compile(sources, diagnostics, input);
  if (diagnostics.hasErrors()) return llvm::createStringError("the module has errors; what is wrong is marked in its files");
  std::string text;
  for (plan::Operation& op : compiled.desired.operations) {
    if (op.kind != plan::OpKind::Object || op.source.file != file || op.source.line < first || op.source.line > last) continue;
    plan::sealSecret(op);
    if (llvm::Error error = plan::refuseLater(op)) return error;
    text += (text.empty() ? "" : "---\n") + plan::manifestText(op, false);
  }
  return text;
}

} // namespace chasi::lsp
