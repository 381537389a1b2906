// Between byte offsets and the positions of the protocol: lines from 0, characters in UTF-16 units or in bytes.
#pragma once

#include "compiler/source/source_set.h"

#include <nlohmann/json.hpp>

namespace chasi::lsp {

enum class Encoding : uint8_t { Utf16, Utf8 };

nlohmann::json toRange(const source::SourceSet& sources, source::Span span, Encoding encoding);
/// The byte offset of a position; behind the end of a line or of the text it is that end, as LSP 3.17 says of characters.
uint32_t offsetOf(llvm::StringRef text, const nlohmann::json& position, Encoding encoding);
/// One entry of `contentChanges`: with a range that part of the text is replaced, without one all of it.
void applyChange(std::string& text, const nlohmann::json& change, Encoding encoding);
/// "file:///a%20b" as a path. A document that was never saved, "untitled:…", has one that no file has; other schemes have none.
std::string pathOf(llvm::StringRef uri);
std::string uriOf(llvm::StringRef path);
bool isUntitled(llvm::StringRef path);

} // namespace chasi::lsp
