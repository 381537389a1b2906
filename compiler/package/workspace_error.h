// What is wrong with a workspace before any of its text is read.
#pragma once

#include "compiler/source/diagnostic.h"

#include <llvm/Support/Error.h>

#include <string>
#include <vector>

namespace chasi::package {

class WorkspaceError : public llvm::ErrorInfo<WorkspaceError> {
public:
  static char ID;

  WorkspaceError(source::Code aCode, std::string aMessage, std::string aHint)
      : code(aCode), message(std::move(aMessage)), hint(std::move(aHint)) {}

  source::Code code;
  std::string message; ///< lower case, no full stop
  std::string hint;    ///< the next step
  std::vector<std::string> notes = {}; ///< facts that explain

  void log(llvm::raw_ostream& out) const override;
  std::error_code convertToErrorCode() const override { return llvm::inconvertibleErrorCode(); }
};

llvm::Error workspaceError(source::Code code, std::string message, std::string hint = {});

} // namespace chasi::package
