#include "compiler/driver/fixing.h"

#include "compiler/driver/spec.h"
#include "compiler/lint/lint.h"
#include "compiler/syntax/format.h"
#include "compiler/syntax/parse.h"

#include <llvm/Support/FileSystem.h>
#include <llvm/Support/MemoryBuffer.h>
#include <llvm/Support/Path.h>

#include <set>

namespace chasi::driver {

namespace {

using source::Code;
using source::Diagnostic;

/// One mended mistake can uncover the next; more rounds than this are not a chain but a circle.
constexpr int kRounds = 10;

struct Change {
  uint32_t begin, end; ///< bytes of the file
  std::string text;
  auto operator<=>(const Change&) const = default;
};
using Changes = std::map<std::string, std::set<Change>>;

size_t syntaxErrors(const std::string& text) {
  source::SourceSet sources;
  source::Diagnostics diagnostics;
  syntax::parse(sources, sources.add("", text), diagnostics);
  return diagnostics.errorCount();
}

/// What a run over all modules found.
struct Findings {
  std::set<std::string> errors; ///< each once, although several modules may import its file
  Changes changes;
  std::map<std::string, size_t> read; ///< how many times each file was, as part of one module or another, in one environment or another
  std::map<std::pair<std::string, Change>, size_t> unused; ///< imports, and in how many of those runs nothing used them

  /// One may be used in another environment.
  void addUnused() {
    for (const auto& [import, times] : unused)
      if (times == read[import.first]) changes[import.first].insert(import.second);
  }
};

class Fixer {
public:
  Fixer(std::string root, bool suggestions) : root_(std::move(root)), suggestions_(suggestions) {}

  llvm::Expected<FixResult> run() {
    folders_ = package::moduleFolders(root_);
    addWorkspaceFile();
    auto found = look();
    if (!found) return found.takeError();
    for (int round = 0; round < kRounds && !found->changes.empty(); ++round) {
      const auto before = texts_;
      const size_t applied = apply(found->changes);
      if (applied == 0) break;
      auto next = look();
      if (!next) return next.takeError();
      if (next->errors.size() > found->errors.size()) {
        texts_ = before;
        break;
      }
      out_.fixes += applied;
      found = std::move(next);
    }
    out_.left = found->errors.size();
    format();
    return std::move(out_);
  }

private:
  const std::string root_;
  const bool suggestions_;
  std::vector<std::string> folders_;
  std::map<std::string, std::string> texts_;  ///< as they are now, by name
  std::map<std::string, std::string> before_; ///< as they were
  FixResult out_;

  /// A workspace without workspace.chasi gets one.
  void addWorkspaceFile() {
    llvm::SmallString<256> file(root_), here;
    llvm::sys::path::append(file, "workspace.chasi");
    if (llvm::sys::fs::exists(file) || folders_.empty()) return;
    const std::string name = llvm::sys::fs::current_path(here) ? file.str().str() : package::relativePath(here, file);
    texts_[name] = sema::editionLine();
    before_[name] = "";
    ++out_.fixes;
  }

  llvm::Expected<Findings> look() {
    Findings out;
    for (const std::string& folder : folders_) {
      auto input = inputForFolder(folder);
      if (!input) return input.takeError();
      input->load.overlay = texts_;
      input->operations = false;
      compile(*input, out);
      auto workspace = package::findWorkspace(folder);
      if (!workspace) return workspace.takeError();
      for (const auto& [name, file] : workspace->environments) {
        if (!belongs(file, folder)) continue;
        input->load.environmentFile = file;
        input->environment = name;
        compile(*input, out);
      }
    }
    out.addUnused();
    return out;
  }

  /// An environment is for the module beside it; only where there is none, for every module below.
  bool belongs(llvm::StringRef environment, const std::string& folder) const {
    const llvm::StringRef beside = llvm::sys::path::parent_path(llvm::sys::path::parent_path(environment));
    return beside == folder || !llvm::is_contained(folders_, beside);
  }

