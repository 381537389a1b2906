// The tree as text, for tests and for people who work on the grammar.
#pragma once

#include "compiler/syntax/tree.h"

namespace chasi::syntax {

/// One node a line, indented: its kind, its flags, and the text of its naming token where that says something.
std::string dump(const Tree& tree);
/// The same on one line: `(Let (Name x) (IntLit 1))`.
std::string dumpLine(NodeRef node);
const char* nodeName(NodeKind kind);

} // namespace chasi::syntax
