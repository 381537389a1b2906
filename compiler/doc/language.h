// The reference of the language: chapters written by people, in which the syntax, the operators, the functions and the limits
// come from where they are defined. Texts are Markdown as prose.h reads it.
#pragma once

#include <llvm/ADT/ArrayRef.h>
#include <llvm/ADT/StringRef.h>
#include <llvm/Support/raw_ostream.h>

#include <map>
#include <string>
#include <vector>

namespace chasi::doc {

/// A file that the build puts into the program (embed_texts.cmake): a chapter below compiler/doc/language, or a grammar.
struct LanguageText {
  llvm::StringRef name; ///< "04-types", "ChasiParser"
  llvm::StringRef text;
};
llvm::ArrayRef<LanguageText> languageTexts();

/// Numbers that chapters state as {{limit NAME}}. They come from the constants of the rooms that hold to them.
using Limits = std::map<std::string, std::string>;

struct Chapter {
  std::string id;    ///< "types": the file's name without its number
  std::string title; ///< "Types"
  std::string text;  ///< what stands below the title, with everything filled in
};

/// In order. A `{{…}}` that means nothing stays as it is; a test says that none is left.
std::vector<Chapter> languageChapters(const Limits& limits);

void printLanguageMarkdown(llvm::ArrayRef<Chapter> chapters, llvm::raw_ostream& out);
/// One page: styles inside, no scripts, nothing fetched.
void printLanguageHtml(llvm::ArrayRef<Chapter> chapters, llvm::raw_ostream& out);

} // namespace chasi::doc
