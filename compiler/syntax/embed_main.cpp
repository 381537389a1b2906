// chasi_embed OUT.cpp ROOT MADE FILE…: parses each file, and all below the folder MADE, and writes C++ that defines embeddedFiles(),
// learnedTokens(), and learnedDecisions() from what the parser found out meanwhile. Files that are below neither ROOT nor MADE are only learned
// from. Fails the build, with the diagnostics, when a file has mistakes.
#include "compiler/source/diagnostic.h"
#include "compiler/syntax/antlr_wall.h"
#include "compiler/syntax/parse.h"
#include "compiler/syntax/serialize.h"

#include <llvm/Support/FileSystem.h>
#include <llvm/Support/Path.h>
#include <llvm/Support/ToolOutputFile.h>

namespace {

using namespace chasi;

/// Bytes as string literals of one line each, which compilers read far quicker than lists of numbers. Octal escapes have
/// at most three digits, so that what follows cannot become part of one.
void writeBytes(llvm::raw_ostream& out, llvm::StringRef name, llvm::StringRef bytes) {
  constexpr size_t kLine = 120;
  out << "alignas(8) constexpr char " << name << "[] =\n";
  if (bytes.empty()) out << "    \"\"";
  for (size_t at = 0; at < bytes.size(); at += kLine) {
    out << (at ? "\n    \"" : "    \"");
    for (const char c : bytes.substr(at, kLine)) {
      const auto byte = static_cast<unsigned char>(c);
      if (byte >= 0x20 && byte < 0x7f && c != '"' && c != '\\' && c != '?') out << c;
      else out << fmt::format("\\{:03o}", byte);
    }
    out << '"';
  }
  out << ";\n";
}

struct Entry {
  std::string path;
  std::string text;
  std::string tree;
};

bool load(llvm::ArrayRef<std::string> roots, const std::string& name, source::SourceSet& sources, source::Diagnostics& diagnostics,
          std::vector<Entry>& entries) {
  auto file = sources.open(name);
  if (!file) {
    llvm::errs() << llvm::toString(file.takeError()) << '\n';
    return false;
  }
  const syntax::Tree tree = syntax::parse(sources, *file, diagnostics);
  for (const std::string& root : roots) {
    llvm::SmallString<256> relative(name);
    if (!llvm::sys::path::replace_path_prefix(relative, root, "")) continue;
    entries.push_back({llvm::StringRef(relative).ltrim('/').str(), sources.text(*file).str(), syntax::toBytes(tree)});
    break;
  }
  return true;
}

/// The files below a folder, in order: what the parser learns depends on it.
std::vector<std::string> filesBelow(const std::string& folder) {
  std::vector<std::string> out;
  std::error_code code;
  for (llvm::sys::fs::recursive_directory_iterator it(folder, code), end; it != end && !code; it.increment(code))
    if (llvm::sys::path::extension(it->path()) == ".chasi") out.push_back(it->path());
  std::sort(out.begin(), out.end());
  return out;
}

/// What people may write and none of the files happens to hold: each operator beside each other one, in each place.
std::string combinations() {
  static constexpr llvm::StringLiteral operators[] = {"+", "-", "*", "/", "%", "..", "..<", "==", "!=", "<", "<=", ">", ">=", "in", "&&", "||", "??"};
  static constexpr llvm::StringLiteral ends[] = {".x", "?.x", "[0]", "()", "(1)", " { y = 1 }", " as Int"};
  std::vector<std::string> tails;
  for (const llvm::StringRef o : operators) tails.push_back(fmt::format(" {} c", o.str()));
  tails.insert(tails.end(), std::begin(ends), std::end(ends));
  std::string text = "let v = a\nlet w: a.b.C = x\na.b.c d { }\noverride a.b { x = a }\n";
  int n = 0;
  for (const std::string& tail : tails) {
    for (const llvm::StringRef o : operators) text += fmt::format("let v{} = a {} b{}\n", ++n, o.str(), tail);
    for (const char* place : {"!a{}", "-a{}", "f(a{})", "f(1, a{}, 2)", "f(x = a{})", "f(1{})", "[a{}]", "[a{}, 1{}]", "\"${{a{}}}\"", "(a{})", "{{ x = a{}, y = 1{} }}", "if a {{ b{} }} else {{ c{} }}", "x => a{}"})
      text += fmt::format("let v{} = {}\n", ++n, fmt::format(fmt::runtime(place), tail, tail));
  }
  return text;
}

void writeAll(llvm::raw_ostream& out, const std::vector<Entry>& entries, const std::string& decisions, const std::string& tokens) {
  out << "#include \"compiler/syntax/decisions.h\"\n#include \"compiler/syntax/embedded.h\"\n#include \"compiler/syntax/token_table.h\"\n\nnamespace chasi::syntax {\nnamespace {\n";
  writeBytes(out, "kDecisions", decisions);
  writeBytes(out, "kTokens", tokens);
  for (size_t i = 0; i < entries.size(); ++i) {
    writeBytes(out, fmt::format("kText{}", i), entries[i].text);
    writeBytes(out, fmt::format("kTree{}", i), entries[i].tree);
  }
  out << "} // namespace\n\nllvm::StringRef learnedDecisions() { return {kDecisions, sizeof kDecisions - 1}; }\nllvm::StringRef learnedTokens() { return {kTokens, sizeof kTokens - 1}; }\n\nllvm::ArrayRef<EmbeddedFile> embeddedFiles() {\n";
  if (entries.empty()) {
    out << "  return {};\n";
  } else {
    out << "  static const EmbeddedFile files[] = {\n";
    for (size_t i = 0; i < entries.size(); ++i) {
      out << "      {\"" << entries[i].path << "\", {kText" << i << ", sizeof kText" << i << " - 1}, {kTree" << i << ", sizeof kTree" << i
          << " - 1}},\n";
    }
    out << "  };\n  return files;\n";
  }
  out << "}\n\n} // namespace chasi::syntax\n";
}

} // namespace

