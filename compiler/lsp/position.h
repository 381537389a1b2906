// Between byte offsets and the positions of the protocol: lines from 0, characters in UTF-16 units or in bytes.
#pragma once

#include "compiler/source/source_set.h"

#include <nlohmann/json.hpp>

namespace chasi::lsp {

enum class Encoding : uint8_t { Utf16, Utf8 };

nlohmann::json toRange(const source::SourceSet& sources, source::Span span, Encoding encoding);
/// "file:///a%20b" as a path; empty for other schemes.
std::string pathOf(llvm::StringRef uri);
std::string uriOf(llvm::StringRef path);

} // namespace chasi::lsp
