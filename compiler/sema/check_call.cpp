#include "compiler/sema/checker.h"
#include "compiler/sema/elsewhere.h"

namespace chasi::sema {

bool hintElsewhere(Diagnostic& d, llvm::StringRef name, Span span, const char* behind) {
  const Elsewhere* known = elsewhere(name);
  if (!known) return false;
  if (!known->here) d.hint(known->hint);
  else d.hint(fmt::format("here it is `{}{}`", known->here, behind)).fix(fmt::format("write `{}{}`", known->here, behind), span, fmt::format("{}{}", known->here, behind));
  return true;
}

/// Only to look: whether a name is a local that holds a function.
static bool isFunction(const Expr* e) { return e && strip(e->type)->kind == TypeKind::Function; }

Expr* Checker::call(NodeRef node, const Type* expected) {
  const NodeRef callee = node.child(0);
  if (callee.is(NodeKind::NameExpr)) {
    const llvm::StringRef text = callee.tokenText();
    if (Expr* value = scopeName(text, callee.span()); isFunction(value)) return note(found_), apply(node, value);
    if (Symbol* symbol = lookup(module(), text); symbol && symbol->kind == SymbolKind::Fn) return noteSymbol(*symbol, callee.span()), callFn(node, *symbol, expected);
    if (text == "secret") return secretCall(node);
    if (text == "operations" && !scopeName(text, callee.span())) return operationsCall(node);
    if (findBuiltin(text)) return callBuiltin(node, text, nullptr);
    if (Symbol* symbol = lookup(module(), text); symbol && symbol->kind == SymbolKind::Let && typeOf(*symbol, callee.span())->kind == TypeKind::Function)
      return apply(node, name(callee));
    if (Expr* value = scopeName(text, callee.span()); value || lookup(module(), text)) {
      report(Code::BadCall, callee.span(), fmt::format("`{}` is not a function", text.str()));
      return error(node.span());
    }
    if (maybeUnread(module(), text, node.span())) return error(node.span());
    Diagnostic& d = report(Code::UnknownName, callee.span(), fmt::format("there is no function `{}`", text.str()));
    if (hintOtherLayer(d, text) || hintElsewhere(d, text, callee.span(), "") || !suggests()) return error(node.span());
    std::vector<std::string> candidates;
    for (Module* m : {&module(), p.prelude})
      if (m)
        for (Symbol* s : m->order)
          if (s->kind == SymbolKind::Fn) candidates.push_back(s->name.str());
    for (const BuiltinInfo& b : allBuiltins()) candidates.push_back(b.name);
    suggest(d, text, candidates, callee.span());
    return error(node.span());
  }
  if (callee.is(NodeKind::Member) || callee.is(NodeKind::OptMember)) {
    const bool optional = callee.is(NodeKind::OptMember);
    if (Module* target = nullptr; asModule(callee.child(0), target)) {
      Symbol* fn = target ? member(*target, callee.child(1)) : nullptr;
      noteWay(callee);
      if (!fn) return error(node.span());
      if (fn->kind == SymbolKind::Fn) return callFn(node, *fn, expected);
      if (typeOf(*fn, callee.span())->kind == TypeKind::Function) return apply(node, symbolExpr(*fn, callee.span()));
      report(Code::BadCall, callee.span(), fmt::format("`{}` is not a function", fn->name.str())).at(fn->span, "declared here");
      return error(node.span());
    }
    const llvm::StringRef text = callee.child(1).tokenText();
    Expr* receiver = expr(callee.child(0));
    if (isWrong(receiver)) return error(node.span());
    if (findBuiltin(text)) {
      if (!optional || !isOptional(receiver->type)) return callBuiltin(node, text, receiver);
      Expr* there = make(receiver->op, receiver->span, nullptr);
      *there = *receiver;
      there->type = present(receiver->type);
      Expr* e = callBuiltin(node, text, there);
      if (e->op != Op::Builtin) return e;
      e->flag = true;
      e->type = t.optional(e->type);
      return e;
    }
    Diagnostic& d = report(Code::UnknownName, callee.child(1).span(), fmt::format("there is no function `{}`", text.str()));
    if (hintElsewhere(d, text, callee.child(1).span(), "")) return error(node.span());
    std::vector<std::string> candidates;
    for (const BuiltinInfo& b : allBuiltins()) candidates.push_back(b.name);
    suggest(d, text, candidates, callee.child(1).span());
    return error(node.span());
  }
  return apply(node, expr(callee));
}

/// What is wrong with the arguments themselves, of a call that is wrong; a lambda cannot be understood without it.
void Checker::checkArguments(NodeRef call) {
  for (NodeRef c : call.children())
    if (c.index() != call.child(0).index() && syntax::isExpr(c.kind()) && !c.is(NodeKind::Lambda)) expr(c);
}

/// Which argument goes to which parameter; false when something was wrong with that.
bool Checker::arguments(NodeRef node, Symbol& fn, std::vector<NodeRef>& args) {
  args.resize(fn.params.size());
  size_t position = 0;
  bool bad = false;
  for (NodeRef c : node.children()) {
    if (c.index() == node.child(0).index()) continue;
    size_t at = position;
    NodeRef value = c;
    if (c.is(NodeKind::Spread)) {
      report(Code::BadCall, c.span(), "`...` has no place among arguments").note("how many values a call is given is known before anything is evaluated").hint("give the function a list: `xs: List<T>`");
      bad = true;
      continue;
    }
    if (c.is(NodeKind::NamedArg)) {
      const llvm::StringRef name = c.child(0).tokenText();
      value = c.child(1);
      for (at = 0; at < fn.params.size() && fn.params[at].name != name; ++at) {}
      if (at == fn.params.size()) {
        Diagnostic& d = report(Code::BadCall, c.child(0).span(), fmt::format("`{}` has no parameter `{}`", fn.name.str(), name.str()));
        d.at(fn.span, "declared here");
        std::vector<std::string> candidates;
        for (const FnParam& param : fn.params) candidates.push_back(param.name.str());
        suggest(d, name, candidates, c.child(0).span());
        bad = true;
        continue;
      }
      note({.kind = Use::Argument, .at = c.child(0).span(), .type = fn.params[at].type, .symbol = &fn, .text = fn.params[at].name});
    } else {
      ++position;
      if (at >= fn.params.size()) {
        report(Code::BadCall, c.span(), fmt::format("`{}` takes {} argument{}", fn.name.str(), fn.params.size(), fn.params.size() == 1 ? "" : "s")).at(fn.span, "declared here");
        bad = true;
        break;
      }
    }
    if (args[at]) {
      report(Code::BadCall, c.span(), fmt::format("parameter `{}` is given twice", fn.params[at].name.str()));
      bad = true;
      continue;
    }
    args[at] = value;
  }
  const NodeRef written = fn.node;
  for (size_t i = 0; i < args.size() && !bad; ++i) {
    if (args[i]) continue;
    NodeRef param;
    size_t k = 0;
    for (NodeRef c : written.children())
      if (c.is(NodeKind::FnParam) && k++ == i) param = c;
    const bool fallback = param && param.childCount() > 2;
    if (!fallback) {
      report(Code::BadCall, node.span(), fmt::format("`{}` needs `{}`", fn.name.str(), fn.params[i].name.str())).at(fn.params[i].span, "this parameter has no default");
      bad = true;
    }
  }
  return !bad;
}

Expr* Checker::callFn(NodeRef node, Symbol& fn, const Type* expected) {
  typeOf(fn, node.span());
  if (inFn_) inFn_->uses.push_back(&fn);
  std::vector<NodeRef> values;
  if (!arguments(node, fn, values)) {
    checkArguments(node);
    return error(node.span());
  }
  if (!fn.variables.empty()) return callGeneric(node, fn, values, expected);
  std::vector<Expr*> args;
  for (size_t i = 0; i < values.size(); ++i) args.push_back(values[i] ? exprAs(values[i], fn.params[i].type, fmt::format("parameter `{}`", fn.params[i].name.str())) : nullptr);
  Expr* e = make(Op::Call, node.span(), fn.type);
  e->symbol = &fn;
  e->list = p.keep(args);
  return e;
}

/// `[]`, or a `let` that is one and has no written type.
static bool isBareEmptyList(const Expr* e) {
  if (e->op == Op::Global && e->symbol->kind == SymbolKind::Let && e->symbol->expr) e = e->symbol->expr;
  return e->op == Op::List && e->elements->items.empty() && e->type->kind == TypeKind::List && e->type->inner->kind == TypeKind::Error;
}

Expr* Checker::callBuiltin(NodeRef node, llvm::StringRef name, Expr* receiver) {
  const BuiltinInfo& info = *findBuiltin(name);
  note({.kind = Use::Builtin, .at = (receiver ? node.child(0).child(1) : node.child(0)).span(), .text = info.name});
  size_t count = receiver ? 1 : 0;
  for (NodeRef c : node.children()) count += c.index() != node.child(0).index();
  if (isHigher(info.id) && (count > 1 || info.least > 1)) return callHigher(node, info, receiver);
  if (info.id == Builtin::All && receiver) {
    const Span span = node.child(0).child(1).span();
    hintElsewhere(report(Code::BadCall, span, "`all` takes a kind, and gives its declarations; it asks a list nothing"), name, span, "");
    return error(node.span());
  }
  if (count < info.least || count > info.most) {
    report(Code::BadCall, node.span(), fmt::format("`{}` does not take {} argument{}", name.str(), count, count == 1 ? "" : "s")).note(fmt::format("it is {}", info.signature));
    checkArguments(node);
    return error(node.span());
  }
  std::vector<Expr*> args;
  if (receiver) args.push_back(receiver);
  for (NodeRef c : node.children()) {
    if (c.index() == node.child(0).index()) continue;
    if (c.is(NodeKind::NamedArg) || c.is(NodeKind::Spread)) {
      report(Code::BadCall, c.span(), fmt::format("`{}` takes plain arguments", name.str())).note(fmt::format("it is {}", info.signature));
      return error(node.span());
    }
    args.push_back(expr(c));
  }
  for (const Expr* a : args)
    if (isWrong(a)) return error(node.span());
  std::vector<const Type*> types;
  for (const Expr* a : args) {
    if (isOptional(a->type)) {
      mismatch(const_cast<Expr*>(a), present(a->type), fmt::format("`{}`", name.str()));
      return error(node.span());
    }
    types.push_back(a->type);
  }
  const bool givesElement = info.id == Builtin::Sum || info.id == Builtin::Min || info.id == Builtin::Max || info.id == Builtin::First || info.id == Builtin::Last;
  if (givesElement && isBareEmptyList(args[0])) {
    report(Code::NeedsType, args[0]->span, "nothing says what this empty list is of").hint("write its type: `let xs: List<Int> = []`");
    return error(node.span());
  }
  std::string wanted;
  const Type* result = builtinResult(info.id, types, t, wanted);
  if (!result)
    for (const Expr* a : args)
      if (refuseLater(a, fmt::format("what `{}` works on", name.str()), "of a text that is known later there are base64, urlEncode, sha256, trim and toJson, and texts with it inside")) return error(node.span());
  if (!result) {
    std::string given;
    if (!wanted.empty()) types.resize(1); // what is wanted is said of the first
    for (const Type* type : types) given += fmt::format("{}`{}`", given.empty() ? "" : type == types.back() ? " and " : ", ", typeName(type));
    Diagnostic& d = report(Code::BadCall, node.span(), fmt::format("`{}` does not work on {}", name.str(), given.empty() ? "nothing" : given));
    d.note(fmt::format("it is {}", info.signature));
    if (!wanted.empty()) d.hint(wanted);
    return error(node.span());
  }
  Expr* e = make(Op::Builtin, node.span(), result);
  e->index = static_cast<uint32_t>(info.id);
  e->list = p.keep(args);
  return e;
}

/// secret("env/NAME"), secret("file/path", "key"): where the value is found while applying; never the value.
Expr* Checker::secretCall(NodeRef node) {
  std::vector<Expr*> args;
  for (NodeRef c : node.children())
    if (c.index() != node.child(0).index()) args.push_back(exprAs(c, t.simple(TypeKind::String), "`secret`"));
  if (args.empty() || args.size() > 2) {
    report(Code::BadCall, node.span(), "`secret` takes where the value is kept").hint("write `secret(\"env/DB_PASSWORD\")` or `secret(\"file/secrets/db\")`");
    return error(node.span());
  }
  for (const Expr* a : args)
    if (a->op == Op::Error) return error(node.span());
  Expr* e = make(Op::Builtin, node.span(), t.simple(TypeKind::Secret));
  e->index = static_cast<uint32_t>(Builtin::Secret);
  e->list = p.keep(args);
  return e;
}

} // namespace chasi::sema
