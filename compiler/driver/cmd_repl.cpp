#include "compiler/driver/line_reader.h"
#include "compiler/driver/run.h"
#include "compiler/driver/spec.h"
#include "compiler/driver/value_text.h"
#include "compiler/lower/explore.h"
#include "compiler/package/params.h"
#include "compiler/syntax/parse.h"
#include "compiler/syntax/unfinished.h"

#include <llvm/Support/FileSystem.h>

namespace chasi::driver {

namespace {

constexpr const char* kHelp = R"(EXPR          its value; what is not finished goes on in the next line
let, fn, …    a definition, for this session; the same name again replaces it
:type EXPR    its type
:env [NAME]   the environment; without a name, none
:set P=VALUE  a parameter
:reload       reads the files again
:quit         ends, as Ctrl-D does
)";

/// What was read, and what it was read into.
struct Session {
  source::SourceSet sources;
  source::Diagnostics diagnostics;
  lower::Compiled compiled;
};

class Repl {
public:
  Repl(lower::CompileInput input, const Terminal& terminal) : input_(std::move(input)), terminal_(terminal) { input_.operations = false; }

  int run(bool banner) {
    std::string problem;
    const auto reader = lineReader([this](const std::string& line) {
      lower::Completion found = lower::complete(session_->compiled, line);
      return LineCompletion{std::move(found.word), std::move(found.candidates)};
    }, problem);
    if (!problem.empty() && !terminal_.quiet) llvm::errs() << "no line editing: " << problem << '\n';
    load(input_, true);
    if (reader->interactive() && banner && !terminal_.quiet) llvm::outs() << "chasic " << CHASI_VERSION << "; `:help` tells what can be asked\n";
    std::string entry, line;
    while (!done_) {
      llvm::outs().flush();
      const LineReader::End end = reader->next(!entry.empty(), line);
      if (end == LineReader::End::Interrupted) {
        entry.clear();
        continue;
      }
      if (end == LineReader::End::Line) {
        entry += (entry.empty() ? "" : "\n") + line;
        if (syntax::isUnfinished(entry)) continue;
      }
      if (!llvm::StringRef(entry).trim().empty()) {
        reader->remember(entry);
        take(llvm::StringRef(entry).trim());
      }
      entry.clear();
      if (end == LineReader::End::Closed) break;
    }
    // Somebody who types sees what went wrong; a script needs to be told.
    return failed_ && !reader->interactive() ? kWrong : kDone;
  }

private:
  lower::CompileInput input_;
  const Terminal& terminal_;
  std::unique_ptr<Session> session_;
  std::vector<std::pair<std::string, std::string>> definitions_; ///< name and text, in order
  bool done_ = false, failed_ = false;

  static constexpr const char* kDefinitions = "(session)";

  /// Reads everything anew. What is wrong is printed; with `keep` it is used all the same, otherwise all stays as it was.
  bool load(lower::CompileInput input, bool keep) {
    lower::CompileInput whole = input;
    if (!definitions_.empty()) {
      whole.load.files.emplace_back(kDefinitions);
      std::string& text = whole.load.overlay[kDefinitions];
      for (const auto& [name, definition] : definitions_) text += definition + "\n";
    }
    auto next = std::make_unique<Session>();
    next->compiled = lower::compile(next->sources, next->diagnostics, whole);
    const bool right = !next->diagnostics.hasErrors();
    if (!next->diagnostics.all().empty() && (keep || !right)) printDiagnostics(next->diagnostics, next->sources, terminal_, false);
    if (!right) failed_ = true;
    if (!right && !keep) return false;
    input_ = std::move(input);
    session_ = std::move(next);
    return right;
  }

  void complain(const std::string& text, const std::string& hint) {
    failed_ = true;
    printFault("", text, hint, {}, {}, terminal_, llvm::errs());
  }

  void take(llvm::StringRef entry) {
    if (entry.starts_with(":")) return command(entry.drop_front());
    if (const std::string name = definedBy(entry); !name.empty()) return define(name, entry.str());
    source::Diagnostics wrong;
    const auto value = lower::evaluateAlone(session_->compiled, entry.str(), wrong);
    if (value) llvm::outs() << valueText(*value, true) << '\n';
    else failure(wrong);
    // What an evaluation costs counts for the whole session; the next one starts from nothing again.
    if (session_->compiled.evaluator->stopped()) load(input_, true);
  }

