// Semantic tokens, inlay hints, what is inactive.
#include "compiler/lsp/feature_inactive.h"
#include "compiler/lsp/feature_inlays.h"
#include "compiler/lsp/feature_tokens.h"
#include "compiler/lsp/methods.h"

namespace chasi::lsp {

void addInactive(const Session& session, const lower::Revision& revision, const std::string& path, json& diagnostics) {
  const auto file = fileNamed(revision.sources, path);
  if (!file || revision.diagnostics.hasErrors()) return;
  for (const source::Span span : inactive({revision, *file}))
    diagnostics.push_back({{"range", toRange(revision.sources, span, session.encoding)}, {"severity", 4}, {"source", "chasi"}, {"code", "inactive"}, {"message", "not in this environment"}, {"tags", {1}}, {"relatedInformation", json::array()}});
}

namespace {

/// Five numbers for each token, lines and characters counted from the one before (LSP 3.17, "Semantic Tokens").
json encoded(const Session& session, const Snapshot& s, source::Span range) {
  json data = json::array();
  uint64_t line = 0, character = 0;
  for (const SemanticToken& t : semanticTokens(s)) {
    if (t.span.end < range.begin || t.span.begin > range.end) continue;
    const json r = toRange(s.sources(), t.span, session.encoding);
    const auto at = r["start"]["line"].get<uint64_t>(), begin = r["start"]["character"].get<uint64_t>(), end = r["end"]["character"].get<uint64_t>();
    data.push_back(at - line);
    data.push_back(at == line ? begin - character : begin);
    data.push_back(end - begin);
    data.push_back(static_cast<int>(t.type));
    data.push_back(t.modifiers);
    line = at;
    character = begin;
  }
  return data;
}

source::Span whole(const Snapshot& s) { return {s.base(), s.base() + static_cast<uint32_t>(s.text().size())}; }

source::Span rangeOf(const Session& session, const Snapshot& s, const json& params) {
  if (!params.contains("range") || !params["range"].is_object()) return whole(s);
  const uint32_t begin = offsetOf(s.text(), params["range"].value("start", json()), session.encoding), end = offsetOf(s.text(), params["range"].value("end", json()), session.encoding);
  return {s.base() + begin, s.base() + std::max(begin, end)};
}

/// What was told of each document last, so that a difference can be told.
struct Told {
  std::string id;
  json data;
};

Answer tokensFull(Session& session, const json& params, std::map<std::string, Told>& told, bool delta) {
  const std::string path = documentPath(params);
  const auto snapshot = session.documents.snapshot(path);
  if (!snapshot) return json();
  json data = encoded(session, *snapshot, whole(*snapshot));
  Told& before = told[path];
  const bool known = delta && before.id == textAt(params, "/previousResultId");
  const std::string id = std::to_string(before.id.empty() ? 1 : std::stoull(before.id) + 1);
  json answer = {{"resultId", id}};
  if (known) {
    size_t head = 0, tail = 0;
    while (head < before.data.size() && head < data.size() && before.data[head] == data[head]) ++head;
    while (tail + head < before.data.size() && tail + head < data.size() && before.data[before.data.size() - 1 - tail] == data[data.size() - 1 - tail]) ++tail;
    json edits = json::array();
    const size_t gone = before.data.size() - head - tail;
    json fresh = json::array();
    for (size_t i = head; i + tail < data.size(); ++i) fresh.push_back(data[i]);
    if (gone || !fresh.empty()) edits.push_back({{"start", head}, {"deleteCount", gone}, {"data", std::move(fresh)}});
    answer["edits"] = std::move(edits);
  } else {
    answer["data"] = data;
  }
  before = {id, std::move(data)};
  return answer;
}

Answer tokensRange(Session& session, const json& params) {
  const auto snapshot = session.documents.snapshot(documentPath(params));
  if (!snapshot) return json();
  return json{{"data", encoded(session, *snapshot, rangeOf(session, *snapshot, params))}};
}

Answer inlayHints(Session& session, const json& params) {
  const auto snapshot = session.documents.snapshot(documentPath(params));
  if (!snapshot) return json();
  json list = json::array();
  for (const Inlay& hint : inlays(*snapshot, rangeOf(session, *snapshot, params))) {
    if (session.hidden.contains(hint.of)) continue;
    json one = {{"position", toRange(snapshot->sources(), {hint.address, hint.address}, session.encoding)["start"]}, {"label", hint.text}};
    if (hint.of == Inlay::Type) one["kind"] = 1;
    if (hint.of == Inlay::Parameter) one["kind"] = 2, one["paddingRight"] = true;
    if (hint.of == Inlay::Value || hint.of == Inlay::Default) one["paddingLeft"] = true;
    list.push_back(std::move(one));
  }
  return list;
}

Answer diagnosticsOfFile(Session& session, const json& params) { return json{{"kind", "full"}, {"items", session.board.of(documentPath(params))}}; }

Answer diagnosticsOfAll(Session& session, const json&) {
  session.checkAll();
  if (session.stop()) return Failure{kRequestCancelled, "the request was taken back"};
  std::set<std::string> files = session.board.files();
  for (const auto& [path, document] : session.documents.open) files.insert(path);
  json reports = json::array();
  for (const std::string& file : files) {
    if (!llvm::StringRef(file).starts_with("/")) continue;
    const auto open = session.documents.open.find(file);
    const bool known = open != session.documents.open.end() && open->second.version;
    reports.push_back({{"kind", "full"}, {"uri", uriOf(file)}, {"version", known ? json(*open->second.version) : json()}, {"items", session.board.of(file)}});
  }
  return json{{"items", std::move(reports)}};
}

} // namespace

void addPresentation(Methods& methods) {
  const auto told = std::make_shared<std::map<std::string, Told>>();
  methods["textDocument/semanticTokens/full"] = {[told](Session& s, const json& p) { return tokensFull(s, p, *told, false); }};
  methods["textDocument/semanticTokens/full/delta"] = {[told](Session& s, const json& p) { return tokensFull(s, p, *told, true); }};
  methods["textDocument/semanticTokens/range"] = {tokensRange};
  methods["textDocument/inlayHint"] = {inlayHints};
  methods["textDocument/diagnostic"] = {diagnosticsOfFile};
  methods["workspace/diagnostic"] = {diagnosticsOfAll};
}

} // namespace chasi::lsp
