// What names are, for colouring.
#pragma once

#include "compiler/lsp/names.h"

namespace chasi::lsp {

/// In the order of `tokenTypes` and `tokenModifiers`.
enum class TokenType : uint8_t { Namespace, Type, Class, Parameter, Variable, Property, Function, EnumMember, Keyword };
enum TokenModifier : uint8_t { kDeclaration = 1, kReadonly = 2, kOutdated = 4, kOfLibrary = 8 };

struct SemanticToken {
  source::Span span;
  TokenType type;
  uint8_t modifiers = 0;
};
/// In source order; none overlaps another or runs over a line.
std::vector<SemanticToken> semanticTokens(const Snapshot& snapshot);

} // namespace chasi::lsp
