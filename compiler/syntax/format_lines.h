// The last step of the formatter: lines with what is aligned in them. Internal to this room.
#pragma once

#include <llvm/ADT/StringRef.h>

#include <string>
#include <vector>

namespace chasi::syntax::layout {

constexpr uint32_t kColumns = 120;

/// Members of one kind on neighbouring lines are aligned with each other.
enum class Align : uint8_t { None, Member, Block, Let, Set };

struct Line {
  uint32_t begin = 0;  ///< offsets in the text of all lines; may hold line breaks of a string
  uint32_t end = 0;
  uint32_t indent = 0;
  uint32_t width = 0;  ///< of its last line, with the indentation
  uint32_t padAt = 0;  ///< where blanks go so that what follows is aligned
  uint32_t head = 0;   ///< columns before that
  Align align = Align::None;
  bool blank = false;  ///< an empty line before it
  bool single = false; ///< the entry that begins with it ends with it
  bool bare = false;   ///< printed without indentation
  llvm::StringRef comment; ///< behind it
};

/// Aligns the lines and joins them to the file's text.
std::string printLines(std::vector<Line>& lines, llvm::StringRef text);

} // namespace chasi::syntax::layout
