#include "runtime/engine/text_width.h"

#include <llvm/Support/ConvertUTF.h>
#include <llvm/Support/Unicode.h>

namespace chasi::engine {

namespace {

struct Piece {
  size_t bytes;
  size_t columns;
};

// The character at the beginning.
Piece piece(std::string_view text) {
  const auto* bytes = reinterpret_cast<const llvm::UTF8*>(text.data());
  size_t length = std::min<size_t>(llvm::getNumBytesForUTF8(bytes[0]), text.size());
  if (!llvm::isLegalUTF8Sequence(bytes, bytes + length)) return {1, 1};
  int columns = llvm::sys::unicode::columnWidthUTF8(llvm::StringRef(text.data(), length));
  return {length, columns < 0 ? size_t{1} : static_cast<size_t>(columns)};
}

} // namespace

size_t columnsOf(std::string_view text) {
  size_t columns = 0;
  while (!text.empty()) {
    Piece next = piece(text);
    columns += next.columns;
    text.remove_prefix(next.bytes);
  }
  return columns;
}

std::string fitted(std::string_view text, size_t columns) {
  bool cut = columnsOf(text) > columns;
  size_t left = cut && columns > 0 ? columns - 1 : columns;
  std::string result;
  while (!text.empty()) {
    Piece next = piece(text);
    if (next.columns > left) break;
    left -= next.columns;
    bool control = next.bytes == 1 && (static_cast<unsigned char>(text[0]) < 0x20 || text[0] == 0x7F);
    if (control) result += ' ';
    else result += text.substr(0, next.bytes);
    text.remove_prefix(next.bytes);
  }
  if (cut && columns > 0) result += "…";
  return result;
}

std::string padded(std::string_view text, size_t columns) {
  size_t own = columnsOf(text);
  return std::string(text) + std::string(own < columns ? columns - own : 0, ' ');
}

void printColumns(const std::vector<std::vector<std::string>>& rows, llvm::raw_ostream& out) {
  std::vector<size_t> widths(rows.empty() ? 0 : rows.front().size());
  for (const auto& row : rows)
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], columnsOf(row[i]));
  for (const auto& row : rows) {
    std::string line;
    for (size_t i = 0; i < row.size(); ++i)
      if (widths[i]) line += padded(row[i], widths[i]) + "  ";
    line.erase(line.find_last_not_of(' ') + 1);
    out << line << '\n';
  }
}

} // namespace chasi::engine
