#include "compiler/sema/workspace_file.h"

#include "compiler/sema/load.h"
#include "compiler/syntax/plain_text.h"

#include <llvm/ADT/STLExtras.h>
#include <llvm/ADT/StringExtras.h>

namespace chasi::sema {

using source::Code;
using source::Diagnostic;
using syntax::NodeKind;
using syntax::NodeRef;

namespace {

/// The name as it is written; empty when it is none.
std::string writtenName(NodeRef set) {
  const auto text = syntax::plainText(set.child(1));
  return text && isWorkspaceName(*text) ? text->str() : "";
}

void checkName(Program& p, NodeRef set, NodeRef& before) {
  if (before) {
    p.diagnostics.report(Code::DuplicateName, set.tokenSpan(), "the workspace is named twice").at(before.tokenSpan(), "first named here");
    return;
  }
  before = set;
  if (writtenName(set).empty())
    p.diagnostics.report(Code::BadManifest, set.child(1).span(), "this is no name of a workspace")
        .note("it is written out, as a text of up to 63 letters, digits, `-`, `_` and `.`, and begins with a letter or a digit")
        .hint("write `set name = \"bank\"`");
}

} // namespace

bool isWorkspaceName(llvm::StringRef text) {
  return !text.empty() && text.size() <= 63 && llvm::isAlnum(text.front()) && llvm::all_of(text, [](char c) { return llvm::isAlnum(c) || llvm::StringRef("-_.").contains(c); });
}

const File* workspaceFile(const Program& program) {
  const auto it = program.modules.find("(workspace)");
  return it == program.modules.end() || it->second->files.empty() ? nullptr : &it->second->files.front();
}

bool sets(NodeRef item, llvm::StringRef name) { return item.is(NodeKind::SetParam) && item.child(0).tokenText() == name; }
bool setsWarnings(NodeRef item) { return sets(item, "allow") || sets(item, "deny"); }

std::string workspaceName(const Program& program) {
  if (const File* file = workspaceFile(program))
    for (NodeRef n : file->tree->root().children())
      if (sets(n, "name")) return writtenName(n);
  return {};
}

void checkWorkspaceFile(Program& p, const File& file) {
  NodeRef edition, first, name;
  bool broken = false;
  for (NodeRef n : file.tree->root().children()) {
    if (!first) first = n;
    broken = broken || n.is(NodeKind::Error);
    if (n.is(NodeKind::Error) || n.is(NodeKind::Declaration)) continue;
    if (sets(n, "name")) {
      checkName(p, n, name);
      continue;
    }
    if (setsWarnings(n)) continue; // lint reads them
    if (!n.is(NodeKind::Edition)) {
      p.diagnostics.report(Code::WrongPlace, n.tokenSpan(), "workspace.chasi holds the edition, the name, the packages and the switches for warnings, and nothing else").hint("move it to another file");
    } else if (edition) {
      p.diagnostics.report(Code::DuplicateName, n.tokenSpan(), "the edition is given twice").at(edition.tokenSpan(), "first given here");
    } else {
      edition = n;
      if (n.tokenText() == kEdition) continue;
      const bool later = n.tokenText().size() == kEdition.size() && n.tokenText() > kEdition;
      Diagnostic& d = p.diagnostics.report(Code::NotAvailable, n.tokenSpan(), fmt::format("there is no edition {}{}", n.tokenText().str(), later ? " yet" : ""));
      const std::string known = fmt::format("edition {}", kEdition.str());
      // Going back is for people to decide: what was written for a later edition may mean something else in this one.
      if (later) d.note(fmt::format("this version of chasic knows {}", known)).hint(fmt::format("use a later version of chasic, or write `{}`", known));
      else d.hint(fmt::format("write `{}`", known)).fix(fmt::format("write `{}`", known), n.tokenSpan(), kEdition.str());
    }
  }
  if (edition || broken) return;
  const uint32_t at = first ? first.span().begin : file.tree->base() + static_cast<uint32_t>(file.tree->text().size());
  p.diagnostics.report(Code::NoEdition, {at, at}, "the workspace names no edition of the language")
      .note(fmt::format("it is read as edition {}, the newest; a later version of chasic may read it as another one", kEdition.str()))
      .hint(fmt::format("write `edition {}`; `chasic fix` does it", kEdition.str()))
      .sureFix(fmt::format("write `edition {}`", kEdition.str()), {at, at}, fmt::format("edition {}\n{}", kEdition.str(), first ? "\n" : ""));
}

} // namespace chasi::sema
