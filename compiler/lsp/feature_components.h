// Raw objects of Kubernetes, made into components of systems.
#pragma once

#include "compiler/lsp/server.h"
#include "compiler/lsp/snapshot.h"

namespace chasi::lsp {

/// The declaration of raw objects around a place, when it has workloads. Cheap; whether they can be components is not known then.
std::optional<syntax::NodeRef> rawWorkloads(const Snapshot& snapshot, uint32_t address);
/// What takes its place. The module makes the same afterwards, in each of its environments, or there is an error that says why there is nothing.
llvm::Expected<source::Edit> madeComponents(const Snapshot& snapshot, const lower::CompileInput& input, uint32_t address, const Host& host);

} // namespace chasi::lsp
