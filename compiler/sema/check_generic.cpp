// Type parameters of functions and schemas. A generic function is checked once, with types that fit only themselves; a
// call finds out what they stand for. A generic schema is checked likewise, and made anew for each list of types.
#include "compiler/sema/checker.h"

namespace chasi::sema {

/// What the variables of a call stand for; null while that is not known.
struct Checker::Bound {
  llvm::ArrayRef<std::pair<llvm::StringRef, const Type*>> variables;
  std::vector<const Type*> types;

  explicit Bound(llvm::ArrayRef<std::pair<llvm::StringRef, const Type*>> v) : variables(v), types(v.size(), nullptr) {}
  int find(const Type* variable) const {
    for (size_t i = 0; i < variables.size(); ++i)
      if (variables[i].second == variable) return static_cast<int>(i);
    return -1;
  }
};

void Checker::typeParameters(NodeRef node, std::vector<std::pair<llvm::StringRef, const Type*>>& out) {
  for (NodeRef name : node.children()) {
    if (!name.is(NodeKind::Name)) continue;
    const llvm::StringRef text = name.tokenText();
    if (llvm::any_of(out, [&](const auto& v) { return v.first == text; })) {
      report(Code::DuplicateName, name.span(), fmt::format("type parameter `{}` is declared twice", text.str()));
      continue;
    }
    out.emplace_back(text, t.variable(text));
  }
}

Schema* Checker::instance(Schema& generic, llvm::ArrayRef<const Type*> arguments) {
  auto [it, fresh] = p.instances.try_emplace({&generic, arguments.vec()}, nullptr);
  if (!fresh) return it->second;
  std::string name;
  for (const Type* a : arguments) name += (name.empty() ? "" : ", ") + typeName(a);
  Schema* made = makeSchema(*generic.module, generic.node, p.keep(fmt::format("{}<{}>", generic.name.str(), name)), false, nullptr);
  it->second = made;
  made->generic = &generic;
  for (size_t i = 0; i < arguments.size(); ++i) made->variables.emplace_back(generic.variables[i].first, arguments[i]);
  return made;
}

/// `Keyed<Int>`: the schema, or the type that an alias gives.
const Type* Checker::instanceOf(Symbol& symbol, llvm::ArrayRef<const Type*> arguments, NodeRef node) {
  std::vector<std::pair<llvm::StringRef, const Type*>> own;
  if (symbol.schema) own = symbol.schema->variables;
  else typeParameters(symbol.node.child(NodeKind::TypeParams), own);
  if (own.size() != arguments.size()) {
    Diagnostic& d = report(Code::UnknownType, node.span(), own.empty() ? fmt::format("`{}` takes no types", symbol.name.str())
                                                                        : fmt::format("`{}` takes {} type{}", symbol.name.str(), own.size(), own.size() == 1 ? "" : "s"));
    d.at(symbol.span, "declared here");
    std::string names;
    for (const auto& [name, type] : own) names += (names.empty() ? "" : ", ") + name.str();
    if (!own.empty()) d.hint(fmt::format("write `{}<…>` with a type for {}", symbol.name.str(), names));
    return t.error();
  }
  for (const Type* a : arguments)
    if (a->kind == TypeKind::Error) return a;
  if (symbol.schema) {
    if (instances_ >= kMaxInstances) {
      report(Code::TooComplex, node.span(), fmt::format("more than {} kinds of generic schemas are made", kMaxInstances)).hint("a generic schema must not need ever larger ones of itself");
      return t.error();
    }
    ++instances_;
    return t.record(instance(*symbol.schema, arguments));
  }
  Context context(*this);
  for (size_t i = 0; i < own.size(); ++i) variables_.emplace_back(own[i].first, arguments[i]);
  for (NodeRef c : symbol.node.children())
    if (syntax::isType(c.kind())) return type(c, *symbol.module, nullptr);
  return t.error();
}

/// The type with what is known put in; what is not stays open, and fits everything.
const Type* Checker::substitute(const Type* type, const Bound& bound) {
  switch (type->kind) {
  case TypeKind::Variable: {
    const int i = bound.find(type);
    return i < 0 ? type : bound.types[static_cast<size_t>(i)] ? bound.types[static_cast<size_t>(i)] : t.error();
  }
  case TypeKind::List: return t.list(substitute(type->inner, bound));
  case TypeKind::Map: return t.map(substitute(type->inner, bound));
  case TypeKind::Optional: return t.optional(substitute(type->inner, bound));
  case TypeKind::Later: return t.later(substitute(type->inner, bound));
  case TypeKind::Union:
  case TypeKind::Function: {
    std::vector<const Type*> parts;
    for (const Type* a : type->alternatives) parts.push_back(substitute(a, bound));
    return type->kind == TypeKind::Union ? t.unionOf(parts, type->name) : t.function(parts, substitute(type->inner, bound));
  }
  case TypeKind::Record: {
    if (!type->schema->generic) return type;
    std::vector<const Type*> parts;
    bool changed = false;
    for (const auto& [name, of] : type->schema->variables) {
      parts.push_back(substitute(of, bound));
      changed = changed || parts.back() != of;
      if (parts.back()->kind == TypeKind::Error) return parts.back();
    }
    return changed ? t.record(instance(*const_cast<Schema*>(type->schema->generic), parts)) : type;
  }
  default: return type;
  }
}

void Checker::unify(const Type* parameter, const Type* argument, Bound& bound) {
  if (argument->kind == TypeKind::Error) return;
  if (parameter->kind == TypeKind::Variable) {
    const int i = bound.find(parameter);
    if (i < 0) return;
    const Type*& known = bound.types[static_cast<size_t>(i)];
    known = known ? join(known, argument) : argument;
    return;
  }
  if (parameter->kind == TypeKind::Optional) return unify(parameter->inner, present(argument), bound);
  if (parameter->kind == TypeKind::Union) {
    for (const Type* a : parameter->alternatives)
      if (a->kind != TypeKind::Variable && fits(argument, a) != Fit::No) return;
    for (const Type* a : parameter->alternatives) unify(a, argument, bound);
    return;
  }
  argument = strip(argument);
  if (parameter->kind == TypeKind::Later) return unify(parameter->inner, argument->kind == TypeKind::Later ? argument->inner : argument, bound);
  if (parameter->kind != argument->kind) return;
  if (parameter->kind == TypeKind::List || parameter->kind == TypeKind::Map) return unify(parameter->inner, argument->inner, bound);
  if (parameter->kind == TypeKind::Function && parameter->alternatives.size() == argument->alternatives.size()) {
    for (size_t i = 0; i < parameter->alternatives.size(); ++i) unify(parameter->alternatives[i], argument->alternatives[i], bound);
    return unify(parameter->inner, argument->inner, bound);
  }
  if (parameter->kind == TypeKind::Record && parameter->schema->generic && parameter->schema->generic == argument->schema->generic)
    for (size_t i = 0; i < parameter->schema->variables.size(); ++i) unify(parameter->schema->variables[i].second, argument->schema->variables[i].second, bound);
}

/// Something in it is not known yet.
static bool isOpen(const Type* type) { return type->kind == TypeKind::Error || (type->inner && isOpen(type->inner)) || llvm::any_of(type->alternatives, isOpen); }

/// Values first, then lambdas: what the values are tells what the lambdas are given.
Expr* Checker::callGeneric(NodeRef node, Symbol& fn, llvm::ArrayRef<NodeRef> values, const Type* expected) {
  Bound bound(fn.variables);
  std::vector<Expr*> args(values.size(), nullptr);
  for (const bool lambdas : {false, true})
    for (size_t i = 0; i < values.size(); ++i) {
      if (!values[i] || values[i].is(NodeKind::Lambda) != lambdas) continue;
      const Type* want = substitute(fn.params[i].type, bound);
      args[i] = expr(values[i], lambdas || !isOpen(want) ? want : nullptr);
      unify(fn.params[i].type, fresh(args[i]), bound);
    }
  if (expected) {
    Bound wanted(fn.variables);
    unify(fn.type, expected, wanted);
    for (size_t i = 0; i < bound.types.size(); ++i)
      if (!bound.types[i]) bound.types[i] = wanted.types[i];
  }
  bool bad = llvm::any_of(args, [](const Expr* a) { return a && isWrong(a); });
  for (size_t i = 0; i < bound.types.size() && !bad; ++i) {
    if (bound.types[i]) continue;
    report(Code::NeedsType, node.span(), fmt::format("nothing says what `{}` of `{}` is", fn.variables[i].first.str(), fn.name.str()))
        .at(fn.span, "declared here")
        .hint("write the type of the result: `let x: TYPE = …`");
    bad = true;
  }
  if (bad) return error(node.span());
  for (size_t i = 0; i < args.size(); ++i)
    if (args[i]) args[i] = coerce(args[i], substitute(fn.params[i].type, bound), fmt::format("parameter `{}`", fn.params[i].name.str()));
  Expr* e = make(Op::Call, node.span(), substitute(fn.type, bound));
  e->symbol = &fn;
  e->list = p.keep(args);
  return e;
}

} // namespace chasi::sema
