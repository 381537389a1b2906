#include "compiler/lsp/capabilities.h"

namespace chasi::lsp {

using nlohmann::json;

json tokenTypes() { return {"namespace", "type", "class", "parameter", "variable", "property", "function", "enumMember", "keyword"}; }
json tokenModifiers() { return {"declaration", "readonly", "deprecated", "defaultLibrary"}; }

json capabilities(Encoding encoding, bool pull) {
  json out = {{"positionEncoding", encoding == Encoding::Utf8 ? "utf-8" : "utf-16"},
          {"textDocumentSync", {{"openClose", true}, {"change", 2}, {"save", true}}},
          {"hoverProvider", true},
          {"definitionProvider", true},
          {"typeDefinitionProvider", true},
          {"implementationProvider", true},
          {"referencesProvider", true},
          {"documentHighlightProvider", true},
          {"renameProvider", {{"prepareProvider", true}}},
          {"completionProvider", {{"triggerCharacters", {".", "\"", "="}}, {"resolveProvider", true}}},
          {"signatureHelpProvider", {{"triggerCharacters", {"(", ","}}}},
          {"codeActionProvider", {{"codeActionKinds", {"quickfix", "refactor.extract", "refactor.inline", "refactor.rewrite", "source.organizeImports"}}, {"resolveProvider", true}}},
          {"documentFormattingProvider", true},
          {"documentRangeFormattingProvider", true},
          {"documentOnTypeFormattingProvider", {{"firstTriggerCharacter", "}"}}},
          {"documentSymbolProvider", true},
          {"workspaceSymbolProvider", true},
          {"foldingRangeProvider", true},
          {"selectionRangeProvider", true},
          {"documentLinkProvider", json::object()},
          {"inlayHintProvider", true},
          {"codeLensProvider", json::object()},
          {"callHierarchyProvider", true},
          {"semanticTokensProvider", {{"legend", {{"tokenTypes", tokenTypes()}, {"tokenModifiers", tokenModifiers()}}}, {"full", {{"delta", true}}}, {"range", true}}},
          {"workspace", {{"workspaceFolders", {{"supported", true}, {"changeNotifications", true}}}}}};
  if (pull) out["diagnosticProvider"] = {{"interFileDependencies", true}, {"workspaceDiagnostics", true}};
  return out;
}

} // namespace chasi::lsp
