// The base protocol of LSP 3.17: a header with the length, an empty line, a JSON text.
#pragma once

#include <nlohmann/json.hpp>

#include <istream>
#include <optional>
#include <ostream>

namespace chasi::lsp {

/// Messages above this end the session (bytes): no editor sends one.
inline constexpr size_t kMaxMessage = 64u << 20;

/// A header line above this is none (bytes).
inline constexpr size_t kMaxHeader = 4096;

/// The next message. Nothing at the end of input, or when the framing is broken and cannot be trusted any more, which `broken` is told in
/// one line. A body that is not JSON gives a discarded value.
std::optional<nlohmann::json> readMessage(std::istream& in, std::string* broken = nullptr);
void writeMessage(std::ostream& out, const nlohmann::json& message);

} // namespace chasi::lsp
