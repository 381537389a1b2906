#include "compiler/lsp/framing.h"

#include <fmt/format.h>
#include <llvm/ADT/StringExtras.h>

namespace chasi::lsp {

/// Copying and writing JSON goes as deep as it nests: what no message of the protocol comes near is not taken.
static nlohmann::json parsed(const std::string& body) {
  constexpr int kDeepest = 512;
  bool deep = false;
  const auto watch = [&](int depth, nlohmann::json::parse_event_t, nlohmann::json&) {
    deep |= depth > kDeepest;
    return depth <= kDeepest;
  };
  nlohmann::json message = nlohmann::json::parse(body, watch, false);
  return deep ? nlohmann::json(nlohmann::json::value_t::discarded) : message;
}

/// As much of what came as a line can show.
static std::string shown(llvm::StringRef came) {
  constexpr size_t kLongest = 60;
  std::string out;
  for (const char c : came.take_front(kLongest)) out += llvm::isPrint(c) ? std::string(1, c) : fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
  return fmt::format("`{}{}`", out, came.size() > kLongest ? "…" : "");
}

/// A line of a header without its end; false when the input ends before, or when no header is that long.
static bool readLine(std::istream& in, std::string& line) {
  line.clear();
  for (int c = in.get(); c != std::istream::traits_type::eof(); c = in.get()) {
    if (c == '\n') {
      if (llvm::StringRef(line).ends_with("\r")) line.pop_back();
      return true;
    }
    if (line.size() == kMaxHeader) return false;
    line += static_cast<char>(c);
  }
  return false;
}

std::optional<nlohmann::json> readMessage(std::istream& in, std::string* broken) {
  const auto wrong = [&](std::string what) {
    if (broken) *broken = std::move(what);
    return std::nullopt;
  };
  constexpr const char* kExpected = "a message begins with a header such as `Content-Length: 52` and an empty line";
  std::optional<size_t> length;
  std::string line;
  bool any = false; // of a header
  while (readLine(in, line)) {
    const llvm::StringRef header = line;
    if (header.empty() && !length) return wrong(fmt::format("{}; there was none before an empty line", kExpected));
    if (header.empty()) {
      std::string body(*length, '\0');
      if (in.read(body.data(), static_cast<std::streamsize>(*length))) return parsed(body);
      return wrong(fmt::format("the input ended after {} of the {} bytes of a message", in.gcount(), *length));
    }
    any = true;
    const auto [name, value] = header.split(':'); // others, such as Content-Type, say nothing that is not so anyway
    if (!header.contains(':')) return wrong(fmt::format("{}; what came is {}", kExpected, shown(header)));
    if (!name.trim().equals_insensitive("Content-Length")) continue;
    size_t bytes = 0;
    if (value.trim().getAsInteger(10, bytes)) return wrong(fmt::format("the length of a message is a number of bytes; what came is {}", shown(header)));
    if (bytes > kMaxMessage) return wrong(fmt::format("a message has at most {} bytes; what came is {}", kMaxMessage, shown(header)));
    length = bytes;
  }
  if (any || !line.empty()) return wrong(fmt::format("{}{}", kExpected, line.size() == kMaxHeader ? "; the input begins with " + shown(line) : line.empty() ? "; the input ended before the empty line" : "; the input ended in " + shown(line)));
  return std::nullopt;
}

void writeMessage(std::ostream& out, const nlohmann::json& message) {
  // Text that is not UTF-8 was refused when it came in; what could still be broken is replaced, never thrown about.
  const std::string body = message.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  out << "Content-Length: " << body.size() << "\r\n\r\n" << body << std::flush;
}

} // namespace chasi::lsp
