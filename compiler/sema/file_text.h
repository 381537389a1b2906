// The text of a file as a program reads it: what an editor has not saved counts before the disk.
#pragma once

#include "compiler/sema/load.h"

#include <llvm/ADT/STLFunctionalExtras.h>

namespace chasi::sema {

/// Shows the text of a file as it is open or on the disk. False when it cannot be read, or is too large for anybody to read.
bool withText(const LoadInput& input, const std::string& file, llvm::function_ref<void(llvm::StringRef)> show);

} // namespace chasi::sema
