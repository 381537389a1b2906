#include "compiler/driver/report.h"

#include "compiler/package/workspace_error.h"

#include <nlohmann/json.hpp>

namespace chasi::driver {

Form formOf(const Invocation& invocation) {
  const std::string format = invocation.get("--format");
  return format == "json" ? Form::Json : format == "sarif" ? Form::Sarif : Form::Text;
}

void printDiagnostics(const source::Diagnostics& diagnostics, const source::SourceSet& sources, const Terminal& terminal, Form form) {
  switch (form) {
  case Form::Json: return printJson(diagnostics, sources, llvm::outs());
  case Form::Sarif: return printSarif(diagnostics, sources, llvm::outs());
  case Form::Text: return printText(diagnostics, sources, llvm::errs(), {.color = terminal.errColor});
  }
}

int exitOf(llvm::StringRef code) {
  if (code.starts_with("CH61") || code.starts_with("CH63") || code == "CH6008" || code == "CH6002" || code == "CH6001") return kUnreachable;
  if (code == "CH6210") return kInterrupted;
  if (code == "CH6229") return kUnreachable;
  if (code == "CH6226" || code == "CH6227" || code == "CH6228" || code == "CH6232" || code == "CH6233") return kWrong;
  if (code.starts_with("CH62") || code == "CH6007" || code == "CH6006") return kIncomplete;
  if (llvm::is_contained({"CH6401", "CH6402", "CH6412", "CH6413", "CH6414", "CH6418"}, code)) return kIncomplete;
  if (code.starts_with("CH70")) return code == "CH7001" || code == "CH7002" || code == "CH7005" || code == "CH7015" ? kWrong : code == "CH7016" ? kIncomplete : kUnreachable;
  if (code.starts_with("CH71")) return code == "CH7103" ? kWrong : kUnreachable;
  if (code == "CH0001" || code == "CH8001" || code == "CH8004") return kUnreachable;
  return kWrong;
}

void printFault(llvm::StringRef code, llvm::StringRef message, llvm::StringRef hint, llvm::ArrayRef<std::string> notes, const plan::SourceRef& source,
                const Terminal& terminal, llvm::raw_ostream& out) {
  const char* red = terminal.errColor ? "\x1b[1;31m" : "";
  const char* blue = terminal.errColor ? "\x1b[1;34m" : "";
  const char* bold = terminal.errColor ? "\x1b[1m" : "";
  const char* plain = terminal.errColor ? "\x1b[0m" : "";
  out << red << "error" << (code.empty() ? "" : "[") << code << (code.empty() ? "" : "]") << plain << bold << ": " << message << plain << '\n';
  if (!source.file.empty()) out << blue << "  --> " << plain << source.file << ':' << source.line << ':' << source.column << '\n';
  for (const std::string& note : notes) out << blue << "  = note: " << plain << note << '\n';
  if (!hint.empty()) out << blue << "  = help: " << plain << hint << '\n';
}

namespace {

struct Plain {
  std::string code, message, hint;
  std::vector<std::string> notes;
  plan::SourceRef source;
};

nlohmann::json asDiagnostic(const Plain& p) {
  const nlohmann::json at = {{"line", std::max(1u, p.source.line)}, {"column", std::max(1u, p.source.column)}, {"offset", 0}};
  nlohmann::json related = nlohmann::json::array();
  for (const std::string& note : p.notes) related.push_back({{"message", note}});
  nlohmann::json d = {{"code", p.code}, {"severity", "error"}, {"message", p.message}, {"file", p.source.file}, {"range", {{"start", at}, {"end", at}}}, {"related", related}, {"fixes", nlohmann::json::array()}};
  if (!p.hint.empty()) d["help"] = p.hint;
  return d;
}

} // namespace

static std::string titleOf(llvm::StringRef code) {
  if (const plan::FaultInfo* row = plan::findFault(code)) return row->title;
  const auto known = source::findCode(code);
  return known ? source::info(*known).title : "";
}

int printError(llvm::Error error, const Terminal& terminal, Form form) {
  std::vector<Plain> list;
  handleAllErrors(
      std::move(error),
      [&](const plan::Fault& f) { list.push_back({f.code, f.message, f.hint, f.notes, f.source}); },
      [&](const package::WorkspaceError& e) { list.push_back({source::info(e.code).id, e.message, e.hint, e.notes, {}}); },
      [&](const llvm::ErrorInfoBase& e) { list.push_back({"", e.message(), "", {}, {}}); });
  int exit = kDone;
  for (const Plain& p : list) {
    if (form == Form::Text) printFault(p.code, p.message, p.hint, p.notes, p.source, terminal, llvm::errs());
    if (exit == kDone) exit = exitOf(p.code);
  }
  if (form == Form::Sarif) {
    std::vector<source::PlainResult> results;
    for (const Plain& p : list) results.push_back({p.code, titleOf(p.code), p.message, p.hint, p.source.file, std::max(1u, p.source.line), std::max(1u, p.source.column)});
    printSarif(results, llvm::outs());
  }
  if (form == Form::Json) {
    nlohmann::json all = nlohmann::json::array();
    for (const Plain& p : list) all.push_back(asDiagnostic(p));
    llvm::outs() << nlohmann::json{{"diagnostics", all}}.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) << '\n';
  }
  return exit;
}

} // namespace chasi::driver
