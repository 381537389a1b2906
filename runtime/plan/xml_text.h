// Texts for XML 1.0: reports of tests, pictures.
#pragma once

#include <llvm/ADT/StringRef.h>

#include <string>

namespace chasi::plan {

/// Markup escaped, characters that XML cannot hold replaced. In an attribute, line breaks are escaped too.
std::string xmlText(llvm::StringRef text, bool attribute = true);

} // namespace chasi::plan
