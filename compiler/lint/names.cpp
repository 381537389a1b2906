// Names that nothing uses, and names that hide others.
#include "compiler/lint/rules.h"
#include "compiler/lint/scopes.h"
#include "compiler/sema/file_text.h"

#include <llvm/ADT/DenseSet.h>
#include <llvm/ADT/StringExtras.h>

namespace chasi::lint {

using namespace sema;
using source::Code;
using source::Diagnostic;

namespace {

using Used = llvm::DenseSet<const Symbol*>;

void use(const Module& module, llvm::StringRef name, llvm::StringRef member, Used& used) {
  const auto it = module.symbols.find(name);
  if (it == module.symbols.end()) return;
  used.insert(it->second);
  if (it->second->kind != SymbolKind::Import || !it->second->target || member.empty()) return;
  const auto& theirs = it->second->target->symbols;
  if (const auto found = theirs.find(member); found != theirs.end()) used.insert(found->second);
}

/// What the files of a module use, at file level or below; arguments and lets that stay unused are told to `unused`.
void gather(const Module& module, Used& used, llvm::function_ref<void(const Local&)> unused) {
  for (const File& file : module.files) {
    if (file.madeUp) continue;
    walkNames(*file.tree, {.declared = [](const Local&, const Local*) {},
                           .left = [&](const Local& l) { if (!l.used) unused(l); },
                           .outer = [&](llvm::StringRef name, llvm::StringRef member) { use(module, name, member, used); }});
  }
}

void unusedLocal(Program& program, const Local& l) {
  if (l.name.starts_with("_") || l.hidden) return; // a hidden one is told as such
  if (l.kind == LocalKind::Let)
    program.diagnostics.report(Code::UnusedLet, l.span, fmt::format("nothing uses `{}`", l.name.str())).hint("remove it");
  if (l.kind == LocalKind::Argument)
    program.diagnostics.report(Code::UnusedArgument, l.span, fmt::format("the function does not use its parameter `{}`", l.name.str()))
        .hint(fmt::format("remove it, or call it `_{}` when callers give it anyway", l.name.str()));
}

/// What it declares is part of the specification, whether anything names it or not; so is what its own imports declare.
bool declares(const Module& module) {
  if (module.library) return false;
  return llvm::any_of(module.files, [](const File& f) { return !f.items.empty(); }) || llvm::any_of(module.symbols, [](const auto& entry) { return entry.second->kind == SymbolKind::Import && entry.second->target && declares(*entry.second->target); });
}

bool isItem(syntax::NodeRef node) {
  for (syntax::NodeRef n : node.tree().root().children())
    if (n.index() == node.index()) return true;
  return false;
}

/// The item goes with the comment above it and its line. A parameter stays: somebody may give it. That an import goes changes nothing; what
/// else nothing uses may have been written for what comes next.
void offerRemoval(const Program& program, const Symbol& s, Diagnostic& d) {
  const syntax::NodeRef item = s.node;
  if (s.kind == SymbolKind::Param || !isItem(item)) return;
  const source::FileId file = program.sources.fileOf(item.span().begin);
  const llvm::StringRef text = program.sources.text(file);
  const uint32_t base = program.sources.base(file);
  size_t begin = item.span().begin - base, end = item.span().end - base;
  for (size_t lines = item.doc().empty() ? 0 : 1 + static_cast<size_t>(llvm::count(item.doc(), '\n')); lines > 0 && begin > 0; --lines) begin = text.take_front(begin - 1).rfind('\n') + 1;
  if (text.substr(end).starts_with("\n")) ++end;
  d.fix(fmt::format("remove `{}`", program.sources.text(s.span).str()), {base + static_cast<uint32_t>(begin), base + static_cast<uint32_t>(end)}, "");
  d.fixes.back().sure = s.kind == SymbolKind::Import;
}

/// The rule that a symbol falls under; nothing for what is there to be seen from outside.
std::optional<Code> ruleOf(const Symbol& s, bool makesSomething) {
  const bool hidden = s.name.starts_with("_");
  switch (s.kind) {
  case SymbolKind::Import: return Code::UnusedImport;
  case SymbolKind::Let: return hidden || makesSomething ? std::optional(Code::UnusedLet) : std::nullopt;
  case SymbolKind::Param: return hidden || makesSomething ? std::optional(Code::UnusedParam) : std::nullopt;
  case SymbolKind::Fn: return hidden || makesSomething ? std::optional(Code::UnusedFn) : std::nullopt;
  case SymbolKind::Type:
  case SymbolKind::Schema:
  case SymbolKind::Kind: return hidden ? std::optional(Code::UnusedPrivate) : std::nullopt;
  case SymbolKind::Declaration: return std::nullopt;
  }
  return std::nullopt;
}

} // namespace

/// Comments and texts count as well: it is better to be silent than to have something removed that is needed.
static void addWords(llvm::StringRef text, std::set<std::string>& out) {
  const auto isWord = [](char c) { return llvm::isAlnum(c) || c == '_'; };
  while (!text.empty()) {
    const llvm::StringRef word = text.take_while(isWord);
    if (!word.empty()) out.insert(word.str());
    text = text.drop_front(std::max<size_t>(word.size(), 1));
  }
}

/// The words in files of environments that this run of the program is without. A name that stands there may be used there.
static std::set<std::string> wordsElsewhere(const Program& program, const LoadInput& input) {
  std::set<std::string> words;
  for (const auto& [name, file] : input.environments) {
    if (llvm::any_of(program.layers, [&](const Module* layer) { return layer->environment == name; })) continue;
    withText(input, file, [&](llvm::StringRef text) { addWords(text, words); });
  }
  return words;
}

void unusedNames(Program& program, llvm::ArrayRef<const Module*> modules, const Module* makes, const LoadInput& input) {
  Used used;
  for (const Module* m : modules) gather(*m, used, [&](const Local& l) { unusedLocal(program, l); });
  std::optional<std::set<std::string>> elsewhere; // most programs have nothing to look up there
  auto unused = [&](const Symbol& s, bool makesSomething) {
    const auto rule = ruleOf(s, makesSomething);
    if (!rule || used.contains(&s) || (s.kind == SymbolKind::Import && s.target && declares(*s.target))) return;
    if (s.module == program.root) {
      if (!elsewhere) elsewhere = wordsElsewhere(program, input);
      if (elsewhere->contains(s.name.str())) return;
    }
    Diagnostic& d = program.diagnostics.report(*rule, s.span, fmt::format("nothing {} `{}`{}", s.kind == SymbolKind::Import ? "of" : "uses", s.name.str(), s.kind == SymbolKind::Import ? " is used" : ""));
    d.hint(s.kind == SymbolKind::Param ? "use it or remove it: whoever sets it expects an effect" : "remove it");
    offerRemoval(program, s, d);
  };
  for (const Module* m : modules) {
    for (const Symbol* s : m->order) unused(*s, m == makes || !m->environment.empty());
    for (const auto& [name, s] : m->symbols) // imports stand in no order
      if (s->kind == SymbolKind::Import && !s->part && s->module == m) unused(*s, false);
  }
}

bool isForPeople(Code code) { return code == Code::UnusedLet || code == Code::UnusedFn || code == Code::UnusedPrivate; }

void hiddenNames(Program& program, const Module& module) {
  auto hides = [&](source::Span at, llvm::StringRef name, source::Span other, const char* what) {
    program.diagnostics.report(Code::Shadowed, at, fmt::format("`{}` hides {} `{}`", name.str(), what, name.str())).at(other, "this one is hidden").hint("give one of them another name");
  };
  for (const File& file : module.files) {
    if (file.madeUp) continue;
    walkNames(*file.tree, {.declared =
                               [&](const Local& l, const Local* hidden) {
                                 if (l.name.starts_with("_")) return;
                                 if (hidden) return hides(l.span, l.name, hidden->span, "another");
                                 const auto it = module.symbols.find(l.name);
                                 if (it == module.symbols.end()) return;
                                 const SymbolKind kind = it->second->kind;
                                 if (kind == SymbolKind::Kind || kind == SymbolKind::Schema || kind == SymbolKind::Type) return; // they stand elsewhere
                                 hides(l.span, l.name, it->second->span, "the module's");
                               },
                           .left = [](const Local&) {},
                           .outer = [](llvm::StringRef, llvm::StringRef) {}});
  }
  // Other standard names are hidden without harm: who writes a `schema Port` means that one.
  if (!program.prelude || &module == program.prelude) return;
  for (const Symbol* s : module.order)
    if (const auto it = program.prelude->symbols.find(s->name); it != program.prelude->symbols.end() && it->second->kind == SymbolKind::Kind && s->kind != SymbolKind::Declaration)
      hides(s->span, s->name, it->second->span, "the standard kind");
}

} // namespace chasi::lint
