// Names that people bring along from other languages, and what chasi has in their place.
#pragma once

#include <llvm/ADT/StringRef.h>

namespace chasi::sema {

struct Elsewhere {
  const char* there; ///< as it is called in Terraform, Helm, CUE, Pkl, Go, Python, JavaScript, …
  const char* here;  ///< a function of the language; or null, and
  const char* hint;  ///< how it is written otherwise
};

/// Null for a name that is none of these.
const Elsewhere* elsewhere(llvm::StringRef name);

} // namespace chasi::sema
