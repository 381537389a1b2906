#include "compiler/doc/language.h"
#include "compiler/doc/grammar.h"
#include "compiler/doc/prose.h"
#include "compiler/sema/builtins.h"
#include "compiler/source/diagnostic.h"

#include <llvm/ADT/SmallVector.h>
#include <llvm/ADT/StringExtras.h>

#include <functional>

namespace chasi::doc {

namespace {

/// The types that the first parameter may have, in each form of a signature: `len(List<T> | Map<String, T>) -> Int` has List
/// and Map. Functions that read files or look things up take a path or a place; they are no methods of texts.
std::vector<std::string> receivers(llvm::StringRef name, llvm::StringRef signature) {
  std::vector<std::string> out;
  const std::string open = (name + "(").str();
  for (size_t at = signature.find(open); at != llvm::StringRef::npos; at = signature.find(open, at + 1)) {
    int depth = 0;
    std::string word;
    const llvm::StringRef rest = signature.drop_front(at + open.size());
    auto end = [&] {
      if (!word.empty()) out.push_back(word);
      word.clear();
    };
    for (const char c : rest) {
      if (c == ':') word.clear();
      if (depth == 0 && (c == ',' || c == ')')) break;
      depth += c == '<' || c == '(' ? 1 : c == '>' || c == ')' ? -1 : 0;
      if (depth == 0 && llvm::isAlnum(c)) word += c;
      else if (!word.empty()) end();
    }
    end();
  }
  return out;
}

bool takes(const sema::BuiltinInfo& b, llvm::StringRef type) {
  const llvm::StringRef signature = b.signature;
  if (signature.contains("(path:") || signature.contains("(place:")) return false;
  for (llvm::StringRef one : receivers(b.name, signature)) {
    if (one == type) return true;
    if (one == "number" && (type == "Int" || type == "Float")) return true;
    if (one == "quantity" && (type == "Cpu" || type == "Bytes" || type == "Percent" || type == "Duration")) return true;
  }
  return false;
}

std::string methodTable(llvm::StringRef type) {
  std::string out = "| function | what it gives |\n| --- | --- |\n";
  for (const sema::BuiltinInfo& b : sema::allBuiltins())
    if (takes(b, type)) out += fmt::format("| `{}` | {} |\n", barsEscaped(b.signature), barsEscaped(b.doc));
  return out;
}

std::string codeTable() {
  std::string out = "| code | severity | what is wrong |\n| --- | --- | --- |\n";
  for (const source::CodeInfo& c : source::allCodes()) out += fmt::format("| `{}` | {} | {} |\n", c.id, c.severity == source::Severity::Error ? "error" : "warning", barsEscaped(c.title));
  return out;
}

/// What stands for `{{…}}`; nothing when it means nothing.
class Filler {
public:
  Filler(const Limits& limits) : limits_(limits), grammar_(readGrammar()) {}

  std::string fill(llvm::StringRef text) const {
    std::string out;
    while (!text.empty()) {
      const size_t open = text.find("{{"), close = text.find("}}", open == llvm::StringRef::npos ? open : open + 2);
      if (close == llvm::StringRef::npos) break;
      out += text.take_front(open);
      const std::string filled = value(text.slice(open + 2, close).trim());
      out += filled.empty() ? text.slice(open, close + 2).str() : filled;
      text = text.drop_front(close + 2);
    }
    return out + text.str();
  }

private:
  const Limits& limits_;
  Grammar grammar_;

  std::string value(llvm::StringRef what) const {
    if (what == "productions") return llvm::StringRef(productions(grammar_)).trim().str();
    if (what == "operators") return llvm::StringRef(operatorTable(grammar_)).trim().str();
    if (what == "tokens") return llvm::StringRef(tokenTable(grammar_)).trim().str();
    if (what == "reserved words") return llvm::StringRef(wordTable(grammar_, "Words that are reserved")).trim().str();
    if (what == "words of places") return llvm::StringRef(wordTable(grammar_, "Words that mean something")).trim().str();
    if (what == "codes") return llvm::StringRef(codeTable()).trim().str();
    if (what.consume_front("methods ")) return llvm::StringRef(methodTable(what)).trim().str();
    if (!what.consume_front("limit ")) return "";
    const auto at = limits_.find(what.str());
    return at == limits_.end() ? "" : at->second;
  }
};

} // namespace

std::vector<Chapter> languageChapters(const Limits& limits) {
  const Filler filler(limits);
  std::vector<Chapter> out;
  for (const LanguageText& file : languageTexts()) {
    if (file.name.empty() || !llvm::isDigit(file.name[0])) continue; // a grammar
    auto [title, text] = file.text.split('\n');
    title.consume_front("# ");
    out.push_back({file.name.split('-').second.str(), title.trim().str(), filler.fill(text.trim())});
  }
  return out;
}

void printLanguageMarkdown(llvm::ArrayRef<Chapter> chapters, llvm::raw_ostream& out) {
  out << "# The chasi language\n\n";
  for (const Chapter& c : chapters) {
    std::string anchor;
    for (const char letter : c.title)
      if (llvm::isAlnum(letter) || letter == '-') anchor += llvm::toLower(letter);
      else if (letter == ' ') anchor += '-';
    out << fmt::format("- [{}](#{})\n", c.title, anchor);
  }
  for (const Chapter& c : chapters) out << fmt::format("\n## {}\n\n{}\n", c.title, c.text);
}

} // namespace chasi::doc
