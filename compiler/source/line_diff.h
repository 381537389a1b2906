// What changed between two texts, line by line, as `diff -u` shows it.
#pragma once

#include <llvm/ADT/ArrayRef.h>
#include <llvm/ADT/StringRef.h>

#include <string>
#include <vector>

namespace chasi::source {

struct DiffLine {
  char mark; ///< '-' only before, '+' only after, ' ' in both
  llvm::StringRef text;
};

/// Lines with their line breaks, so that one that is missing at the end counts as a difference. They point into the text.
std::vector<llvm::StringRef> linesOf(llvm::StringRef text);

/// The way from the one list of lines to the other, by their longest common subsequence. Lists that differ in very many lines are
/// shown one after the other: the table of lengths has 16 MiB at most.
std::vector<DiffLine> compareLines(llvm::ArrayRef<llvm::StringRef> before, llvm::ArrayRef<llvm::StringRef> after);

/// A unified diff with three lines around each change; "" when nothing changed. `color` paints it for a terminal.
std::string lineDiff(const std::string& name, llvm::StringRef before, llvm::StringRef after, bool color);

} // namespace chasi::source
