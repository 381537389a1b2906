#include "compiler/lsp/methods.h"

namespace chasi::lsp {

std::string textAt(const json& params, const char* pointer) {
  const json::json_pointer p(pointer);
  return params.contains(p) && params[p].is_string() ? params[p].get<std::string>() : "";
}

std::string documentPath(const json& params) { return pathOf(textAt(params, "/textDocument/uri")); }

std::optional<At> placeOf(Session& session, const json& params) {
  const std::string path = documentPath(params);
  if (path.empty() || !params.contains("position")) return std::nullopt;
  auto snapshot = session.documents.snapshot(path);
  if (!snapshot) return std::nullopt;
  const uint32_t address = snapshot->base() + offsetOf(snapshot->text(), params["position"], session.encoding);
  return At{*snapshot, address};
}

static bool isFile(const source::SourceSet& sources, source::Span span) { return span.valid() && sources.name(sources.fileOf(span.begin)).starts_with("/"); }

std::string documentOf(const Session& session, llvm::StringRef name) {
  if (name.starts_with("/")) return uriOf(name);
  const auto file = session.documents.library.fileOf(name);
  return file ? uriOf(*file) : "";
}

json locationOf(const Session& session, const source::SourceSet& sources, source::Span span) {
  if (!span.valid()) return nullptr;
  const std::string uri = documentOf(session, sources.name(sources.fileOf(span.begin)));
  if (uri.empty()) return nullptr;
  return {{"uri", uri}, {"range", toRange(sources, span, session.encoding)}};
}

json workspaceEdit(const Session& session, const source::SourceSet& sources, llvm::ArrayRef<source::Edit> edits) {
  json changes = json::object();
  for (const source::Edit& e : edits)
    if (isFile(sources, e.span)) changes[uriOf(sources.name(sources.fileOf(e.span.begin)))].push_back({{"range", toRange(sources, e.span, session.encoding)}, {"newText", e.text}});
  return {{"changes", std::move(changes)}};
}

json diagnosticOf(const Session& session, const source::SourceSet& sources, const source::Diagnostic& d) {
  std::string message = d.message;
  for (const std::string& note : d.notes) message += "\n" + note;
  if (!d.help.empty()) message += "\n" + d.help;
  json related = json::array();
  for (const source::Label& l : d.labels)
    if (json where = locationOf(session, sources, l.span); !where.is_null()) related.push_back({{"location", std::move(where)}, {"message", l.text}});
  json item = {{"range", toRange(sources, d.span, session.encoding)},
               {"severity", d.severity == source::Severity::Error ? 1 : d.severity == source::Severity::Warning ? 2 : 3},
               {"code", source::info(d.code).id},
               {"source", "chasi"},
               {"message", std::move(message)},
               {"relatedInformation", std::move(related)}};
  if (d.code == source::Code::Deprecated) item["tags"] = {2}; // DiagnosticTag.Deprecated
  return item;
}

} // namespace chasi::lsp
