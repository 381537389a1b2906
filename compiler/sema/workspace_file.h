// What workspace.chasi says of the workspace as a whole. What it says about packages is read by compiler/package, the switches by lint.
#pragma once

#include "compiler/sema/program.h"

namespace chasi::sema {

/// workspace.chasi as the program has read it; null when there is none.
const File* workspaceFile(const Program& program);
/// `set NAME = …`.
bool sets(syntax::NodeRef item, llvm::StringRef name);
/// `set allow = […]` or `set deny = […]`, which switch warnings.
bool setsWarnings(syntax::NodeRef item);

/// What `set name = "bank"` names the workspace; empty when it does not, or not in a way that can be used.
std::string workspaceName(const Program& program);
/// Up to 63 letters, digits, `-`, `_` and `.`, the first a letter or a digit: it gets into names of objects, and people type it.
bool isWorkspaceName(llvm::StringRef text);

/// Reports what is wrong with the edition and the name, and what does not belong there.
void checkWorkspaceFile(Program& program, const File& file);

} // namespace chasi::sema
