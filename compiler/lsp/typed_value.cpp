// The types of values in a tree that nobody has checked: names in scope, members, calls, and what a place expects.
#include "compiler/lsp/block_at.h"

#include "compiler/sema/builtins.h"

namespace chasi::lsp {

using sema::Type;
using sema::TypeKind;
using syntax::NodeKind;
using syntax::NodeRef;

const Type* Typed::elementOf(const Type* of, bool key) const {
  if (!of) return nullptr;
  of = sema::strip(sema::present(of));
  if (of->kind == TypeKind::Map) return key ? program_.types.simple(TypeKind::String) : of->inner;
  return of->kind == TypeKind::List ? (key ? program_.types.simple(TypeKind::Int) : of->inner) : nullptr;
}

/// What a node around declares for the part of it that `inner` lies in.
void Typed::localsOf(NodeRef around, NodeRef inner, std::vector<Local>& out) const {
  for (NodeRef c : around.children()) {
    if (around.is(NodeKind::Fn) && c.is(NodeKind::FnParam)) out.push_back({c.child(0).tokenText(), c, nullptr});
    if (around.is(NodeKind::Lambda) && c.is(NodeKind::LambdaParam)) out.push_back({c.child(0).tokenText(), c, nullptr});
    const bool body = around.is(NodeKind::Block) || around.is(NodeKind::Body) || around.is(NodeKind::BodyExpr) || around.is(NodeKind::Policy) || around.is(NodeKind::Test);
    if (body && c.is(NodeKind::Let) && c.index() != inner.index()) out.push_back({c.child(0).tokenText(), c, nullptr});
    if (body && c.is(NodeKind::Inner) && c.child(1).is(NodeKind::Name) && c.index() != inner.index()) out.push_back({c.child(1).tokenText(), c, nullptr});
    if ((around.is(NodeKind::For) || around.is(NodeKind::ForEntry)) && c.is(NodeKind::Name)) out.push_back({c.tokenText(), c, nullptr});
    if (around.is(NodeKind::Policy) && c.is(NodeKind::PolicyFor))
      for (NodeRef n : c.children())
        if (n.is(NodeKind::Name)) out.push_back({n.tokenText(), n, nullptr});
    if (around.is(NodeKind::MatchArm) && c.is(NodeKind::MatchBind)) out.push_back({c.child(0).tokenText(), c, nullptr});
  }
}

const Type* Typed::localType(const Local& local) const {
  const NodeRef n = local.node;
  switch (n.kind()) {
  case NodeKind::Let:
    for (NodeRef c : n.children()) {
      if (syntax::isType(c.kind())) return typeWritten(c);
      if (syntax::isExpr(c.kind())) return typeOf(c);
    }
    return nullptr;
  case NodeKind::FnParam:
    if (const NodeRef fn = parent(n); fn.is(NodeKind::Fn))
      if (const sema::Symbol* s = symbolOf(fn.child(0).tokenText()); s && s->kind == sema::SymbolKind::Fn)
        for (const sema::FnParam& p : s->params)
          if (p.name == local.name) return p.type;
    return typeWritten(n.child(1));
  case NodeKind::MatchBind: return typeWritten(n.child(1));
  case NodeKind::LambdaParam: {
    if (const NodeRef written = n.child(1)) return typeWritten(written);
    // `xs.map(x => …)`: an element of what it is called on.
    const NodeRef call = parent(parent(n));
    const bool method = call.is(NodeKind::Call) && (call.child(0).is(NodeKind::Member) || call.child(0).is(NodeKind::OptMember));
    return method ? elementOf(typeOf(call.child(0).child(0)), false) : nullptr;
  }
  case NodeKind::Inner: {
    NodeRef block = parent(n);
    const sema::Schema* schema = schemaOf(block);
    if (!schema) return nullptr;
    for (const sema::Field& f : schema->fields)
      if (f.nested && f.word == n.child(0).tokenText()) return recordOf(f.nested);
    return nullptr;
  }
  case NodeKind::Name: {
    const NodeRef loop = parent(n);
    std::vector<NodeRef> names;
    for (NodeRef c : loop.children()) {
      if (c.is(NodeKind::Name)) names.push_back(c);
      else if (!names.empty() && c.index() > n.index()) return elementOf(typeOf(c), !loop.is(NodeKind::PolicyFor) && names.size() == 2 && names[0].index() == n.index());
    }
    return nullptr;
  }
  default: return nullptr;
  }
}

std::vector<Typed::Local> Typed::localsAt(NodeRef node, bool types) const {
  std::vector<Local> out;
  NodeRef inner = node;
  for (NodeRef n = parent(node); n; inner = n, n = parent(n)) localsOf(n, inner, out);
  if (types)
    for (Local& l : out) l.type = localType(l);
  return out;
}

const Type* Typed::typeOfName(NodeRef name) const {
  for (const Local& l : localsAt(name, false))
    if (l.name == name.tokenText()) return localType(l);
  // Fields that a block around has.
  for (NodeRef n = parent(name); n; n = parent(n)) {
    const sema::Schema* schema = n.is(NodeKind::Block) && isSet(n, name.tokenText()) ? schemaOf(n) : nullptr;
    if (const int i = schema ? schema->find(name.tokenText()) : -1; i >= 0) return schema->fields[static_cast<size_t>(i)].type;
  }
  const sema::Symbol* s = symbolOf(name.tokenText());
  if (!s) return nullptr;
  switch (s->kind) {
  case sema::SymbolKind::Let:
  case sema::SymbolKind::Param:
  case sema::SymbolKind::Declaration: return s->type;
  default: return nullptr;
  }
}

const Type* Typed::typeOfMember(NodeRef member) const {
  const llvm::StringRef name = member.child(1).tokenText();
  if (const sema::Module* m = moduleOf(member.child(0))) {
    const auto it = m->symbols.find(name);
    return it == m->symbols.end() ? nullptr : it->second->type;
  }
  const Type* of = typeOf(member.child(0));
  if (!of) return nullptr;
  of = sema::strip(sema::present(of));
  if (of->kind == TypeKind::Map) return of->inner;
  if (of->kind != TypeKind::Record) return nullptr;
  if (const int i = of->schema->find(name); i >= 0) return of->schema->fields[static_cast<size_t>(i)].type;
  for (const sema::Field& f : of->schema->fields)
    if (f.nested) return recordOf(f.nested); // a nested declaration by its name
  return nullptr;
}

const Type* Typed::typeOfCall(NodeRef call) const {
  if (const sema::Symbol* fn = functionOf(call)) return fn->type;
  const NodeRef callee = call.child(0);
  const bool method = callee.is(NodeKind::Member) || callee.is(NodeKind::OptMember);
  const llvm::StringRef name = method ? callee.child(1).tokenText() : callee.tokenText();
  const NodeRef first = method ? callee.child(0) : call.child(1);
  // Those that give back what they are given, or an element of it.
  for (const char* same : {"filter", "sort", "sortBy", "reverse", "distinct", "take", "drop", "concat"})
    if (name == same) return typeOf(first);
  for (const char* element : {"first", "last", "min", "max", "find"})
    if (name == element) return elementOf(typeOf(first), false);
  if (name == "all" && !method && first.is(NodeKind::NameExpr))
    if (const sema::Symbol* kind = symbolOf(first.tokenText()); kind && kind->schema) {
      made_.push_back(std::make_unique<Type>());
      Type* list = made_.back().get();
      list->kind = TypeKind::List;
      list->inner = recordOf(kind->schema);
      return list;
    }
  return nullptr;
}

const Type* Typed::typeOf(NodeRef value) const {
  if (!value || depth_ > 200) return nullptr;
  ++depth_;
  struct Leave { int& d; ~Leave() { --d; } } leave{depth_};
  const auto simple = [&](TypeKind kind) { return program_.types.simple(kind); };
  switch (value.kind()) {
  case NodeKind::NameExpr: return typeOfName(value);
  case NodeKind::Member:
  case NodeKind::OptMember: return typeOfMember(value);
  case NodeKind::Call: return typeOfCall(value);
  case NodeKind::Index: return elementOf(typeOf(value.child(0)), false);
  case NodeKind::Paren: return typeOf(value.child(0));
  case NodeKind::Amend: return typeOfBlock(value.child(1));
  case NodeKind::As: return typeWritten(value.child(1));
  case NodeKind::IfExpr: return typeOf(value.child(1));
  case NodeKind::BodyExpr: return value.childCount() ? typeOf(value.child(value.childCount() - 1)) : nullptr;
  case NodeKind::String: return simple(TypeKind::String);
  case NodeKind::IntLit: return simple(TypeKind::Int);
  case NodeKind::FloatLit: return simple(TypeKind::Float);
  case NodeKind::BoolLit: return simple(TypeKind::Bool);
  case NodeKind::Binary: {
    const llvm::StringRef op = value.tokenText();
    if (op == "??") return typeOf(value.child(0));
    if (op == "+" || op == "-" || op == "*" || op == "/") return typeOf(value.child(0));
    return simple(TypeKind::Bool);
  }
  case NodeKind::List: {
    const Type* element = value.childCount() ? typeOf(value.child(0)) : nullptr;
    if (!element) return nullptr;
    made_.push_back(std::make_unique<Type>());
    made_.back()->kind = TypeKind::List;
    made_.back()->inner = element;
    return made_.back().get();
  }
  default: return nullptr;
  }
}

const Type* Typed::expectedArgument(NodeRef call, NodeRef argument) const {
  const sema::Symbol* fn = functionOf(call);
  if (!fn) return nullptr;
  size_t at = 0;
  for (NodeRef c : call.children()) {
    if (c.index() == call.child(0).index()) continue;
    if (c.index() == argument.index()) return at < fn->params.size() ? fn->params[at].type : nullptr;
    if (!c.is(NodeKind::NamedArg)) ++at;
  }
  return nullptr;
}

const Type* Typed::expectedAt(NodeRef value) const {
  if (depth_ > 200) return nullptr;
  ++depth_;
  struct Leave { int& d; ~Leave() { --d; } } leave{depth_};
  const NodeRef around = parent(value);
  switch (around.kind()) {
  case NodeKind::Assign:
  case NodeKind::Append: {
    const Type* of = typeOfBlock(parent(around));
    if (!of) return nullptr;
    if (of->kind == TypeKind::Map) return of->inner;
    if (of->kind != TypeKind::Record) return nullptr;
    const int i = of->schema->find(around.child(0).tokenText());
    return i < 0 ? nullptr : of->schema->fields[static_cast<size_t>(i)].type;
  }
  case NodeKind::Param:
  case NodeKind::Let: {
    const sema::Symbol* s = parent(around).is(NodeKind::File) ? symbolOf(around.child(0).tokenText()) : nullptr;
    if (s && syntax::isType(around.child(1).kind())) return s->type;
    return typeWritten(around.child(1));
  }
  case NodeKind::SetParam: {
    const sema::Symbol* s = symbolOf(around.child(0).tokenText());
    return s ? s->type : nullptr;
  }
  case NodeKind::Fn:
    if (const sema::Symbol* s = symbolOf(around.child(0).tokenText())) return s->type;
    return nullptr;
  case NodeKind::List: {
    const Type* list = expectedAt(around);
    if (!list) return nullptr;
    list = sema::strip(sema::present(list));
    if (list->kind == TypeKind::Union)
      for (const Type* a : list->alternatives)
        if (sema::strip(a)->kind == TypeKind::List) list = sema::strip(a);
    return list->kind == TypeKind::List ? list->inner : nullptr;
  }
  case NodeKind::Paren:
  case NodeKind::BodyExpr: return expectedAt(around);
  case NodeKind::IfExpr:
    if (value.index() == around.child(0).index()) return program_.types.simple(TypeKind::Bool);
    return expectedAt(around);
  case NodeKind::Match: return nullptr;
  case NodeKind::MatchArm:
    if (value.index() + 1 < around.tree().nodes().size() && around.tree().nodes()[value.index()].end == around.tree().nodes()[around.index()].end) return expectedAt(parent(around));
    return typeOf(parent(around).child(0));
  case NodeKind::Binary: {
    const llvm::StringRef op = around.tokenText();
    const NodeRef other = around.child(value.index() == around.child(0).index() ? 1 : 0);
    if (op == "==" || op == "!=") return typeOf(other);
    if (op == "??") return expectedAt(around);
    return nullptr;
  }
  case NodeKind::Call: return expectedArgument(around, value);
  case NodeKind::NamedArg: {
    const sema::Symbol* fn = functionOf(parent(around));
    if (fn)
      for (const sema::FnParam& p : fn->params)
        if (p.name == around.child(0).tokenText()) return p.type;
    return nullptr;
  }
  case NodeKind::Field:
    for (NodeRef n = around; n; n = parent(n))
      if (n.is(NodeKind::Schema) || n.is(NodeKind::Kind)) {
        const sema::Symbol* s = symbolOf(n.child(NodeKind::Name).tokenText());
        const int i = s && s->schema ? s->schema->find(around.child(0).tokenText()) : -1;
        return i < 0 ? nullptr : s->schema->fields[static_cast<size_t>(i)].type;
      }
    return nullptr;
  default: return nullptr;
  }
}

} // namespace chasi::lsp
