#include "runtime/plan/xml_text.h"

#include <llvm/Support/ConvertUTF.h>

namespace chasi::plan {

std::string xmlText(llvm::StringRef text, bool attribute) {
  std::string out;
  while (!text.empty()) {
    const auto first = static_cast<unsigned char>(text.front());
    const unsigned size = llvm::getNumBytesForUTF8(first);
    const auto* begin = reinterpret_cast<const llvm::UTF8*>(text.data());
    const bool whole = size <= text.size() && llvm::isLegalUTF8Sequence(begin, begin + size);
    const llvm::StringRef character = text.substr(0, whole ? size : 1);
    text = text.drop_front(character.size());
    // XML 1.0, section 2.2: no control characters but these three, no U+FFFE and U+FFFF.
    const bool control = first < 0x20 && first != '\t' && first != '\n' && first != '\r';
    if (!whole || control || character == "\xEF\xBF\xBE" || character == "\xEF\xBF\xBF") out += "\xEF\xBF\xBD";
    else if (first == '&') out += "&amp;";
    else if (first == '<') out += "&lt;";
    else if (first == '>') out += "&gt;";
    else if (first == '"') out += "&quot;";
    else if (first == '\n' && attribute) out += "&#10;"; // a line break in an attribute would become a blank
    else out += character;
  }
  return out;
}

} // namespace chasi::plan
