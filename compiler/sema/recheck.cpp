#include "compiler/sema/recheck.h"

#include "compiler/sema/checker.h"
#include "compiler/sema/uses.h"
#include "compiler/syntax/parse.h"

namespace chasi::sema {

namespace {

/// A name that a file declares for its module.
struct Declared {
  NodeKind kind;
  llvm::StringRef name;
  friend bool operator==(const Declared&, const Declared&) = default;
};

NodeRef nameOf(NodeRef item) { return item.is(NodeKind::Declaration) ? item.child(1) : item.child(NodeKind::Name); }

/// Nothing when one of the items declares something that has a meaning of its own for others: a type, a function, a policy, …
std::optional<std::vector<Declared>> declaredIn(const syntax::Tree& tree, uint32_t firstNode) {
  std::vector<Declared> out;
  for (NodeRef n : tree.root().children()) {
    if (n.index() < firstNode || n.is(NodeKind::For) || n.is(NodeKind::If) || n.is(NodeKind::Error)) continue;
    if (!n.is(NodeKind::Declaration) && !n.is(NodeKind::Let)) return std::nullopt;
    const NodeRef name = nameOf(n);
    if (!name.is(NodeKind::Name)) continue;
    for (const Declared& other : out)
      if (other.name == name.tokenText()) return std::nullopt; // of two only one is the module's
    out.push_back({n.kind(), name.tokenText()});
  }
  return out;
}

bool hasType(NodeRef let) {
  for (NodeRef c : let.children())
    if (syntax::isType(c.kind())) return true;
  return false;
}

/// What others know of a symbol.
struct Seen {
  Symbol* symbol;
  const Type* type;
  std::string text; ///< of a `let` whose type is found out from its value
};

std::string textOfUntyped(const Symbol& s) { return s.kind == SymbolKind::Let && !hasType(s.node) ? s.node.text().str() : ""; }

void seenBefore(const Reread& reread, const syntax::Tree& before, std::vector<Seen>& out) {
  for (Symbol* s : reread.module->order)
    if (&s->node.tree() == &before && s->node.index() >= reread.firstNode && (s->usedElsewhere || s->firstUse < reread.from)) out.push_back({s, s->type, textOfUntyped(*s)});
}

/// A type that is found out from a value may now depend on one that depends on it: only the same text cannot bring that about.
bool isAsSeen(const Seen& before) {
  const Symbol& now = *before.symbol;
  return now.type == before.type && now.type->kind != TypeKind::Function && textOfUntyped(now) == before.text;
}

bool sameTokens(const syntax::Tree& a, const syntax::Tree& b, uint32_t begin, uint32_t end) {
  if (end > a.tokens().size() || end > b.tokens().size()) return false;
  for (uint32_t i = begin; i < end; ++i)
    if (a.tokens()[i].begin != b.tokens()[i].begin || a.tokens()[i].end != b.tokens()[i].end || a.tokens()[i].kind != b.tokens()[i].kind) return false;
  return begin == end || a.text().take_front(a.tokens()[end - 1].end) == b.text().take_front(b.tokens()[end - 1].end);
}

bool sameNodes(const syntax::Tree& a, const syntax::Tree& b, uint32_t begin, uint32_t end) {
  if (end > a.nodes().size() || end > b.nodes().size()) return false;
  return std::equal(a.nodes().begin() + begin, a.nodes().begin() + end, b.nodes().begin() + begin, [](const syntax::Node& x, const syntax::Node& y) {
    return x.kind == y.kind && x.flags == y.flags && x.token == y.token && x.first == y.first && x.last == y.last && x.end == y.end;
  });
}

/// Finds the items that stay.
void findKept(Reread& reread, const syntax::Tree& before, const syntax::Tree& now) {
  reread.from = now.base();
  uint32_t token = 0;
  for (NodeRef n : before.root().children()) {
    const syntax::Node& node = before.nodes()[n.index()];
    const uint32_t lastToken = node.last + 1;
    if (n.is(NodeKind::Error) || n.span().end >= reread.sound || !sameNodes(before, now, n.index(), node.end) || !sameTokens(before, now, token, lastToken)) return;
    token = lastToken;
    reread.firstNode = node.end;
    reread.from = n.span().end;
  }
}

/// Some of the items that stay are remembered by their nodes.
bool isRemembered(const syntax::Tree& tree, uint32_t firstNode) {
  for (NodeRef n : tree.root().children())
    if (n.index() < firstNode && !n.is(NodeKind::Declaration) && !n.is(NodeKind::Let) && !n.is(NodeKind::For) && !n.is(NodeKind::If) && !n.is(NodeKind::Import)) return true;
  return false;
}

/// Puts the new tree in the place of the old one.
void takeOver(const Reread& reread, const syntax::Tree& before, std::unique_ptr<syntax::Tree> now) {
  for (auto& [name, symbol] : reread.module->symbols)
    if (symbol && symbol->node && &symbol->node.tree() == &before && symbol->node.index() < reread.firstNode) symbol->node = {now.get(), symbol->node.index()};
  File& file = reread.module->files[reread.file];
  file.items = file.items.take_front(reread.keptItems);
  file.tree = std::move(now);
}

} // namespace

void Checker::recollect(Module& module, const Reread& reread, const syntax::Tree& before) {
  for (NodeRef n : module.files[reread.file].tree->root().children()) {
    if (n.index() < reread.firstNode || (!n.is(NodeKind::Declaration) && !n.is(NodeKind::Let))) continue;
    const NodeRef name = nameOf(n);
    if (!name.is(NodeKind::Name)) continue;
    const SymbolKind kind = n.is(NodeKind::Let) ? SymbolKind::Let : SymbolKind::Declaration;
    const auto known = module.symbols.find(name.tokenText());
    if (known == module.symbols.end() || !known->second->node || &known->second->node.tree() != &before) {
      enter(module, kind, n, name); // another file declares it as well, which is reported again
      continue;
    }
    Symbol fresh;
    fresh.kind = kind;
    fresh.name = name.tokenText();
    fresh.module = &module;
    fresh.node = n;
    fresh.span = name.span();
    fresh.overrides = known->second->overrides; // `seen` makes sure that it is of the same kind
    fresh.usedElsewhere = known->second->usedElsewhere;
    fresh.firstUse = known->second->firstUse;
    *known->second = std::move(fresh);
  }
}

void Checker::recheck(Module& module, llvm::ArrayRef<Reread*> files) {
  Context context(*this);
  const auto isNew = [&](const Symbol& s) {
    return llvm::any_of(files, [&](const Reread* r) { return module.files[r->file].tree.get() == &s.node.tree() && s.node.index() >= r->firstNode; });
  };
  for (Symbol* s : module.order)
    if (isNew(*s)) typeOf(*s, s->span);
  Scope moduleScope{.kind = Scope::Module, .module = &module};
  scope_ = &moduleScope;
  for (const Reread* r : files) checkItems(module.files[r->file], r->firstNode);
}

bool recheck(Program& p, llvm::MutableArrayRef<Reread> rereads, const std::shared_ptr<syntax::KnownTrees>& known, llvm::function_ref<bool()> begin) {
  std::vector<std::unique_ptr<syntax::Tree>> before;
  std::vector<Seen> seen;
  source::Diagnostics told;
  for (Reread& r : rereads) {
    File& file = r.module->files[r.file];
    if (!p.sources.replace(file.id, r.text)) return false;
    p.guessed.erase(file.id);
    auto tree = std::make_unique<syntax::Tree>(known ? known->parse(p.sources, file.id, told) : syntax::parse(p.sources, file.id, told));
    findKept(r, *file.tree, *tree);
    r.keptItems = static_cast<size_t>(llvm::count_if(file.items, [&](const ItemIr& i) { return i.span.end <= r.from; }));
    const auto names = declaredIn(*file.tree, r.firstNode), namesNow = declaredIn(*tree, r.firstNode);
    if (!names || !namesNow || *names != *namesNow) return false;
    seenBefore(r, *file.tree, seen);
    if (p.uses) p.uses->forget(file.id, r.from);
    before.push_back(std::move(file.tree));
    takeOver(r, *before.back(), std::move(tree));
  }
  if (!begin()) return false;
  p.diagnostics.append(std::move(told));
  Checker checker(p);
  for (size_t i = 0; i < rereads.size(); ++i) checker.recollect(*rereads[i].module, rereads[i], *before[i]);
  for (size_t i = 0; i < rereads.size();) {
    std::vector<Reread*> files;
    Module* module = rereads[i].module;
    for (; i < rereads.size() && rereads[i].module == module; ++i) files.push_back(&rereads[i]);
    checker.recheck(*module, files);
  }
  checker.drain();
  for (size_t i = 0; i < rereads.size(); ++i)
    if (isRemembered(*before[i], rereads[i].firstNode)) p.formerTrees.push_back(std::move(before[i]));
  return llvm::all_of(seen, isAsSeen);
}

} // namespace chasi::sema
