#include "compiler/lsp/feature_actions.h"

#include "compiler/lint/lint.h"
#include "compiler/lsp/block_at.h"

#include <algorithm>

namespace chasi::lsp {

using source::Span;
using syntax::NodeKind;
using syntax::NodeRef;

static bool touches(Span a, Span b) { return a.begin <= b.end && b.begin <= a.end; }

static void fixes(const Snapshot& s, Span selection, std::vector<Action>& out) {
  for (const source::Diagnostic& d : s.revision.diagnostics.all()) {
    if (!touches(d.span, selection)) continue;
    for (const source::Fix& f : d.fixes) {
      const bool likely = d.fixes.size() == 1 && !lint::isForPeople(d.code);
      out.push_back({f.title, "quickfix", f.edits, &d, likely || f.sure});
    }
  }
}

static std::string indentOf(const Snapshot& s, uint32_t address) {
  const source::FileId file = s.sources().fileOf(address);
  return s.sources().line(file, s.sources().position(address).line).take_while([](char c) { return c == ' ' || c == '\t'; }).str();
}

/// The first declaration that fits, when there is one.
static std::string firstDeclaration(const Snapshot& s, const sema::Schema& kind) {
  const sema::Module* module = nullptr;
  treeOf(s.program(), s.file, &module);
  if (module)
    for (const sema::Symbol* d : module->order)
      if (d->kind == sema::SymbolKind::Declaration && d->schema == &kind) return d->name.str();
  return "NAME";
}

/// A value to begin with, for a field that has to be there.
static std::string firstValue(const Snapshot& s, const sema::Type* type) {
  using sema::TypeKind;
  const sema::Type* t = type ? sema::strip(type) : nullptr;
  if (!t) return "\"\"";
  switch (t->kind) {
  case TypeKind::Bool: return "false";
  case TypeKind::Int: return "1";
  case TypeKind::Float: return "1.0";
  case TypeKind::Cpu: return "100m";
  case TypeKind::Bytes: return "128Mi";
  case TypeKind::Percent: return "50%";
  case TypeKind::Duration: return "1h";
  case TypeKind::List: return "[]";
  case TypeKind::Map: return "{}";
  case TypeKind::Secret: return "secret(\"env/NAME\")";
  case TypeKind::Record: return t->schema->isKind ? firstDeclaration(s, *t->schema) : "{}";
  case TypeKind::Union: return t->alternatives.empty() ? "\"\"" : firstValue(s, t->alternatives.front());
  case TypeKind::Literal: return sema::typeName(t);
  default: return "\"\"";
  }
}

/// All required fields that the innermost block around the selection lacks.
static void missingFields(const Snapshot& s, Span selection, std::vector<Action>& out) {
  const syntax::Tree* tree = s.tree();
  if (!tree) return;
  const std::vector<NodeRef> way = nodesAt(*tree, selection.begin);
  NodeRef block;
  for (NodeRef n : way) {
    if (n.is(NodeKind::Block)) block = n;
    // On the name or the kind of a declaration, its block is meant.
    if ((n.is(NodeKind::Declaration) || n.is(NodeKind::Inner) || n.is(NodeKind::Amend)) && n.child(NodeKind::Block)) block = n.child(NodeKind::Block);
  }
  if (!block || block.text().size() < 2) return;
  const Typed typed(s.program(), *tree, s.file);
  const sema::Schema* schema = typed.schemaOf(block);
  if (!schema || !typed.isFresh(block)) return;
  std::vector<const sema::Field*> missing;
  for (const sema::Field& f : schema->fields)
    if (isRequired(*schema, f) && !isSet(block, f.name)) missing.push_back(&f);
  if (missing.empty()) return;
  const Span span = block.span();
  const std::string outer = indentOf(s, span.begin);
  const bool empty = block.childCount() == 0;
  const llvm::StringRef behind = s.text().drop_front(span.end - s.base()).take_until([](char c) { return c == '\n'; }).trim(" \t\r");
  const bool oneLine = !block.text().contains('\n') && (!empty || !behind.empty()); // also inside of what stands on one line
  std::string text;
  source::Edit edit;
  if (oneLine) {
    for (const sema::Field* f : missing) text += fmt::format("{}{} = {}", text.empty() ? "" : ", ", f->name.str(), firstValue(s, f->type));
    const uint32_t end = span.end - 1 - static_cast<uint32_t>(block.text().drop_back().size() - block.text().drop_back().rtrim().size());
    edit = empty ? source::Edit{{span.begin + 1, span.end - 1}, " " + text + " "} : source::Edit{{end, end}, ", " + text};
  } else {
    for (const sema::Field* f : missing) text += fmt::format("\n{}  {} = {}", outer, f->name.str(), firstValue(s, f->type));
    edit = empty ? source::Edit{{span.begin + 1, span.end - 1}, text + "\n" + outer} : source::Edit{{span.begin + 1, span.begin + 1}, text};
  }
  const bool preferred = llvm::none_of(out, [](const Action& a) { return a.preferred; }); // a fix of the name of one comes before
  const source::Diagnostic* said = nullptr;
  for (const source::Diagnostic& d : s.revision.diagnostics.all())
    if (!said && d.code == source::Code::MissingField && touches(d.span, selection)) said = &d;
  out.push_back({"add the required fields", "quickfix", {std::move(edit)}, said, preferred});
}

/// A new name for the module that nothing else has.
static std::string freeName(const Snapshot& s, const char* base) {
  std::string name = base;
  const sema::Module* module = nullptr;
  treeOf(s.program(), s.file, &module);
  for (int n = 2; s.text().contains(name) || (module && module->symbols.count(name)); ++n) name = fmt::format("{}{}", base, n);
  return name;
}

/// Names in it that mean something only where they stand.
static bool isFree(const Snapshot& s, Span span) {
  const auto file = s.revision.uses.files.find(s.file);
  if (file == s.revision.uses.files.end()) return true;
  for (const sema::Use& u : file->second) {
    if (u.at.begin < span.begin || u.at.end > span.end || u.declares) continue;
    const bool inside = u.declared.valid() && u.declared.begin >= span.begin && u.declared.end <= span.end;
    if ((u.kind == sema::Use::Local || u.kind == sema::Use::Nested) && !inside && u.declared.valid()) return false;
    if (u.kind == sema::Use::Field && u.at.begin > 0 && s.sources().text(Span{u.at.begin - 1, u.at.begin}) != "." && u.at.begin == span.begin) return false;
  }
  return true;
}

static void extract(const Snapshot& s, Span selection, std::vector<Action>& out) {
  const syntax::Tree* tree = s.tree();
  if (!tree || !selection.size()) return;
  const llvm::StringRef chosen = s.sources().text(selection);
  const Span trimmed{selection.begin + static_cast<uint32_t>(chosen.size() - chosen.ltrim().size()), selection.end - static_cast<uint32_t>(chosen.size() - chosen.rtrim().size())};
  const std::vector<NodeRef> way = nodesAt(*tree, trimmed.begin);
  for (NodeRef n : way) {
    if (!syntax::isExpr(n.kind()) || n.span() != trimmed || n.is(NodeKind::BlockLit) || n.is(NodeKind::NameExpr) || way.size() < 2 || !isFree(s, trimmed)) continue;
    const std::string name = freeName(s, "value");
    const uint32_t top = way[1].span().begin;
    const std::string doc = way[1].doc();
    uint32_t begin = top;
    for (size_t lines = doc.empty() ? 0 : 1 + static_cast<size_t>(llvm::count(doc, '\n')); lines > 0 && begin > s.base(); --lines) // its comment stays with the item
      begin = s.base() + static_cast<uint32_t>(s.text().take_front(begin - s.base() - 1).rfind('\n') + 1);
    out.push_back({fmt::format("extract into `let {}`", name), "refactor.extract", {{{begin, begin}, fmt::format("let {} = {}\n\n", name, n.text().str())}, {trimmed, name}}, nullptr, false});
    return;
  }
}

static void inlineLet(const Snapshot& s, Span selection, std::vector<Action>& out) {
  const auto use = useAt(s, selection.begin);
  if (!use || use->kind != sema::Use::Symbol || use->symbol->kind != sema::SymbolKind::Let || !isOwn(s.program(), use->symbol->span)) return;
  NodeRef value;
  for (NodeRef c : use->symbol->node.children())
    if (syntax::isExpr(c.kind())) value = c;
  if (!value || !use->symbol->node.is(NodeKind::Let)) return;
  const bool simple = value.is(NodeKind::IntLit) || value.is(NodeKind::FloatLit) || value.is(NodeKind::String) || value.is(NodeKind::QuantityLit) || value.is(NodeKind::BoolLit) || value.is(NodeKind::NameExpr) || value.is(NodeKind::List) ||
                      value.is(NodeKind::Member) || value.is(NodeKind::Call) || value.is(NodeKind::Paren);
  const std::string text = simple ? value.text().str() : fmt::format("({})", value.text().str());
  std::vector<source::Edit> edits;
  for (const Span place : placesOf(s, use->symbol->span))
    if (place != use->symbol->span) edits.push_back({place, text});
  const Span item = use->symbol->node.span();
  const uint32_t after = item.end + (s.sources().text(Span{item.end, item.end + 1}) == "\n" ? 1 : 0);
  edits.push_back({{item.begin, after}, ""});
  out.push_back({fmt::format("inline `{}`", use->symbol->name.str()), "refactor.inline", std::move(edits), nullptr, false});
}

/// Imports stand in order: the standard library, packages, folders; none twice, none that nothing uses.
static void organise(const Snapshot& s, std::vector<Action>& out) {
  const syntax::Tree* tree = s.tree();
  if (!tree) return;
  std::vector<NodeRef> imports;
  for (NodeRef n : tree->root().children()) {
    if (!n.is(NodeKind::Import)) break;
    if (n.flag(syntax::kBroken) || !n.doc().empty()) return;
    imports.push_back(n);
  }
  if (imports.empty()) return;
  const Span whole{imports.front().span().begin, imports.back().span().end};
  if (s.sources().text(whole).contains("//") || s.sources().text(whole).contains("/*")) return; // comments would lose their line
  const auto rank = [](llvm::StringRef text) { return text.starts_with("import std") ? 0 : text.starts_with("import \"") ? 2 : 1; };
  const auto isUnused = [&](NodeRef n) { // as lint has found; with errors nobody knows
    return llvm::any_of(s.revision.diagnostics.all(), [&](const source::Diagnostic& d) { return d.code == source::Code::UnusedImport && d.span.begin >= n.span().begin && d.span.end <= n.span().end; });
  };
  std::set<std::string> lines;
  for (NodeRef n : imports)
    if (!isUnused(n)) lines.insert(n.text().str());
  std::vector<std::string> sorted(lines.begin(), lines.end());
  std::stable_sort(sorted.begin(), sorted.end(), [&](const std::string& a, const std::string& b) { return rank(a) < rank(b); });
  std::string text;
  for (const std::string& line : sorted) text += (text.empty() ? "" : "\n") + line;
  const bool none = text.empty() && s.sources().text(Span{whole.end, whole.end + 1}) == "\n";
  if (text != s.sources().text(whole)) out.push_back({"organise imports", "source.organizeImports", {{{whole.begin, whole.end + none}, text}}, nullptr, false});
}

/// The members of a list of plain values in order.
static void sortList(const Snapshot& s, Span selection, std::vector<Action>& out) {
  const syntax::Tree* tree = s.tree();
  NodeRef list;
  if (tree)
    for (NodeRef n : nodesAt(*tree, selection.begin))
      if (n.is(NodeKind::List)) list = n;
  if (!list || list.childCount() < 2 || list.text().contains("//") || list.text().contains("/*")) return;
  std::vector<NodeRef> items;
  std::vector<std::string> texts;
  for (NodeRef c : list.children()) {
    if (!c.is(NodeKind::String) && !c.is(NodeKind::NameExpr) && !c.is(NodeKind::Member)) return;
    items.push_back(c);
    texts.push_back(c.text().str());
  }
  std::vector<std::string> sorted = texts;
  std::sort(sorted.begin(), sorted.end());
  if (sorted == texts) return;
  std::vector<source::Edit> edits;
  for (size_t i = 0; i < items.size(); ++i)
    if (sorted[i] != texts[i]) edits.push_back({items[i].span(), sorted[i]});
  out.push_back({"sort this list", "refactor.rewrite", std::move(edits), nullptr, false});
}

std::vector<Action> actions(const Snapshot& s, Span selection) {
  std::vector<Action> out;
  fixes(s, selection, out);
  missingFields(s, selection, out);
  extract(s, selection, out);
  inlineLet(s, selection, out);
  sortList(s, selection, out);
  organise(s, out);
  return out;
}

} // namespace chasi::lsp
