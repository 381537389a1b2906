#include "compiler/lower/revisions.h"

#include "compiler/lower/kept.h"
#include "compiler/lower/stack.h"
#include "compiler/sema/consequences.h"
#include "compiler/sema/file_text.h"
#include "compiler/sema/recheck.h"

#include <llvm/Support/FileSystem.h>
#include <llvm/Support/Path.h>

#include <set>

namespace chasi::lower {

using source::Diagnostic;

/// One specification, compiled from the beginning once and then edit by edit.
struct Revisions::State {
  State(const CompileInput& input, bool keeps) : input_(input), program(sources, diagnostics), evaluator(program) {
    program.uses = &uses;
    if (!keeps) return;
    sources.leaveRoom();
    evaluator.keep(reads_);
  }

  CompileInput input_;
  source::SourceSet sources;
  source::Diagnostics diagnostics;
  sema::Uses uses;
  sema::Program program;
  eval::Reads reads_;
  eval::Evaluator evaluator;
  KeptOperations kept_;
  bool reusable = false;
  size_t size_ = 0; ///< bytes of the arena when everything had been compiled

  void first(llvm::function_ref<void()> checked);
  bool again(const CompileInput& input);
  bool overgrown() const { return program.arena.getBytesAllocated() > 2 * size_ + kSlack; }

private:
  static constexpr size_t kSlack = 4u << 20;
  std::map<source::FileId, uint32_t> wrong_; ///< files with errors that reading and checking found, and the first place
  std::vector<Diagnostic> remarks_;    ///< what else they found: warnings, and what is wrong with `constants`
  bool wrongElsewhere_ = false;

