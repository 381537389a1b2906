// Completion, signatures, code actions, formatting.
#include "compiler/lsp/feature_actions.h"
#include "compiler/lsp/feature_completion.h"
#include "compiler/lsp/image_texts.h"
#include "compiler/lsp/methods.h"
#include "compiler/source/line_diff.h"
#include "compiler/syntax/format.h"
#include "compiler/syntax/parse.h"

#include <llvm/Support/Path.h>

namespace chasi::lsp {

namespace {

Answer codeActions(Session& session, const json& params) {
  const std::string path = documentPath(params);
  const auto snapshot = session.documents.snapshot(path);
  if (!snapshot || !params.contains("range")) return json();
  const json range = params["range"];
  const uint32_t begin = snapshot->base() + offsetOf(snapshot->text(), range.value("start", json()), session.encoding);
  const uint32_t end = snapshot->base() + offsetOf(snapshot->text(), range.value("end", json()), session.encoding);
  const json only = params.value("/context/only"_json_pointer, json::array());
  json list = json::array();
  for (const Action& a : actions(*snapshot, {begin, std::max(begin, end)})) {
    const bool wanted = only.empty() || llvm::any_of(only, [&](const json& o) { return o.is_string() && llvm::StringRef(a.kind).starts_with(o.get<std::string>()); });
    if (!wanted) continue;
    json item = {{"title", a.title}, {"kind", a.kind}, {"edit", workspaceEdit(session, snapshot->sources(), a.edits)}};
    if (a.preferred) item["isPreferred"] = true;
    if (a.fixes) item["diagnostics"] = {diagnosticOf(session, snapshot->sources(), *a.fixes)};
    list.push_back(std::move(item));
  }
  return list;
}

/// The one layout of a text as a replacement of those lines that differ; with a range, of no others than those that touch it.
Answer formatted(Session& session, const json& params, std::optional<std::pair<uint64_t, uint64_t>> lines) {
  const auto it = session.documents.open.find(documentPath(params));
  if (it == session.documents.open.end()) return json();
  source::SourceSet sources;
  source::Diagnostics diagnostics;
  const std::string& text = it->second.text;
  const syntax::Tree tree = syntax::parse(sources, sources.add(it->first, text), diagnostics);
  if (diagnostics.hasErrors()) return json::array(); // what cannot be read is left alone
  const std::string after = syntax::format(tree);
  const auto compared = source::compareLines(source::linesOf(text), source::linesOf(after));
  json edits = json::array();
  uint64_t line = 0; // of the text as it is
  for (size_t i = 0; i < compared.size();) {
    if (compared[i].mark == ' ') {
      ++i, ++line;
      continue;
    }
    const uint64_t first = line;
    std::string put;
    for (; i < compared.size() && compared[i].mark != ' '; ++i) {
      if (compared[i].mark == '-') ++line;
      else put += compared[i].text.str();
    }
    const uint64_t last = std::max(first + 1, line) - 1;
    if (!lines || (first <= lines->second && last >= lines->first)) edits.push_back({{"range", {{"start", {{"line", first}, {"character", 0}}}, {"end", {{"line", line}, {"character", 0}}}}}, {"newText", put}});
  }
  return edits;
}

uint64_t lineAt(const json& params, const char* pointer) {
  const json line = params.value(json::json_pointer(pointer), json());
  return line.is_number_unsigned() ? line.get<uint64_t>() : 0;
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

Answer complete(Session& session, const json& params) {
  const std::string path = documentPath(params);
  const auto document = session.documents.open.find(path);
  if (document == session.documents.open.end() || !params.contains("position")) return json();
  const auto snapshot = session.documents.snapshot(path, false);
  if (!snapshot) return json();
  const std::string& text = document->second.text;
  const uint32_t offset = offsetOf(text, params["position"], session.encoding);
  const Completion found(*snapshot, text, offset, [&](const std::set<std::string>& fields) { return imagesFor(session, path, fields, quotedAround(text, offset)); });
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
  const std::string path = documentPath(params);
  const auto document = session.documents.open.find(path);
  if (document == session.documents.open.end() || !params.contains("position")) return json();
  const auto snapshot = session.documents.snapshot(path, false);
  if (!snapshot) return json();
  const std::string& text = document->second.text;
  const auto found = signature(*snapshot, text, offsetOf(text, params["position"], session.encoding));
  if (!found) return json();
  json parameters = json::array();
  for (const auto& [begin, end] : found->parameters) parameters.push_back({{"label", {begin, end}}});
  json one = {{"label", found->label}, {"parameters", std::move(parameters)}};
  if (!found->doc.empty()) one["documentation"] = {{"kind", "markdown"}, {"value", found->doc}};
  return json{{"signatures", {std::move(one)}}, {"activeSignature", 0}, {"activeParameter", found->active}};
}

} // namespace

void addEditing(Methods& methods) {
  methods["textDocument/codeAction"] = {codeActions};
  methods["textDocument/formatting"] = {[](Session& s, const json& p) { return formatted(s, p, std::nullopt); }, false};
  methods["textDocument/rangeFormatting"] = {[](Session& s, const json& p) { return formatted(s, p, std::pair(lineAt(p, "/range/start/line"), lineAt(p, "/range/end/line"))); }, false};
  methods["textDocument/onTypeFormatting"] = {[](Session& s, const json& p) { return formatted(s, p, std::pair(uint64_t{0}, lineAt(p, "/position/line"))); }, false};
  methods["textDocument/completion"] = {complete, false};
  methods["completionItem/resolve"] = {resolve, false};
  methods["textDocument/signatureHelp"] = {signatureAt, false};
}

} // namespace chasi::lsp
