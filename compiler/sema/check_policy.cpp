// Policies: rules over all declarations and over what they become. A `for` holds for the rules below it, up to the next one.
#include "compiler/sema/checker.h"
#include "compiler/sema/policy_ir.h"

namespace chasi::sema {

void Checker::policyLet(NodeRef node, Scope& frame, std::vector<Expr*>& out) {
  NodeRef value;
  const Type* written = nullptr;
  for (NodeRef c : node.children()) {
    if (syntax::isType(c.kind())) written = type(c, module(), nullptr);
    else if (syntax::isExpr(c.kind())) value = c;
  }
  const llvm::StringRef name = node.child(0).tokenText();
  for (const LocalName& l : frame.locals)
    if (l.name == name) report(Code::DuplicateName, node.child(0).span(), fmt::format("`{}` is declared twice", name.str()));
  Expr* e = !value ? error(node.span()) : written ? exprAs(value, written, fmt::format("`{}`", name.str())) : expr(value);
  out.push_back(e);
  declareLocal(frame, node.child(0), written ? written : e->type);
}

/// `for a in xs, b in a.ys if c`: a frame for each name. What is walked of a map are its values, because rules are about things.
void Checker::policyFor(NodeRef node, std::deque<Scope>& frames, RuleGroupIr& group) {
  NodeRef name;
  for (NodeRef c : node.children()) {
    if (c.is(NodeKind::Name)) {
      name = c;
    } else if (c.is(NodeKind::Guard)) {
      group.guard = condition(c.child(0));
      narrow(c.child(0), true);
    } else if (name && syntax::isExpr(c.kind())) {
      Expr* subject = expr(c);
      const Type* key = nullptr;
      const Type* element = elementOf(subject->type, subject->span, &key);
      group.walks.push_back(subject);
      frames.push_back(Scope{.kind = Scope::Locals, .up = scope_});
      declareLocal(frames.back(), name, element);
      scope_ = &frames.back();
    }
  }
}

void Checker::rule(NodeRef node, RuleGroupIr& group) {
  if (!node.child(1)) return; // what is missing was reported
  RuleIr rule{.deny = node.is(NodeKind::Deny), .span = node.child(0).span()};
  rule.condition = condition(node.child(0));
  const size_t mark = narrowed_.size();
  narrow(node.child(0), true); // the message is shown when the condition holds
  rule.message = exprAs(node.child(1), t.simple(TypeKind::String), "the message of a rule");
  narrowed_.resize(mark);
  group.rules.push_back(rule);
}

/// What `except` can name: a declaration, one inside a declaration, or a list of them.
static bool namesDeclarations(const Type* type) {
  type = strip(type);
  if (type->kind == TypeKind::List) type = strip(type->inner);
  return type->kind == TypeKind::Error || (type->kind == TypeKind::Record && type->schema->named);
}

void Checker::exception(NodeRef node, PolicyIr& policy) {
  NodeRef reason = node.child(NodeKind::String);
  const NodeRef until = node.child(node.childCount() - 1);
  if (node.childCount() < 3 || !reason) return; // reported by the parser
  ExceptIr made{.what = expr(node.child(0)), .span = node.child(0).span()};
  if (!isWrong(made.what) && !namesDeclarations(made.what->type)) {
    report(Code::TypeMismatch, made.span, "an exception names declarations")
        .mark(fmt::format("this is `{}`", typeName(made.what->type)))
        .hint("name a declaration, one of its components, or a list of them");
    made.what = error(made.span);
  }
  if (reason.child(NodeKind::Interp)) report(Code::TypeMismatch, reason.span(), "the reason of an exception is a plain text");
  made.reason = plainText(reason, p.diagnostics);
  if (llvm::StringRef(made.reason).trim().empty() && !reason.child(NodeKind::Interp))
    report(Code::BadText, reason.span(), "an exception needs a reason").hint("say why the rule cannot hold here yet, and who works on it");
  made.until = exprAs(until, t.simple(TypeKind::String), "the end of an exception");
  policy.exceptions.push_back(std::move(made));
}

void Checker::policy(NodeRef node) {
  if (!node.child(0).is(NodeKind::String)) return; // without a title it was reported
  auto made = std::make_shared<PolicyIr>();
  made->title = plainText(node.child(0), p.diagnostics);
  made->span = node.child(0).span();
  std::deque<Scope> frames;
  Scope* const outer = scope_;
  // A frame for the lets before the first `for`; one is there only when it has a local, so the names decide it.
  frames.push_back(Scope{.kind = Scope::Locals, .up = outer});
  Scope* const whole = &frames.back();
  scope_ = whole;
  made->groups.emplace_back();
  std::vector<NodeRef> excepts;
  Scope* lets = whole;
  bool lost = false; // a loop could not be read: what its rules speak of is not known
  for (NodeRef c : node.children()) {
    if (c.is(NodeKind::Error) || c.flag(syntax::kBroken)) {
      lost = lost || c.is(NodeKind::Error) || c.is(NodeKind::PolicyFor);
      continue;
    }
    lost = lost && !c.is(NodeKind::PolicyFor);
    if (lost && !c.is(NodeKind::Except)) continue;
    switch (c.kind()) {
    case NodeKind::Let:
      if (made->groups.size() == 1) {
        policyLet(c, *whole, made->lets);
        break;
      }
      policyLet(c, *lets, made->groups.back().lets);
      break;
    case NodeKind::PolicyFor:
      scope_ = whole;
      narrowed_.clear();
      made->groups.emplace_back().loops = true;
      policyFor(c, frames, made->groups.back());
      frames.push_back(Scope{.kind = Scope::Locals, .up = scope_});
      scope_ = lets = &frames.back();
      break;
    case NodeKind::Deny:
    case NodeKind::Warn: rule(c, made->groups.back()); break;
    case NodeKind::Except: excepts.push_back(c); break;
    default: break;
    }
  }
  scope_ = whole;
  narrowed_.clear();
  for (NodeRef c : excepts) exception(c, *made);
  scope_ = outer;
  size_t rules = 0;
  for (const RuleGroupIr& g : made->groups) rules += g.rules.size();
  if (!rules && !node.flag(syntax::kBroken))
    report(Code::WrongPlace, made->span, "this policy has no rule").hint("write `deny if CONDITION : \"message\"` or `warn if CONDITION : \"message\"`");
  if (!node.flag(syntax::kBroken)) p.policies.push_back(std::move(made));
}

Expr* Checker::operationsCall(NodeRef node) {
  if (!inPolicy_) {
    report(Code::WrongPlace, node.span(), "`operations()` is known in policies and tests only")
        .note("what a specification becomes is worked out after all declarations, so nothing in them can depend on it");
    return error(node.span());
  }
  if (node.childCount() > 1) {
    report(Code::BadCall, node.span(), "`operations` takes no arguments").hint("choose among them: `for o in operations() if o.kind == \"Deployment\"`");
    return error(node.span());
  }
  Symbol* schema = p.prelude ? lookup(*p.prelude, "EmittedObject") : nullptr;
  if (!schema) return error(node.span());
  p.usesOperations = true;
  Expr* e = make(Op::Builtin, node.span(), t.list(symbolType(*schema, node.span())));
  e->index = static_cast<uint32_t>(Builtin::Operations);
  return e;
}

void Checker::checkPolicies(Module& module, const std::map<std::string, std::string>& environments) {
  Context context(*this);
  Scope moduleScope{.kind = Scope::Module, .module = &module};
  scope_ = &moduleScope;
  inPolicy_ = true;
  std::map<std::string, Span> slugs;
  for (const File& file : module.files)
    for (NodeRef n : file.tree->root().children()) {
      narrowed_.clear();
      if (n.is(NodeKind::Policy)) policy(n);
      else if (n.is(NodeKind::Test)) test(n, environments, slugs);
    }
}

} // namespace chasi::sema
