#include "compiler/driver/report.h"
#include "compiler/driver/run.h"
#include "compiler/syntax/format.h"
#include "compiler/syntax/parse.h"

#include <llvm/Support/FileSystem.h>
#include <llvm/Support/Path.h>

#include <iostream>
#include <iterator>

namespace chasi::driver {

namespace {

namespace fs = llvm::sys::fs;

/// Every .chasi file below a folder, hidden folders left out; a file is itself.
bool collect(const std::string& path, std::vector<std::string>& files, std::string& problem) {
  fs::file_status status;
  if (const std::error_code code = fs::status(path, status)) {
    problem = fmt::format("cannot read {}: {}", path, code.message());
    return false;
  }
  if (!fs::is_directory(status)) {
    files.push_back(path);
    return true;
  }
  std::error_code code;
  std::vector<std::string> entries;
  for (fs::directory_iterator it(path, code), end; it != end && !code; it.increment(code)) entries.push_back(it->path());
  if (code) {
    problem = fmt::format("cannot read {}: {}", path, code.message());
    return false;
  }
  std::sort(entries.begin(), entries.end());
  for (const std::string& entry : entries) {
    const llvm::StringRef name = llvm::sys::path::filename(entry);
    if (name.starts_with(".") || fs::is_symlink_file(entry)) continue;
    // Packages are as their authors published them: another layout is another digest.
    if (name == "vendor" && fs::exists(path + "/chasi.lock")) continue;
    if (fs::is_directory(entry)) {
      if (!collect(entry, files, problem)) return false;
    } else if (name.ends_with(".chasi")) {
      files.push_back(entry);
    }
  }
  return true;
}

struct Formatting {
  const Terminal& terminal;
  bool check, toStdout;
  size_t changed = 0;
  int exit = kDone;

  void text(const std::string& name, std::string content, bool isFile) {
    source::SourceSet sources;
    source::Diagnostics diagnostics;
    const source::FileId id = sources.add(name, std::move(content));
    const syntax::Tree tree = syntax::parse(sources, id, diagnostics);
    if (diagnostics.hasErrors()) { // what cannot be read is left alone
      printDiagnostics(diagnostics, sources, terminal, false);
      exit = kWrong;
      return;
    }
    const std::string formatted = syntax::format(tree);
    const bool same = formatted == sources.text(id);
    if (!same) ++changed;
    if (toStdout) llvm::outs() << formatted;
    else if (check && !same) llvm::outs() << name << '\n';
    else if (isFile && !check && !same) write(name, formatted);
  }

  void write(const std::string& name, const std::string& formatted) {
    if (llvm::Error error = writeFile(name, formatted)) exit = printError(std::move(error), terminal);
    else if (!terminal.quiet) llvm::errs() << "formatted " << name << '\n';
  }
};

} // namespace

int runFmt(const Invocation& invocation) {
  const Terminal terminal = terminalFor(invocation);
  Formatting formatting{terminal, invocation.has("--check"), invocation.has("--stdout")};
  std::vector<std::string> paths = invocation.words;
  if (paths.empty()) paths.emplace_back(".");
  for (const std::string& path : paths) {
    if (path == "-") {
      formatting.toStdout = !formatting.check;
      formatting.text("(standard input)", std::string(std::istreambuf_iterator<char>(std::cin), {}), false);
      continue;
    }
    std::vector<std::string> files;
    std::string problem;
    if (!collect(path, files, problem)) {
      printFault("CH8001", problem, "PATH is a folder with .chasi files, or one such file", {}, {}, terminal, llvm::errs());
      return kUnreachable;
    }
    for (const std::string& file : files) {
      source::SourceSet reading;
      auto id = reading.open(file);
      if (id) formatting.text(file, reading.text(*id).str(), true);
      else {
        printFault("CH0001", llvm::toString(id.takeError()), "", {}, {}, terminal, llvm::errs());
        formatting.exit = kUnreachable;
      }
    }
  }
  if (formatting.check && formatting.changed && formatting.exit == kDone) {
    if (!terminal.quiet) llvm::errs() << fmt::format("{} file{} not formatted; `chasic fmt` does it\n", formatting.changed, formatting.changed == 1 ? " is" : "s are");
    return kWrong;
  }
  return formatting.exit;
}

} // namespace chasi::driver
