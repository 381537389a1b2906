#include "compiler/source/diagnostic.h"

namespace chasi::source {

std::string nearest(llvm::StringRef word, llvm::ArrayRef<std::string> candidates) {
  // Rounded up, so that one slip in a word of three letters is still understood.
  unsigned best = static_cast<unsigned>((word.size() + 2) / 3) + 1;
  const std::string* found = nullptr;
  for (const std::string& candidate : candidates) {
    const unsigned distance = word.equals_insensitive(candidate) ? 0 : word.edit_distance(candidate, true, best);
    if (distance >= best || distance >= word.size()) continue;
    best = distance;
    found = &candidate;
  }
  return found ? *found : std::string();
}

} // namespace chasi::source
