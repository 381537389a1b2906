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

uint32_t offsetOf(llvm::StringRef text, const nlohmann::json& position, Encoding encoding) {
  const auto number = [&](const char* name) { return position.is_object() && position.contains(name) && position[name].is_number_integer() ? static_cast<uint64_t>(std::max<int64_t>(0, position[name].get<int64_t>())) : 0; };
  size_t at = 0;
  for (uint64_t line = number("line"); line > 0; --line) {
    const size_t end = text.find('\n', at);
    if (end == llvm::StringRef::npos) return static_cast<uint32_t>(text.size());
    at = end + 1;
  }
  const llvm::StringRef line = text.substr(at).take_until([](char c) { return c == '\n'; }).rtrim('\r');
  const uint64_t wanted = number("character");
  size_t n = 0;
  for (uint64_t counted = 0; n < line.size() && counted < wanted;) {
    size_t size = 1;
    while (n + size < line.size() && (static_cast<unsigned char>(line[n + size]) & 0xC0) == 0x80) ++size;
    counted += units(line.substr(n, size), encoding);
    if (counted > wanted) break; // a position inside of a character is the one before it
    n += size;
  }
  return static_cast<uint32_t>(at + n);
}

void applyChange(std::string& text, const nlohmann::json& change, Encoding encoding) {
  if (!change.is_object() || !change.contains("text") || !change["text"].is_string()) return;
  const auto fresh = change["text"].get<std::string>();
  if (!change.contains("range") || !change["range"].is_object()) {
    text = fresh;
    return;
  }
  const nlohmann::json none;
  const auto& range = change["range"];
  const uint32_t begin = offsetOf(text, range.contains("start") ? range["start"] : none, encoding);
  const uint32_t end = std::max(begin, offsetOf(text, range.contains("end") ? range["end"] : none, encoding));
  text.replace(begin, end - begin, fresh);
}

static std::string decoded(llvm::StringRef text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    uint8_t byte = 0;
    if (text[i] == '%' && i + 2 < text.size() && !text.substr(i + 1, 2).getAsInteger(16, byte)) {
      out += static_cast<char>(byte);
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

static std::string encoded(llvm::StringRef text, llvm::StringRef plain) {
  std::string out;
  for (const char c : text) {
    if (llvm::isAlnum(c) || plain.contains(c)) out += c;
    else out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return out;
}

// A folder of its own for each, so that each is a module of its own.
static constexpr llvm::StringLiteral kUntitled = "/(untitled)/", kFile = "/new.chasi";

bool isUntitled(llvm::StringRef path) { return path.starts_with(kUntitled); }

std::string pathOf(llvm::StringRef uri) {
  if (uri.consume_front("untitled:")) return kUntitled.str() + encoded(uri, "-._~") + kFile.str();
  if (!uri.consume_front("file://")) return "";
  uri.consume_front("localhost"); // as RFC 8089 has it
  return decoded(uri);
}

std::string uriOf(llvm::StringRef path) {
  if (path.consume_front(kUntitled)) return "untitled:" + decoded(path.drop_back(std::min(path.size(), kFile.size())));
  return "file://" + encoded(path, "/-._~");
}

} // namespace chasi::lsp