  void compile(const lower::CompileInput& input, Findings& out) {
    source::SourceSet sources;
    source::Diagnostics diagnostics;
    const lower::Compiled compiled = lower::compile(sources, diagnostics, input);
    if (!diagnostics.hasErrors() && !lint::isAllowed(lint::workspaceSettings(*compiled.program), Code::UnusedImport)) lint::runOnNames(*compiled.program, input.load);
    for (source::FileId id = 0; id < sources.fileCount(); ++id) {
      if (!mine(sources, id, *compiled.program)) continue;
      before_.try_emplace(sources.name(id).str(), sources.text(id).str());
      ++out.read[sources.name(id).str()];
    }
    for (const Diagnostic& d : diagnostics.all()) {
      const auto place = sources.position(d.span.begin);
      const std::string file = sources.name(sources.fileOf(d.span.begin)).str();
      // Values that only a command line gives are missing here, and no file is wrong because of that.
      if (d.severity == source::Severity::Error && d.code != Code::MissingParam) out.errors.insert(fmt::format("{}:{}:{}: {}", file, place.line, place.column, d.message));
      for (const source::Fix& fix : d.fixes) {
        if ((!fix.sure && !suggestions_) || lint::isForPeople(d.code)) continue;
        if (!llvm::all_of(fix.edits, [&](const source::Edit& e) { return mine(sources, sources.fileOf(e.span.begin), *compiled.program); })) continue;
        for (const source::Edit& e : fix.edits) {
          const source::FileId id = sources.fileOf(e.span.begin);
          const Change change{e.span.begin - sources.base(id), e.span.end - sources.base(id), e.text};
          if (d.code == Code::UnusedImport) ++out.unused[{sources.name(id).str(), change}];
          else out.changes[sources.name(id).str()].insert(change);
        }
        break; // the first is the likeliest
      }
    }
  }

  /// A file that people of this workspace wrote: not of the standard library, of a package, or made up for a parameter.
  static bool mine(const source::SourceSet& sources, source::FileId id, const sema::Program& program) {
    const llvm::StringRef name = sources.name(id);
    return name.ends_with(".chasi") && !name.starts_with("std/") && !program.packageRoots.contains(id);
  }

  /// Changes that overlap wait for the next round. A file that would parse worse stays as it is.
  size_t apply(const Changes& changes) {
    size_t applied = 0;
    for (const auto& [name, set] : changes) {
      const std::string& now = texts_.contains(name) ? texts_[name] : before_[name];
      std::string next;
      uint32_t at = 0;
      size_t count = 0;
      const Change* last = nullptr;
      for (const Change& c : set) {
        if (last && c.begin < last->end) continue;
        if (last && c.begin == last->begin && c.end == last->end) continue; // two ways to mend one place
        next += now.substr(at, c.begin - at) + c.text;
        at = c.end;
        last = &c;
        ++count;
      }
      next += now.substr(at);
      if (next == now || syntaxErrors(next) > syntaxErrors(now)) continue;
      texts_[name] = std::move(next);
      applied += count;
    }
    return applied;
  }

  void format() {
    for (const auto& [name, before] : before_) {
      std::string text = texts_.contains(name) ? texts_[name] : before;
      const bool fixed = text != before;
      if (syntaxErrors(text) == 0) {
        source::SourceSet sources;
        source::Diagnostics diagnostics;
        text = syntax::format(syntax::parse(sources, sources.add(name, text), diagnostics));
      }
      if (text == before) continue;
      out_.files[name].before = before;
      out_.files[name].after = std::move(text);
      if (!fixed) ++out_.formatted;
    }
  }
};

} // namespace

llvm::Expected<FixResult> fixWorkspace(const std::string& root, bool suggestions) { return Fixer(root, suggestions).run(); }

} // namespace chasi::driver
