#include "compiler/lsp/complete.h"

#include "compiler/sema/load.h"

namespace chasi::lsp {

using sema::SymbolKind;
using sema::TypeKind;
using syntax::NodeKind;
using syntax::NodeRef;

/// What stands between the braces of a value of this schema: its required fields, to be filled in.
static std::string body(const sema::Schema& schema, const std::string& indent) {
  std::string text;
  int stop = 1;
  for (const sema::Field& f : schema.fields)
    if (isRequired(schema, f)) text += fmt::format("\n{}  {} = ${{{}}}", indent, f.name.str(), ++stop);
  return text.empty() ? " $0 " : text + "\n" + indent;
}

/// `name = …`, `name { … }`, and no `x.name`.
static bool isWritten(const Snapshot& s, source::Span name) {
  const source::FileId file = s.sources().fileOf(name.begin);
  const llvm::StringRef text = s.sources().text(file);
  const size_t at = name.begin - s.sources().base(file);
  const llvm::StringRef behind = text.substr(at + name.size()).ltrim(' ');
  return !text.take_front(at).ends_with(".") && !behind.starts_with("==") && (behind.starts_with("=") || behind.starts_with("+=") || behind.starts_with("{"));
}

/// Fields of a schema that files of the user set elsewhere: what is set in one block is likely to be set in the next.
static std::set<llvm::StringRef> setElsewhere(const Place& p, const sema::Schema& schema) {
  std::set<llvm::StringRef> out;
  for (const auto& [file, uses] : p.snapshot.revision.uses.files) {
    if (uses.empty() || !isOwn(p.snapshot.program(), uses.front().at)) continue;
    for (const sema::Use& u : uses)
      if (u.kind == sema::Use::Field && !u.declares && u.schema == &schema && isWritten(p.snapshot, u.at)) out.insert(u.text);
  }
  return out;
}

/// What has to be set comes first, then what others of its kind set, declarations inside of it, and the rest.
static char rankOf(const sema::Schema& schema, const sema::Field& f, bool common) {
  if (!f.deprecated.empty()) return 'z';
  return isRequired(schema, f) ? 'a' : f.nested ? 'k' : common ? 'f' : 'm';
}

static void completeField(Place& p, const sema::Schema& schema, const sema::Field& f, bool common) {
  const sema::Type* type = f.type ? sema::strip(sema::present(f.type)) : nullptr;
  const bool block = type && ((type->kind == TypeKind::Record && !type->schema->isKind) || type->kind == TypeKind::Map);
  Candidate c{.label = f.name.str(), .kind = kField, .detail = f.type ? sema::typeName(f.type) : "", .insert = f.name.str(), .snippet = {}, .rank = rankOf(schema, f, common), .of = schema.fullName(), .deprecated = !f.deprecated.empty(), .import = {}};
  if (f.nested) {
    c.label = c.insert = f.word.str();
    c.snippet = fmt::format("{} ${{1:name}} {{ $0 }}", f.word.str());
    c.kind = kClass;
    c.detail = f.name.str();
  } else {
    c.snippet = block ? fmt::format("{} {{ $0 }}", f.name.str()) : fmt::format("{} = $0", f.name.str());
  }
  p.out.push_back(std::move(c));
}

static void completeFields(Place& p, NodeRef member) {
  NodeRef block = p.typed.parent(member);
  const sema::Schema* schema = p.typed.schemaOf(block);
  if (!schema) return;
  while (block.is(NodeKind::Body)) block = p.typed.parent(p.typed.parent(block));
  const std::set<llvm::StringRef> common = setElsewhere(p, *schema);
  for (const sema::Field& f : schema->fields)
    if (isSettable(*schema, f) && (f.nested || !isSet(block, f.name))) completeField(p, *schema, f, common.contains(f.name));
  for (const char* word : {"let", "if", "for"}) p.out.push_back({.label = word, .kind = kKeyword, .detail = {}, .insert = word, .snippet = {}, .rank = 'y', .of = {}, .deprecated = false, .import = {}});
}

static void completeKinds(Place& p) {
  const auto add = [&](const sema::Module* m) {
    if (!m) return;
    for (const auto& [name, s] : m->symbols) {
      if (s->kind != SymbolKind::Kind || (m != p.typed.module() && name.starts_with("_"))) continue;
      Candidate c = candidateOf(*s);
      c.rank = 'c';
      c.snippet = fmt::format("{} ${{1:name}} {{{}}}", name.str(), body(*s->schema, ""));
      p.out.push_back(std::move(c));
    }
  };
  add(p.typed.module());
  if (p.typed.module() != p.snapshot.program().prelude) add(p.snapshot.program().prelude);
  for (const char* word : {"let", "param", "fn", "type", "schema", "kind", "import", "for", "if", "policy", "test"}) p.out.push_back({.label = word, .kind = kKeyword, .detail = {}, .insert = word, .snippet = {}, .rank = 'x', .of = {}, .deprecated = false, .import = {}});
}

/// Modules of the library behind `import std.`.
static void completeImport(Place& p, NodeRef dotted) {
  std::string before;
  for (NodeRef n : dotted.children())
    if (n.index() < p.at.index()) before += n.tokenText().str() + ".";
  std::set<std::string> next;
  for (const std::string& name : sema::libraryNames()) {
    const std::string full = llvm::StringRef(name).starts_with("std.") ? name : "std." + name;
    if (llvm::StringRef(full).starts_with(before)) next.insert(llvm::StringRef(full).drop_front(before.size()).split('.').first.str());
  }
  for (const std::string& name : next) p.out.push_back({.label = name, .kind = kModule, .detail = {}, .insert = name, .snippet = {}, .rank = 'c', .of = {}, .deprecated = false, .import = {}});
}

static void completeOverride(Place& p) {
  if (const sema::Module* root = p.snapshot.program().root)
    for (const sema::Symbol* s : root->order)
      if (s->kind == SymbolKind::Declaration) p.out.push_back(candidateOf(*s));
}

Candidate candidateOf(const sema::Symbol& s) {
  Candidate c{.label = s.name.str(), .kind = kVariable, .detail = {}, .insert = s.name.str(), .snippet = {}, .rank = 'm', .of = s.module ? s.module->path : "", .deprecated = s.schema && s.kind == SymbolKind::Kind && !s.schema->deprecated.empty(), .import = {}};
  switch (s.kind) {
  case SymbolKind::Fn: c.kind = kFunction; c.snippet = fmt::format("{}($0)", s.name.str()); break;
  case SymbolKind::Type: c.kind = kEnum; break;
  case SymbolKind::Schema: c.kind = kStruct; break;
  case SymbolKind::Kind: c.kind = kClass; break;
  case SymbolKind::Import: c.kind = kModule; break;
  case SymbolKind::Declaration: c.kind = kConstant; break;
  default: break;
  }
  if (s.kind == SymbolKind::Fn && s.node) { // as it is written
    const llvm::StringRef head = s.node.text().take_front(s.node.child(s.node.childCount() - 1).span().begin - s.node.span().begin).rtrim("= \t\n");
    llvm::SmallVector<llvm::StringRef> words;
    head.drop_front(std::min(head.size(), head.find('('))).split(words, '\n');
    for (llvm::StringRef word : words) c.detail += (c.detail.empty() || llvm::StringRef(c.detail).ends_with("(") || word.ltrim().starts_with(")") ? "" : " ") + word.trim().str(); // details are one line
  }
  // What the library has is checked when somebody uses it, and an answer does not depend on that.
  const bool value = s.kind == SymbolKind::Let || s.kind == SymbolKind::Param || s.kind == SymbolKind::Declaration;
  if (value && s.type && s.module && !s.module->library) c.detail = sema::typeName(s.type);
  return c;
}

void complete(Place& p) {
  const NodeRef around = p.typed.parent(p.at);
  switch (around.kind()) {
  case NodeKind::Member:
  case NodeKind::OptMember:
    if (around.child(1).index() == p.at.index()) return completeMember(p, around);
    return completeValue(p);
  case NodeKind::Assign:
  case NodeKind::Sub:
  case NodeKind::Append:
  case NodeKind::Unset:
    if (around.child(0).index() == p.at.index()) return completeFields(p, around);
    return completeValue(p);
  case NodeKind::Inner:
    if (around.child(0).index() == p.at.index()) return completeFields(p, around);
    return;
  case NodeKind::DottedName: {
    const NodeRef outer = p.typed.parent(around);
    if (outer.is(NodeKind::Import)) return completeImport(p, around);
    if (outer.is(NodeKind::Override)) return completeOverride(p);
    if (outer.is(NodeKind::NamedType)) return completeType(p);
    if (outer.is(NodeKind::Declaration) && around.childCount() == 1) return completeKinds(p);
    return;
  }
  case NodeKind::NamedArg:
    if (around.child(0).index() == p.at.index()) return completeValue(p);
    return completeValue(p);
  default:
    if (p.at.is(NodeKind::NameExpr)) return completeValue(p);
  }
}

} // namespace chasi::lsp
