#include "compiler/lsp/feature_hover.h"

#include "compiler/lower/stack.h"
#include "compiler/lsp/block_at.h"
#include "compiler/lsp/value_at.h"
#include "compiler/sema/builtins.h"

#include <llvm/Support/Path.h>

namespace chasi::lsp {

using sema::SymbolKind;
using sema::Use;
using syntax::NodeKind;
using syntax::NodeRef;

/// What stands before the body: `fn f(a: T) -> R`, `schema A extends B`.
static std::string head(NodeRef node) {
  uint32_t end = node.span().end;
  for (NodeRef c : node.children())
    if (c.is(NodeKind::SchemaBody) || c.is(NodeKind::BodyExpr) || syntax::isExpr(c.kind())) {
      end = c.span().begin;
      break;
    }
  const llvm::StringRef text = node.text().take_front(end - node.span().begin).rtrim();
  return text.rtrim("=").rtrim().str();
}

static std::string ofSymbol(const sema::Symbol& s) {
  const std::string name = s.name.str();
  switch (s.kind) {
  case SymbolKind::Let: return fmt::format("let {}: {}", name, s.type ? sema::typeName(s.type) : "?");
  case SymbolKind::Param: return fmt::format("param {}: {}", name, s.type ? sema::typeName(s.type) : "?");
  case SymbolKind::Declaration: return fmt::format("{} {}", s.schema ? s.schema->name.str() : "?", name);
  case SymbolKind::Import: return s.target ? fmt::format("module {}", s.target->library || !s.target->package.empty() ? s.target->path : llvm::sys::path::filename(s.target->folder).str()) : "module " + name;
  case SymbolKind::Fn:
  case SymbolKind::Schema:
  case SymbolKind::Kind:
  case SymbolKind::Type: return head(s.node);
  }
  return name;
}

static std::string ofField(const sema::Field& f) {
  const sema::Type* type = f.type && f.optional ? sema::present(f.type) : f.type;
  std::string text = f.nested ? fmt::format("nested {} as {}", f.word.str(), f.name.str()) : fmt::format("{}{}: {}", f.name.str(), f.optional ? "?" : "", type ? sema::typeName(type) : "?");
  if (const llvm::StringRef value = f.value.text(); !f.hidden && !value.empty() && value.size() <= 60 && !value.contains('\n')) text += " = " + value.str();
  return text;
}

std::string signatureOf(const Snapshot&, const Use& use) {
  switch (use.kind) {
  case Use::Symbol: return ofSymbol(*use.symbol);
  case Use::Field:
    if (const sema::Field* f = fieldOf(use)) return ofField(*f);
    return use.text.str();
  case Use::Nested: return fmt::format("{} {}", use.schema ? use.schema->name.str() : "", use.text.str());
  case Use::Builtin:
    if (const sema::BuiltinInfo* info = sema::findBuiltin(use.text)) return fmt::format("fn {}", info->signature);
    return use.text.str();
  case Use::Local:
  case Use::Argument:
  case Use::Property: return fmt::format("{}: {}", use.text.str(), use.type ? sema::typeName(use.type) : "?");
  }
  return "";
}

/// What there is to find in a module.
static std::string namesIn(const sema::Module& module) {
  constexpr size_t kMost = 12;
  std::vector<std::string> names;
  for (const sema::Symbol* s : module.order)
    if (s->kind != SymbolKind::Import && !s->name.starts_with("_")) names.push_back(fmt::format("`{}`", s->name.str()));
  const size_t more = names.size() > kMost ? names.size() - kMost : 0;
  names.resize(names.size() - more);
  return names.empty() ? "" : fmt::format("has {}{}", fmt::join(names, ", "), more ? fmt::format(" and {} more", more) : "");
}

/// What a block of a schema cannot do without.
static std::string needsOf(const sema::Schema& schema) {
  std::string text;
  for (const sema::Field& f : schema.fields)
    if (isRequired(schema, f)) text += fmt::format("{}`{}`", text.empty() ? "needs " : ", ", ofField(f));
  return text;
}

std::string docOf(const Use& use) {
  std::string doc, deprecated;
  if (use.kind == Use::Symbol && use.symbol->node) doc = use.symbol->node.doc();
  if (use.kind == Use::Symbol && use.symbol->kind == SymbolKind::Kind && use.symbol->schema) deprecated = use.symbol->schema->deprecated;
  if (use.kind == Use::Symbol && use.symbol->kind == SymbolKind::Import && use.symbol->target) doc = namesIn(*use.symbol->target);
  if (use.kind == Use::Symbol && (use.symbol->kind == SymbolKind::Kind || use.symbol->kind == SymbolKind::Schema) && use.symbol->schema)
    if (const std::string needs = needsOf(*use.symbol->schema); !needs.empty()) doc += (doc.empty() ? "" : "\n\n") + needs;
  if (const sema::Field* f = fieldOf(use)) doc = f->doc, deprecated = f->deprecated;
  if (use.kind == Use::Nested && use.schema) doc = use.schema->doc;
  if (use.kind == Use::Builtin)
    if (const sema::BuiltinInfo* info = sema::findBuiltin(use.text)) doc = *info->example ? fmt::format("{}\n\n    {}  // {}", info->doc, info->example, info->gives) : info->doc;
  return deprecated.empty() ? doc : fmt::format("**Deprecated:** {}\n\n{}", deprecated, doc);
}

/// The value of a name of another module.
static std::string valueElsewhere(const Snapshot& s, const sema::Symbol& symbol) {
  sema::Symbol* known = symbol.module ? symbol.module->symbols.lookup(symbol.name) : nullptr;
  if (!known || s.revision.diagnostics.hasErrors()) return "";
  sema::Value value;
  lower::withLargeStack([&] { value = s.revision.evaluator.evaluateSymbol(*known); });
  const std::string text = value.tag == sema::Tag::Record ? "" : shownValue(s, value);
  return text.empty() ? "" : fmt::format("= `{}`", text);
}

/// The value and how it came about.
static std::string valueText(const Snapshot& s, const std::string& path) {
  const auto found = explained(s, path);
  if (!found || found->value.tag == sema::Tag::Record) return "";
  const std::string value = shownValue(s, found->value);
  const bool broken = s.revision.diagnostics.hasErrors() && llvm::StringRef(value).contains("null"); // what could not be worked out
  if (value.empty() || broken) return "";
  std::string out = fmt::format("= `{}`", value);
  if (found->steps.size() < 2 && found->needs.empty()) return out;
  for (const eval::Step& step : found->steps) {
    std::string place = step.path;
    if (step.span.valid()) {
      const source::FileId file = s.sources().fileOf(step.span.begin);
      place = fmt::format("{}:{}", llvm::sys::path::filename(s.sources().name(file)).str(), s.sources().position(step.span.begin).line);
    }
    out += fmt::format("\n- {} ({}){}", eval::roleName(step.role), place, step.value ? fmt::format(": `{}`", shownValue(s, *step.value, 60)) : "");
  }
  for (const eval::Need& need : found->needs) out += fmt::format("\n- from `{}` = `{}`", need.text.substr(0, 60), shownValue(s, need.value, 60));
  return out;
}

/// The value of the name: the one that is set here, that of a name of the module, or what it has under this name.
static std::string pathOfUse(const Snapshot& s, const Use& use, uint32_t address) {
  if (use.kind == Use::Symbol && use.symbol->module == s.program().root && (use.symbol->kind == SymbolKind::Let || use.symbol->kind == SymbolKind::Param)) return use.symbol->name.str();
  if (use.kind != Use::Field && use.kind != Use::Nested) return "";
  const std::string written = pathWritten(s, address);
  return written.empty() && use.kind == Use::Field ? pathAt(s, address) : written;
}

std::optional<Hover> hover(const Snapshot& s, uint32_t address) {
  const auto use = useAt(s, address);
  if (!use) return std::nullopt;
  std::string text = fmt::format("```chasi\n{}\n```", signatureOf(s, *use));
  if (use->kind == Use::Field && use->schema) text += fmt::format("\n\nin `{}`", use->schema->fullName());
  if (const std::string doc = docOf(*use); !doc.empty()) text += "\n\n" + doc;
  const bool elsewhere = use->kind == Use::Symbol && use->symbol->module != s.program().root && (use->symbol->kind == SymbolKind::Let || use->symbol->kind == SymbolKind::Param);
  const std::string value = elsewhere ? valueElsewhere(s, *use->symbol) : valueText(s, pathOfUse(s, *use, address));
  const bool said = use->type && value == fmt::format("= `{}`", sema::typeName(use->type)); // `1` is of the type `1`
  if (!value.empty() && !said) text += "\n\n" + value;
  return Hover{use->at, std::move(text)};
}

} // namespace chasi::lsp
