#include "compiler/source/diagnostic.h"

#include <llvm/ADT/SmallVector.h>

#include <algorithm>

namespace chasi::source {

/// Edit distance in which two neighbours that were swapped count as one slip (optimal string alignment).
static unsigned distanceOf(llvm::StringRef a, llvm::StringRef b) {
  llvm::SmallVector<unsigned, 32> before(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
  for (unsigned j = 0; j <= b.size(); ++j) last[j] = j;
  for (unsigned i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (unsigned j = 1; j <= b.size(); ++j) {
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] != b[j - 1])});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) row[j] = std::min(row[j], before[j - 2] + 1);
    }
    std::swap(before, last);
    std::swap(last, row);
  }
  return last[b.size()];
}

std::string nearest(llvm::StringRef word, llvm::ArrayRef<std::string> candidates) {
  // Rounded up, so that one slip in a word of three letters is still understood.
  unsigned best = static_cast<unsigned>((word.size() + 2) / 3) + 1;
  const std::string* found = nullptr;
  for (const std::string& candidate : candidates) {
    const size_t longer = std::max(word.size(), candidate.size()), shorter = std::min(word.size(), candidate.size());
    if (longer - shorter >= best || longer > 200) continue;
    const unsigned distance = word.equals_insensitive(candidate) ? 0 : distanceOf(word, candidate);
    if (distance >= best || distance >= word.size()) continue;
    best = distance;
    found = &candidate;
  }
  return found ? *found : std::string();
}

} // namespace chasi::source
