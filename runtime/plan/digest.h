// Digests and encodings that plans and inventories use.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace chasi::plan {

using Sha256 = std::array<uint8_t, 32>;

Sha256 sha256(std::string_view bytes);
std::string hex(std::string_view bytes);
std::string hex(const Sha256& digest);

/// RFC 4648, with padding.
std::string base64(std::string_view bytes);
/// The URL alphabet without padding, as ApplySet ids use it.
std::string base64Url(std::string_view bytes);
/// False when the text is not base64. White space is not accepted.
bool fromBase64(std::string_view text, std::string& bytes);

/// For a part of a URL: everything but the unreserved characters of RFC 3986 is encoded.
std::string percentEncoded(std::string_view text);

} // namespace chasi::plan
