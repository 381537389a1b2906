#include "compiler/doc/grammar.h"
#include "compiler/doc/prose.h"

#include <llvm/ADT/STLExtras.h>
#include <llvm/ADT/StringExtras.h>

namespace chasi::doc {

namespace {

constexpr size_t kColumns = 100;

std::string coded(llvm::StringRef code) { return "`" + barsEscaped(code) + "`"; }

bool mentions(const GrammarRule& rule, llvm::StringRef word) {
  for (llvm::StringRef text : rule.alternatives)
    for (size_t at = text.find(word); at != llvm::StringRef::npos; at = text.find(word, at + 1)) {
      const bool begins = at == 0 || !llvm::isAlnum(text[at - 1]);
      const size_t end = at + word.size();
      if (begins && (end == text.size() || !llvm::isAlnum(text[end]))) return true;
    }
  return false;
}

/// The rules that use a token; not those for which every word is a name.
std::string users(const Grammar& grammar, llvm::StringRef token) {
  std::string out;
  for (const GrammarSection& section : grammar.parser)
    for (const GrammarRule& rule : section.rules)
      if (rule.alternatives.front() != "Identifier" && mentions(rule, token)) out += (out.empty() ? "`" : ", `") + rule.name + "`";
  return out;
}

std::string usesTable(const Grammar& grammar, const std::vector<GrammarRule>& rules) {
  std::string out = "| written | token | stands in |\n| --- | --- | --- |\n";
  for (const GrammarRule& rule : rules) out += fmt::format("| {} | `{}` | {} |\n", coded(grammar.literals.at(rule.name)), rule.name, users(grammar, rule.name));
  return out;
}

/// Whether a token is reserved as a mistake of habit; no rule takes it.
bool isUsed(const Grammar& grammar, const GrammarRule& rule) { return !users(grammar, rule.name).empty(); }

bool isWord(llvm::StringRef text) { return llvm::all_of(text, llvm::isAlnum); }

/// A rule in one line, when it fits. Else lists of words fill the lines, and other alternatives get one each.
std::string production(const Grammar& grammar, const GrammarRule& rule) {
  size_t size = rule.name.size() + 3;
  for (const std::string& alternative : rule.alternatives) size += readable(grammar, alternative).size() + 3;
  const bool fits = size <= kColumns, words = llvm::all_of(rule.alternatives, isWord);
  std::string out = rule.comment.empty() ? "" : "(* " + rule.comment + " *)\n";
  std::string line = rule.name + " = ";
  for (size_t i = 0; i < rule.alternatives.size(); ++i) {
    const std::string text = readable(grammar, rule.alternatives[i]);
    if (i != 0 && !fits && (!words || line.size() + text.size() + 5 > kColumns)) {
      out += llvm::StringRef(line).rtrim().str() + "\n";
      line = "  | ";
    } else if (i != 0) {
      line += " | ";
    }
    line += text;
  }
  return out + line + " ;\n";
}

/// What stands between the operands: `x ("*" | "/") x`.
std::string form(const Grammar& grammar, llvm::StringRef alternative) {
  std::string out = readable(grammar, alternative);
  for (size_t at = out.find("operand"); at != std::string::npos; at = out.find("operand")) out.replace(at, 7, "x");
  return out;
}

} // namespace

std::string productions(const Grammar& grammar) {
  std::string out;
  for (const GrammarSection& section : grammar.parser) {
    if (section.rules.empty()) continue;
    std::string title = section.title;
    title[0] = llvm::toUpper(title[0]);
    out += fmt::format("### {}\n\n```ebnf\n", title);
    for (const GrammarRule& rule : section.rules) out += production(grammar, rule);
    out += "```\n\n";
  }
  return out;
}

std::string operatorTable(const Grammar& grammar) {
  std::string out = "| level | written | groups |\n| --- | --- | --- |\n";
  int level = 0;
  for (const GrammarSection& section : grammar.parser)
    for (const GrammarRule& rule : section.rules) {
      if (rule.name != "operand") continue;
      for (const llvm::StringRef alternative : rule.alternatives) {
        const bool left = alternative.starts_with("operand "), right = alternative.ends_with(" operand");
        if (!left && !right) continue;
        const char* groups = !left ? "from the right" : !right ? "behind its operand" : alternative.contains("<assoc=right>") ? "from the right" : "from the left";
        out += fmt::format("| {} | {} | {} |\n", ++level, coded(form(grammar, alternative)), groups);
      }
    }
  return out;
}

std::string wordTable(const Grammar& grammar, llvm::StringRef comment) {
  for (const GrammarSection& section : grammar.lexer)
    if (llvm::StringRef(section.title).starts_with(comment)) return usesTable(grammar, section.rules);
  return "";
}

std::string tokenTable(const Grammar& grammar) {
  std::vector<GrammarRule> signs;
  std::string out = "| token | written | what it is |\n| --- | --- | --- |\n";
  for (const auto& [name, what] : grammar.made) out += fmt::format("| `{}` | | {} |\n", name, what);
  for (const GrammarSection& section : grammar.lexer)
    for (const GrammarRule& rule : section.rules) {
      const bool isLiteral = grammar.literals.count(rule.name) != 0;
      if (isLiteral && llvm::isAlpha(grammar.literals.at(rule.name)[0])) continue;
      if (isLiteral && isUsed(grammar, rule)) {
        signs.push_back(rule);
        continue;
      }
      std::string written;
      for (const std::string& one : rule.alternatives) written += (written.empty() ? "" : " | ") + one;
      out += fmt::format("| `{}` | {} | {} |\n", rule.name, coded(written), section.title);
    }
  return usesTable(grammar, signs) + "\nAll other tokens:\n\n" + out;
}

} // namespace chasi::doc
