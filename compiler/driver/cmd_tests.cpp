#include "compiler/driver/planning.h"
#include "compiler/driver/run.h"
#include "compiler/driver/snapshot.h"
#include "compiler/driver/spec.h"
#include "compiler/driver/test_report.h"
#include "compiler/driver/watch.h"

#include <llvm/Support/FileSystem.h>
#include <llvm/Support/Path.h>

namespace chasi::driver {

namespace {

using Clock = std::chrono::steady_clock;

std::chrono::milliseconds since(Clock::time_point start) { return std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - start); }

/// One round over all tests; with --watch there are several.
class Round {
public:
  Round(const Invocation& invocation, const Terminal& terminal) : invocation_(invocation), terminal_(terminal), format_(invocation.get("--format", "text")) {}

  int run(package::Workspace& workspace) {
    const Clock::time_point start = Clock::now();
    // Text for people goes along with a report that goes to a file.
    text_ = format_ == "text" || invocation_.has("--out");
    auto input = describeSpec(invocation_, 0, workspace, invocation_.get("--env"));
    if (!input) return printError(input.takeError(), terminal_, format_ == "json");
    place(workspace);
    source::SourceSet sources;
    source::Diagnostics diagnostics;
    const std::vector<lower::TestName> tests = lower::listTests(sources, diagnostics, *input);
    if (diagnostics.hasErrors()) {
      printDiagnostics(diagnostics, sources, terminal_, format_ == "json" && !invocation_.has("--out"));
      return kWrong;
    }
    summary_.module = workspace.name;
    for (const lower::TestName& test : tests) {
      if (!llvm::StringRef(test.title).contains_insensitive(invocation_.get("--filter"))) ++summary_.filtered;
      else if (llvm::Error error = one(*input, test)) return printError(std::move(error), terminal_, false);
      if (interrupts().load()) return kInterrupted;
    }
    summary_.took = since(start);
    if (summary_.outcomes.empty()) return none(tests.size());
    return finishRound(tests, llvm::sys::fs::is_directory(invocation_.word(0, ".")));
  }

private:
  const Invocation& invocation_;
  const Terminal& terminal_;
  std::string format_;
  bool text_ = true;
  SnapshotFolder snapshots_;
  TestSummary summary_;

  /// Snapshots lie beside the module's files, and are named as those are.
  void place(const package::Workspace& workspace) {
    llvm::SmallString<256> folder(llvm::sys::path::parent_path(workspace.files.front()));
    llvm::sys::path::append(folder, "__snapshots__");
    snapshots_.folder = folder.str().str();
    snapshots_.update = invocation_.has("--update");
    const std::string path = invocation_.word(0, ".");
    snapshots_.command = "chasic test" + (path == "." ? "" : " " + path) + (invocation_.has("--env") ? " --env " + invocation_.get("--env") : "") + " --update";
  }

  llvm::Error one(const lower::CompileInput& input, const lower::TestName& test) {
    const Clock::time_point start = Clock::now();
    TestOutcome outcome{.name = test, .run = std::make_unique<lower::TestRun>()};
    lower::runTest(*outcome.run, input, test.slug);
    if (llvm::Error error = compareSnapshots(snapshots_, test, *outcome.run)) return error;
    outcome.run->failures.sort();
    outcome.took = since(start);
    if (text_ && (!terminal_.quiet || !outcome.passed())) {
      printOutcome(outcome, terminal_.outColor, llvm::outs());
      llvm::outs().flush();
    }
    summary_.outcomes.push_back(std::move(outcome));
    return llvm::Error::success();
  }

  /// A run without tests is most often a wrong path or filter, and must not pass for a good one.
  int none(size_t all) const {
    llvm::errs() << fmt::format("chasic: {}\n", all ? fmt::format("none of the {} tests in {} has \"{}\" in its title", all, summary_.module, invocation_.get("--filter"))
                                                     : fmt::format("{} has no tests; a test is written `test \"what holds\" {{ assert … }}`", summary_.module));
    return kWrong;
  }

  int finishRound(const std::vector<lower::TestName>& tests, bool folder) {
    if (text_) printSummary(summary_, terminal_.outColor, llvm::outs());
    if (folder && !summary_.filtered && !invocation_.has("--env")) strays(tests);
    if (snapshots_.written && !terminal_.quiet) llvm::errs() << fmt::format("{} snapshot{} written to {}\n", snapshots_.written, snapshots_.written == 1 ? "" : "s", snapshots_.folder);
    if (format_ != "text") {
      std::string report;
      llvm::raw_string_ostream out(report);
      if (format_ == "json") printTestsJson(summary_, out);
      else if (format_ == "sarif") printTestsSarif(summary_, out);
      else printTestsJunit(summary_, out);
      if (!invocation_.has("--out")) llvm::outs() << report;
      else if (llvm::Error error = writeFile(invocation_.get("--out"), report)) return printError(std::move(error), terminal_);
    }
    return summary_.failed() ? kWrong : kDone;
  }

  /// Snapshots of tests that are gone: told, and taken away by --update. Only when all tests of the folder were there.
  void strays(const std::vector<lower::TestName>& tests) const {
    const std::vector<std::string> files = strayFiles(snapshots_, tests);
    for (const std::string& file : files) {
      if (!snapshots_.update) continue;
      if (const std::error_code code = llvm::sys::fs::remove(file)) llvm::errs() << fmt::format("chasic: {} cannot be removed: {}\n", file, code.message());
      else if (!terminal_.quiet) llvm::errs() << fmt::format("removed {}, which no test takes any more\n", file);
    }
    if (!files.empty() && !snapshots_.update && !terminal_.quiet)
      llvm::errs() << fmt::format("note: no test takes {}{}; `{}` removes {}\n", files.front(), files.size() == 1 ? "" : fmt::format(" and {} more", files.size() - 1), snapshots_.command, files.size() == 1 ? "it" : "them");
  }
};

int watch(const Invocation& invocation, const Terminal& terminal) {
  const std::vector<std::string> others = invocation.all("--params");
  while (true) {
    package::Workspace workspace;
    auto found = package::findWorkspace(invocation.word(0, "."));
    if (!found) return printError(found.takeError(), terminal);
    // Before the run: what is saved while tests run counts as changed after it. What the run itself writes does not.
    FileStates before = fileStates(*found, others);
    Round(invocation, terminal).run(workspace);
    if (invocation.has("--update") || invocation.has("--out")) before = fileStates(*found, others);
    llvm::outs().flush();
    if (interrupts().load() == 0 && !terminal.quiet) llvm::errs() << "watching; Ctrl-C ends\n";
    if (!waitForChange(*found, others, before)) return kInterrupted;
    llvm::outs() << '\n';
  }
}

} // namespace

int runTest(const Invocation& invocation) {
  const Terminal terminal = terminalFor(invocation);
  if (invocation.has("--out") && invocation.get("--format", "text") == "text") {
    llvm::errs() << "chasic: --out writes a report for programs: add --format json, junit or sarif\n";
    return kUsage;
  }
  catchInterrupts();
  if (invocation.has("--watch")) return watch(invocation, terminal);
  package::Workspace workspace;
  return Round(invocation, terminal).run(workspace);
}

} // namespace chasi::driver
