// Symbols, folding, selections, links: what needs no more than the text of a file, and symbols of the workspace.
#include "compiler/lsp/feature_outline.h"
#include "compiler/lsp/methods.h"
#include "compiler/syntax/parse.h"

#include <llvm/ADT/StringExtras.h>
#include <llvm/Support/Path.h>

namespace chasi::lsp {

namespace {

/// The text of an open file, read on its own.
struct Text {
  source::SourceSet sources;
  std::optional<syntax::Tree> tree;

  Text(Session& session, const json& params) {
    const auto it = session.documents.open.find(documentPath(params));
    if (it == session.documents.open.end()) return;
    source::Diagnostics diagnostics;
    tree.emplace(syntax::parse(sources, sources.add(it->first, it->second.text), diagnostics));
  }
};

json symbolOf(const Session& session, const source::SourceSet& sources, const OutlineItem& item) {
  json out = {{"name", item.name.empty() ? "?" : item.name}, {"kind", item.kind}, {"range", toRange(sources, item.span, session.encoding)}, {"selectionRange", toRange(sources, item.nameSpan, session.encoding)}};
  if (!item.detail.empty()) out["detail"] = item.detail;
  if (item.children.empty()) return out;
  json children = json::array();
  for (const OutlineItem& child : item.children) children.push_back(symbolOf(session, sources, child));
  out["children"] = std::move(children);
  return out;
}

Answer symbols(Session& session, const json& params) {
  const Text text(session, params);
  if (!text.tree) return json();
  json list = json::array();
  for (const OutlineItem& item : outline(*text.tree)) list.push_back(symbolOf(session, text.sources, item));
  return list;
}

Answer foldingRanges(Session& session, const json& params) {
  const Text text(session, params);
  if (!text.tree) return json();
  json list = json::array();
  for (const Fold& f : folds(text.sources, *text.tree)) {
    const uint32_t first = text.sources.position(f.span.begin).line - 1;
    uint32_t last = text.sources.position(f.span.end).line - 1;
    if (!f.kind) --last; // the closing bracket stays in sight
    if (last <= first) continue;
    json fold = {{"startLine", first}, {"endLine", last}};
    if (f.kind) fold["kind"] = f.kind;
    list.push_back(std::move(fold));
  }
  return list;
}

Answer selectionRanges(Session& session, const json& params) {
  const Text text(session, params);
  if (!text.tree || !params.contains("positions") || !params["positions"].is_array()) return json();
  json list = json::array();
  for (const json& position : params["positions"]) {
    const uint32_t address = text.tree->base() + offsetOf(text.tree->text(), position, session.encoding);
    json range;
    const std::vector<source::Span> spans = selections(*text.tree, address);
    for (auto it = spans.rbegin(); it != spans.rend(); ++it) {
      json inner = {{"range", toRange(text.sources, *it, session.encoding)}};
      if (!range.is_null()) inner["parent"] = std::move(range);
      range = std::move(inner);
    }
    list.push_back(std::move(range));
  }
  return list;
}

Answer documentLinks(Session& session, const json& params) {
  const auto snapshot = session.documents.snapshot(documentPath(params));
  if (!snapshot) return json();
  json list = json::array();
  for (const Link& l : links(*snapshot))
    if (const std::string target = documentOf(session, l.path); !target.empty()) list.push_back({{"range", toRange(snapshot->sources(), l.span, session.encoding)}, {"target", target}});
  return list;
}

/// The letters of the query in this order, in any case.
bool matches(llvm::StringRef name, llvm::StringRef query) {
  size_t at = 0;
  for (const char c : query) {
    while (at < name.size() && llvm::toLower(name[at]) != llvm::toLower(c)) ++at;
    if (at++ == name.size()) return false;
  }
  return true;
}

/// Looks for symbols file by file; each file is looked at once.
struct SymbolSearch {
  Session& session;
  std::string query;
  json found = json::array();
  std::set<std::string> seen = {};

  bool ended() const { return found.size() >= 500 || session.stop(); }

  void look(const source::SourceSet& sources, source::FileId file, const syntax::Tree& tree) {
    if (ended() || !seen.insert(sources.name(file).str()).second) return;
    for (const OutlineItem& item : outline(tree)) {
      if (!matches(item.name, query)) continue;
      json where = locationOf(session, sources, item.nameSpan);
      if (where.is_null()) continue;
      const std::string folder = llvm::sys::path::filename(llvm::sys::path::parent_path(sources.name(file))).str();
      found.push_back({{"name", item.name}, {"kind", item.kind}, {"location", std::move(where)}, {"containerName", item.detail.empty() ? folder : item.detail}});
    }
  }
};

/// Of programs that are compiled anyway, and of all other modules of the workspace.
Answer workspaceSymbols(Session& session, const json& params) {
  SymbolSearch search{session, textAt(params, "/query")};
  for (const auto& [path, document] : session.documents.open) {
    const auto snapshot = search.ended() ? std::nullopt : session.documents.snapshot(path);
    if (!snapshot) continue;
    for (const auto& [name, module] : snapshot->program().modules)
      for (const sema::File& f : module->files)
        if (!module->library) search.look(snapshot->sources(), f.id, *f.tree);
  }
  for (const std::string& module : session.documents.modules())
    if (!search.ended()) session.documents.read(module, [&](const source::SourceSet& sources, source::FileId file, const syntax::Tree& tree) { search.look(sources, file, tree); });
  return std::move(search.found);
}

} // namespace

void addStructure(Methods& methods) {
  methods["textDocument/documentSymbol"] = {symbols, false};
  methods["textDocument/foldingRange"] = {foldingRanges, false};
  methods["textDocument/selectionRange"] = {selectionRanges, false};
  methods["textDocument/documentLink"] = {documentLinks};
  methods["workspace/symbol"] = {workspaceSymbols};
}

} // namespace chasi::lsp
