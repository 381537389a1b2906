// Doc comments as HTML. They are Markdown of the simplest kind: paragraphs, lists with `- `, fenced code, `code` in a line.
#pragma once

#include <llvm/ADT/StringRef.h>

#include <string>

namespace chasi::doc {

std::string escaped(llvm::StringRef text);
/// `inCell`: one paragraph without its tags.
std::string prose(llvm::StringRef text, bool inCell);

} // namespace chasi::doc
