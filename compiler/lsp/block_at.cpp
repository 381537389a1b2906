#include "compiler/lsp/block_at.h"

#include "compiler/sema/load.h"

namespace chasi::lsp {

using sema::Type;
using sema::TypeKind;
using syntax::NodeKind;
using syntax::NodeRef;

bool isSettable(const sema::Schema& schema, const sema::Field& f) { return !f.hidden && !(schema.named && f.name == "name"); }

bool isRequired(const sema::Schema& schema, const sema::Field& f) { return isSettable(schema, f) && !f.optional && !f.value && !f.nested && f.type; }

bool isSet(NodeRef block, llvm::StringRef field) {
  for (NodeRef n : block.children()) {
    const bool member = n.is(NodeKind::Assign) || n.is(NodeKind::Sub) || n.is(NodeKind::Append) || n.is(NodeKind::Unset);
    if (member && n.child(0).tokenText() == field) return true;
    if ((n.is(NodeKind::If) || n.is(NodeKind::Body)) && isSet(n, field)) return true;
  }
  return false;
}

Typed::Typed(const sema::Program& program, const syntax::Tree& tree, source::FileId file) : program_(program), tree_(tree), parents_(tree.nodes().size(), 0) {
  treeOf(program, file, &module_);
  const auto nodes = tree.nodes();
  for (uint32_t i = 0; i < nodes.size(); ++i)
    for (uint32_t c = i + 1; c < nodes[i].end; c = nodes[c].end) parents_[c] = i;
}

NodeRef Typed::parent(NodeRef node) const { return node && node.index() != 0 ? NodeRef(&tree_, parents_[node.index()]) : NodeRef(); }

const Type* Typed::recordOf(const sema::Schema* schema) const {
  if (!schema) return nullptr;
  for (const auto& t : made_)
    if (t->schema == schema) return t.get();
  made_.push_back(std::make_unique<Type>());
  made_.back()->kind = TypeKind::Record;
  made_.back()->schema = schema;
  return made_.back().get();
}

const sema::Symbol* Typed::symbolOf(llvm::StringRef name) const {
  if (!module_) return nullptr;
  if (const auto it = module_->symbols.find(name); it != module_->symbols.end()) return it->second;
  if (program_.prelude && !name.starts_with("_"))
    if (const auto it = program_.prelude->symbols.find(name); it != program_.prelude->symbols.end()) return it->second;
  // An environment's file sees the names of the module that it is of.
  if (program_.root && module_ != program_.root && !module_->environment.empty())
    if (const auto it = program_.root->symbols.find(name); it != program_.root->symbols.end()) return it->second;
  return nullptr;
}

static const sema::Symbol* memberOf(const sema::Symbol* s, llvm::StringRef name) {
  if (!s || s->kind != sema::SymbolKind::Import || !s->target) return nullptr;
  const auto it = s->target->symbols.find(name);
  return it == s->target->symbols.end() ? nullptr : it->second;
}

const sema::Symbol* Typed::symbolOf(llvm::ArrayRef<NodeRef> names) const {
  if (names.empty()) return nullptr;
  const sema::Symbol* s = symbolOf(names.front().tokenText());
  for (NodeRef n : names.drop_front()) s = memberOf(s, n.tokenText());
  return s;
}

const sema::Symbol* Typed::symbolOf(NodeRef value) const {
  if (value.is(NodeKind::NameExpr)) return symbolOf(value.tokenText());
  const sema::Module* around = value.is(NodeKind::Member) ? moduleOf(value.child(0)) : nullptr;
  return around ? around->symbols.lookup(value.child(1).tokenText()) : nullptr;
}

const sema::Module* Typed::moduleOf(NodeRef value) const {
  const sema::Symbol* s = symbolOf(value);
  return s && s->kind == sema::SymbolKind::Import ? s->target : nullptr;
}

const sema::Symbol* Typed::functionOf(NodeRef call) const {
  const sema::Symbol* s = symbolOf(call.child(0));
  return s && s->kind == sema::SymbolKind::Fn ? s : nullptr;
}

const Type* Typed::typeWritten(NodeRef type) const {
  if (type.is(NodeKind::OptionalType)) return typeWritten(type.child(0));
  if (!type.is(NodeKind::NamedType)) return nullptr;
  llvm::SmallVector<NodeRef, 4> names;
  for (NodeRef c : type.child(NodeKind::DottedName).children()) names.push_back(c);
  const sema::Symbol* s = symbolOf(names);
  if (!s) return nullptr;
  if (s->kind == sema::SymbolKind::Type) return s->type;
  return s->schema ? recordOf(s->schema) : nullptr;
}

static NodeRef blockOwner(const Typed& typed, NodeRef block) {
  NodeRef n = typed.parent(block);
  while (n.is(NodeKind::Body) || n.is(NodeKind::For) || n.is(NodeKind::If) || n.is(NodeKind::Error)) n = typed.parent(n);
  return n;
}

static const sema::Field* fieldNamed(const sema::Schema* schema, llvm::StringRef name) {
  const int i = schema ? schema->find(name) : -1;
  return i < 0 ? nullptr : &schema->fields[static_cast<size_t>(i)];
}

/// Of a choice of schemas the first record.
static const Type* oneOf(const Type* type) {
  if (!type) return nullptr;
  type = sema::strip(sema::present(type));
  if (type->kind != TypeKind::Union) return type;
  for (const Type* a : type->alternatives)
    if (const Type* s = sema::strip(a); s->kind == TypeKind::Record || s->kind == TypeKind::Map) return s;
  return type;
}

const Type* Typed::typeOfBlock(NodeRef block) const {
  if (!block || depth_ > 200) return nullptr;
  ++depth_;
  struct Leave { int& d; ~Leave() { --d; } } leave{depth_};
  const NodeRef owner = block.is(NodeKind::Block) ? parent(block) : blockOwner(*this, block);
  switch (owner.kind()) {
  case NodeKind::Block: return typeOfBlock(owner);
  case NodeKind::Declaration: {
    llvm::SmallVector<NodeRef, 2> names;
    for (NodeRef c : owner.child(0).children()) names.push_back(c);
    const sema::Symbol* s = symbolOf(names);
    return s && s->kind == sema::SymbolKind::Kind ? recordOf(s->schema) : nullptr;
  }
  case NodeKind::Override: {
    NodeRef last;
    for (NodeRef c : owner.child(0).children()) last = c;
    const auto it = program_.root ? program_.root->symbols.find(last.tokenText()) : llvm::StringMap<sema::Symbol*>::const_iterator();
    return program_.root && it != program_.root->symbols.end() ? recordOf(it->second->schema) : nullptr;
  }
  case NodeKind::Inner: {
    const Type* around = typeOfBlock(blockOwner(*this, owner));
    if (!around || around->kind != TypeKind::Record) return nullptr;
    for (const sema::Field& f : around->schema->fields)
      if (f.nested && f.word == owner.child(0).tokenText()) return recordOf(f.nested);
    return nullptr;
  }
  case NodeKind::Sub: {
    const Type* around = typeOfBlock(blockOwner(*this, owner));
    if (!around) return nullptr;
    if (around->kind == TypeKind::Map) return oneOf(around->inner);
    const sema::Field* f = around->kind == TypeKind::Record ? fieldNamed(around->schema, owner.child(0).tokenText()) : nullptr;
    return f ? oneOf(f->type) : nullptr;
  }
  case NodeKind::Amend: {
    const NodeRef base = owner.child(0);
    const sema::Symbol* s = symbolOf(base);
    if (s && s->kind == sema::SymbolKind::Schema) return recordOf(s->schema);
    return oneOf(typeOf(base));
  }
  case NodeKind::BlockLit: return oneOf(expectedAt(owner));
  default: return nullptr;
  }
}

const sema::Schema* Typed::schemaOf(NodeRef block) const {
  const Type* t = typeOfBlock(block);
  return t && t->kind == TypeKind::Record ? t->schema : nullptr;
}

bool Typed::isFresh(NodeRef block) const {
  const NodeRef owner = parent(block);
  if (owner.is(NodeKind::Declaration) || owner.is(NodeKind::BlockLit)) return true;
  if (owner.is(NodeKind::Amend)) {
    const NodeRef base = owner.child(0);
    const llvm::StringRef last = base.is(NodeKind::Member) ? base.child(1).tokenText() : base.tokenText();
    const sema::Schema* schema = schemaOf(block);
    return schema && (schema->name == last || (schema->generic && schema->generic->name == last));
  }
  if (!owner.is(NodeKind::Inner) && !owner.is(NodeKind::Sub)) return false;
  const NodeRef around = blockOwner(*this, owner);
  if (owner.is(NodeKind::Sub)) {
    const sema::Field* f = fieldNamed(schemaOf(around), owner.child(0).tokenText());
    if (f && f->value) return false;
  }
  return isFresh(around);
}

} // namespace chasi::lsp
