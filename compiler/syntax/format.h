// The one layout of a file.
//
// What changes is white space, commas that a line break makes unnecessary, and line ends. Comments, tokens and their order
// stay. The writer decides whether something between brackets stands on one line, by the line break behind the opening
// one; what does not fit into 120 columns is broken anyway. `=` and single-line blocks of neighbouring members are aligned,
// so are comments behind neighbouring lines.
//
// Items with mistakes are copied byte for byte and the rest of the file is formatted: an editor that formats while saving
// helps with a half-written file too, and never takes anything away.
#pragma once

#include "compiler/syntax/tree.h"

namespace chasi::syntax {

/// Ends with one line break unless the file holds nothing. Formatting the result again changes nothing when the file has
/// no mistakes. Linear in the size of the file.
std::string format(const Tree& tree);

} // namespace chasi::syntax