  void failure(const source::Diagnostics& wrong) {
    failed_ = true;
    if (!wrong.all().empty()) printDiagnostics(wrong, session_->sources, terminal_, false);
    else complain("this needs something that is wrong already", "`:reload` tells what");
  }

  /// The names that an entry defines, joined; "" for an expression.
  static std::string definedBy(llvm::StringRef entry) {
    using syntax::NodeKind;
    source::SourceSet sources;
    source::Diagnostics diagnostics;
    const syntax::Tree tree = syntax::parse(sources, sources.add("", entry.str()), diagnostics);
    std::string names;
    for (syntax::NodeRef n : tree.root().children()) {
      const bool defines = n.is(NodeKind::Let) || n.is(NodeKind::Fn) || n.is(NodeKind::TypeDecl) || n.is(NodeKind::Schema) || n.is(NodeKind::Kind) || n.is(NodeKind::Param);
      if (defines) names += n.child(NodeKind::Name).text().str() + " ";
      else if (n.is(NodeKind::Import)) names += n.text().str() + " ";
      else if (n.is(NodeKind::Declaration) && !diagnostics.hasErrors()) names += n.child(0).text().str() + "." + n.child(1).text().str() + " ";
    }
    return names;
  }

  void define(const std::string& name, const std::string& text) {
    const auto before = definitions_;
    std::erase_if(definitions_, [&](const auto& d) { return d.first == name; });
    definitions_.emplace_back(name, text);
    if (!load(input_, false)) definitions_ = before;
  }

  void command(llvm::StringRef text) {
    auto [word, rest] = text.split(' ');
    rest = rest.trim();
    if (word == "quit" || word == "q") done_ = true;
    else if (word == "help" || word == "h") llvm::outs() << kHelp;
    else if (word == "reload") load(input_, true);
    else if (word == "type") type(rest.str());
    else if (word == "env") environment(rest.str());
    else if (word == "set") set(rest.str());
    else {
      const std::string near = source::nearest(word, {"type", "env", "set", "reload", "help", "quit"});
      complain(fmt::format("there is no command `:{}`", word.str()), near.empty() ? "`:help` lists them" : fmt::format("did you mean `:{}`?", near));
    }
  }

  void type(const std::string& expression) {
    if (expression.empty()) return complain(":type needs an expression", "");
    source::Diagnostics wrong;
    const auto name = lower::typeOf(session_->compiled, expression, wrong);
    if (name) llvm::outs() << *name << '\n';
    else failure(wrong);
  }

  void environment(const std::string& name) {
    lower::CompileInput next = input_;
    next.environment = name;
    next.load.environmentFile.clear();
    if (!name.empty()) {
      auto workspace = package::findWorkspace(next.load.folder);
      if (!workspace) return fault(workspace.takeError());
      auto file = package::environmentFile(*workspace, name);
      if (!file) return fault(file.takeError());
      next.load.environmentFile = *file;
    }
    load(std::move(next), false);
  }

  void set(const std::string& assignment) {
    auto pair = package::splitAssignment(assignment, ":set");
    if (!pair) return fault(pair.takeError());
    lower::CompileInput next = input_;
    next.load.params[pair->first] = {pair->second, ":set " + pair->first};
    load(std::move(next), false);
  }

  void fault(llvm::Error error) {
    failed_ = true;
    printError(std::move(error), terminal_);
  }
};

} // namespace

int runRepl(const Invocation& invocation) {
  const Terminal terminal = terminalFor(invocation);
  package::Workspace workspace;
  auto input = describeSpec(invocation, 0, workspace, invocation.get("--env"));
  if (!input && invocation.words.empty() && !invocation.has("--env")) {
    // Without a specification it is still a calculator.
    llvm::consumeError(input.takeError());
    llvm::SmallString<256> here;
    if (const std::error_code code = llvm::sys::fs::current_path(here)) return printError(llvm::errorCodeToError(code), terminal);
    input = lower::CompileInput{};
    input->load.workspaceRoot = input->load.folder = input->load.modulePath = here.str().str();
  }
  if (!input) return printError(input.takeError(), terminal);
  return Repl(std::move(*input), terminal).run(true);
}

} // namespace chasi::driver
