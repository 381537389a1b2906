// The lines of a file that a diagnostic points at, drawn for a terminal.
#pragma once

#include "compiler/source/diagnostic.h"

namespace chasi::source {

/// Escape sequences for each part, or empty strings.
struct Palette {
  const char* bold = "";
  const char* primary = "";
  const char* secondary = "";
  const char* reset = "";
};

struct Mark {
  Span span;
  llvm::StringRef text;
  bool primary = false;
};

/// Columns that the line numbers of these marks need.
unsigned gutterWidth(const SourceSet& sources, llvm::ArrayRef<Mark> marks);

/// Draws the marked lines in line order, near ones together, far ones with `...` between. All marks lie in one file.
void drawExcerpt(const SourceSet& sources, llvm::ArrayRef<Mark> marks, unsigned gutter, const Palette& palette,
                 llvm::raw_ostream& out);

/// The text with control characters and broken UTF-8 made visible, so that a file cannot command a terminal.
std::string printable(llvm::StringRef text);

} // namespace chasi::source
