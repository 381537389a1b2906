// Completion, signatures, code actions, formatting.
#include "compiler/lsp/feature_actions.h"
#include "compiler/lsp/feature_completion.h"
#include "compiler/lsp/feature_components.h"
#include "compiler/lsp/image_texts.h"
#include "compiler/lsp/methods.h"
#include "compiler/source/line_diff.h"
#include "compiler/syntax/format.h"
#include "compiler/syntax/parse.h"

#include <llvm/Support/Path.h>

namespace chasi::lsp {

namespace {

/// What takes the place of the raw objects at a position.
llvm::Expected<json> componentsAt(Session& session, const std::string& path, const json& position) {
  auto input = session.documents.inputFor(path);
  if (!input) return input.takeError();
  const auto snapshot = session.documents.snapshot(path);
  if (!snapshot) return llvm::createStringError("the file belongs to no module");
  auto edit = madeComponents(*snapshot, **input, snapshot->base() + offsetOf(snapshot->text(), position, session.encoding), session.documents.host());
  if (!edit) return edit.takeError();
  return workspaceEdit(session, snapshot->sources(), *edit);
}

/// It takes compiling the module several times: a client that can ask again does so when somebody wants it.
void offerComponents(Session& session, const std::string& path, const json& position, json& list) {
  json item = {{"title", "convert to a component"}, {"kind", "refactor.rewrite"}};
  if (session.resolvesEdits) {
    item["data"] = {{"components", true}, {"path", path}, {"position", position}};
  } else {
    auto edit = componentsAt(session, path, position);
    if (!edit) return llvm::consumeError(edit.takeError()); // not offered
    item["edit"] = std::move(*edit);
  }
  list.push_back(std::move(item));
}

Answer resolveAction(Session& session, const json& params) {
  json item = params;
  if (!params.contains("/data/components"_json_pointer)) return item;
  auto edit = componentsAt(session, textAt(params, "/data/path"), params["data"].value("position", json()));
  if (!edit) return Failure{kRequestFailed, fmt::format("this stays as it is: {}", llvm::toString(edit.takeError()))};
  item["edit"] = std::move(*edit);
  return item;
}

Answer codeActions(Session& session, const json& params) {
  const std::string path = documentPath(params);
  const auto snapshot = session.documents.snapshot(path);
  if (!snapshot || !params.contains("range")) return json();
  const json range = params["range"];
  const uint32_t begin = snapshot->base() + offsetOf(snapshot->text(), range.value("start", json()), session.encoding);
  const uint32_t end = snapshot->base() + offsetOf(snapshot->text(), range.value("end", json()), session.encoding);
  const json only = params.value("/context/only"_json_pointer, json::array());
  const auto wanted = [&](llvm::StringRef kind) { return only.empty() || llvm::any_of(only, [&](const json& o) { return o.is_string() && kind.starts_with(o.get<std::string>()); }); };
  json list = json::array();
  for (const Action& a : actions(*snapshot, {begin, std::max(begin, end)})) {
    if (!wanted(a.kind)) continue;
    json item = {{"title", a.title}, {"kind", a.kind}, {"edit", workspaceEdit(session, snapshot->sources(), a.edits)}};
    if (a.preferred) item["isPreferred"] = true;
    if (a.fixes) item["diagnostics"] = {diagnosticOf(session, snapshot->sources(), *a.fixes)};
    list.push_back(std::move(item));
  }
  if (wanted("refactor.rewrite") && session.documents.host().componentsOf && rawWorkloads(*snapshot, begin)) offerComponents(session, path, range.value("start", json()), list);
  return list;
}

using Lines = std::pair<uint64_t, uint64_t>; ///< the first and the last one

/// Where the lines before and after have the same number, each is an edit of its own: a neighbour that is not asked about stays as it is.
void addEdits(uint64_t first, llvm::ArrayRef<source::DiffLine> changed, const std::optional<Lines>& asked, const json& end, json& edits) {
  std::vector<std::string> olds, news;
  for (const source::DiffLine& l : changed) (l.mark == '-' ? olds : news).push_back(l.text.str());
  const auto add = [&](uint64_t from, uint64_t count, const std::string& put) {
    const uint64_t last = from + std::max<uint64_t>(1, count) - 1;
    if (asked && (from > asked->second || last < asked->first)) return;
    const json behind = from + count > end["line"].get<uint64_t>() ? end : json{{"line", from + count}, {"character", 0}}; // a last line without a line break
    edits.push_back({{"range", {{"start", {{"line", from}, {"character", 0}}}, {"end", behind}}}, {"newText", put}});
  };
  if (olds.size() == news.size())
    for (size_t i = 0; i < olds.size(); ++i) add(first + i, 1, news[i]);
  else add(first, olds.size(), fmt::format("{}", fmt::join(news, "")));
}

/// The one layout of a text as replacements of those lines that differ; of no others than those that are asked about.
json layoutEdits(const Session& session, const source::SourceSet& sources, const syntax::Tree& tree, const std::optional<Lines>& asked) {
  const uint32_t last = tree.base() + static_cast<uint32_t>(tree.text().size());
  const json behind = toRange(sources, {last, last}, session.encoding)["end"];
  const std::string after = syntax::format(tree);
  const auto compared = source::compareLines(source::linesOf(tree.text()), source::linesOf(after));
  json edits = json::array();
  uint64_t line = 0; // of the text as it is
  for (size_t i = 0; i < compared.size();) {
    size_t end = i;
    while (end < compared.size() && compared[end].mark != ' ') ++end;
    const auto changed = llvm::ArrayRef(compared).slice(i, end - i);
    addEdits(line, changed, asked, behind, edits);
    line += static_cast<uint64_t>(llvm::count_if(changed, [](const source::DiffLine& l) { return l.mark == '-'; })) + (end < compared.size());
    i = end + 1;
  }
  return edits;
}

/// The text of an open document that can be read.
struct Readable {
  source::SourceSet sources;
  std::optional<syntax::Tree> tree;

