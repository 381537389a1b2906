// Who decides about fields that others write as well: what is said of them finds the operations that it means.
#pragma once

#include "compiler/lower/lower.h"

#include <vector>

namespace chasi::lower {

/// A FieldAnswer that a declaration was lowered to.
struct SaidAnswer {
  sema::Record* owner = nullptr;
  sema::Record* record = nullptr;
};

/// Notes the answers in the operations of their declarations. Reports CH5045 for what is no field that can be answered for, and CH5046 for
/// objects that the declaration does not make; only when nothing else is wrong.
void bindAnswers(sema::Program& program, eval::Evaluator& evaluator, llvm::ArrayRef<SaidAnswer> answers, const std::vector<Draft>& drafts, std::vector<plan::Operation>& operations);

} // namespace chasi::lower
