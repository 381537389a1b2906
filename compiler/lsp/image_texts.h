// References to images in the text of a file, by its looks: no one has read it, and what comes of it is only offered.
#pragma once

#include <llvm/ADT/STLFunctionalExtras.h>
#include <llvm/ADT/StringRef.h>

#include <set>
#include <string>

namespace chasi::lsp {

/// Calls `each` with the texts that are set to one of these fields, or to a name with the type ImageRef: `image = "nginx:1.27"`.
void eachImageText(llvm::StringRef text, const std::set<std::string>& fields, llvm::function_ref<void(llvm::StringRef reference)> each);

} // namespace chasi::lsp
