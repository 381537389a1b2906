// Everything that is wrong, printed in one look: diagnostics of the compiler and faults of the runtime.
#pragma once

#include "compiler/driver/terminal.h"
#include "compiler/source/diagnostic.h"
#include "runtime/plan/fault.h"

#include <llvm/Support/Error.h>

namespace chasi::driver {

/// Prints to standard error (text) or standard output (json: one object for the whole run).
void printDiagnostics(const source::Diagnostics& diagnostics, const source::SourceSet& sources, const Terminal& terminal, bool json);

/// Prints an error of the runtime or of the workspace like a diagnostic, and consumes it. Returns the exit code that its
/// code stands for: kUnreachable for what could not be reached or read, kWrong for the specification, kIncomplete for applying.
int printError(llvm::Error error, const Terminal& terminal, bool json = false);

/// The exit code of a fault.
int exitOf(llvm::StringRef code);

/// "error[CH6203]: message", place, notes and help, as the compiler's diagnostics look.
void printFault(llvm::StringRef code, llvm::StringRef message, llvm::StringRef hint, llvm::ArrayRef<std::string> notes, const plan::SourceRef& source,
                const Terminal& terminal, llvm::raw_ostream& out);

} // namespace chasi::driver
