#include "compiler/lsp/framing.h"

#include <llvm/ADT/StringRef.h>

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

std::optional<nlohmann::json> readMessage(std::istream& in) {
  size_t length = 0;
  bool known = false;
  std::string line;
  while (std::getline(in, line)) {
    const llvm::StringRef header = llvm::StringRef(line).rtrim("\r");
    if (header.empty()) {
      if (!known) return std::nullopt;
      std::string body(length, '\0');
      if (!in.read(body.data(), static_cast<std::streamsize>(length))) return std::nullopt;
      return parsed(body);
    }
    const auto [name, value] = header.split(':');
    if (!name.equals_insensitive("Content-Length")) continue;
    if (value.trim().getAsInteger(10, length) || length > kMaxMessage) return std::nullopt;
    known = true;
  }
  return std::nullopt;
}

void writeMessage(std::ostream& out, const nlohmann::json& message) {
  // Text that is not UTF-8 was refused when it came in; what could still be broken is replaced, never thrown about.
  const std::string body = message.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  out << "Content-Length: " << body.size() << "\r\n\r\n" << body << std::flush;
}

} // namespace chasi::lsp