  Readable(const Session& session, const json& params) {
    const auto it = session.documents.open.find(documentPath(params));
    if (it == session.documents.open.end()) return;
    source::Diagnostics diagnostics;
    tree.emplace(syntax::parse(sources, sources.add(it->first, it->second.text), diagnostics));
    if (diagnostics.hasErrors()) tree.reset(); // what cannot be read is left alone
  }
};

uint64_t lineAt(const json& params, const char* pointer) {
  const json line = params.value(json::json_pointer(pointer), json());
  return line.is_number_unsigned() ? line.get<uint64_t>() : 0;
}

Answer formatFile(Session& session, const json& params) {
  const Readable text(session, params);
  return text.tree ? layoutEdits(session, text.sources, *text.tree, std::nullopt) : json::array();
}

Answer formatRange(Session& session, const json& params) {
  const Readable text(session, params);
  return text.tree ? layoutEdits(session, text.sources, *text.tree, Lines(lineAt(params, "/range/start/line"), lineAt(params, "/range/end/line"))) : json::array();
}

/// What the bracket closes that was typed.
Answer formatTyped(Session& session, const json& params) {
  const Readable text(session, params);
  if (!text.tree || !params.contains("position")) return json::array();
  const uint32_t here = text.tree->base() + offsetOf(text.tree->text(), params["position"], session.encoding);
  for (const syntax::NodeRef n : nodesAt(*text.tree, here))
    if (n.span().end == here && text.tree->text().substr(here - text.tree->base() - 1, 1) == "}")
      return layoutEdits(session, text.sources, *text.tree, Lines(text.sources.position(n.span().begin).line - 1, text.sources.position(here).line - 1));
  return json::array();
}

json itemOf(const Session& session, const Completion& found, const Candidate& c, size_t number, const std::string& path) {
  json item = {{"label", c.label}, {"kind", c.kind}, {"sortText", fmt::format("{}{:05}", c.rank, number)}, {"data", {{"path", path}, {"of", c.of}, {"name", c.label}}}};
  if (!c.detail.empty()) item["detail"] = c.detail;
  const bool snippet = session.snippets && !c.snippet.empty();
  if (snippet) item["insertTextFormat"] = 2;
  item["textEdit"] = {{"range", toRange(found.sources, found.replaced, session.encoding)}, {"newText", snippet ? c.snippet : c.insert}};
  if (c.import) item["additionalTextEdits"] = {{{"range", toRange(found.sources, {c.import->span.begin, c.import->span.end}, session.encoding)}, {"newText", c.import->text}}};
  if (c.deprecated) item["tags"] = {1};
  return item;
}

/// What the lock has, and what is written elsewhere in the workspace; `now` is the text around the cursor, which is no choice.
std::vector<ImageChoice> imagesFor(Session& session, const std::string& path, const std::set<std::string>& fields, llvm::StringRef now) {
  std::vector<ImageChoice> out;
  std::set<std::string> seen = {now.str()};
  for (const PinnedImage& image : session.documents.pinnedImages(path)) {
    out.push_back({image.name, image.digest, true});
    seen.insert(image.name);
  }
  session.documents.eachText(path, [&](const std::string& file, llvm::StringRef text) {
    eachImageText(text, fields, [&](llvm::StringRef reference) {
      if (seen.insert(reference.str()).second) out.push_back({reference.str(), "used in " + llvm::sys::path::filename(file).str(), false});
    });
  });
  return out;
}

/// What stands between the quotes around a place in a line.
llvm::StringRef quotedAround(llvm::StringRef text, size_t offset) {
  const auto edge = [](char c) { return c == '"' || c == '\n'; };
  const llvm::StringRef before = text.take_front(offset), after = text.substr(offset);
  const size_t begin = before.find_last_of("\"\n") + 1; // of none, the beginning
  return text.substr(begin, offset - begin + after.take_until(edge).size());
}

/// A place in a text that is being written: the text as it is now, and what was known of the module last.
struct Written {
  Snapshot snapshot;
  const std::string& text;
  uint32_t offset;
};
std::optional<Written> writtenAt(Session& session, const json& params) {
  const std::string path = documentPath(params);
  const auto document = session.documents.open.find(path);
  if (document == session.documents.open.end() || !params.contains("position")) return std::nullopt;
  const auto snapshot = session.documents.snapshot(path, false);
  if (!snapshot) return std::nullopt;
  const std::string& text = document->second.text;
  return Written{*snapshot, text, offsetOf(text, params["position"], session.encoding)};
}

Answer complete(Session& session, const json& params) {
  const std::string path = documentPath(params);
  const auto at = writtenAt(session, params);
  if (!at) return json();
  Around around;
  around.images = [&](const std::set<std::string>& fields) { return imagesFor(session, path, fields, quotedAround(at->text, at->offset)); };
  around.modules = [&] { return session.documents.importable(path); };
  const Completion found(at->snapshot, at->text, at->offset, around);
  json items = json::array();
  size_t number = 0;
  for (const Candidate& c : found.candidates) items.push_back(itemOf(session, found, c, number++, path));
  return json{{"isIncomplete", false}, {"items", std::move(items)}};
}

Answer resolve(Session& session, const json& params) {
  json item = params;
  const auto snapshot = session.documents.snapshot(textAt(params, "/data/path"), false);
  if (!snapshot) return item;
  if (const std::string doc = documentationOf(*snapshot, textAt(params, "/data/of"), textAt(params, "/data/name")); !doc.empty()) item["documentation"] = {{"kind", "markdown"}, {"value", doc}};
  return item;
}

Answer signatureAt(Session& session, const json& params) {
  const auto at = writtenAt(session, params);
  if (!at) return json();
  const std::vector<Signature> found = signatures(at->snapshot, at->text, at->offset);
  if (found.empty()) return json();
  json all = json::array();
  for (const Signature& s : found) {
    json parameters = json::array();
    for (const auto& [begin, end] : s.parameters) parameters.push_back({{"label", {begin, end}}});
    json one = {{"label", s.label}, {"parameters", std::move(parameters)}};
    if (!s.doc.empty()) one["documentation"] = {{"kind", "markdown"}, {"value", s.doc}};
    all.push_back(std::move(one));
  }
  return json{{"signatures", std::move(all)}, {"activeSignature", 0}, {"activeParameter", found.front().active}};
}

} // namespace

void addEditing(Methods& methods) {
  methods["textDocument/codeAction"] = {codeActions, true, true};
  methods["codeAction/resolve"] = {resolveAction};
  methods["textDocument/formatting"] = {formatFile, false, true};
  methods["textDocument/rangeFormatting"] = {formatRange, false, true};
  methods["textDocument/onTypeFormatting"] = {formatTyped, false, true};
  methods["textDocument/completion"] = {complete, false, true};
  methods["completionItem/resolve"] = {resolve, false};
  methods["textDocument/signatureHelp"] = {signatureAt, false};
}

} // namespace chasi::lsp
