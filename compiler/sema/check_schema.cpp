// Schemas, kinds and nested declarations: fields first, when somebody needs them; defaults and checks later.
#include "compiler/sema/checker.h"

namespace chasi::sema {

/// Fields are looked up one by one, which is quick for what people write; what a program wrote shall not take for ever.
constexpr size_t kMaxFields = 4096;

static std::string stringText(NodeRef string, source::Diagnostics& diagnostics) {
  std::string text;
  for (const std::string& piece : decodeString(string, diagnostics)) text += piece;
  return text;
}

Schema* Checker::makeSchema(Module& module, NodeRef node, llvm::StringRef name, bool kind, Schema* outer) {
  p.schemas.push_back(std::make_unique<Schema>());
  Schema* s = p.schemas.back().get();
  s->name = name;
  s->module = &module;
  s->outer = outer;
  s->isKind = kind;
  s->named = kind || outer;
  s->node = node;
  s->span = node.child(0).span();
  s->doc = node.doc();
  if (const NodeRef mark = node.child(NodeKind::Deprecated)) s->deprecated = stringText(mark.child(0), p.diagnostics);
  return s;
}

void Checker::fieldsOf(Schema& schema) {
  if (schema.state >= 2) return;
  if (schema.state == 1) {
    report(Code::Recursion, schema.span, fmt::format("`{}` extends itself", schema.name.str()));
    schema.base = nullptr;
    return;
  }
  schema.state = 1;
  Context context(*this);
  for (const Schema* s = &schema; s; s = s->outer) variables_.insert(variables_.end(), s->variables.begin(), s->variables.end());
  if (const NodeRef ext = schema.node.child(NodeKind::Extends)) {
    const Type* base = type(ext.child(0), *schema.module, schema.outer);
    const Schema* found = base->kind == TypeKind::Record ? base->schema : nullptr;
    if (found) {
      Schema* b = const_cast<Schema*>(found);
      fieldsOf(*b);
      if (b->state >= 2) {
        schema.base = b;
        schema.fields = b->fields;
        schema.named = schema.named || b->named;
        schema.lowerSlot = b->lowerSlot;
      }
    } else if (base->kind != TypeKind::Error) {
      report(Code::TypeMismatch, ext.child(0).span(), fmt::format("`{}` is not a schema", typeName(base)));
    }
  }
  if (schema.named && schema.find("name") < 0) {
    Field f;
    f.name = "name";
    f.type = t.simple(TypeKind::String);
    f.span = schema.span;
    f.doc = "The name of the declaration.";
    schema.fields.insert(schema.fields.begin(), std::move(f));
  }
  for (NodeRef n : schema.node.child(NodeKind::SchemaBody).children()) {
    switch (n.kind()) {
    case NodeKind::Field:
    case NodeKind::Let:
    case NodeKind::Lower: addField(schema, n); break;
    case NodeKind::Nested: addNested(schema, n); break;
    default: break;
    }
  }
  schema.state = 2;
  later_.push_back([this, &schema] {
    Context inner(*this);
    bodyOf(schema);
  });
}

void Checker::addField(Schema& schema, NodeRef node) {
  if (schema.fields.size() >= kMaxFields) {
    if (!schema.full)
      report(Code::TooComplex, node.span(), fmt::format("`{}` has more than {} fields", schema.name.str(), kMaxFields))
          .hint("put those that belong together into schemas of their own, or use a map");
    schema.full = true;
    return;
  }
  Field f;
  f.hidden = !node.is(NodeKind::Field);
  const bool lower = node.is(NodeKind::Lower);
  f.name = lower ? llvm::StringRef("lower") : node.child(NodeKind::Name).tokenText();
  f.span = lower ? node.tokenSpan() : node.child(NodeKind::Name).span();
  f.doc = node.doc();
  f.sensitive = node.flag(syntax::kSensitive);
  f.optional = node.flag(syntax::kOptional);
  if (const NodeRef mark = node.child(NodeKind::Deprecated)) f.deprecated = stringText(mark.child(0), p.diagnostics);
  if (const int other = schema.find(f.name); other >= 0) {
    report(Code::DuplicateName, f.span, fmt::format("`{}` already has a field `{}`", schema.name.str(), f.name.str()))
        .at(schema.fields[static_cast<size_t>(other)].span, "first declared here");
    return;
  }
  for (NodeRef c : node.children()) {
    if (syntax::isType(c.kind())) {
      f.type = c.is(NodeKind::RefinedType) ? refinedType(c, {}, *schema.module, &schema) : f.hidden ? type(c, *schema.module, &schema) : dataType(c, *schema.module, &schema, "a field");
    } else if (syntax::isExpr(c.kind())) {
      f.value = c;
    }
  }
  if (lower) {
    Symbol* op = p.prelude ? lookup(*p.prelude, "Operation") : nullptr;
    f.type = op ? t.list(symbolType(*op, f.span)) : t.error();
    schema.lowerSlot = static_cast<int>(schema.fields.size());
    if (!schema.isKind) report(Code::WrongPlace, f.span, "only a kind can be lowered").hint("declare it with `kind`");
  } else if (!f.type && !f.hidden) {
    f.type = t.error();
  }
  if (f.optional && f.type) f.type = t.optional(f.type);
  if (f.type && f.type->kind == TypeKind::Optional) f.optional = true;
  schema.fields.push_back(std::move(f));
}

void Checker::addNested(Schema& schema, NodeRef node) {
  const NodeRef word = node.child(0), plural = node.child(1);
  if (!plural.is(NodeKind::Name)) return;
  Schema* nested = makeSchema(*schema.module, node, word.tokenText(), false, &schema);
  Field f;
  f.name = plural.tokenText();
  f.word = word.tokenText();
  f.span = plural.span();
  f.doc = node.doc();
  f.nested = nested;
  f.type = t.map(t.record(nested));
  if (schema.find(f.name) >= 0) {
    report(Code::DuplicateName, f.span, fmt::format("`{}` already has a field `{}`", schema.name.str(), f.name.str()));
    return;
  }
  schema.fields.push_back(std::move(f));
}

/// Runs with the frames that a default of this schema sees: the record, and the records around it.
void Checker::withSchemaScope(Schema& schema, llvm::StringRef exclude, const std::function<void()>& run) {
  std::vector<Schema*> around;
  for (Schema* s = &schema; s; s = s->outer) around.push_back(s);
  std::vector<std::unique_ptr<Scope>> chain;
  chain.push_back(std::make_unique<Scope>(Scope{.kind = Scope::Module, .module = schema.module}));
  for (auto it = around.rbegin(); it != around.rend(); ++it) {
    fieldsOf(**it);
    chain.push_back(std::make_unique<Scope>(Scope{.kind = Scope::Self, .up = chain.back().get(), .schema = *it, .body = true}));
  }
  chain.back()->exclude = exclude;
  Scope* outer = scope_;
  scope_ = chain.back().get();
  const auto variables = variables_;
  variables_.clear();
  for (const Schema* s : around) variables_.insert(variables_.end(), s->variables.begin(), s->variables.end());
  run();
  variables_ = variables;
  scope_ = outer;
}

void Checker::bodyOf(Schema& schema) {
  fieldsOf(schema);
  if (schema.state >= 3) return;
  schema.state = 3;
  if (schema.base) {
    bodyOf(*schema.base);
    schema.checks = schema.base->checks;
  }
  for (size_t i = 0; i < schema.fields.size(); ++i) {
    Field& f = schema.fields[i];
    if (f.nested) fieldsOf(*f.nested);
    if (schema.base && i < schema.base->fields.size()) {
      f.expr = schema.base->fields[i].expr;
      f.type = schema.base->fields[i].type;
      continue;
    }
    if (!f.value) continue;
    if (f.hidden && !f.type) { // a `let` whose type its value tells
      fieldType(schema, static_cast<int>(i));
      continue;
    }
    if (f.expr) continue;
    withSchemaScope(schema, f.name, [&] { f.expr = exprAs(f.value, f.type, fmt::format("`{}`", f.name.str())); });
  }
  for (NodeRef n : schema.node.child(NodeKind::SchemaBody).children()) {
    if (!n.is(NodeKind::Check)) continue;
    withSchemaScope(schema, {}, [&] {
      CheckIr check{.span = n.child(0).span(), .text = n.child(0).text()};
      check.condition = condition(n.child(0));
      const size_t mark = narrowed_.size();
      narrow(n.child(0), false); // the message is shown when the condition does not hold
      if (const NodeRef message = n.child(1)) check.message = exprAs(message, t.simple(TypeKind::String), "the message of a check");
      narrowed_.resize(mark);
      schema.checks.push_back(check);
    });
  }
  schema.state = 4;
}

} // namespace chasi::sema
