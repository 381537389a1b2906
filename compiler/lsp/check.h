// Every feature at every token of files: what fails, and what is slow. For people who build the server, and for tests.
#pragma once

#include "compiler/lsp/server.h"

#include <llvm/Support/raw_ostream.h>

namespace chasi::lsp {

struct CheckOptions {
  double most = 1000; ///< milliseconds that one request may take
  llvm::raw_ostream* progress = nullptr; ///< a terminal, where the file that is being asked about is shown; or null
};

/// The file, or all `.chasi` files of people below the folder: none of packages in `vendor`, none of hidden folders. Files of a checkout of the
/// standard library are asked about as documents of the library. Prints a line for each method: how often it was asked, how long 95 of 100
/// answers and the slowest one took, and where that was; then what failed, the ten slowest places, and how much it was all in all. False
/// when something failed or took longer than it may.
bool checkFeatures(const std::string& path, const Host& host, const CheckOptions& options, llvm::raw_ostream& out);

} // namespace chasi::lsp
