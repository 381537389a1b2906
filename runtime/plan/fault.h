// An error of the runtime that a person reads: a stable code, what happened, the next step, and where in the
// specification it comes from. The driver prints it like a diagnostic of the compiler.
#pragma once

#include "runtime/plan/operation.h"

#include <llvm/ADT/ArrayRef.h>
#include <llvm/Support/Error.h>

#include <string>
#include <vector>

namespace chasi::plan {

/// A row of the index of codes: what `chasic explain CODE` tells.
struct FaultInfo {
  const char* code;        ///< "CH6001"; stable for ever
  const char* title;       ///< one line
  const char* explanation; ///< a short paragraph: why it happens, what to do
};
/// All codes of the runtime (CH6xxx plan and apply, CH7xxx images), by code.
llvm::ArrayRef<FaultInfo> faultInfos();
/// The row of a code, or null.
const FaultInfo* findFault(llvm::StringRef code);

class Fault : public llvm::ErrorInfo<Fault> {
public:
  static char ID;

  Fault(std::string aCode, std::string aMessage, std::string aHint, SourceRef aSource)
      : code(std::move(aCode)), message(std::move(aMessage)), hint(std::move(aHint)), source(std::move(aSource)) {}

  std::string code;
  std::string message; ///< lower case, no full stop; names the thing and the place
  std::string hint;    ///< the next step; may be empty
  SourceRef source;    ///< `file` empty when no place in the specification is known
  std::vector<std::string> notes; ///< facts that explain

  /// Without color and without the source excerpt: "CH6001: message (hint)".
  void log(llvm::raw_ostream& out) const override;
  std::error_code convertToErrorCode() const override { return llvm::inconvertibleErrorCode(); }
};

/// The usual way to make one. `code` must be in the index.
llvm::Error fault(llvm::StringRef code, std::string message, std::string hint = {}, SourceRef source = {});

/// What was said, for places that keep the text and not the error. Consumes the error.
struct FaultText {
  std::string code; ///< empty for an error that is not a Fault
  std::string message;
  std::string hint;
};
FaultText takeText(llvm::Error error);
/// An error that says the same.
llvm::Error fault(const FaultText& text, SourceRef source = {});

} // namespace chasi::plan
