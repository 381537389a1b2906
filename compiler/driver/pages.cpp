#include "compiler/driver/pages.h"

#include <algorithm>

namespace chasi::driver {

namespace {

/// `key: value` lines between two lines of `---` at the top; they are for the tests.
llvm::StringRef withoutFrontMatter(llvm::StringRef text) {
  if (!text.starts_with("---\n")) return text;
  const size_t end = text.find("\n---\n", 3);
  return end == llvm::StringRef::npos ? text : text.drop_front(end + 5);
}

/// The first fenced block of a section, and the word behind its fence.
std::pair<llvm::StringRef, llvm::StringRef> fenced(llvm::StringRef section) {
  const size_t begin = section.find("```");
  if (begin == llvm::StringRef::npos) return {};
  const auto [language, rest] = section.drop_front(begin + 3).split('\n');
  return {language.trim(), rest.take_front(rest.find("```"))};
}

std::vector<std::string> steps(llvm::StringRef section) {
  std::vector<std::string> out;
  while (!section.empty()) {
    llvm::StringRef line;
    std::tie(line, section) = section.split('\n');
    if (line.consume_front("- ")) out.push_back(line.trim().str());
    else if (!line.trim().empty() && !out.empty()) out.back() += " " + line.trim().str();
  }
  return out;
}

} // namespace

std::optional<Page> findPage(llvm::StringRef code) {
  const auto at = std::find_if(pageFiles().begin(), pageFiles().end(), [&](const PageFile& f) { return f.code == code; });
  if (at == pageFiles().end()) return std::nullopt;
  Page page;
  llvm::StringRef rest = withoutFrontMatter(at->text);
  llvm::StringRef part;
  std::tie(part, rest) = rest.split("\n## ");
  page.meaning = part.trim().str();
  while (!rest.empty()) {
    std::tie(part, rest) = rest.split("\n## ");
    const auto [title, body] = part.split('\n');
    const auto [language, text] = fenced(body);
    if (title == "Wrong") page.wrong = text.str();
    if (title == "Right") page.right = text.str();
    if (!language.empty()) page.language = language.str();
    if (title == "Next steps") page.next = steps(body);
  }
  return page;
}

} // namespace chasi::driver
