// Names that nothing uses, and names that hide others.
#include "compiler/lint/rules.h"
#include "compiler/lint/scopes.h"

#include <llvm/ADT/DenseSet.h>

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

void unusedNames(Program& program, llvm::ArrayRef<const Module*> modules, const Module* makes) {
  Used used;
  for (const Module* m : modules) gather(*m, used, [&](const Local& l) { unusedLocal(program, l); });
  auto unused = [&](const Symbol& s, bool makesSomething) {
    const auto rule = ruleOf(s, makesSomething);
    if (!rule || used.contains(&s)) return;
    Diagnostic& d = program.diagnostics.report(*rule, s.span, fmt::format("nothing {} `{}`{}", s.kind == SymbolKind::Import ? "of" : "uses", s.name.str(), s.kind == SymbolKind::Import ? " is used" : ""));
    d.hint(s.kind == SymbolKind::Param ? "use it or remove it: whoever sets it expects an effect" : "remove it");
  };
  for (const Module* m : modules) {
    for (const Symbol* s : m->order) unused(*s, m == makes || !m->environment.empty());
    for (const auto& [name, s] : m->symbols) // imports stand in no order
      if (s->kind == SymbolKind::Import && !s->part && s->module == m) unused(*s, false);
  }
}

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
