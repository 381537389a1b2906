#include "compiler/lsp/position.h"

#include <fmt/format.h>
#include <llvm/ADT/StringExtras.h>

namespace chasi::lsp {

static uint32_t units(llvm::StringRef text, Encoding encoding) {
  if (encoding == Encoding::Utf8) return static_cast<uint32_t>(text.size());
  uint32_t n = 0;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte & 0xC0) == 0x80) continue; // continues a character
    n += byte >= 0xF0 ? 2 : 1;           // beyond the basic plane: a surrogate pair
  }
  return n;
}

static nlohmann::json toPosition(const source::SourceSet& sources, uint32_t address, Encoding encoding) {
  const source::FileId file = sources.fileOf(address);
  const source::Position at = sources.position(address);
  return {{"line", at.line - 1}, {"character", units(sources.line(file, at.line).substr(0, at.column - 1), encoding)}};
}

nlohmann::json toRange(const source::SourceSet& sources, source::Span span, Encoding encoding) {
  return {{"start", toPosition(sources, span.begin, encoding)}, {"end", toPosition(sources, span.end, encoding)}};
}

std::string pathOf(llvm::StringRef uri) {
  if (!uri.consume_front("file://")) return "";
  std::string path;
  for (size_t i = 0; i < uri.size(); ++i) {
    uint8_t byte = 0;
    if (uri[i] == '%' && i + 2 < uri.size() && !uri.substr(i + 1, 2).getAsInteger(16, byte)) {
      path += static_cast<char>(byte);
      i += 2;
    } else {
      path += uri[i];
    }
  }
  return path;
}

std::string uriOf(llvm::StringRef path) {
  std::string uri = "file://";
  for (const char c : path) {
    if (llvm::isAlnum(c) || llvm::StringRef("/-._~").contains(c)) uri += c;
    else uri += fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return uri;
}

} // namespace chasi::lsp
