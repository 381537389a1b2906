#include "compiler/lsp/checks.h"

#include "compiler/lsp/settings.h"
#include "compiler/syntax/parse.h"

namespace chasi::lsp {

/// A burst of edits is compiled once: when nothing came for half as long as the last time took, and never longer than this.
static constexpr Milliseconds kLongestQuiet(50);
/// When nothing came for so long, modules that nobody has open are checked.
static constexpr Milliseconds kIdle(300);
/// What takes less is not told piece by piece.
static constexpr Milliseconds kSoon(20);

std::optional<Milliseconds> Checks::patience() const {
  if (!changed_.empty()) return quiet_;
  if (waiting_.empty()) return std::nullopt;
  return idle_ ? Milliseconds(0) : kIdle;
}

void Checks::publish(const std::string& path) {
  if (!pushes || path.empty() || path.front() != '/') return; // the standard library, parameters: no document of the client's
  json params = {{"uri", uriOf(path)}, {"diagnostics", session_.board.of(path)}};
  const auto& open = session_.documents.open;
  if (const auto at = open.find(path); at != open.end() && at->second.version) params["version"] = *at->second.version;
  notify_("textDocument/publishDiagnostics", std::move(params));
}

void Checks::tell(const std::string& module, Findings findings, std::set<std::string> anyway) {
  anyway.merge(session_.board.tell(module, std::move(findings)));
  for (const std::string& file : anyway) publish(file);
}

void Checks::wait(const std::string& path) {
  if (everything && !llvm::is_contained(waiting_, path)) waiting_.push_back(path);
}

bool Checks::isOfLibrary(const std::string& path) const { return session_.documents.library.has(path); }

void Checks::changed(const std::string& path) {
  if (path.empty() || isOfLibrary(path)) return;
  session_.documents.touch();
  changed_.insert(path);
  for (const auto& [reader, files] : reads_) {
    if (!files.contains(path)) continue;
    if (session_.documents.open.contains(reader)) changed_.insert(reader);
    else wait(reader);
  }
}

/// Where compiling takes a while, what cannot be read at all is told before.
void Checks::edited(const std::string& path, bool more) {
  changed(path);
  if (more || (compiled_ && quiet_ < kSoon) || isOfLibrary(path)) return;
  source::SourceSet sources;
  source::Diagnostics diagnostics;
  syntax::parse(sources, sources.add(path, session_.documents.open[path].text), diagnostics);
  const std::string module = diagnostics.hasErrors() ? session_.documents.nameOf(path) : "";
  if (module.empty()) return;
  json list = json::array();
  for (const source::Diagnostic& d : diagnostics.all()) list.push_back(diagnosticOf(session_, sources, d));
  session_.board.tell(module, path, std::move(list));
  publish(path);
}

void Checks::closed(const std::string& path) {
  const std::string module = session_.documents.nameOf(path);
  session_.documents.open.erase(path);
  if (isOfLibrary(path)) return;
  session_.documents.touch();
  changed_.erase(path);
  reads_.erase(path);
  for (const auto& [other, document] : session_.documents.open)
    if (session_.documents.nameOf(other) == module) return changed(other);
  std::set<std::string> gone = session_.board.forget(module);
  gone.insert(path);
  for (const std::string& file : gone) publish(file);
  for (const std::string& known : session_.documents.modules())
    if (session_.documents.nameOf(known) == module) wait(known);
}

void Checks::deleted(const std::string& path) {
  session_.board.drop(path);
  publish(path);
}

void Checks::again() {
  session_.documents.touch();
  session_.documents.forgetNames();
  std::set<std::string> names;
  for (const auto& [path, document] : session_.documents.open) {
    if (isOfLibrary(path)) continue;
    changed_.insert(path);
    names.insert(session_.documents.nameOf(path));
  }
  waiting_.clear();
  reads_.clear();
  if (everything)
    for (const std::string& module : session_.documents.modules()) {
      names.insert(session_.documents.nameOf(module));
      wait(module);
    }
  for (const std::string& module : session_.board.modules())
    if (!names.contains(module))
      for (const std::string& file : session_.board.forget(module)) publish(file);
}

void Checks::now() {
  const auto begin = std::chrono::steady_clock::now();
  const bool any = !changed_.empty();
  while (!changed_.empty()) {
    const std::string path = *changed_.begin();
    changed_.erase(changed_.begin());
    check(path);
  }
  compiled_ = compiled_ || any;
  if (any) quiet_ = std::min(kLongestQuiet, std::chrono::duration_cast<Milliseconds>(std::chrono::steady_clock::now() - begin) / 2);
}

static Findings findingsOf(const Session& session, const lower::Revision& revision) {
  Findings out;
  for (const source::Diagnostic& d : revision.diagnostics.all()) out[revision.sources.name(revision.sources.fileOf(d.span.begin)).str()].push_back(diagnosticOf(session, revision.sources, d));
  return out;
}

/// Files of a module, of what it imports, and of its environments, which use its names.
std::set<std::string> Checks::filesBehind(const std::string& module, const lower::Revision& revision) const {
  std::set<std::string> files;
  for (source::FileId i = 0; i < revision.sources.fileCount(); ++i) files.insert(revision.sources.name(i).str());
  if (auto input = session_.documents.inputFor(module)) {
    for (const auto& [name, file] : (*input)->load.environments) files.insert(file);
  } else {
    llvm::consumeError(input.takeError());
  }
  return files;
}

void Checks::check(const std::string& path) {
  const auto begin = std::chrono::steady_clock::now();
  auto edited = session_.documents.compile(path, [&](const lower::Revision& checked) {
    if (std::chrono::steady_clock::now() - begin < kSoon) return; // the rest will be there as soon
    session_.board.tell(session_.documents.nameOf(path), path, findingsOf(session_, checked)[path]);
    publish(path);
  });
  if (!edited) return notify_("window/logMessage", {{"type", 1}, {"message", llvm::toString(edited.takeError())}});
  const lower::Revision revision = (*edited)->revisions.current();
  Findings findings = findingsOf(session_, revision);
  std::set<std::string> told = {path};
  reads_[path] = filesBehind(path, revision);
  for (source::FileId i = 0; i < revision.sources.fileCount(); ++i) { // files of the same module have been checked along
    const std::string file = revision.sources.name(i).str();
    if (changed_.contains(file) && session_.documents.nameOf(file) == (*edited)->name) {
      changed_.erase(file);
      told.insert(file);
    }
    if (!session_.documents.open.contains(file)) continue;
    if (session_.documents.nameOf(file) != (*edited)->name) continue; // an environment that is open beside takes other branches
    json& list = findings.try_emplace(file, json::array()).first->second;
    addInactive(session_, revision, file, list);
    if (!list.empty()) told.insert(file);
  }
  session_.documents.complain(kSettings + (*edited)->name, settingsMistakes(revision));
  tell((*edited)->name, std::move(findings), told);
  for (const std::string& file : told)
    if (session_.documents.open.contains(file)) notify_("chasi/renderChanged", {{"uri", uriOf(file)}});
  (*edited)->revisions.tidy();
}

/// One module that nobody has open. One that is being edited is checked with each edit anyway.
void Checks::checkWaiting() {
  const std::string module = waiting_.front();
  waiting_.pop_front();
  const std::string name = session_.documents.nameOf(module);
  if (name.empty() || llvm::any_of(session_.documents.open, [&](const auto& o) { return session_.documents.nameOf(o.first) == name; })) return;
  session_.documents.glance(module, [&](const lower::Revision& revision) {
    reads_[module] = filesBehind(module, revision);
    tell(name, findingsOf(session_, revision));
  });
}

void Checks::all() {
  now();
  while (!waiting_.empty() && !session_.stop()) checkWaiting();
}

void Checks::idle() {
  if (!changed_.empty()) return now();
  if (waiting_.empty()) return;
  checkWaiting();
  idle_ = true;
}

} // namespace chasi::lsp
