// Every feature at every token of a file: what fails, and what is slow. For people who build the server, and for tests.
#pragma once

#include "compiler/lsp/server.h"

#include <llvm/Support/raw_ostream.h>

namespace chasi::lsp {

/// Prints a line for each method: how often it was asked, how long 95 of 100 answers and the slowest one took, and where that was; then
/// what failed. False when something failed or took longer than `most`.
bool checkFeatures(const std::string& path, const Host& host, double most, llvm::raw_ostream& out);

} // namespace chasi::lsp
