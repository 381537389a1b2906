// What a declaration becomes.
#pragma once

#include "compiler/lsp/names.h"

namespace chasi::lsp {

/// What is said above a declaration.
struct Lens {
  source::Span name;
  std::optional<size_t> operations; ///< that it becomes; nothing when something is wrong
  size_t uses = 0;
};
std::vector<Lens> declarationLenses(const Snapshot& snapshot);

/// The objects of the declaration around an address as YAML, or those of the file. Compiles the module once more, as
/// `chasic render` does. Secrets are left out, as there. Fails when the module has errors.
llvm::Expected<std::string> render(const Snapshot& snapshot, const lower::CompileInput& input, std::optional<uint32_t> address);

} // namespace chasi::lsp
