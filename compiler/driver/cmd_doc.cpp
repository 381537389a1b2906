#include "compiler/doc/book.h"
#include "compiler/doc/language.h"
#include "compiler/driver/run.h"
#include "compiler/driver/spec.h"
#include "compiler/eval/evaluator.h"
#include "compiler/lower/stack.h"
#include "compiler/package/content.h"
#include "compiler/sema/checker.h"
#include "compiler/syntax/parse.h"

#include <llvm/Support/FileSystem.h>
#include <llvm/Support/Path.h>

namespace chasi::driver {

namespace {

/// A folder of this name is `./language`.
constexpr const char* kLanguage = "language";

/// The modules inside of one of the standard library, each with what its descriptions are of.
void addParts(sema::Program& program, doc::ModuleDoc& page) {
  for (const std::string& name : sema::libraryNames()) {
    if (!llvm::StringRef(name).starts_with(page.name + ".")) continue;
    std::vector<std::string> described;
    for (const doc::SchemaDoc& schema : doc::readModule(*sema::loadLibrary(program, name)).schemas)
      if (!schema.doc.empty()) described.push_back(schema.name);
    page.parts.push_back({.name = name, .code = "", .doc = fmt::format("{}", fmt::join(described, ", ")), .example = "", .gives = ""});
  }
}

/// What stands behind `std.`: one module of the standard library, the builtin functions, or all of it.
std::optional<doc::Book> standard(Spec& spec, const std::string& name) {
  doc::Book book{.title = name, .modules = {}};
  if (name == "std.builtins") {
    book.modules.push_back(doc::builtinModule());
    return book;
  }
  lower::withLargeStack([&] {
    spec.compiled.program = std::make_unique<sema::Program>(spec.sources, spec.diagnostics);
    sema::load(*spec.compiled.program, {});
    for (const std::string& module : sema::libraryNames()) {
      const bool inside = llvm::StringRef(module).count('.') > 1; // of another one, which names it
      if (name != module && (name != "std" || inside)) continue;
      book.modules.push_back(doc::readModule(*sema::loadLibrary(*spec.compiled.program, module)));
      addParts(*spec.compiled.program, book.modules.back());
    }
  });
  if (name == "std") book.modules.push_back(doc::builtinModule());
  if (!book.modules.empty()) return book;
  std::vector<std::string> known = sema::libraryNames();
  known.insert(known.end(), {"std", "std.builtins"});
  const std::string near = source::nearest(name, known);
  llvm::errs() << fmt::format("chasic: the standard library has no `{}`; {}\n", name, near.empty() ? fmt::format("there are {}", fmt::join(known, ", ")) : fmt::format("did you mean `{}`?", near));
  return std::nullopt;
}

/// The module of a path, with the modules that it imports from the workspace.
std::optional<doc::Book> workspace(Spec& spec, const std::string& path, const Terminal& terminal, int& exit) {
  auto found = package::findWorkspace(path);
  if (!found) {
    exit = printError(found.takeError(), terminal);
    return std::nullopt;
  }
  sema::LoadInput input;
  input.workspaceRoot = found->root;
  input.modulePath = input.folder = found->folder;
  input.files = found->files;
  doc::Book book{.title = found->name, .modules = {}};
  lower::withLargeStack([&] {
    spec.compiled.program = std::make_unique<sema::Program>(spec.sources, spec.diagnostics);
    sema::load(*spec.compiled.program, input);
    std::vector<sema::Module*> modules = sema::userModules(*spec.compiled.program);
    std::reverse(modules.begin(), modules.end()); // the module itself first, then what it is built on
    for (const sema::Module* m : modules) {
      doc::ModuleDoc page = doc::readModule(*m);
      if (m == spec.compiled.program->root) page.name = found->name;
      book.modules.push_back(std::move(page));
    }
  });
  spec.diagnostics.sort();
  if (!spec.diagnostics.all().empty()) printDiagnostics(spec.diagnostics, spec.sources, terminal, false);
  if (!spec.diagnostics.hasErrors()) return book;
  exit = kWrong;
  return std::nullopt;
}

/// The limits of the language, from the constants of the rooms that hold to them.
doc::Limits languageLimits() {
  const eval::Budget budget;
  auto grouped = [](uint64_t n) {
    std::string digits = std::to_string(n);
    for (size_t at = digits.size(); at > 3; at -= 3) digits.insert(at - 3, " ");
    return digits;
  };
  auto mebibytes = [](uint64_t n) { return fmt::format("{} MiB", n >> 20); };
  return {
      {"file", mebibytes(source::kMaxFileBytes)},
      {"nesting", grouped(syntax::ParseLimits{}.depth)},
      {"instances", grouped(sema::kMaxInstances)},
      {"steps", grouped(budget.steps)},
      {"steps each", grouped(budget.stepsEach)},
      {"depth", grouped(budget.depth)},
      {"bytes", mebibytes(budget.bytes)},
      {"bytes each", fmt::format("{} KiB", budget.bytesEach >> 10)},
      {"text", mebibytes(budget.text)},
      {"items", grouped(budget.items)},
      {"output", mebibytes(budget.output)},
      {"package bytes", mebibytes(package::kMaxPackageBytes)},
      {"package files", grouped(package::kMaxPackageFiles)},
      {"diagnostics", grouped(source::TextStyle{}.maxDiagnostics)},
  };
}

void print(const doc::Book& book, bool html, llvm::raw_ostream& out) {
  if (html) printHtml(book, out);
  else printMarkdown(book, out);
}

void printLanguage(bool html, llvm::raw_ostream& out) {
  const std::vector<doc::Chapter> chapters = doc::languageChapters(languageLimits());
  if (html) printLanguageHtml(chapters, out);
  else printLanguageMarkdown(chapters, out);
}

/// To the standard output, or into a folder.
int write(const std::string& text, const std::string& title, bool html, const std::string& folder, const Terminal& terminal) {
  if (folder.empty()) {
    llvm::outs() << text;
    return kDone;
  }
  if (const std::error_code code = llvm::sys::fs::create_directories(folder))
    return printError(plan::fault("CH6008", fmt::format("the folder {} cannot be made: {}", folder, code.message())), terminal);
  llvm::SmallString<256> path(folder);
  llvm::sys::path::append(path, title + (html ? ".html" : ".md"));
  if (llvm::Error error = writeFile(path.str().str(), text)) return printError(std::move(error), terminal);
  if (!terminal.quiet) llvm::errs() << fmt::format("wrote {}\n", path.str().str());
  return kDone;
}

} // namespace

int runDoc(const Invocation& invocation) {
  const Terminal terminal = terminalFor(invocation);
  const std::string what = invocation.word(0, ".");
  const bool isStandard = what == "std" || llvm::StringRef(what).starts_with("std.");
  const bool html = invocation.get("--format", "md") == "html";
  std::string text;
  llvm::raw_string_ostream out(text);
  if (what == kLanguage) {
    printLanguage(html, out);
    return write(text, kLanguage, html, invocation.get("--out"), terminal);
  }
  int exit = kUsage;
  const SpecPtr spec(new Spec);
  const auto book = isStandard ? standard(*spec, what) : workspace(*spec, what, terminal, exit);
  if (!book) return exit;
  print(*book, html, out);
  return write(text, book->title, html, invocation.get("--out"), terminal);
}

} // namespace chasi::driver
