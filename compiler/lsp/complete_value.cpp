// Values, members and types: what completion offers where an expression stands.
#include "compiler/lsp/complete.h"

#include "compiler/sema/load.h"

#include <llvm/ADT/StringExtras.h>
#include <llvm/Support/Path.h>

#include <functional>

namespace chasi::lsp {

using sema::SymbolKind;
using sema::Type;
using sema::TypeKind;
using syntax::NodeKind;
using syntax::NodeRef;

static bool isImage(const Type* type) {
  if (!type) return false;
  type = sema::strip(sema::present(type));
  if (type->kind == TypeKind::List) return isImage(type->inner);
  return type->kind == TypeKind::ImageRef || (type->kind == TypeKind::Union && llvm::any_of(type->alternatives, isImage));
}

/// Words that a choice has beside images: `base = "scratch"`.
static void addWords(const Type* type, std::set<std::string>& words) {
  type = sema::strip(sema::present(type));
  if (type->kind == TypeKind::Literal) words.insert(sema::typeName(type));
  if (type->kind == TypeKind::Union)
    for (const Type* a : type->alternatives) addWords(a, words);
}

static void completeImages(Place& p) {
  std::set<std::string> fields, words;
  for (const auto& schema : p.snapshot.program().schemas)
    for (const sema::Field& f : schema->fields)
      if (isImage(f.type)) {
        fields.insert(f.name.str());
        addWords(f.type, words);
      }
  for (const ImageChoice& image : p.around.images(fields)) {
    const std::string text = fmt::format("\"{}\"", image.text);
    if (words.contains(text)) continue;
    p.out.push_back({.label = text, .kind = kValue, .detail = image.detail, .insert = text, .snippet = {}, .rank = image.pinned ? 'a' : 'b', .of = {}, .deprecated = false, .import = {}});
  }
}

// The texts of a union, true and false, images.
void completeChoices(Place& p, const Type* type) {
  bool images = false;
  std::function<void(const Type*)> add = [&](const Type* t) {
    if (!t) return;
    t = sema::strip(sema::present(t));
    if (t->kind == TypeKind::Union)
      for (const Type* a : t->alternatives) add(a);
    std::vector<std::string> texts;
    if (t->kind == TypeKind::Literal) texts = {sema::typeName(t)};
    if (t->kind == TypeKind::Bool) texts = {"true", "false"};
    for (const std::string& text : texts) p.out.push_back({.label = text, .kind = kValue, .detail = {}, .insert = text, .snippet = {}, .rank = 'a', .of = {}, .deprecated = false, .import = {}});
    if (t->kind == TypeKind::Secret) p.out.push_back({.label = "secret", .kind = kFunction, .detail = "Secret", .insert = "secret(\"env/NAME\")", .snippet = "secret(\"${1:env/NAME}\")$0", .rank = 'a', .of = {}, .deprecated = false, .import = {}});
    images |= t->kind == TypeKind::ImageRef;
  };
  add(type);
  if (images) completeImages(p);
}

static bool isFitting(const Type* from, const Type* to) { return from && to && from->kind != TypeKind::Error && sema::fits(from, to) != sema::Fit::No; }

/// What a value of a symbol would be where `expected` is.
static bool fitsAt(const sema::Symbol& s, const Type* expected) {
  if (!expected) return false;
  const Type* to = sema::strip(sema::present(expected));
  if (s.kind == SymbolKind::Declaration) return to->kind == TypeKind::Record && to->schema == s.schema;
  if (s.kind == SymbolKind::Schema) return to->kind == TypeKind::Record && to->schema == s.schema;
  return s.module && !s.module->library && isFitting(s.type, expected);
}

void completeModules(Place& p) {
  for (const std::string& module : p.around.modules()) {
    const std::string text = fmt::format("\"{}\"", module);
    p.out.push_back({.label = text, .kind = kModule, .detail = {}, .insert = text, .snippet = {}, .rank = 'a', .of = {}, .deprecated = false, .import = {}});
  }
}

/// A line more among the imports of the text: behind them, or at its beginning.
static source::Edit importing(const Place& p, const std::string& what) {
  const llvm::StringRef text = p.text;
  size_t at = 0;
  for (size_t line = 0; line < text.size();) {
    const size_t end = std::min(text.size(), text.find('\n', line) == llvm::StringRef::npos ? text.size() : text.find('\n', line) + 1);
    if (text.slice(line, end).starts_with("import ")) at = end;
    line = end;
  }
  const auto address = p.base + static_cast<uint32_t>(at);
  return {{address, address}, fmt::format("import {}\n", what)};
}

/// Modules that the file does not import yet, of the library and of the workspace, and the line that would.
static void completeUnimported(Place& p) {
  std::set<std::string> have;
  if (p.typed.module())
    for (const auto& [name, s] : p.typed.module()->symbols) have.insert(name.str());
  for (const std::string& full : sema::libraryNames()) {
    const auto [library, rest] = llvm::StringRef(full).split('.');
    if (rest.empty() || rest.contains('.') || rest == "core" || have.contains(rest.str())) continue;
    Candidate c{.label = rest.str(), .kind = kModule, .detail = "import " + full, .insert = rest.str(), .snippet = {}, .rank = 'x', .of = {}, .deprecated = false, .import = {}};
    c.import = importing(p, full);
    p.out.push_back(std::move(c));
  }
  for (const std::string& module : p.around.modules()) {
    const std::string name = llvm::sys::path::filename(module).str();
    const bool isName = llvm::all_of(name, [](char c) { return llvm::isAlnum(c) || c == '_'; }) && !llvm::isDigit(name.front());
    if (!isName || !have.insert(name).second) continue;
    Candidate c{.label = name, .kind = kModule, .detail = fmt::format("import \"{}\"", module), .insert = name, .snippet = {}, .rank = 'x', .of = {}, .deprecated = false, .import = {}};
    c.import = importing(p, fmt::format("\"{}\"", module));
    p.out.push_back(std::move(c));
  }
}

void completeValue(Place& p) {
  const NodeRef around = p.typed.parent(p.at);
  const Type* expected = p.typed.expectedAt(p.at);
  completeChoices(p, expected);
  for (const Typed::Local& l : p.typed.localsAt(p.at)) p.out.push_back({.label = l.name.str(), .kind = kVariable, .detail = l.type ? sema::typeName(l.type) : "", .insert = l.name.str(), .snippet = {}, .rank = isFitting(l.type, expected) ? 'b' : 'e', .of = {}, .deprecated = false, .import = {}});
  // Fields that blocks around set.
  std::set<std::string> seen;
  llvm::StringRef own; // a name of the module whose value this is a part of
  for (NodeRef n = around; n; n = p.typed.parent(n)) {
    if ((n.is(NodeKind::Let) || n.is(NodeKind::Param)) && p.typed.parent(n).is(NodeKind::File)) own = n.child(0).tokenText();
    if (n.is(NodeKind::Assign) || n.is(NodeKind::Append)) seen.insert(n.child(0).tokenText().str()); // would be made of itself
    const sema::Schema* schema = n.is(NodeKind::Block) ? p.typed.schemaOf(n) : nullptr;
    for (size_t i = 0; schema && i < schema->fields.size(); ++i) {
      const sema::Field& f = schema->fields[i];
      if (isSet(n, f.name) && seen.insert(f.name.str()).second) p.out.push_back({.label = f.name.str(), .kind = kField, .detail = f.type ? sema::typeName(f.type) : "", .insert = f.name.str(), .snippet = {}, .rank = 'k', .of = schema->fullName(), .deprecated = false, .import = {}});
    }
  }
  if (around.is(NodeKind::Call))
    if (const sema::Symbol* fn = p.typed.functionOf(around))
      for (const sema::FnParam& a : fn->params) p.out.push_back({.label = a.name.str() + " =", .kind = kField, .detail = a.type ? sema::typeName(a.type) : "", .insert = a.name.str() + " = ", .snippet = {}, .rank = 'd', .of = {}, .deprecated = false, .import = {}});
  const auto symbols = [&](const sema::Module* m, bool here) {
    if (!m) return;
    for (const auto& [name, s] : m->symbols) {
      if (here && name == own) continue;
      if (!here && (name.starts_with("_") || s->kind == SymbolKind::Import)) continue;
      Candidate c = candidateOf(*s);
      const bool type = s->kind == SymbolKind::Type || s->kind == SymbolKind::Kind || s->kind == SymbolKind::Schema;
      c.rank = fitsAt(*s, expected) ? 'b' : type ? 't' : here ? 'h' : 'r';
      if (s->kind == SymbolKind::Schema) c.snippet = fmt::format("{} {{ $0 }}", name.str());
      p.out.push_back(std::move(c));
    }
  };
  symbols(p.typed.module(), true);
  if (const sema::Module* core = p.snapshot.program().prelude; core != p.typed.module()) symbols(core, false);
  for (const sema::BuiltinInfo& b : sema::allBuiltins())
    if (!llvm::StringRef(b.signature).split('(').first.contains('.')) p.out.push_back({.label = b.name, .kind = kFunction, .detail = b.signature, .insert = b.name, .snippet = fmt::format("{}($0)", b.name), .rank = 's', .of = "(builtin)", .deprecated = false, .import = {}});
  completeUnimported(p);
}

static void completeProperties(Place& p, const Type* type) {
  const auto add = [&](std::initializer_list<const char*> names) {
    for (const char* name : names) p.out.push_back({.label = name, .kind = kField, .detail = {}, .insert = name, .snippet = {}, .rank = 'b', .of = {}, .deprecated = false, .import = {}});
  };
  switch (type->kind) {
  case TypeKind::ImageRef: return add({"registry", "repository", "tag", "digest", "pinned"});
  case TypeKind::Version: return add({"major", "minor", "patch"});
  case TypeKind::Path: return add({"name", "parent"});
  default: return;
  }
}

/// Names of declarations inside of a declaration: `payments.api`.
static void completeNested(Place& p, NodeRef base) {
  const sema::Symbol* s = base.is(NodeKind::NameExpr) ? p.typed.symbolOf(base.tokenText()) : nullptr;
  if (!s || s->kind != SymbolKind::Declaration) return;
  for (NodeRef n : s->node.child(NodeKind::Block).children())
    if (n.is(NodeKind::Inner) && n.child(1).is(NodeKind::Name)) p.out.push_back({.label = n.child(1).tokenText().str(), .kind = kConstant, .detail = n.child(0).tokenText().str(), .insert = n.child(1).tokenText().str(), .snippet = {}, .rank = 'a', .of = {}, .deprecated = false, .import = {}});
}

void completeMember(Place& p, NodeRef member) {
  const NodeRef base = member.child(0);
  if (const sema::Module* m = p.typed.moduleOf(base)) {
    for (const auto& [name, s] : m->symbols)
      if (!name.starts_with("_") && (s->kind != SymbolKind::Import || s->part)) p.out.push_back(candidateOf(*s));
    return;
  }
  const Type* type = p.typed.typeOf(base);
  if (!type) return;
  type = sema::strip(sema::present(type));
  completeNested(p, base);
  if (type->kind == TypeKind::Record)
    for (const sema::Field& f : type->schema->fields) {
      if (f.hidden && f.name == "lower") continue;
      p.out.push_back({.label = f.name.str(), .kind = kField, .detail = f.type ? sema::typeName(f.type) : "", .insert = f.name.str(), .snippet = {}, .rank = 'b', .of = type->schema->fullName(), .deprecated = !f.deprecated.empty(), .import = {}});
    }
  completeProperties(p, type);
  if (type->kind == TypeKind::Record) return;
  for (const sema::BuiltinInfo& b : sema::allBuiltins())
    if (b.id > sema::Builtin::Operations && sema::worksOn(b.id, type, p.snapshot.revision.program.types)) p.out.push_back({.label = b.name, .kind = kMethod, .detail = b.signature, .insert = fmt::format("{}()", b.name), .snippet = fmt::format("{}($0)", b.name), .rank = 'm', .of = "(builtin)", .deprecated = false, .import = {}});
}

void completeType(Place& p) {
  for (const char* name : {"Bool", "Int", "Float", "String", "Cpu", "Bytes", "Percent", "Duration", "Version", "ImageRef", "Path", "Secret", "List", "Map", "Later", "Any"}) p.out.push_back({.label = name, .kind = kClass, .detail = {}, .insert = name, .snippet = {}, .rank = 'c', .of = {}, .deprecated = false, .import = {}});
  for (const sema::Module* m : {p.typed.module(), static_cast<const sema::Module*>(p.snapshot.program().prelude)}) {
    if (!m) continue;
    for (const auto& [name, s] : m->symbols)
      if (s->kind == SymbolKind::Type || s->kind == SymbolKind::Schema || s->kind == SymbolKind::Kind || (s->kind == SymbolKind::Import && m == p.typed.module())) p.out.push_back(candidateOf(*s));
  }
}

} // namespace chasi::lsp
