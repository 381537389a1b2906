// A session with the server for tests: what a client says, one message after the other, and what came back.
#pragma once

#include "compiler/lsp/framing.h"
#include "compiler/lsp/server.h"

#include <sstream>

namespace chasi::lsp::session {

using nlohmann::json;

constexpr const char* kUri = "file:///w/a.chasi";

inline json request(int id, const char* method, json params = json::object()) { return {{"jsonrpc", "2.0"}, {"id", id}, {"method", method}, {"params", std::move(params)}}; }
inline json note(const char* method, json params = json::object()) { return {{"jsonrpc", "2.0"}, {"method", method}, {"params", std::move(params)}}; }
inline json open(const std::string& text, const char* uri = kUri) { return note("textDocument/didOpen", {{"textDocument", {{"uri", uri}, {"version", 1}, {"text", text}}}}); }
inline json at(int id, const char* method, int line, int character, const char* uri = kUri) { return request(id, method, {{"textDocument", {{"uri", uri}}}, {"position", {{"line", line}, {"character", character}}}}); }
/// What was changed before is checked before this is answered.
inline json settle(int id) { return request(id, "workspace/symbol", {{"query", ""}}); }

/// A module of one file, as far as nothing else is said.
inline Host host() {
  Host out;
  out.inputFor = [](const std::string& file) -> llvm::Expected<lower::CompileInput> {
    lower::CompileInput input;
    input.load = {.workspaceRoot = "/w", .modulePath = file, .folder = "/w", .files = {file}};
    input.operations = false;
    return input;
  };
  return out;
}

struct Played {
  std::vector<json> said;

  Played(const Host& with, const json& initialize, std::vector<json> messages) {
    messages.insert(messages.begin(), request(0, "initialize", initialize));
    messages.push_back(request(-1, "shutdown"));
    messages.push_back(note("exit"));
    std::stringstream in, out;
    for (const json& m : messages) writeMessage(in, m);
    serve(in, out, with, out);
    while (auto m = readMessage(out)) said.push_back(*m);
  }
  json answer(int id) const {
    for (const json& m : said)
      if (!m.contains("method") && m.value("id", json()) == id) return m.contains("error") ? m["error"] : m["result"];
    return nullptr;
  }
  /// Parameters of all messages of that method.
  std::vector<json> told(const char* method) const {
    std::vector<json> out;
    for (const json& m : said)
      if (m.value("method", "") == method) out.push_back(m["params"]);
    return out;
  }
  /// Messages that were shown to the user.
  std::vector<std::string> shown() const {
    std::vector<std::string> out;
    for (const json& m : told("window/showMessage")) out.push_back(m["message"]);
    return out;
  }
  /// The diagnostics of a file, as they were told last.
  json diagnostics(const std::string& uri = kUri) const {
    json last;
    for (const json& m : told("textDocument/publishDiagnostics"))
      if (m["uri"] == uri) last = m["diagnostics"];
    return last;
  }
};

} // namespace chasi::lsp::session