  const sema::Module* workspace() const {
    const auto at = program.modules.find("(workspace)");
    return at == program.modules.end() ? nullptr : at->second.get();
  }
  /// Modules whose files are never read again one by one: workspace.chasi and the environment.
  std::vector<const sema::Module*> constants() const {
    std::vector<const sema::Module*> all(program.layers.begin(), program.layers.end());
    if (const sema::Module* settings = workspace()) all.push_back(settings);
    return all;
  }
  bool isPlain();
  void sortOut();
  bool sameInput(const CompileInput& input);
  bool sameFolders();
  bool changes(std::vector<sema::Reread>& rereads);
  std::optional<bool> readAgain(const sema::File& file, std::string& text);
  bool remember(llvm::ArrayRef<sema::Reread> rereads);
  bool evaluate();
  void finish() {
    sema::dropConsequences(program);
    diagnostics.sort();
  }
};

/// Nothing but files of the workspace decides what comes of it, and the environment and parameters, which stay the same.
bool Revisions::State::isPlain() {
  const sema::LoadInput& load = input_.load;
  constexpr size_t kFewTypes = 4000; // made of generic schemas; how many there may be is counted from the beginning of a check
  if (program.instances.size() > kFewTypes) return false;
  if (load.test || !input_.operations || !input_.policies) return false;
  std::set<const sema::Module*> known;
  for (const sema::Module* m : constants()) known.insert(m);
  for (const sema::Module* m : sema::userModules(program)) known.insert(m);
  for (const auto& [name, module] : program.modules)
    if (!module->package.empty() || (!module->library && !known.contains(module.get()))) return false;
  const sema::Module* file = workspace();
  if (!file || file->files.empty()) return !file;
  for (syntax::NodeRef n : file->files.front().tree->root().children())
    if (!n.is(syntax::NodeKind::Edition) && !n.is(syntax::NodeKind::SetParam)) return false; // a package, or packages that it requires
  return true;
}

/// What reading and checking found. A file with an error is checked again with the next edit; the rest is told again.
void Revisions::State::sortOut() {
  wrong_.clear();
  remarks_.clear();
  wrongElsewhere_ = false;
  std::set<source::FileId> own, constant;
  for (const auto& [name, module] : program.modules)
    for (const sema::File& f : module->files)
      if (!module->library) own.insert(f.id);
  for (const sema::Module* m : constants())
    for (const sema::File& f : m->files) constant.insert(f.id);
  for (const Diagnostic& d : diagnostics.all()) {
    const source::FileId file = sources.fileOf(d.span.begin);
    if (!own.contains(file)) wrongElsewhere_ = true;
    else if (constant.contains(file) || d.severity != source::Severity::Error) remarks_.push_back(d);
    else wrong_.try_emplace(file, d.span.begin).first->second = std::min(wrong_[file], d.span.begin);
  }
  for (const source::FileId file : program.guessed) {
    wrong_[file] = 0;
    wrongElsewhere_ = wrongElsewhere_ || constant.contains(file);
  }
}

bool Revisions::State::evaluate() {
  std::vector<sema::Record*> renewed;
  for (sema::Record* r : evaluator.declarations()) {
    if (r->forced) continue;
    renewed.push_back(r);
    evaluator.force(*r);
  }
  for (const sema::Module* m : sema::userModules(program))
    for (sema::Symbol* s : m->order)
      if (s->kind == sema::SymbolKind::Let || s->kind == sema::SymbolKind::Param) evaluator.forceValue(evaluator.evaluateSymbol(*s));
  const bool alone = !input_.operations || kept_.lower(program, evaluator, input_.pins, renewed);
  if (input_.policies && input_.operations) evaluator.runPolicies(input_.date);
  return alone;
}

void Revisions::State::first(llvm::function_ref<void()> checked) {
  withLargeStack([&] {
    sema::load(program, input_.load);
    sortOut();
    if (checked) {
      const source::Diagnostics all = diagnostics; // what follows from what is not known yet
      finish();
      checked();
      diagnostics = all;
    }
    evaluator.declare();
    const bool alone = evaluate();
    reusable = alone && isPlain() && !wrongElsewhere_ && evaluator.settled();
  });
  finish();
  size_ = program.arena.getBytesAllocated();
}

bool Revisions::State::sameInput(const CompileInput& input) {
  const sema::LoadInput &a = input_.load, &b = input.load;
  return a.workspaceRoot == b.workspaceRoot && a.folder == b.folder && a.files == b.files && a.environments == b.environments && a.environmentFile == b.environmentFile && !b.test &&
         a.params == b.params && input.operations == input_.operations && input.policies == input_.policies;
}

/// Modules have the files that they had, and workspace.chasi is there if it was.
bool Revisions::State::sameFolders() {
  for (const sema::Module* m : sema::userModules(program)) {
    if (m == program.root) continue; // its files were named
    std::set<std::string> before, now;
    for (const sema::File& f : m->files) before.insert(llvm::sys::path::filename(sources.name(f.id)).str());
    std::error_code code;
    for (llvm::sys::fs::directory_iterator it(m->folder, code), end; it != end && !code; it.increment(code))
      if (sema::isOfModule(*it)) now.insert(llvm::sys::path::filename(it->path()).str());
    if (code || before != now) return false;
  }
  if (workspace() || program.workspaceRoot.empty()) return true;
  llvm::SmallString<256> name(program.workspaceRoot);
  llvm::sys::path::append(name, "workspace.chasi");
  return !llvm::sys::fs::exists(name) && !input_.load.overlay.contains(name.str().str());
}

/// Whether a file has another text now, which is then in `text`; nothing when it cannot be read.
std::optional<bool> Revisions::State::readAgain(const sema::File& file, std::string& text) {
  const std::string name = sources.name(file.id).str();
  const llvm::StringRef before = sources.text(file.id);
  bool other = false;
  const bool readable = sema::withText(input_.load, name, [&](llvm::StringRef now) {
    other = now != before;
    if (other) text = now.str();
  });
  return readable ? std::optional(other) : std::nullopt;
}

/// Files with other texts, and those to be checked again for their mistakes. False when one of them decides more than its own contents.
bool Revisions::State::changes(std::vector<sema::Reread>& rereads) {
  std::string text;
  for (const sema::Module* m : constants())
    for (const sema::File& f : m->files)
      if (readAgain(f, text) != std::optional(false)) return false;
  for (sema::Module* m : sema::userModules(program))
    for (size_t i = 0; i < m->files.size(); ++i) {
      const sema::File& file = m->files[i];
      if (file.madeUp) continue;
      const std::optional<bool> changed = readAgain(file, text);
      if (!changed) return false;
      const auto wrong = wrong_.find(file.id);
      if (!*changed && wrong == wrong_.end()) continue;
      rereads.push_back({m, i, *changed ? text : sources.text(file.id).str(), wrong == wrong_.end() ? UINT32_MAX : wrong->second});
    }
  return true;
}

/// Tells again what was said about files that are still the same. False when it points into others.
bool Revisions::State::remember(llvm::ArrayRef<sema::Reread> rereads) {
  const auto points = [&](source::Span span) {
    return span.valid() && llvm::any_of(rereads, [&](const sema::Reread& r) { return span.begin >= r.from && sources.fileOf(span.begin) == r.module->files[r.file].id; });
  };
  source::Diagnostics again;
  for (const Diagnostic& d : remarks_) {
    if (points(d.span)) continue;
    for (const source::Label& l : d.labels)
      if (points(l.span)) return false;
    Diagnostic& copy = again.report(d.code, d.span, d.message);
    copy = d;
  }
  diagnostics = std::move(again);
  return true;
}

bool Revisions::State::again(const CompileInput& input) {
  if (!reusable || !sameInput(input)) return false;
  input_ = input;
  reusable = false; // until this edit has been taken in
  withLargeStack([&] {
    std::vector<sema::Reread> rereads;
    if (!sameFolders() || !changes(rereads)) return;
    if (!sema::recheck(program, rereads, input.load.known, [&] { return remember(rereads); })) return;
    sortOut();
    std::vector<eval::Evaluator::Change> changed;
    for (const sema::Reread& r : rereads) changed.push_back({{r.module, r.file}, r.from, r.keptItems});
    reusable = !wrongElsewhere_ && evaluator.redeclare(changed) && evaluate() && evaluator.settled();
  });
  if (!reusable) return false;
  finish();
  return true;
}

Revisions::Revisions() = default;
Revisions::~Revisions() = default;
Revisions::Revisions(Revisions&&) noexcept = default;
Revisions& Revisions::operator=(Revisions&&) noexcept = default;

Revision Revisions::compile(const CompileInput& input, Show checked) {
  if (!state_ || !state_->again(input)) {
    former_ = std::move(state_);
    start(input, checked);
  }
  return current();
}

Revision Revisions::current() { return {state_->sources, state_->diagnostics, state_->program, state_->evaluator, state_->uses, number_}; }

void Revisions::tidy() {
  former_.reset();
  if (!state_ || !state_->overgrown()) return;
  start(CompileInput(state_->input_), nullptr);
}

void Revisions::start(const CompileInput& input, Show checked) {
  ++number_;
  state_ = std::make_unique<State>(input, keeps_);
  state_->first([&] {
    if (checked) checked(current());
  });
  if (!keeps_ || !state_->evaluator.stopped()) return;
  // While a record is kept, the budget for depth is a smaller one.
  state_ = std::make_unique<State>(input, false);
  state_->first(nullptr);
  keeps_ = state_->evaluator.stopped(); // else values wait for each other so deeply that there is no use in it
}

} // namespace chasi::lower
