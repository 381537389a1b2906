// Functions as values: lambdas, names of functions, and the builtins that take one.
#include "compiler/sema/checker.h"

namespace chasi::sema {

/// `x => e`, `(a, b: T) => e`. What it is given is told by the place where it stands, or written.
Expr* Checker::lambda(NodeRef node, const Type* expected) {
  const Type* want = expected ? strip(present(expected)) : nullptr;
  if (want && want->kind != TypeKind::Function) {
    if (want->kind != TypeKind::Error && want->kind != TypeKind::Variable) {
      report(Code::TypeMismatch, node.span(), fmt::format("`{}` is expected here, not a function", typeName(expected)));
      return error(node.span());
    }
    want = nullptr;
  }
  std::vector<NodeRef> names;
  NodeRef body;
  for (NodeRef c : node.children()) {
    if (c.is(NodeKind::LambdaParam)) names.push_back(c);
    else body = c;
  }
  if (!body || body.is(NodeKind::Error)) return error(node.span());
  if (want && want->alternatives.size() != names.size()) {
    report(Code::BadCall, node.span(), fmt::format("this function takes {} value{}, and {} will be given", names.size(), names.size() == 1 ? "" : "s", want->alternatives.size()))
        .note(fmt::format("`{}` is expected here", typeName(want)));
    return error(node.span());
  }
  Scope frame{.kind = Scope::Locals, .up = scope_};
  std::vector<const Type*> parameters;
  for (size_t i = 0; i < names.size(); ++i) {
    const llvm::StringRef name = names[i].child(0).tokenText();
    const Type* given = want ? want->alternatives[i] : nullptr;
    if (const NodeRef written = names[i].child(1)) given = type(written, module(), nullptr);
    if (!given || (given->kind == TypeKind::Error && want && !names[i].child(1))) {
      report(Code::NeedsType, names[i].span(), fmt::format("nothing says what `{}` is", name.str())).hint(fmt::format("write its type: `({}: Int) => …`", name.str()));
      given = t.error();
    }
    if (llvm::any_of(frame.locals, [&](const LocalName& l) { return l.name == name; }))
      report(Code::DuplicateName, names[i].span(), fmt::format("parameter `{}` is declared twice", name.str()));
    declareLocal(frame, names[i].child(0), given);
    parameters.push_back(given);
  }
  Scope* outer = scope_;
  scope_ = &frame;
  const Type* result = want && want->inner->kind != TypeKind::Error ? want->inner : nullptr;
  Expr* value = result ? exprAs(body, result, "the result of this function") : expr(body);
  scope_ = outer;
  if (isWrong(value)) return error(node.span());
  Expr* e = make(Op::Lambda, node.span(), t.function(parameters, result ? result : fresh(value)));
  e->index = static_cast<uint32_t>(names.size());
  e->x = value;
  return e;
}

/// The name of a function where a value stands.
Expr* Checker::functionExpr(Symbol& fn, Span span) {
  typeOf(fn, span);
  if (!fn.variables.empty()) {
    report(Code::NeedsType, span, fmt::format("`{}` is generic, so it can be called and not handed on", fn.name.str())).at(fn.span, "declared here").hint(fmt::format("wrap the call: `x => {}(x)`", fn.name.str()));
    return error(span);
  }
  if (inFn_) inFn_->uses.push_back(&fn);
  std::vector<const Type*> parameters;
  for (const FnParam& param : fn.params) parameters.push_back(param.type);
  Expr* e = make(Op::Const, span, t.function(parameters, fn.type));
  e->value = Value::of(new (p.arena) FunctionValue{nullptr, nullptr, &fn});
  return e;
}

/// Calls a value.
Expr* Checker::apply(NodeRef node, Expr* callee) {
  if (isWrong(callee)) return error(node.span());
  const Type* type = strip(callee->type);
  if (type->kind != TypeKind::Function) {
    Diagnostic& d = report(Code::BadCall, node.child(0).span(), "only functions can be called");
    d.mark(fmt::format("this is `{}`", typeName(callee->type)));
    return error(node.span());
  }
  std::vector<Expr*> args;
  for (NodeRef c : node.children()) {
    if (c.index() == node.child(0).index()) continue;
    if (c.is(NodeKind::NamedArg) || c.is(NodeKind::Spread)) {
      report(Code::BadCall, c.span(), "a function that is a value takes plain arguments").note(fmt::format("it is `{}`", typeName(type)));
      return error(node.span());
    }
    const size_t i = args.size();
    args.push_back(i < type->alternatives.size() ? exprAs(c, type->alternatives[i], fmt::format("argument {}", i + 1)) : expr(c));
  }
  if (args.size() != type->alternatives.size()) {
    report(Code::BadCall, node.span(), fmt::format("this function takes {} argument{}", type->alternatives.size(), type->alternatives.size() == 1 ? "" : "s")).note(fmt::format("it is `{}`", typeName(type)));
    return error(node.span());
  }
  if (llvm::any_of(args, [](const Expr* a) { return isWrong(a); })) return error(node.span());
  Expr* e = make(Op::Apply, node.span(), type->inner);
  e->x = callee;
  e->list = p.keep(args);
  return e;
}

namespace {

/// What the function of such a builtin is given and gives, and what comes of it. `null`: whatever it gives.
struct Shape {
  std::vector<const Type*> takes;
  const Type* gives = nullptr;
};

bool ordered(const Type* type) {
  type = strip(type);
  if (type->kind == TypeKind::Literal) return type->literal.tag == Tag::Int || type->literal.tag == Tag::String;
  return type->kind == TypeKind::Int || type->kind == TypeKind::Float || type->kind == TypeKind::String || (type->kind >= TypeKind::Cpu && type->kind <= TypeKind::Path);
}

} // namespace

/// xs.map(f), xs.filter(f), …: a list or a map, and a function for its elements.
Expr* Checker::callHigher(NodeRef node, const BuiltinInfo& info, Expr* receiver) {
  auto wrong = [&](Span span, std::string message) {
    report(Code::BadCall, span, std::move(message)).note(fmt::format("it is {}", info.signature));
    return error(node.span());
  };
  std::vector<NodeRef> values;
  for (NodeRef c : node.children()) {
    if (c.index() == node.child(0).index()) continue;
    if (c.is(NodeKind::NamedArg) || c.is(NodeKind::Spread)) return wrong(c.span(), fmt::format("`{}` takes plain arguments", info.name));
    values.push_back(c);
  }
  const size_t count = values.size() + (receiver ? 1 : 0);
  if (count < info.least || count > info.most) return wrong(node.span(), fmt::format("`{}` does not take {} argument{}", info.name, count, count == 1 ? "" : "s"));
  std::vector<Expr*> args;
  if (receiver) args.push_back(receiver);
  else args.push_back(expr(values.front()));
  if (isWrong(args[0])) return error(node.span());
  size_t next = receiver ? 0 : 1;
  const Type* of = strip(args[0]->type);
  const bool map = of->kind == TypeKind::Map;
  const bool mapToo = info.id == Builtin::Map || info.id == Builtin::Filter;
  if (isOptional(args[0]->type)) return mismatch(args[0], present(args[0]->type), fmt::format("`{}`", info.name)), error(node.span());
  if (!goesThrough(info.id, of)) return wrong(args[0]->span, fmt::format("`{}` does not work on `{}`", info.name, typeName(args[0]->type)));

  const Type* element = of->inner;
  const Type* any = t.error();
  const Type* start = nullptr;
  Shape shape;
  switch (info.id) {
  case Builtin::Filter:
  case Builtin::Find:
  case Builtin::Any_:
  case Builtin::Every:
  case Builtin::Count: shape = {{element}, t.simple(TypeKind::Bool)}; break;
  case Builtin::GroupBy:
  case Builtin::IndexBy: shape = {{element}, t.simple(TypeKind::String)}; break;
  case Builtin::Fold:
    args.push_back(expr(values[next++]));
    if (isWrong(args[1])) return error(node.span());
    start = fresh(args[1]);
    shape = {{start, element}, start};
    break;
  default: shape = {{element}, any};
  }
  if (map && mapToo) shape.takes.insert(shape.takes.begin(), t.simple(TypeKind::String));
  const Type* wanted = t.function(shape.takes, shape.gives);
  Expr* f = expr(values[next], wanted);
  if (isWrong(f)) return error(node.span());
  f = coerce(f, wanted, fmt::format("the function of `{}`", info.name));
  if (isWrong(f)) return error(node.span());
  args.push_back(f);
  const Type* given = strip(f->type)->inner;
  const Type* result = nullptr;
  switch (info.id) {
  case Builtin::Map: result = t.list(given); break;
  case Builtin::MapValues: result = t.map(given); break;
  case Builtin::Filter: result = of; break;
  case Builtin::FlatMap: result = strip(given)->kind == TypeKind::List ? strip(given) : nullptr; break;
  case Builtin::SortBy: result = ordered(given) ? of : nullptr; break;
  case Builtin::MinBy:
  case Builtin::MaxBy: result = ordered(given) ? t.optional(element) : nullptr; break;
  case Builtin::GroupBy: result = t.map(of); break;
  case Builtin::IndexBy: result = t.map(element); break;
  case Builtin::Find: result = t.optional(element); break;
  case Builtin::Any_:
  case Builtin::Every: result = t.simple(TypeKind::Bool); break;
  case Builtin::Count: result = t.simple(TypeKind::Int); break;
  default: result = start;
  }
  if (!result && onlyLater(given)) {
    reportLater(f->span, given, fmt::format("what `{}` goes by", info.name));
    return error(node.span());
  }
  if (!result) return wrong(f->span, fmt::format("`{}` cannot use `{}`", info.name, typeName(given)));
  Expr* e = make(Op::Builtin, node.span(), result);
  e->index = static_cast<uint32_t>(info.id);
  e->list = p.keep(args);
  return e;
}

} // namespace chasi::sema
