// Doc comments and chapters as HTML. They are Markdown of the simplest kind: paragraphs, lists with `- `, fenced code, `code`,
// **strong** and [links](#place) in a line, headings with `###`, tables, and quotes with `> `.
#pragma once

#include <llvm/ADT/StringRef.h>

#include <functional>
#include <string>

namespace chasi::doc {

std::string escaped(llvm::StringRef text);
/// Markdown for a cell of a table: a bar would end the cell.
std::string barsEscaped(llvm::StringRef text);
/// A name for a place in a page: small letters, digits and `-`.
std::string slug(llvm::StringRef text);
/// `inCell`: one paragraph without its tags.
std::string prose(llvm::StringRef text, bool inCell);

struct ProseOptions {
  std::string anchors; ///< headings get `id="ANCHORS-slug"`; none when empty
  /// The HTML of a fenced block, by the words behind its fence; without it, code as it is.
  std::function<std::string(llvm::StringRef info, llvm::StringRef code)> fenced;
};
std::string prose(llvm::StringRef text, const ProseOptions& options);

} // namespace chasi::doc
