#include "compiler/doc/book.h"

#include "compiler/sema/builtins.h"

namespace chasi::doc {

using namespace sema;
using syntax::NodeKind;
using syntax::NodeRef;

namespace {

/// Code in one line: what stands in a table.
std::string flat(llvm::StringRef text) {
  std::string out;
  for (const char c : text) {
    const bool space = c == ' ' || c == '\n' || c == '\t' || c == '\r';
    if (space && (out.empty() || out.back() == ' ')) continue;
    out += space ? ' ' : c;
  }
  while (!out.empty() && out.back() == ' ') out.pop_back();
  return out;
}

/// The first lines of a default; a long one is told by its beginning.
std::string brief(llvm::StringRef text) {
  std::string out = flat(text);
  if (out.size() <= 160) return out;
  size_t cut = 157;
  while (cut > 0 && (static_cast<unsigned char>(out[cut]) & 0xC0) == 0x80) --cut;
  return out.substr(0, cut) + "…";
}

/// From the node's first word up to where `end` begins.
std::string upTo(NodeRef node, NodeRef end) {
  llvm::StringRef text = node.text();
  if (end) text = text.take_front(end.span().begin - node.span().begin);
  return flat(text.rtrim(" \n\t={"));
}

NodeRef typeOf(NodeRef node) {
  for (NodeRef c : node.children())
    if (syntax::isType(c.kind())) return c;
  return {};
}

NodeRef valueOf(NodeRef node) {
  for (NodeRef c : node.children())
    if (syntax::isExpr(c.kind()) || c.is(NodeKind::BodyExpr)) return c;
  return {};
}

/// The node that declared a field; it may stand in a schema that this one extends.
NodeRef nodeOf(const Schema& schema, llvm::StringRef field, const Schema*& owner) {
  for (const Schema* s = &schema; s; s = s->base)
    for (NodeRef n : s->node.child(NodeKind::SchemaBody).children()) {
      const bool named = n.is(NodeKind::Field) || n.is(NodeKind::Let);
      if (!named || n.child(NodeKind::Name).tokenText() != field) continue;
      owner = s;
      return n;
    }
  return {};
}

FieldDoc readField(const Schema& schema, const Field& f) {
  FieldDoc out{.name = f.name.str(), .doc = f.doc, .deprecated = f.deprecated, .sensitive = f.sensitive};
  const Schema* owner = nullptr;
  const NodeRef node = nodeOf(schema, f.name, owner);
  const NodeRef written = node ? typeOf(node) : NodeRef();
  out.type = written ? flat(written.text()) : f.type ? typeName(f.type) : "";
  if (f.value) out.fallback = brief(f.value.text());
  out.required = !f.optional && !f.value && !f.nested && !f.hidden;
  if (owner && owner != &schema) out.from = owner->fullName();
  return out;
}

void readChecks(const Schema& schema, SchemaDoc& out) {
  for (NodeRef n : schema.node.child(NodeKind::SchemaBody).children())
    if (n.is(NodeKind::Check)) out.checks.push_back({flat(n.child(0).text()), n.child(1) ? flat(n.child(1).text()) : ""});
}

SchemaDoc readSchema(const Schema& schema) {
  SchemaDoc out{.word = schema.isKind ? "kind" : schema.outer ? "nested" : "schema", .name = schema.fullName(), .doc = schema.doc, .deprecated = schema.deprecated};
  out.title = upTo(schema.node, schema.node.child(NodeKind::SchemaBody));
  for (const Field& f : schema.fields) {
    if (f.name.starts_with("_") || f.name == "lower" || (schema.named && &f == schema.fields.data())) continue;
    if (f.nested) {
      out.nested.push_back(readSchema(*f.nested));
      out.fields.push_back({.name = f.name.str(), .type = fmt::format("Map<String, {}>", f.nested->fullName()), .doc = fmt::format("Declared one by one: `{} NAME {{ … }}`.", f.word.str())});
      continue;
    }
    (f.hidden ? out.computed : out.fields).push_back(readField(schema, f));
  }
  if (schema.base) readChecks(*schema.base, out);
  readChecks(schema, out);
  return out;
}

/// `Int`, where the value alone is `3`: a union of values that were not written as a type shows what it widens to.
std::string boundTo(const Type* type) {
  const Type one{.kind = TypeKind::Union, .alternatives = type, .inferred = type->inferred};
  return typeName(type->inferred ? &one : type);
}

void readSymbol(const Symbol& s, ModuleDoc& out) {
  const std::string doc = s.node.doc(), name = s.name.str();
  switch (s.kind) {
  case SymbolKind::Kind: out.kinds.push_back(readSchema(*s.schema)); break;
  case SymbolKind::Schema: out.schemas.push_back(readSchema(*s.schema)); break;
  case SymbolKind::Type: out.types.push_back({name, flat(s.node.text()), doc, "", ""}); break;
  case SymbolKind::Param: out.params.push_back({name, flat(s.node.text()), doc, "", ""}); break;
  case SymbolKind::Let: out.values.push_back({name, fmt::format("let {}: {}", name, s.type ? boundTo(s.type) : "Any"), doc, "", ""}); break;
  case SymbolKind::Fn: out.functions.push_back({name, upTo(s.node, valueOf(s.node)), doc, "", ""}); break;
  case SymbolKind::Declaration: out.declarations.push_back({name, upTo(s.node, s.node.child(NodeKind::Block)), doc, "", ""}); break;
  case SymbolKind::Import: break;
  }
}

} // namespace

ModuleDoc readModule(const Module& module) {
  ModuleDoc out{.name = module.path};
  for (const Symbol* s : module.order)
    if (!s->name.starts_with("_")) readSymbol(*s, out);
  return out;
}

ModuleDoc builtinModule() {
  ModuleDoc out{.name = "std.builtins"};
  for (const BuiltinInfo& b : allBuiltins()) out.functions.push_back({b.name, b.signature, b.doc, b.example, b.gives});
  return out;
}

} // namespace chasi::doc
