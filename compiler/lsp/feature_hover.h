// What a name is, said in Markdown: how it is declared, its documentation, its value, and why it has it.
#pragma once

#include "compiler/lsp/names.h"

namespace chasi::lsp {

struct Hover {
  source::Span span;
  std::string markdown;
};
/// Evaluates the value that it shows; what that would report is dropped.
std::optional<Hover> hover(const Snapshot& snapshot, uint32_t address);

/// The line that declares a name, as short as people read it: `fn f(a: Int) -> Int`, `replicas?: Int`.
std::string signatureOf(const Snapshot& snapshot, const sema::Use& use);
std::string docOf(const sema::Use& use);

} // namespace chasi::lsp
