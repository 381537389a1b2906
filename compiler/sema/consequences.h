// One mistake, one error: where brackets or quotes do not pair, what stands around them was read as something else than was
// written, and complaints about it would only hide the one that matters.
#pragma once

#include "compiler/sema/program.h"

#include <llvm/ADT/StringSet.h>

namespace chasi::sema {

/// Drops errors that follow from a bracket or quote without its partner or stand on a line that could not be read; parameters
/// without a value when a layer of the environment could not be read; and, when something of the workspace is wrong already,
/// those that evaluation found inside of the standard library. Call it last, before the diagnostics are sorted.
void dropConsequences(Program& program);

/// The words in those parts of a module that could not be read: a name that is one of them may be declared there.
llvm::StringSet<> unreadWords(const Program& program, const Module& module);

} // namespace chasi::sema
