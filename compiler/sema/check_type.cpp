// Types as they are written.
#include "compiler/sema/checker.h"

namespace chasi::sema {

static TypeKind simpleNamed(llvm::StringRef name) {
  static const llvm::StringMap<TypeKind> names = {
      {"Bool", TypeKind::Bool},       {"Int", TypeKind::Int},           {"Float", TypeKind::Float},   {"String", TypeKind::String},
      {"Cpu", TypeKind::Cpu},         {"Bytes", TypeKind::Bytes},       {"Percent", TypeKind::Percent}, {"Duration", TypeKind::Duration},
      {"Version", TypeKind::Version}, {"ImageRef", TypeKind::ImageRef}, {"Path", TypeKind::Path},     {"Secret", TypeKind::Secret},
      {"Any", TypeKind::Any}};
  const auto it = names.find(name);
  return it == names.end() ? TypeKind::Error : it->second;
}

bool isTypeOfLanguage(llvm::StringRef name) { return name == "List" || name == "Map" || name == "Later" || simpleNamed(name) != TypeKind::Error; }

const Type* Checker::symbolType(Symbol& symbol, Span use) {
  switch (symbol.kind) {
  case SymbolKind::Type: return typeOf(symbol, use);
  case SymbolKind::Schema:
  case SymbolKind::Kind: return t.record(symbol.schema);
  default: return nullptr;
  }
}

Symbol* Checker::findTypeSymbol(llvm::ArrayRef<NodeRef> names, Module& module, Schema* around, const Schema*& nested, bool& told) {
  const llvm::StringRef first = names[0].tokenText();
  for (Schema* s = around; s; s = s->outer) {
    if (names.size() == 1 && s->outer && s->name == first) {
      nested = s;
      return nullptr;
    }
    for (const Field& f : s->fields)
      if (f.nested && f.word == first && names.size() == 1) {
        nested = f.nested;
        return nullptr;
      }
  }
  Symbol* symbol = lookup(module, first);
  size_t i = 1;
  if (symbol && symbol->kind == SymbolKind::Import) {
    symbol = follow(symbol, names, i);
    told = !symbol;
  }
  if (symbol && symbol->kind == SymbolKind::Kind && i < names.size()) {
    fieldsOf(*symbol->schema);
    for (const Field& f : symbol->schema->fields)
      if (f.nested && f.word == names[i].tokenText()) {
        nested = f.nested;
        return symbol;
      }
    return nullptr;
  }
  return i == names.size() ? symbol : nullptr;
}

const Type* Checker::namedType(NodeRef node, Module& module, Schema* around) {
  const NodeRef dotted = node.child(NodeKind::DottedName);
  llvm::SmallVector<NodeRef, 4> names;
  for (NodeRef c : dotted.children()) names.push_back(c);
  if (names.empty()) return t.error();
  std::vector<NodeRef> arguments;
  for (NodeRef c : node.children())
    if (syntax::isType(c.kind())) arguments.push_back(c);
  const llvm::StringRef first = names[0].tokenText();
  if (names.size() == 1 && (first == "List" || first == "Map" || first == "Later")) {
    if (first == "Later") return laterType(node, arguments, module, around);
    const size_t want = first == "List" ? 1 : 2;
    if (arguments.size() != want) {
      report(Code::UnknownType, node.span(), want == 1 ? "a list says what it is a list of" : "a map says what its values are")
          .hint(want == 1 ? "write `List<String>`" : "write `Map<String, String>`");
      return t.error();
    }
    const Type* last = type(arguments.back(), module, around);
    if (want == 2 && strip(type(arguments[0], module, around))->kind != TypeKind::String && arguments[0].text() != "String")
      report(Code::UnknownType, arguments[0].span(), "the keys of a map are texts").hint("write `Map<String, …>`");
    return want == 1 ? t.list(last) : t.map(last);
  }
  if (names.size() == 1)
    for (const auto& [name, known] : variables_)
      if (name == first) return known;
  if (names.size() == 1 && arguments.empty())
    if (const TypeKind simple = simpleNamed(first); simple != TypeKind::Error) return t.simple(simple);
  const Schema* nested = nullptr;
  bool told = false;
  Symbol* symbol = findTypeSymbol(names, module, around, nested, told);
  if (!nested || symbol) noteWay(lookup(module, first), names);
  if (told) return t.error();
  if (nested) return t.record(nested);
  if (symbol && symbol->schema && symbol->kind == SymbolKind::Schema) warnDeprecated(*symbol->schema, node.span());
  if (symbol && (symbol->kind == SymbolKind::Schema || symbol->kind == SymbolKind::Type) && (!arguments.empty() || symbol->node.child(NodeKind::TypeParams))) {
    std::vector<const Type*> parts;
    for (NodeRef a : arguments) parts.push_back(type(a, module, around));
    return instanceOf(*symbol, parts, node);
  }
  if (symbol)
    if (const Type* found = symbolType(*symbol, node.span())) return found;
  if (!symbol && maybeUnread(module, first, node.span())) return t.error();
  Diagnostic& d = report(Code::UnknownType, node.span(), fmt::format("there is no type `{}`", dotted.text().str()));
  if (symbol) {
    const bool isModule = symbol->kind == SymbolKind::Import;
    if (!symbol->part) d.at(symbol->span, fmt::format("`{}` is a {}, not a type", symbol->name.str(), isModule ? "module" : "value"));
    if (isModule) d.hint(fmt::format("name a type in it: `{}.NAME`", dotted.text().str()));
    return t.error();
  }
  if (!suggests()) return t.error();
  std::vector<std::string> candidates = {"Bool", "Int", "Float", "String", "Cpu", "Bytes", "Percent", "Duration", "Version", "ImageRef", "Path", "Secret", "List", "Map", "Later", "Any"};
  for (Module* m : {&module, p.prelude})
    if (m)
      for (Symbol* s : m->order)
        if (s->kind == SymbolKind::Type || s->kind == SymbolKind::Schema || s->kind == SymbolKind::Kind) candidates.push_back(s->name.str());
  suggest(d, dotted.text(), candidates, dotted.span());
  return t.error();
}

const Type* Checker::refinedType(NodeRef node, llvm::StringRef name, Module& module, Schema* around) {
  const Type* base = type(node.child(0), module, around);
  if (base->kind == TypeKind::Error) return base;
  auto* refinement = new (p.arena) Refinement;
  refinement->text = node.child(1).text();
  refinement->span = node.child(1).span();
  Type* made = t.refined(base, name, refinement);
  if (name.empty()) made->name = p.keep(fmt::format("{} where {}", typeName(base), refinement->text.str()));
  later_.push_back([this, node, refinement, base, &module] {
    Context context(*this);
    Scope outer{.kind = Scope::Module, .module = &module};
    Scope frame{.kind = Scope::Locals, .up = &outer, .locals = {{"it", base}}};
    scope_ = &frame;
    refinement->condition = condition(node.child(1));
    if (const NodeRef message = node.child(2)) refinement->message = exprAs(message, t.simple(TypeKind::String), "the message of a refinement");
  });
  return made;
}

static bool holdsFunction(const Type* type) {
  if (type->kind == TypeKind::Function) return true;
  return (type->inner && holdsFunction(type->inner)) || llvm::any_of(type->alternatives, holdsFunction);
}

const Type* Checker::dataType(NodeRef node, Module& module, Schema* around, llvm::StringRef what) {
  const Type* made = type(node, module, around);
  if (!holdsFunction(made)) return made;
  report(Code::WrongPlace, node.span(), fmt::format("{} holds data, and a function is none", what.str())).hint("make it a `fn`, or a parameter of one");
  return t.error();
}

const Type* Checker::type(NodeRef node, Module& module, Schema* around) {
  switch (node.kind()) {
  case NodeKind::NamedType: return namedType(node, module, around);
  case NodeKind::OptionalType: return t.optional(type(node.child(0), module, around));
  case NodeKind::RefinedType: return refinedType(node, {}, module, around);
  case NodeKind::UnionType: {
    std::vector<const Type*> alternatives;
    for (NodeRef c : node.children())
      if (syntax::isType(c.kind())) alternatives.push_back(type(c, module, around));
    return t.unionOf(alternatives);
  }
  case NodeKind::LiteralType: {
    Context context(*this);
    Scope outer{.kind = Scope::Module, .module = &module};
    scope_ = &outer;
    const Expr* e = expr(node.child(0));
    if (e->op == Op::Const && e->type->kind == TypeKind::Literal) return t.literal(e->value);
    if (e->op != Op::Error) report(Code::UnknownType, node.span(), "only texts, whole numbers and true or false can be types");
    return t.error();
  }
  case NodeKind::FnType: {
    std::vector<const Type*> parts;
    for (NodeRef c : node.children())
      if (syntax::isType(c.kind())) parts.push_back(type(c, module, around));
    if (parts.empty()) return t.error();
    const Type* result = parts.back();
    parts.pop_back();
    return t.function(parts, result);
  }
  default: return t.error();
  }
}

} // namespace chasi::sema
