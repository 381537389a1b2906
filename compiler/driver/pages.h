// The pages of `chasic explain CODE`: Markdown files that the build puts into the program (compiler/doc/embed_texts.cmake).
#pragma once

#include <llvm/ADT/ArrayRef.h>
#include <llvm/ADT/StringRef.h>

#include <optional>
#include <string>
#include <vector>

namespace chasi::driver {

struct PageFile {
  llvm::StringRef code; ///< "CH2001"
  llvm::StringRef text; ///< the whole file
};
/// All of them, by code.
llvm::ArrayRef<PageFile> pageFiles();

/// A page cut into its parts. `wrong` and `right` are specifications, or what is typed; either may be empty.
struct Page {
  std::string meaning; ///< paragraphs
  std::string wrong, right;
  std::string language; ///< of both: "chasi", "sh", …
  std::vector<std::string> next; ///< steps
};
/// Nothing when there is no page for the code.
std::optional<Page> findPage(llvm::StringRef code);

} // namespace chasi::driver
