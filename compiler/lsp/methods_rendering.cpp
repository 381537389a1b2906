// What declarations become: lenses, rendered YAML; environments; who calls whom.
#include "compiler/lsp/feature_calls.h"
#include "compiler/lsp/feature_parameters.h"
#include "compiler/lsp/feature_render.h"
#include "compiler/lsp/methods.h"

namespace chasi::lsp {

namespace {

Answer lenses(Session& session, const json& params) {
  const std::string path = documentPath(params);
  const auto snapshot = session.documents.snapshot(path);
  if (!snapshot) return json();
  json list = json::array();
  for (const Lens& lens : declarationLenses(*snapshot)) {
    const json range = toRange(snapshot->sources(), lens.name, session.encoding);
    const json arguments = {uriOf(path), range["start"]};
    const auto add = [&](const std::string& title, const char* command) { list.push_back({{"range", range}, {"command", {{"title", title}, {"command", command}, {"arguments", arguments}}}}); };
    if (lens.operations && !lens.operations->empty()) {
      add("render", "chasi.render");
      add("plan: " + planSummary(*lens.operations), "chasi.plan");
    }
    add(fmt::format("used {} time{}", lens.uses, lens.uses == 1 ? "" : "s"), "chasi.showReferences");
  }
  return list;
}

Answer rendered(Session& session, const json& params) {
  const std::string path = documentPath(params);
  auto input = session.documents.inputFor(path);
  if (!input) return Failure{kRequestFailed, llvm::toString(input.takeError())};
  const auto snapshot = session.documents.snapshot(path);
  if (!snapshot) return Failure{kRequestFailed, "the file belongs to no module"};
  std::optional<uint32_t> address;
  if (params.contains("position")) address = snapshot->base() + offsetOf(snapshot->text(), params["position"], session.encoding);
  auto text = render(*snapshot, **input, address);
  if (!text) return Failure{kRequestFailed, llvm::toString(text.takeError())};
  const auto document = session.documents.open.find(path);
  const bool known = document != session.documents.open.end() && document->second.version;
  return json{{"yaml", std::move(*text)}, {"version", known ? json(*document->second.version) : json()}};
}

Answer environmentsOf(Session& session, const json& params) {
  std::string path = documentPath(params);
  for (const auto& [open, document] : session.documents.open)
    if (path.empty() && !session.documents.library.has(open)) path = open;
  json parameters = json::array();
  if (const auto snapshot = session.documents.snapshot(path))
    for (const Parameter& p : parametersOf(*snapshot)) {
      json one = {{"name", p.name}, {"type", p.type}};
      if (!p.value.empty()) one["value"] = p.value;
      if (!p.doc.empty()) one["doc"] = p.doc;
      parameters.push_back(std::move(one));
    }
  return json{{"environments", session.documents.environments(path)}, {"chosen", session.documents.choice.environment}, {"parameters", std::move(parameters)}};
}

json callItem(const Session& session, const Snapshot& s, const sema::Symbol& symbol) {
  json where = locationOf(session, s.sources(), symbol.span);
  if (where.is_null()) return where;
  return {{"name", symbol.name.str()}, {"kind", symbol.kind == sema::SymbolKind::Fn ? 12 : symbol.kind == sema::SymbolKind::Kind ? 5 : 19}, {"uri", where["uri"]}, {"range", toRange(s.sources(), symbol.node.span(), session.encoding)}, {"selectionRange", where["range"]}};
}

Answer prepareCalls(Session& session, const json& params) {
  const auto at = placeOf(session, params);
  const sema::Symbol* symbol = at ? callableAt(at->snapshot, at->address) : nullptr;
  json item = symbol ? callItem(session, at->snapshot, *symbol) : json();
  if (item.is_null()) return json();
  return json::array({std::move(item)});
}

void addCalls(const Session& session, const Snapshot& s, llvm::ArrayRef<Call> found, const char* side, json& list) {
  for (const Call& call : found) {
    json other = callItem(session, s, *call.symbol);
    if (other.is_null()) continue;
    json ranges = json::array();
    for (const source::Span place : call.places) ranges.push_back(toRange(s.sources(), place, session.encoding));
    list.push_back({{side, std::move(other)}, {"fromRanges", std::move(ranges)}});
  }
}

Answer calls(Session& session, const json& params, bool incoming) {
  const json item = params.value("item", json::object());
  const std::string uri = textAt(item, "/uri");
  const auto at = placeOf(session, {{"textDocument", {{"uri", uri}}}, {"position", item.value("/selectionRange/start"_json_pointer, json())}});
  const sema::Symbol* symbol = at ? callableAt(at->snapshot, at->address) : nullptr;
  if (!symbol) return json();
  json list = json::array();
  addCalls(session, at->snapshot, incoming ? callers(at->snapshot, *symbol) : callees(at->snapshot, *symbol), incoming ? "from" : "to", list);
  if (!incoming) return list;
  std::set<std::string> seen;
  const auto isNew = [&](const source::SourceSet& sources, const sema::Symbol& caller) { // a module is part of the programs of others
    const source::FileId file = sources.fileOf(caller.span.begin);
    return seen.insert(fmt::format("{}:{}", sources.name(file).str(), caller.span.begin - sources.base(file))).second;
  };
  for (const Call& c : callers(at->snapshot, *symbol)) isNew(at->snapshot.sources(), *c.symbol);
  eachProgram(session, *at, pathOf(uri), {.kind = sema::Use::Symbol, .at = symbol->span, .symbol = symbol}, [&](const Snapshot& s, const sema::Use& same) {
    if (&s == &at->snapshot || same.kind != sema::Use::Symbol) return;
    std::vector<Call> found = callers(s, *same.symbol);
    std::erase_if(found, [&](const Call& c) { return (c.symbol->module && c.symbol->module->library) || !isNew(s.sources(), *c.symbol); });
    addCalls(session, s, found, "from", list);
  });
  return list;
}

Answer implementation(Session& session, const json& params) {
  const auto at = placeOf(session, params);
  if (!at) return json();
  return locationOf(session, at->snapshot.sources(), loweringAt(at->snapshot, at->address));
}

} // namespace

void addRendering(Methods& methods) {
  methods["textDocument/codeLens"] = {lenses, true, true};
  methods["chasi/render"] = {rendered};
  methods["chasi/environments"] = {environmentsOf};
  methods["textDocument/prepareCallHierarchy"] = {prepareCalls};
  methods["callHierarchy/incomingCalls"] = {[](Session& s, const json& p) { return calls(s, p, true); }};
  methods["callHierarchy/outgoingCalls"] = {[](Session& s, const json& p) { return calls(s, p, false); }};
  methods["textDocument/implementation"] = {implementation};
}

} // namespace chasi::lsp
