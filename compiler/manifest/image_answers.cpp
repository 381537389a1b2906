#include "compiler/manifest/image_answers.h"

#include <llvm/ADT/STLExtras.h>

namespace chasi::manifest {

using llvm::StringRef;

bool matches(StringRef pattern, StringRef text) {
  const auto [front, rest] = pattern.split('*');
  if (!pattern.contains('*')) return pattern == text;
  if (!text.consume_front(front)) return false;
  StringRef left = rest;
  while (left.contains('*')) {
    const auto [piece, after] = left.split('*');
    const size_t at = text.find(piece);
    if (at == StringRef::npos) return false;
    text = text.substr(at + piece.size());
    left = after;
  }
  return text.ends_with(left);
}

static bool meets(const std::vector<std::string>& patterns, std::vector<bool>& met, StringRef reference) {
  bool any = false;
  for (size_t i = 0; i < patterns.size(); ++i) {
    if (!matches(patterns[i], reference)) continue;
    met[i] = any = true;
  }
  return any;
}

void answer(std::vector<FoundImage>& found, const ImageAnswers& answers, MetAnswers& met) {
  met.use.resize(answers.use.size());
  met.ignore.resize(answers.ignore.size());
  llvm::erase_if(found, [&](const FoundImage& f) { return meets(answers.ignore, met.ignore, f.reference); });
  for (FoundImage& f : found)
    if (meets(answers.use, met.use, f.reference)) f.sure = true;
}

} // namespace chasi::manifest
