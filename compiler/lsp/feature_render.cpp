#include "compiler/lsp/feature_render.h"

#include "compiler/lower/lower.h"
#include "compiler/lower/stack.h"
#include "runtime/plan/manifest_text.h"
#include "runtime/plan/secrets.h"

namespace chasi::lsp {

using syntax::NodeKind;
using syntax::NodeRef;

/// What a reader calls an operation: the kind of an object, or what it is instead of one; "" for what changes nothing itself.
static std::string titleOf(const Snapshot& s, const sema::Value& operation) {
  if (operation.tag != sema::Tag::Record) return "";
  const llvm::StringRef schema = operation.record->schema->name;
  if (schema == "ImageBuild") return "image";
  if (schema == "RunningCluster") return "virtual cluster";
  if (schema != "Object") return "";
  const int slot = operation.record->schema->find("manifest");
  sema::Value kind = slot < 0 ? sema::Value::absent() : s.revision.evaluator.slot(*operation.record, static_cast<uint32_t>(slot));
  if (kind.tag == sema::Tag::Map) {
    const sema::Value* found = kind.map->find("kind");
    kind = found ? *found : sema::Value::absent();
  } else if (kind.tag == sema::Tag::Record) {
    const int at = kind.record->schema->find("kind");
    kind = at < 0 ? sema::Value::absent() : s.revision.evaluator.slot(*kind.record, static_cast<uint32_t>(at));
  }
  return kind.isText() ? kind.str().str() : "object";
}

static Counts countsOf(const Snapshot& s, const sema::Value& list) {
  Counts out;
  for (const sema::Value& operation : list.list->items) {
    const std::string title = titleOf(s, operation);
    const auto at = llvm::find_if(out, [&](const auto& o) { return o.first == title; });
    if (title.empty()) continue;
    if (at == out.end()) out.emplace_back(title, 1);
    else ++at->second;
  }
  return out;
}

// Lowering has evaluated the lists already.
std::optional<Counts> operationsOf(const Snapshot& s, NodeRef declaration) {
  if (s.revision.diagnostics.hasErrors()) return std::nullopt;
  for (sema::Record* r : s.revision.evaluator.declarations()) {
    if (r->name != declaration.child(1).tokenText() || r->span != declaration.child(1).span()) continue;
    std::optional<Counts> out;
    if (r->schema->lowerSlot < 0) return out;
    lower::withLargeStack([&] {
      const sema::Value list = s.revision.evaluator.slot(*r, static_cast<uint32_t>(r->schema->lowerSlot));
      if (list.tag == sema::Tag::List) out = countsOf(s, list);
    });
    return out;
  }
  return std::nullopt;
}

std::string planSummary(const Counts& operations) {
  constexpr size_t kMost = 4;
  std::string text;
  size_t more = 0;
  for (size_t i = 0; i < operations.size(); ++i) {
    const auto& [title, count] = operations[i];
    if (i >= kMost) more += count;
    else text += (i ? ", " : "") + (count > 1 ? std::to_string(count) + " " : "") + title;
  }
  return more ? fmt::format("{} and {} more", text, more) : text;
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

/// The declaration around an address and those inside of it that the address is in too, the innermost first; without an address the file.
static std::vector<source::Span> asked(const Snapshot& s, std::optional<uint32_t> address) {
  const syntax::Tree* tree = s.tree();
  if (!tree || !address) return {{s.base(), s.base() + static_cast<uint32_t>(s.text().size())}};
  std::vector<source::Span> out;
  const std::vector<NodeRef> way = nodesAt(*tree, *address);
  for (size_t i = 1; i < way.size(); ++i)
    if (i == 1 || way[i].is(NodeKind::Declaration) || way[i].is(NodeKind::Inner)) out.insert(out.begin(), way[i].span());
  return out;
}

llvm::Expected<std::string> render(const Snapshot& s, const lower::CompileInput& input, std::optional<uint32_t> address) {
  const std::string file = lower::stableName(s.program(), s.file); // as operations name it
  const std::vector<source::Span> spans = asked(s, address);
  if (spans.empty()) return llvm::createStringError("there is no declaration here");
  source::SourceSet sources;
  source::Diagnostics diagnostics;
  lower::Compiled compiled = lower::compile(sources, diagnostics, input);
  if (diagnostics.hasErrors()) return llvm::createStringError("the module has errors; what is wrong is marked in its files");
  for (const source::Span span : spans) {
    const auto first = s.sources().position(span.begin), last = s.sources().position(span.end);
    std::string text;
    for (plan::Operation& op : compiled.desired.operations) {
      const auto at = std::pair(op.source.line, op.source.column);
      if (op.kind != plan::OpKind::Object || op.source.file != file || at < std::pair(first.line, first.column) || at > std::pair(last.line, last.column)) continue;
      plan::sealSecret(op);
      if (llvm::Error error = plan::refuseLater(op)) return error;
      text += (text.empty() ? "" : "---\n") + plan::manifestText(op, false);
    }
    if (!text.empty()) return text;
  }
  return "";
}

} // namespace chasi::lsp
