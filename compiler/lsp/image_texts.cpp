#include "compiler/lsp/image_texts.h"

#include <llvm/ADT/StringExtras.h>

namespace chasi::lsp {

static bool ofName(char c) { return llvm::isAlnum(c) || c == '_'; }
static bool isReference(llvm::StringRef text) {
  return !text.empty() && llvm::isAlnum(text.front()) && llvm::all_of(text, [](char c) { return llvm::isAlnum(c) || llvm::StringRef("._-/:@").contains(c); });
}

static llvm::StringRef lastWord(llvm::StringRef text) {
  text = text.rtrim();
  const size_t size = text.size();
  size_t begin = size;
  while (begin > 0 && ofName(text[begin - 1])) --begin;
  return text.substr(begin);
}

void eachImageText(llvm::StringRef text, const std::set<std::string>& fields, llvm::function_ref<void(llvm::StringRef)> each) {
  for (size_t quote = text.find('"'); quote != llvm::StringRef::npos; quote = text.find('"', quote + 1)) {
    llvm::StringRef before = text.take_front(quote).rtrim(" \t");
    if (!before.consume_back("=")) continue; // also the quote at the end of a text
    const llvm::StringRef word = lastWord(before.take_back(80));
    if (word != "ImageRef" && !fields.contains(word.str())) continue;
    const llvm::StringRef reference = text.substr(quote + 1).take_until([](char c) { return c == '"' || c == '\n'; });
    if (text.substr(quote + 1 + reference.size()).starts_with("\"") && isReference(reference)) each(reference);
  }
}

} // namespace chasi::lsp
