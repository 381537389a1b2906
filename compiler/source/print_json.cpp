#include "compiler/source/diagnostic.h"

#include <nlohmann/json.hpp>

namespace chasi::source {

namespace {

using Json = nlohmann::ordered_json;

const char* severityName(Severity severity) {
  switch (severity) {
  case Severity::Error: return "error";
  case Severity::Warning: return "warning";
  case Severity::Note: return "note";
  }
  return "error";
}

Json toJson(Position at) { return {{"line", at.line}, {"column", at.column}, {"offset", at.offset}}; }

/// Adds nothing at all for what has no place.
void addPlace(Json& to, const SourceSet& sources, Span span) {
  if (!span.valid()) return;
  to["file"] = sources.name(sources.fileOf(span.begin)).str();
  to["range"] = {{"start", toJson(sources.position(span.begin))}, {"end", toJson(sources.position(span.end))}};
}

Json toJson(const SourceSet& sources, const Fix& fix) {
  Json edits = Json::array();
  for (const Edit& edit : fix.edits) {
    Json one;
    addPlace(one, sources, edit.span);
    one["text"] = edit.text;
    edits.push_back(std::move(one));
  }
  return {{"title", fix.title}, {"edits", std::move(edits)}};
}

Json toJson(const SourceSet& sources, const Diagnostic& d) {
  Json out{{"code", info(d.code).id}, {"severity", severityName(d.severity)}, {"message", d.message}};
  addPlace(out, sources, d.span);
  if (!d.label.empty()) out["label"] = d.label;
  Json related = Json::array();
  for (const Label& label : d.labels) {
    Json one{{"message", label.text}};
    addPlace(one, sources, label.span);
    related.push_back(std::move(one));
  }
  out["related"] = std::move(related);
  out["notes"] = d.notes;
  if (!d.help.empty()) out["help"] = d.help;
  Json fixes = Json::array();
  for (const Fix& fix : d.fixes) fixes.push_back(toJson(sources, fix));
  out["fixes"] = std::move(fixes);
  return out;
}

} // namespace

void printJson(const Diagnostics& diagnostics, const SourceSet& sources, llvm::raw_ostream& out) {
  // One diagnostic at a time, so that a run with many does not hold the whole document.
  out << "{\"diagnostics\":[";
  const char* separator = "";
  for (const Diagnostic& d : diagnostics.all()) {
    out << separator << toJson(sources, d).dump(-1, ' ', false, Json::error_handler_t::replace);
    separator = ",";
  }
  out << "]}\n";
}

} // namespace chasi::source
