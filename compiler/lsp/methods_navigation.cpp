// Hover, definition, references, rename.
#include "compiler/lsp/feature_hover.h"
#include "compiler/lsp/feature_rename.h"
#include "compiler/lsp/methods.h"

#include <llvm/ADT/DenseSet.h>

namespace chasi::lsp {

namespace {

Answer hoverAt(Session& session, const json& params) {
  const auto at = placeOf(session, params);
  const auto found = at ? hover(at->snapshot, at->address) : std::nullopt;
  if (!found) return json();
  return json{{"contents", {{"kind", "markdown"}, {"value", found->markdown}}}, {"range", toRange(at->snapshot.sources(), found->span, session.encoding)}};
}

Answer definitionAt(Session& session, const json& params, bool ofType) {
  const auto at = placeOf(session, params);
  const auto use = at ? useAt(at->snapshot, at->address) : std::nullopt;
  if (!use) return json();
  // From an import the way leads into the module.
  if (!ofType && use->kind == sema::Use::Symbol && use->symbol->kind == sema::SymbolKind::Import && use->declares && use->symbol->target && !use->symbol->target->files.empty()) {
    const uint32_t begin = at->snapshot.sources().base(use->symbol->target->files.front().id);
    return locationOf(session, at->snapshot.sources(), {begin, begin});
  }
  return locationOf(session, at->snapshot.sources(), ofType ? typeDeclarationOf(at->snapshot, *use) : declarationOf(at->snapshot, *use));
}

/// A place in terms that hold for every module: the file, and offsets in it.
struct Place {
  std::string file;
  uint32_t offset = 0;
};

Place placeIn(const source::SourceSet& sources, source::Span span) {
  const source::FileId file = sources.fileOf(span.begin);
  return {sources.name(file).str(), span.begin - sources.base(file)};
}

/// Places that several programs have are told once.
class Seen {
public:
  bool isNew(const source::SourceSet& sources, source::Span span) {
    const source::FileId file = sources.fileOf(span.begin);
    return places_[sources.name(file)].insert(span.begin - sources.base(file)).second;
  }

private:
  llvm::StringMap<llvm::DenseSet<uint32_t>> places_;
};

/// Where in another program the same declaration stands; what stands there.
std::optional<sema::Use> sameIn(const Snapshot& other, const Place& place) {
  const auto file = fileNamed(other.sources(), place.file);
  if (!file) return std::nullopt;
  Snapshot there = other;
  there.file = *file;
  return useAt(there, other.sources().base(*file) + place.offset);
}

/// What stands in the standard library is used by what is open, and by the other modules of those workspaces.
void eachUser(Session& session, const Place& place, llvm::StringRef word, llvm::function_ref<void(const Snapshot&, const sema::Use&)> show) {
  std::vector<std::string> paths;
  for (const auto& [path, document] : session.documents.open)
    if (!session.documents.library.has(path)) paths.push_back(path);
  std::set<std::string> roots;
  const auto known = [&](const Snapshot& s) {
    if (const auto same = session.stop() ? std::nullopt : sameIn(s, place)) show(s, *same);
  };
  for (const std::string& path : paths) {
    const auto own = session.documents.snapshot(path);
    if (!own || !roots.insert(own->program().workspaceRoot).second) continue;
    known(*own);
    session.documents.others(path, word, known);
  }
}

bool isOfLibrary(const source::SourceSet& sources, source::Span span) { return !sources.name(sources.fileOf(span.begin)).starts_with("/"); }

Answer referencesAt(Session& session, const json& params) {
  const auto at = placeOf(session, params);
  const auto use = at ? useAt(at->snapshot, at->address) : std::nullopt;
  if (!use) return json();
  const bool withDeclaration = params.value("/context/includeDeclaration"_json_pointer, true);
  const bool inLibrary = session.documents.library.has(documentPath(params));
  json list = json::array();
  Seen seen;
  eachProgram(session, *at, documentPath(params), *use, [&](const Snapshot& s, const sema::Use& same) {
    const source::Span declaration = declarationOf(s, same);
    for (const source::Span place : placesOf(s, declaration)) {
      if ((!withDeclaration && place == declaration) || !seen.isNew(s.sources(), place)) continue;
      // A program of the user's checks of the library what it uses, and places in it would depend on that.
      const bool complete = inLibrary && &s == &at->snapshot;
      if (place != declaration && !complete && isOfLibrary(s.sources(), place)) continue;
      json where = locationOf(session, s.sources(), place);
      if (!where.is_null()) list.push_back(std::move(where));
    }
  });
  if (session.stop()) return Failure{kRequestCancelled, "the request was taken back"};
  return list;
}

Answer highlightsAt(Session& session, const json& params) {
  const auto at = placeOf(session, params);
  const auto use = at ? useAt(at->snapshot, at->address) : std::nullopt;
  if (!use) return json();
  json list = json::array();
  const source::Span declaration = declarationOf(at->snapshot, *use);
  for (const source::Span place : placesOf(at->snapshot, declaration))
    if (at->snapshot.sources().fileOf(place.begin) == at->snapshot.file) list.push_back({{"range", toRange(at->snapshot.sources(), place, session.encoding)}, {"kind", place == declaration ? 3 : 2}});
  return list;
}

Answer prepareRename(Session& session, const json& params) {
  const auto at = placeOf(session, params);
  const auto use = at ? useAt(at->snapshot, at->address) : std::nullopt;
  if (!use) return json();
  if (const std::string why = refusal(at->snapshot, *use, ""); !why.empty()) return Failure{kRequestFailed, why};
  return toRange(at->snapshot.sources(), use->at, session.encoding);
}

Answer renameAt(Session& session, const json& params) {
  const auto at = placeOf(session, params);
  const auto use = at ? useAt(at->snapshot, at->address) : std::nullopt;
  if (!use) return Failure{kRequestFailed, "there is no name here"};
  const std::string name = textAt(params, "/newName");
  if (name.empty()) return Failure{kInvalidParams, "a new name is needed"};
  std::string why = refusal(at->snapshot, *use, name);
  if (!why.empty()) return Failure{kRequestFailed, why};
  Seen seen;
  json changes = json::object();
  eachProgram(session, *at, documentPath(params), *use, [&](const Snapshot& s, const sema::Use& same) {
    if (why.empty()) why = refusal(s, same, name);
    std::vector<source::Edit> edits = why.empty() ? rename(s, same, name) : std::vector<source::Edit>();
    std::erase_if(edits, [&](const source::Edit& e) { return !seen.isNew(s.sources(), e.span); });
    json edit = workspaceEdit(session, s.sources(), edits);
    for (auto& [uri, list] : edit["changes"].items())
      for (json& e : list) changes[uri].push_back(std::move(e));
  });
  if (!why.empty()) return Failure{kRequestFailed, why};
  return json{{"changes", std::move(changes)}};
}

} // namespace

// A local name is known in its own program only.
void eachProgram(Session& session, const At& at, const std::string& path, const sema::Use& use, llvm::function_ref<void(const Snapshot&, const sema::Use&)> show) {
  show(at.snapshot, use);
  const source::Span declaration = declarationOf(at.snapshot, use);
  if (use.kind == sema::Use::Local || !declaration.valid()) return;
  const Place place = placeIn(at.snapshot.sources(), declaration);
  const llvm::StringRef word = at.snapshot.sources().text(use.at);
  if (session.documents.library.has(path)) return eachUser(session, place, word, show);
  if (!isOwn(at.snapshot.program(), declaration)) return;
  session.documents.others(path, word, [&](const Snapshot& other) {
    if (const auto same = session.stop() ? std::nullopt : sameIn(other, place)) show(other, *same);
  });
}

void addNavigation(Methods& methods) {
  methods["textDocument/hover"] = {hoverAt};
  methods["textDocument/definition"] = {[](Session& s, const json& p) { return definitionAt(s, p, false); }};
  methods["textDocument/typeDefinition"] = {[](Session& s, const json& p) { return definitionAt(s, p, true); }};
  methods["textDocument/references"] = {referencesAt};
  methods["textDocument/documentHighlight"] = {highlightsAt};
  methods["textDocument/prepareRename"] = {prepareRename};
  methods["textDocument/rename"] = {renameAt};
}

} // namespace chasi::lsp
