// Whatever the bytes: the parser ends with a tree that is lossless, and the formatter keeps what matters in it.
#include "compiler/source/diagnostic.h"
#include "compiler/syntax/dump.h"
#include "compiler/syntax/format.h"
#include "compiler/syntax/parse.h"

#include <cstdio>
#include <cstdlib>

namespace chasi::fuzz {

namespace {

using namespace syntax;

struct Parsed {
  explicit Parsed(std::string text) : id(sources.add("fuzz.chasi", std::move(text))), tree(parse(sources, id, diagnostics)) {}

  source::SourceSet sources;
  source::Diagnostics diagnostics;
  source::FileId id;
  Tree tree;
};

void require(bool holds, const char* what, const std::string& formatted = "") {
  if (holds) return;
  std::fprintf(stderr, "this does not hold: %s\n", what);
  if (!formatted.empty()) std::fprintf(stderr, "--- formatted ---\n%s-----------------\n", formatted.c_str());
  std::abort();
}

void checkTree(const Tree& tree) {
  uint32_t at = 0;
  for (const Token& token : tree.tokens()) {
    require(token.begin == at && token.end >= token.begin, "tokens stand one behind the other");
    at = token.end;
  }
  require(at == tree.text().size() && tree.tokens().back().kind == TokenKind::EndOfFile, "tokens cover the file");
  const auto nodes = tree.nodes();
  std::vector<uint32_t> ends{nodes[0].end};
  for (uint32_t i = 1; i < nodes.size(); ++i) {
    while (ends.back() <= i) ends.pop_back();
    require(nodes[i].end > i && nodes[i].end <= ends.back(), "nodes stand in each other");
    require(nodes[i].first <= nodes[i].last + 1 && nodes[i].last < tree.tokens().size(), "nodes have tokens of the file");
    ends.push_back(nodes[i].end);
  }
}

/// Everything but white space, commas and the ends of comments.
std::string essence(const Tree& tree) {
  std::string out;
  for (const Token& token : tree.tokens()) {
    llvm::StringRef text = tree.text().slice(token.begin, token.end);
    if (token.kind == TokenKind::Whitespace || token.kind == TokenKind::NewLine || token.kind == TokenKind::Comma) continue;
    if (token.kind == TokenKind::DocComment || token.kind == TokenKind::LineComment || token.kind == TokenKind::HashComment) text = text.rtrim();
    if (token.end == tree.text().size()) text = text.rtrim(); // a string or comment without end
    out += text.str() + "\n";
  }
  out.resize(llvm::StringRef(out).rtrim().size());
  return out;
}

} // namespace

} // namespace chasi::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace chasi;
  using namespace chasi::fuzz;
  const Parsed before(std::string(reinterpret_cast<const char*>(data), size));
  checkTree(before.tree);
  std::string printed;
  llvm::raw_string_ostream stream(printed);
  source::printText(before.diagnostics, before.sources, stream, {});
  const std::string once = syntax::format(before.tree);
  const Parsed after(once);
  checkTree(after.tree);
  require(essence(before.tree) == essence(after.tree), "formatting keeps tokens and comments", once);
  if (before.diagnostics.hasErrors()) return 0;
  require(!after.diagnostics.hasErrors(), "what is formatted has no mistakes", once);
  require(syntax::dump(before.tree) == syntax::dump(after.tree), "formatting keeps the tree", once);
  require(syntax::format(after.tree) == once, "formatting twice changes nothing", once);
  return 0;
}
