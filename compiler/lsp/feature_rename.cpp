#include "compiler/lsp/feature_rename.h"

#include "compiler/sema/builtins.h"
#include "compiler/syntax/parse.h"

#include <llvm/ADT/StringExtras.h>

#include <algorithm>

namespace chasi::lsp {

using sema::Use;
using source::Span;
using syntax::NodeKind;

/// An identifier that is no word of the language: what parses as the name of a `let`.
static bool isName(llvm::StringRef name) {
  if (name.empty() || !llvm::all_of(name, [](char c) { return llvm::isAlnum(c) || c == '_'; })) return false;
  source::SourceSet sources;
  source::Diagnostics diagnostics;
  const syntax::Tree tree = syntax::parse(sources, sources.add("(name)", fmt::format("let {} = {}\n", name.str(), name.str())), diagnostics);
  return !diagnostics.hasErrors();
}

/// The item of a file that a place lies in.
static Span itemAt(const Snapshot& s, Span place) {
  const syntax::Tree* tree = treeOf(s.program(), s.sources().fileOf(place.begin));
  if (!tree) return {};
  for (syntax::NodeRef n : tree->root().children())
    if (n.span().begin <= place.begin && place.end <= n.span().end) return n.span();
  return {};
}

/// Something of the new name in the items where the old one is used: one of them would be taken for the other.
static std::string shadowed(const Snapshot& s, const Use& use, Span declaration, llvm::StringRef name) {
  std::vector<Span> others;
  for (const auto& [file, uses] : s.revision.uses.files)
    for (const Use& other : uses)
      if ((other.kind == Use::Local || (other.kind == Use::Symbol && use.kind == Use::Local)) && s.sources().text(other.at) == name) others.push_back(other.at);
  if (others.empty()) return "";
  for (const Span place : placesOf(s, declaration)) {
    const Span item = itemAt(s, place);
    for (const Span other : others)
      if (other.begin >= item.begin && other.end <= item.end) return fmt::format("`{}` means something else in line {}", name.str(), s.sources().position(other.begin).line);
  }
  return "";
}

std::string refusal(const Snapshot& s, const Use& use, llvm::StringRef name) {
  const Span declaration = declarationOf(s, use);
  if (!declaration.valid()) return fmt::format("`{}` belongs to the language", s.sources().text(use.at).str());
  if (!isOwn(s.program(), declaration)) {
    const bool library = !s.sources().name(s.sources().fileOf(declaration.begin)).starts_with("/");
    return fmt::format("`{}` is declared in {}", s.sources().text(use.at).str(), library ? "the standard library" : "a package");
  }
  if (name.empty()) return "";
  if (!isName(name)) return fmt::format("`{}` is no name: names are letters, digits and `_`, and no words of the language", name.str());
  if (s.sources().text(use.at) == name) return "";
  if (use.kind == Use::Symbol) {
    const sema::Module& module = *use.symbol->module;
    if (const auto it = module.symbols.find(name); it != module.symbols.end()) return fmt::format("`{}` is declared already, in line {}", name.str(), s.sources().position(it->second->span.begin).line);
    if (const sema::Module* core = s.program().prelude; core && core->symbols.count(name)) return fmt::format("`{}` is a name of the standard library", name.str());
  }
  if (use.kind == Use::Field && use.schema->find(name) >= 0) return fmt::format("`{}` has a field `{}` already", use.schema->name.str(), name.str());
  if (use.kind == Use::Nested && use.schema && use.schema->outer && use.schema->outer->find(name) >= 0) return fmt::format("`{}` has a field `{}` already", use.schema->outer->name.str(), name.str());
  if (use.kind == Use::Argument)
    for (const sema::FnParam& p : use.symbol->params)
      if (p.name == name) return fmt::format("`{}` has a parameter `{}` already", use.symbol->name.str(), name.str());
  return shadowed(s, use, declaration, name);
}

std::vector<source::Edit> rename(const Snapshot& s, const Use& use, llvm::StringRef name) {
  std::vector<source::Edit> edits;
  const Span declaration = declarationOf(s, use);
  const bool import = use.kind == Use::Symbol && use.symbol->kind == sema::SymbolKind::Import && !use.symbol->node.child(NodeKind::Name);
  for (const Span place : placesOf(s, declaration)) {
    if (!isOwn(s.program(), place)) continue;
    if (import && place == declaration) edits.push_back({{place.end, place.end}, " as " + name.str()});
    else edits.push_back({place, name.str()});
  }
  return edits;
}

} // namespace chasi::lsp
