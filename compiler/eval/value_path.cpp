#include "compiler/eval/value_path.h"

namespace chasi::eval {

/// From an opening quote to its partner, or to the end.
static size_t quoted(llvm::StringRef text, size_t at, std::string& out) {
  size_t end = at + 1;
  for (; end < text.size() && text[end] != '"'; ++end) out += text[end];
  return end < text.size() ? end + 1 : end;
}

std::vector<PathPiece> splitPath(llvm::StringRef text) {
  std::vector<PathPiece> pieces;
  size_t at = 0;
  do {
    PathPiece piece;
    piece.offset = static_cast<uint32_t>(at);
    if (at < text.size() && text[at] == '[') {
      const size_t end = text.find(']', at);
      const llvm::StringRef inner = text.slice(at + 1, end);
      if (inner.size() > 1 && inner.front() == '"' && inner.back() == '"') piece.name = inner.drop_front().drop_back().str();
      else if (inner.getAsInteger(10, piece.index)) piece.index = -1;
      at = end == llvm::StringRef::npos ? text.size() : end + 1;
    } else if (at < text.size() && text[at] == '"') {
      at = quoted(text, at, piece.name);
    } else {
      while (at < text.size() && text[at] != '.' && text[at] != '[') piece.name += text[at++];
    }
    piece.size = static_cast<uint32_t>(at) - piece.offset;
    pieces.push_back(std::move(piece));
    if (at >= text.size()) break;
    if (text[at] == '.') ++at;
    else if (text[at] != '[') break; // something behind a closing quote
  } while (true);
  return pieces;
}

} // namespace chasi::eval
