// SARIF 2.1.0, as OASIS specifies it: what code scanning of forges and editors reads. Section numbers below are of that
// document.
#include "compiler/source/sarif.h"

#include <llvm/ADT/StringExtras.h>
#include <llvm/Support/xxhash.h>

#include <nlohmann/json.hpp>

#include <map>

namespace chasi::source {

namespace {

using Json = nlohmann::ordered_json;

const char* levelName(Severity severity) {
  switch (severity) {
  case Severity::Error: return "error";
  case Severity::Warning: return "warning";
  case Severity::Note: return "note";
  }
  return "error";
}

/// A path as a URI reference (RFC 3986): relative ones stay relative to where the program was started.
std::string uriOf(llvm::StringRef path) {
  std::string out = path.starts_with("/") ? "file://" : "";
  for (const char c : path) {
    if (llvm::isAlnum(c) || llvm::StringRef("-._~/").contains(c)) out += c;
    else out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return out;
}

Json artifact(llvm::StringRef file) {
  Json out{{"uri", uriOf(file)}};
  if (!file.starts_with("/")) out["uriBaseId"] = "SRCROOT";
  return out;
}

/// Columns of people count bytes; SARIF's count code points here (3.14.17).
uint32_t codePointColumn(const SourceSet& sources, uint32_t address, Position at) {
  const llvm::StringRef line = sources.line(sources.fileOf(address), at.line);
  uint32_t column = 1;
  for (const char c : line.take_front(at.column - 1))
    if ((static_cast<unsigned char>(c) & 0xC0) != 0x80) ++column;
  return column;
}

Json regionOf(const SourceSet& sources, Span span) {
  const Position begin = sources.position(span.begin), end = sources.position(span.end);
  return {{"startLine", begin.line},
          {"startColumn", codePointColumn(sources, span.begin, begin)},
          {"endLine", end.line},
          {"endColumn", codePointColumn(sources, span.end, end)},
          {"byteOffset", begin.offset},
          {"byteLength", span.size()}};
}

Json locationOf(const SourceSet& sources, Span span) {
  return {{"physicalLocation", {{"artifactLocation", artifact(sources.name(sources.fileOf(span.begin)))}, {"region", regionOf(sources, span)}}}};
}

/// One text for people: what is the case, the facts, the next step.
std::string messageOf(const Diagnostic& d) {
  std::string text = d.message;
  if (!d.label.empty()) text += fmt::format(" ({})", d.label);
  for (const std::string& note : d.notes) text += fmt::format("\nnote: {}", note);
  if (!d.help.empty()) text += fmt::format("\nhelp: {}", d.help);
  return text;
}

/// A change touches one file or several (3.55, 3.56).
Json fixOf(const SourceSet& sources, const Fix& fix) {
  std::map<FileId, Json> byFile;
  for (const Edit& edit : fix.edits) {
    Json& replacements = byFile.try_emplace(sources.fileOf(edit.span.begin), Json::array()).first->second;
    replacements.push_back({{"deletedRegion", regionOf(sources, edit.span)}, {"insertedContent", {{"text", edit.text}}}});
  }
  Json changes = Json::array();
  for (auto& [file, replacements] : byFile) changes.push_back({{"artifactLocation", artifact(sources.name(file))}, {"replacements", std::move(replacements)}});
  return {{"description", {{"text", fix.title}}}, {"artifactChanges", std::move(changes)}};
}

Json ruleOf(llvm::StringRef id, llvm::StringRef name, llvm::StringRef title, const char* level) {
  Json out{{"id", id.str()}};
  if (!name.empty()) out["name"] = name.str();
  if (!title.empty()) out["shortDescription"] = {{"text", title.str()}};
  out["help"] = {{"text", fmt::format("`chasic explain {}` tells more, with an example.", id.str())}};
  out["defaultConfiguration"] = {{"level", level}};
  return out;
}

/// Rules in the order of their first result, and where each is found (3.27.6).
struct Rules {
  Json list = Json::array();
  std::map<std::string, size_t> index;

  size_t add(llvm::StringRef id, llvm::StringRef name, llvm::StringRef title, const char* level) {
    const auto [it, fresh] = index.emplace(id.str(), list.size());
    if (fresh) list.push_back(ruleOf(id, name, title, level));
    return it->second;
  }
};

/// Tells a result again when lines above it have changed: the code and the line's own text (3.27.17).
std::string fingerprint(const SourceSet& sources, const Diagnostic& d) {
  const Position at = sources.position(d.span.begin);
  const FileId file = sources.fileOf(d.span.begin);
  const std::string what = fmt::format("{}\n{}\n{}", info(d.code).id, sources.name(file).str(), sources.line(file, at.line).trim().str());
  return fmt::format("{:016x}", llvm::xxh3_64bits(what));
}

Json resultOf(const SourceSet& sources, const Diagnostic& d, Rules& rules) {
  const CodeInfo& row = info(d.code);
  Json out{{"ruleId", row.id}, {"ruleIndex", rules.add(row.id, row.name, row.title, levelName(row.severity))}, {"level", levelName(d.severity)}, {"message", {{"text", messageOf(d)}}}};
  Json locations = Json::array();
  if (d.span.valid()) locations.push_back(locationOf(sources, d.span));
  out["locations"] = std::move(locations);
  Json related = Json::array();
  for (const Label& label : d.labels) {
    if (!label.span.valid()) continue;
    Json one = locationOf(sources, label.span);
    one["id"] = related.size();
    one["message"] = {{"text", label.text}};
    related.push_back(std::move(one));
  }
  if (!related.empty()) out["relatedLocations"] = std::move(related);
  Json fixes = Json::array();
  for (const Fix& fix : d.fixes) fixes.push_back(fixOf(sources, fix));
  if (!fixes.empty()) out["fixes"] = std::move(fixes);
  if (d.span.valid()) out["partialFingerprints"] = {{"chasiLine/v1", fingerprint(sources, d)}};
  return out;
}

void writeDocument(Rules& rules, Json results, llvm::raw_ostream& out) {
  const Json driver{{"name", "chasic"}, {"semanticVersion", CHASI_VERSION}, {"version", CHASI_VERSION}, {"rules", std::move(rules.list)}};
  Json run{{"tool", {{"driver", driver}}}, {"columnKind", "unicodeCodePoints"}, {"invocations", Json::array({{{"executionSuccessful", true}}})}, {"results", std::move(results)}};
  run["originalUriBaseIds"] = {{"SRCROOT", {{"description", {{"text", "the folder in which the program was started"}}}}}};
  const Json document{{"$schema", "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"}, {"version", "2.1.0"}, {"runs", Json::array({std::move(run)})}};
  out << document.dump(2, ' ', false, Json::error_handler_t::replace) << '\n';
}

} // namespace

void printSarif(const Diagnostics& diagnostics, const SourceSet& sources, llvm::raw_ostream& out) {
  Rules rules;
  Json results = Json::array();
  for (const Diagnostic& d : diagnostics.all()) results.push_back(resultOf(sources, d, rules));
  writeDocument(rules, std::move(results), out);
}

void printSarifParts(llvm::ArrayRef<SarifPart> parts, llvm::raw_ostream& out) {
  Rules rules;
  Json results = Json::array();
  for (const SarifPart& part : parts)
    for (const Diagnostic& d : part.diagnostics.all()) {
      Json one = resultOf(part.sources, d, rules);
      one["message"]["text"] = fmt::format("{}\nin the test \"{}\"", one["message"]["text"].get<std::string>(), part.test);
      one["properties"] = {{"test", part.test}};
      results.push_back(std::move(one));
    }
  writeDocument(rules, std::move(results), out);
}

void printSarif(llvm::ArrayRef<PlainResult> plain, llvm::raw_ostream& out) {
  Rules rules;
  Json results = Json::array();
  for (const PlainResult& p : plain) {
    Json one;
    if (!p.code.empty()) one = {{"ruleId", p.code}, {"ruleIndex", rules.add(p.code, "", p.title, "error")}};
    one["level"] = "error";
    one["message"] = {{"text", p.help.empty() ? p.message : fmt::format("{}\nhelp: {}", p.message, p.help)}};
    one["locations"] = Json::array();
    if (!p.file.empty()) one["locations"].push_back({{"physicalLocation", {{"artifactLocation", artifact(p.file)}, {"region", {{"startLine", p.line}, {"startColumn", p.column}}}}}});
    results.push_back(std::move(one));
  }
  writeDocument(rules, std::move(results), out);
}

} // namespace chasi::source
