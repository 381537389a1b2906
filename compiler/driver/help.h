// Help texts, made from the tables of command.h.
#pragma once

#include "compiler/driver/command.h"

#include <llvm/Support/raw_ostream.h>

namespace chasi::driver {

/// All commands, a line each; with `all` the common flags and exit codes too.
void printHelp(llvm::raw_ostream& out, bool all);
void printGroupHelp(llvm::StringRef group, llvm::raw_ostream& out);
void printCommandHelp(const Command& command, llvm::raw_ostream& out);

} // namespace chasi::driver
