// What the text leaves out, for showing beside it.
#pragma once

#include "compiler/lsp/names.h"

namespace chasi::lsp {

struct Inlay {
  enum Of : uint8_t {
    Type,      ///< of a `let`, behind its name
    Parameter, ///< its name, before an argument
    Value,     ///< what an expression comes to, behind it
    Default,   ///< fields that a block does not set, behind its bracket
  };
  uint32_t address = 0;
  std::string text;
  Of of = Type;
};
/// In source order.
std::vector<Inlay> inlays(const Snapshot& snapshot, source::Span range);

} // namespace chasi::lsp