int main(int count, char** arguments) {
  if (count < 4) {
    llvm::errs() << "usage: chasi_embed OUT.cpp ROOT MADE FILE...\n";
    return 64;
  }
  source::SourceSet sources;
  source::Diagnostics diagnostics;
  std::vector<Entry> entries;
  const std::vector<std::string> roots = {arguments[2], arguments[3]};
  std::vector<std::string> files(arguments + 4, arguments + count);
  for (std::string& made : filesBelow(roots[1])) files.push_back(std::move(made));
  for (const std::string& file : files)
    if (!load(roots, file, sources, diagnostics, entries)) return 1;
  syntax::parse(sources, sources.add("(combinations)", combinations()), diagnostics);
  diagnostics.sort();
  source::printText(diagnostics, sources, llvm::errs(), {});
  if (diagnostics.hasErrors()) return 1;
  std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) { return a.path < b.path; });
  const std::string decisions = syntax::GrammarParser().decisions();
  const std::string tokens = syntax::lexerTable();
  if (decisions.empty() || tokens.empty()) {
    llvm::errs() << "chasi_embed: the tables of the lexer or the parser do not fit into 16 bits\n";
    return 1;
  }
  std::error_code code;
  llvm::ToolOutputFile out(arguments[1], code, llvm::sys::fs::OF_None);
  if (code) {
    llvm::errs() << "cannot write " << arguments[1] << ": " << code.message() << '\n';
    return 1;
  }
  writeAll(out.os(), entries, decisions, tokens);
  out.os().flush();
  if (out.os().has_error()) {
    llvm::errs() << "cannot write " << arguments[1] << ": " << out.os().error().message() << '\n';
    out.os().clear_error();
    return 1;
  }
  out.keep();
  return 0;
}
