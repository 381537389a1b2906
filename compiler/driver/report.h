// Everything that is wrong, printed in one look: diagnostics of the compiler and faults of the runtime.
#pragma once

#include "compiler/driver/terminal.h"
#include "compiler/source/diagnostic.h"
#include "runtime/plan/fault.h"

#include <llvm/Support/Error.h>

namespace chasi::driver {

/// How diagnostics are written: for people, as the JSON of cli.md, as SARIF.
enum class Form { Text, Json, Sarif };
/// By --format; what is neither json nor sarif is a format of results, and its diagnostics are text.
Form formOf(const Invocation& invocation);

/// Prints to standard error (text) or standard output (json, sarif: one object for the whole run).
void printDiagnostics(const source::Diagnostics& diagnostics, const source::SourceSet& sources, const Terminal& terminal, Form form);
inline void printDiagnostics(const source::Diagnostics& diagnostics, const source::SourceSet& sources, const Terminal& terminal, bool json) {
  printDiagnostics(diagnostics, sources, terminal, json ? Form::Json : Form::Text);
}

/// Prints an error of the runtime or of the workspace like a diagnostic, and consumes it. Returns the exit code that its
/// code stands for: kUnreachable for what could not be reached or read, kWrong for the specification, kIncomplete for applying.
int printError(llvm::Error error, const Terminal& terminal, Form form);
inline int printError(llvm::Error error, const Terminal& terminal, bool json = false) { return printError(std::move(error), terminal, json ? Form::Json : Form::Text); }

/// The exit code of a fault.
int exitOf(llvm::StringRef code);

/// "error[CH6203]: message", place, notes and help, as the compiler's diagnostics look.
void printFault(llvm::StringRef code, llvm::StringRef message, llvm::StringRef hint, llvm::ArrayRef<std::string> notes, const plan::SourceRef& source,
                const Terminal& terminal, llvm::raw_ostream& out);

} // namespace chasi::driver
