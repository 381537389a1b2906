// Whether what somebody types goes on in the next line.
#pragma once

#include <llvm/ADT/StringRef.h>

namespace chasi::syntax {

/// A bracket, a string or a comment is open, or the last line ends where something must follow: behind an operator, `=`, `,`.
/// Text that is wrong in another way is finished: more lines would not mend it.
bool isUnfinished(llvm::StringRef text);

} // namespace chasi::syntax
