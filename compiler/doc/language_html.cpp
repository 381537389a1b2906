#include "compiler/doc/grammar.h"
#include "compiler/doc/language.h"
#include "compiler/doc/page.h"
#include "compiler/doc/prose.h"

#include <llvm/ADT/StringExtras.h>

#include <set>

namespace chasi::doc {

namespace {

/// The name that a line of productions defines: it begins in the first column and is followed by ` = `.
llvm::StringRef definedBy(llvm::StringRef line) {
  const size_t end = line.find_if_not([](char c) { return llvm::isAlnum(c); });
  return end != 0 && end != llvm::StringRef::npos && line.drop_front(end).starts_with(" = ") ? line.take_front(end) : llvm::StringRef();
}

std::set<std::string> ruleNames() {
  std::set<std::string> out;
  for (const GrammarSection& section : readGrammar().parser)
    for (const GrammarRule& rule : section.rules) out.insert(rule.name);
  return out;
}

/// Productions in which the name of each rule leads to where it is defined.
std::string linkedProductions(llvm::StringRef code, const std::set<std::string>& rules) {
  std::string out;
  while (!code.empty()) {
    llvm::StringRef line;
    std::tie(line, code) = code.split('\n');
    if (line.starts_with("(*")) {
      out += "<span class=\"soft\">" + escaped(line) + "</span>\n";
      continue;
    }
    if (const llvm::StringRef name = definedBy(line); !name.empty()) {
      out += fmt::format("<strong id=\"rule-{}\">{}</strong>", name, name);
      line = line.drop_front(name.size());
    }
    bool quoted = false;
    for (size_t i = 0; i < line.size();) {
      size_t end = i;
      while (end < line.size() && llvm::isAlnum(line[end])) ++end;
      const llvm::StringRef word = line.slice(i, end);
      if (word.empty()) {
        quoted ^= line[i] == '"' && (i == 0 || line[i - 1] != '\\');
        out += escaped(line.substr(i++, 1));
        continue;
      }
      out += !quoted && rules.count(word.str()) ? fmt::format("<a href=\"#rule-{}\">{}</a>", word, word) : escaped(word);
      i = end;
    }
    out += '\n';
  }
  return out;
}

std::vector<llvm::StringRef> headings(llvm::StringRef text) {
  std::vector<llvm::StringRef> out;
  bool code = false;
  while (!text.empty()) {
    llvm::StringRef line;
    std::tie(line, text) = text.split('\n');
    if (line.starts_with("```")) code = !code;
    else if (!code && line.consume_front("### ")) out.push_back(line.trim());
  }
  return out;
}

} // namespace

void printLanguageHtml(llvm::ArrayRef<Chapter> chapters, llvm::raw_ostream& out) {
  const std::set<std::string> rules = ruleNames();
  beginPage("The chasi language", out);
  out << "<nav aria-label=\"Contents\">\n";
  for (const Chapter& c : chapters) {
    out << fmt::format("<h2><a href=\"#{}\">{}</a></h2>\n", c.id, escaped(c.title));
    const std::vector<llvm::StringRef> parts = headings(c.text);
    if (parts.empty()) continue;
    out << "<ul>\n";
    for (const llvm::StringRef part : parts) out << fmt::format("<li><a href=\"#{}-{}\">{}</a></li>\n", c.id, slug(part), prose(part, true));
    out << "</ul>\n";
  }
  out << "</nav>\n<main>\n<h1>The chasi language</h1>\n";
  for (const Chapter& c : chapters) {
    ProseOptions options;
    options.anchors = c.id;
    options.fenced = [&](llvm::StringRef info, llvm::StringRef code) { return info == "ebnf" ? linkedProductions(code, rules) : escaped(code); };
    out << fmt::format("<h2 id=\"{}\">{}</h2>\n", c.id, escaped(c.title)) << prose(c.text, options);
  }
  endPage(out);
}

} // namespace chasi::doc
