// What names are, for colouring; and what the text leaves out, for showing beside it.
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

struct Inlay {
  uint32_t address = 0;
  std::string text;
  bool parameter = false; ///< the name of one, before an argument; else a type
};
std::vector<Inlay> inlays(const Snapshot& snapshot, source::Span range);

/// Branches of `if` around declarations that this environment does not take.
std::vector<source::Span> inactive(const Snapshot& snapshot);

} // namespace chasi::lsp
