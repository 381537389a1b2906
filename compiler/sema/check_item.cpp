// Declarations at file level, and loops and conditions around them.
#include "compiler/sema/checker.h"

namespace chasi::sema {

Schema* Checker::kindNamed(NodeRef dotted) {
  llvm::SmallVector<NodeRef, 2> names;
  for (NodeRef c : dotted.children()) names.push_back(c);
  if (names.empty()) return nullptr;
  Context context(*this);
  Module* from = nullptr;
  // The module that the declaration stands in owns the tree.
  for (auto& [path, m] : p.modules)
    for (const File& f : m->files)
      if (f.tree.get() == &dotted.tree()) from = m.get();
  if (!from) return nullptr;
  Symbol* symbol = lookup(*from, names[0].tokenText());
  size_t next = 1;
  if (symbol && names.size() > 1) {
    symbol = follow(symbol, names, next);
    if (!symbol) return nullptr;
  }
  noteWay(lookup(*from, names[0].tokenText()), names);
  if (symbol && symbol->kind == SymbolKind::Kind && next == names.size()) {
    warnDeprecated(*symbol->schema, dotted.span());
    fieldsOf(*symbol->schema);
    typeOf(*symbol, dotted.span());
    return symbol->schema;
  }
  const std::string text = dotted.text().str();
  if (!symbol && maybeUnread(*from, text, dotted.span())) return nullptr;
  Diagnostic& d = report(Code::UnknownKind, dotted.span(), symbol ? fmt::format("`{}` is not a kind", text) : fmt::format("there is no kind `{}`", text));
  if (symbol) {
    if (!symbol->part) d.at(symbol->span, "declared here");
    if (symbol->kind == SymbolKind::Schema) d.hint(fmt::format("make a value of it: `let NAME = {} {{ … }}`", text));
    return nullptr;
  }
  if (!suggests()) return nullptr;
  std::vector<std::string> candidates;
  for (Module* m : {from, p.prelude})
    if (m)
      for (Symbol* s : m->order)
        if (s->kind == SymbolKind::Kind) candidates.push_back(s->name.str());
  suggest(d, text, candidates, dotted.span());
  if (d.help.empty() && !candidates.empty()) d.hint(fmt::format("the kinds are {}", fmt::join(candidates, ", ")));
  return nullptr;
}

void Checker::declaration(NodeRef node, bool top, std::vector<ItemIr>& out) {
  const NodeRef name = node.child(1), block = node.child(NodeKind::Block);
  if (!name || !block) return;
  ItemIr item{.kind = ItemIr::Declare, .span = node.span(), .nameSpan = name.span()};
  if (top && name.is(NodeKind::Name)) {
    const auto it = module().symbols.find(name.tokenText());
    if (it == module().symbols.end() || it->second->node.index() != node.index() || &it->second->node.tree() != &node.tree()) return; // a duplicate, reported
    item.symbol = it->second;
    typeOf(*item.symbol, name.span());
    item.schema = item.symbol->schema;
  } else {
    item.schema = kindNamed(node.child(0));
  }
  if (!item.schema) return;
  item.name = key(name);
  item.block = recordBlock(block, item.schema, true, name.span(), fmt::format("{} `{}`", item.schema->name.str(), name.text().str()));
  if (item.symbol) item.symbol->block = item.block;
  out.push_back(item);
}

void Checker::items(NodeRef parent, Around around, std::vector<ItemIr>& out) {
  for (NodeRef n : parent.children()) item(n, around, out);
}

void Checker::item(NodeRef n, Around around, std::vector<ItemIr>& out) {
  if (n.is(NodeKind::Declaration)) return declaration(n, around == Around::File, out);
  ItemIr item{.span = n.span(), .nameSpan = n.tokenSpan()};
  if (n.is(NodeKind::For)) {
    item.kind = ItemIr::For;
    Scope frame{.kind = Scope::Locals, .up = scope_};
    Scope* outer = scope_;
    loopScope(n, frame, item.subject, item.guard, item.bindings);
    scope_ = &frame;
    std::vector<ItemIr> body;
    item.lets = loopLets(n.child(NodeKind::Body), frame);
    items(n.child(NodeKind::Body), Around::Loop, body);
    scope_ = outer;
    item.body = p.keep(body);
    out.push_back(item);
  } else if (n.is(NodeKind::If)) {
    item.kind = ItemIr::If;
    item.subject = condition(n.child(0));
    std::vector<ItemIr> yes, no;
    const size_t mark = narrowed_.size();
    narrow(n.child(0), true);
    items(n.child(1), Around::Condition, yes);
    narrowed_.resize(mark);
    narrow(n.child(0), false);
    if (const NodeRef otherwise = n.child(2)) {
      if (otherwise.is(NodeKind::If)) this->item(otherwise, Around::Condition, no);
      else items(otherwise, Around::Condition, no);
    }
    narrowed_.resize(mark);
    item.body = p.keep(yes);
    item.orElse = p.keep(no);
    out.push_back(item);
  } else if (n.is(NodeKind::Let) && around == Around::Loop) {
    return; // loopLets has read it
  } else if (around != Around::File && !n.is(NodeKind::Error)) {
    report(Code::WrongPlace, n.span(), "only declarations can stand in a loop or a condition of a file").hint("move it to the top of the file");
  }
}

} // namespace chasi::sema
