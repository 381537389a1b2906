// Columns of a terminal that a text takes.
#pragma once

#include <llvm/Support/raw_ostream.h>

#include <string>
#include <string_view>
#include <vector>

namespace chasi::engine {

/// Of UTF-8: wide characters count two, combining ones none. Bytes that are no UTF-8 count one each.
size_t columnsOf(std::string_view text);
/// At most so many columns, ending in "…" when something was cut off. Control characters become spaces.
std::string fitted(std::string_view text, size_t columns);
/// With spaces up to so many columns.
std::string padded(std::string_view text, size_t columns);
/// Rows of the same length as a table, two spaces between its columns; those with nothing in them are left out.
void printColumns(const std::vector<std::vector<std::string>>& rows, llvm::raw_ostream& out);

} // namespace chasi::engine
