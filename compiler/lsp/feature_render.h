// What a declaration becomes.
#pragma once

#include "compiler/lsp/names.h"

namespace chasi::lsp {

/// How many operations of which kind, in the order in which the first of each is made.
using Counts = std::vector<std::pair<std::string, size_t>>;
/// What a declaration becomes; nothing when something is wrong.
std::optional<Counts> operationsOf(const Snapshot& snapshot, syntax::NodeRef declaration);

/// What is said above a declaration.
struct Lens {
  source::Span name;
  std::optional<Counts> operations;
  size_t uses = 0;
};
std::vector<Lens> declarationLenses(const Snapshot& snapshot);
/// "Namespace, 2 RoleBinding, Quota and 3 more"
std::string planSummary(const Counts& operations);

/// The objects of the declaration around an address as YAML, or those of the file; of a component or another declaration inside of one
/// what it becomes itself, and what is around it where that is nothing. Compiles the module once more, as
/// `chasic render` does. Secrets are left out, as there. Fails when the module has errors.
llvm::Expected<std::string> render(const Snapshot& snapshot, const lower::CompileInput& input, std::optional<uint32_t> address);

} // namespace chasi::lsp
