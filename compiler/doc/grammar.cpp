#include "compiler/doc/grammar.h"
#include "compiler/doc/language.h"

#include <llvm/ADT/StringExtras.h>

#include <utility>

namespace chasi::doc {

namespace {

llvm::StringRef textOf(llvm::StringRef name) {
  for (const LanguageText& t : languageTexts())
    if (t.name == name) return t.text;
  return {};
}

/// The end of what begins with a quote or a bracket of characters; these may hold anything.
size_t endOfPiece(llvm::StringRef text, size_t at) {
  const char close = text[at] == '[' ? ']' : '\'';
  for (size_t i = at + 1; i < text.size(); ++i) {
    if (text[i] == '\\') ++i;
    else if (text[i] == close) return i + 1;
  }
  return text.size();
}

/// Goes over a grammar from comment to comment and rule to rule.
class GrammarReader {
public:
  GrammarReader(llvm::StringRef text, bool lexer) : rest_(text), lexer_(lexer) {}

  std::vector<GrammarSection> run() {
    while (!rest_.empty()) {
      if (rest_.consume_front("\n")) {
        if (!rest_.starts_with("\n")) continue;
        comment_.clear();
        apart_ = true;
      } else if (rest_.starts_with("//")) {
        comment(line());
      } else if (rest_.starts_with("tokens") || rest_.starts_with("options")) {
        rest_ = rest_.drop_front(std::min(rest_.find('}') + 1, rest_.size()));
        comment_.clear();
      } else {
        rule();
      }
    }
    return std::move(out_);
  }

private:
  llvm::StringRef rest_;
  bool lexer_;
  std::vector<GrammarSection> out_;
  std::string comment_;
  bool apart_ = false; ///< an empty line was before

  /// Up to the line's end, which stays.
  llvm::StringRef line() {
    const llvm::StringRef line = rest_.take_front(rest_.find('\n'));
    rest_ = rest_.drop_front(line.size());
    return line;
  }

  void comment(llvm::StringRef line) {
    llvm::StringRef text = line.drop_front(2).trim();
    if (text.consume_front("--- ")) {
      out_.push_back({text.rtrim("-").trim().str(), {}});
      comment_.clear();
      return;
    }
    comment_ += (comment_.empty() ? "" : " ") + text.str();
  }

  /// Everything up to the `;` that ends it.
  void rule() {
    size_t end = 0;
    while (end < rest_.size() && rest_[end] != ';') end = rest_[end] == '\'' || rest_[end] == '[' ? endOfPiece(rest_, end) : end + 1;
    const llvm::StringRef whole = rest_.take_front(end).trim();
    rest_ = rest_.drop_front(std::min(end + 1, rest_.size()));
    const auto [head, body] = whole.split(':');
    llvm::StringRef name = head.trim();
    if (name.starts_with("mode ") || name.contains("grammar ")) {
      out_.push_back({comment_, {}});
      comment_.clear();
      apart_ = false;
      return;
    }
    if (out_.empty() || (lexer_ && (apart_ || !comment_.empty()))) out_.push_back({lexer_ ? std::exchange(comment_, "") : "", {}});
    apart_ = false;
    name.consume_front("fragment ");
    out_.back().rules.push_back({name.str(), std::exchange(comment_, ""), alternatives(body)});
  }

  static std::vector<std::string> alternatives(llvm::StringRef body) {
    std::vector<std::string> out(1);
    int depth = 0;
    for (size_t i = 0; i < body.size();) {
      if (body[i] == '\'' || body[i] == '[') {
        const size_t end = endOfPiece(body, i);
        out.back() += body.slice(i, end);
        i = end;
        continue;
      }
      const char c = body[i++];
      depth += c == '(' ? 1 : c == ')' ? -1 : 0;
      if (c == '|' && depth == 0) out.emplace_back();
      else if (!llvm::isSpace(c)) out.back() += c;
      else if (!out.back().empty() && out.back().back() != ' ') out.back() += ' ';
    }
    for (std::string& one : out) one = llvm::StringRef(one).trim().str();
    return out;
  }
};

/// `'\''` is a quote.
std::string unquoted(llvm::StringRef quoted) {
  std::string out;
  for (size_t i = 1; i + 1 < quoted.size(); ++i) {
    if (quoted[i] == '\\') ++i;
    out += quoted[i];
  }
  return out;
}

/// `\"\"\"` are three of them.
std::string inQuotes(llvm::StringRef literal) {
  std::string out = "\"";
  for (const char c : literal) out += c == '"' ? std::string("\\\"") : std::string(1, c);
  return out + '"';
}

/// `Name  what it is` in a comment above `tokens { … }`: two blanks or more stand between the columns.
std::vector<std::pair<std::string, std::string>> madeTokens(llvm::StringRef text) {
  const size_t end = text.find("\ntokens {");
  std::vector<std::pair<std::string, std::string>> out;
  if (end == llvm::StringRef::npos) return out;
  llvm::StringRef list = text.drop_front(end + 9);
  list = list.take_front(list.find('}'));
  const std::string above = text.take_front(end).str();
  llvm::SmallVector<llvm::StringRef> names;
  list.split(names, ',');
  for (llvm::StringRef name : names) {
    name = name.trim();
    size_t at = above.find(name.str() + " ");
    if (at == std::string::npos) {
      out.emplace_back(name.str(), "");
      continue;
    }
    llvm::StringRef what = llvm::StringRef(above).drop_front(at + name.size()).ltrim(' ');
    what = what.take_front(what.find('\n'));
    out.emplace_back(name.str(), what.take_front(what.find("  ")).trim().str());
  }
  return out;
}

} // namespace

Grammar readGrammar() {
  Grammar out;
  out.parser = GrammarReader(textOf("ChasiParser"), false).run();
  out.lexer = GrammarReader(textOf("ChasiLexer"), true).run();
  out.made = madeTokens(textOf("ChasiLexer"));
  for (const GrammarSection& section : out.lexer)
    for (const GrammarRule& rule : section.rules) {
      const llvm::StringRef first = llvm::StringRef(rule.alternatives.front()).split(" ->").first.trim();
      if (rule.alternatives.size() == 1 && first.starts_with("'") && endOfPiece(first, 0) == first.size()) out.literals.emplace(rule.name, unquoted(first));
    }
  return out;
}

std::string readable(const Grammar& grammar, llvm::StringRef alternative) {
  std::string out;
  for (size_t i = 0; i < alternative.size();) {
    size_t end = i;
    while (end < alternative.size() && llvm::isAlnum(alternative[end])) ++end;
    if (end == i) {
      out += alternative[i++];
      continue;
    }
    const std::string word = alternative.slice(i, end).str();
    const auto at = grammar.literals.find(word);
    out += at == grammar.literals.end() ? word : inQuotes(at->second);
    i = end;
  }
  return out;
}

} // namespace chasi::doc
