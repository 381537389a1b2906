// Columns of a terminal that a text takes.
#pragma once

#include <string>
#include <string_view>

namespace chasi::engine {

/// Of UTF-8: wide characters count two, combining ones none. Bytes that are no UTF-8 count one each.
size_t columnsOf(std::string_view text);
/// At most so many columns, ending in "…" when something was cut off. Control characters become spaces.
std::string fitted(std::string_view text, size_t columns);
/// With spaces up to so many columns.
std::string padded(std::string_view text, size_t columns);

} // namespace chasi::engine
