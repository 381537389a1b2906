#include "compiler/lsp/settings.h"

#include "compiler/lsp/methods.h"

#include <llvm/Support/Path.h>

namespace chasi::lsp {

constexpr const char* kWatch = "workspace/didChangeWatchedFiles";

Choice choiceOf(const json& settings) {
  Choice choice;
  choice.environment = textAt(settings, "/environment");
  choice.parametersFile = textAt(settings, "/parametersFile");
  if (settings.contains("parameters") && settings["parameters"].is_object())
    for (const auto& [name, value] : settings["parameters"].items()) choice.params[name] = {value.is_string() ? value.get<std::string>() : value.dump(), kSettings};
  return choice;
}

std::set<Inlay::Of> hiddenHints(const json& settings) {
  constexpr std::pair<const char*, Inlay::Of> kNames[] = {{"/hints/types", Inlay::Type}, {"/hints/parameters", Inlay::Parameter}, {"/hints/values", Inlay::Value}, {"/hints/defaults", Inlay::Default}};
  std::set<Inlay::Of> hidden;
  for (const auto& [pointer, of] : kNames)
    if (settings.contains(json::json_pointer(pointer)) && settings[json::json_pointer(pointer)] == false) hidden.insert(of);
  return hidden;
}

std::string settingsMistakes(const lower::Revision& revision) {
  std::string all;
  for (const source::Diagnostic& d : revision.diagnostics.all()) {
    if (d.severity != source::Severity::Error || revision.sources.name(revision.sources.fileOf(d.span.begin)) != kSettings) continue;
    all += fmt::format("{}{}{}", all.empty() ? fmt::format("{}: ", kSettings) : "; ", d.message, d.help.empty() ? "" : fmt::format(" ({})", d.help));
  }
  return all;
}

json parametersWatchers(const std::vector<std::string>& files, bool relative) {
  json watchers = json::array();
  for (const std::string& file : files) {
    std::string name = llvm::sys::path::filename(file).str();
    for (char& c : name)
      if (llvm::StringRef("*?[]{}!,\\").contains(c)) c = '?'; // one character, whichever: patterns have no way to write these
    if (relative) watchers.push_back({{"globPattern", {{"baseUri", uriOf(llvm::sys::path::parent_path(file))}, {"pattern", name}}}});
    else watchers.push_back({{"globPattern", "**/" + name}});
  }
  return watchers;
}

json watching(const char* id, json watchers) { return {{"registrations", {{{"id", id}, {"method", kWatch}, {"registerOptions", {{"watchers", std::move(watchers)}}}}}}}; }

// The protocol spells it so (LSP 3.17, "UnregistrationParams").
json notWatching(const char* id) { return {{"unregisterations", {{{"id", id}, {"method", kWatch}}}}}; }

} // namespace chasi::lsp
