#include "compiler/lsp/server.h"

#include "compiler/lint/lint.h"
#include "compiler/lsp/framing.h"
#include "compiler/lsp/position.h"
#include "compiler/lower/revisions.h"
#include "compiler/syntax/format.h"
#include "compiler/syntax/parse.h"

#include <set>

namespace chasi::lsp {

namespace {

using nlohmann::json;

// JSON-RPC and LSP error codes (LSP 3.17, "Error codes").
constexpr int kParseError = -32700, kInvalidRequest = -32600, kMethodNotFound = -32601, kNotInitialized = -32002;

class Server {
public:
  Server(std::ostream& out, const Host& host) : out_(out), host_(host) {}

  /// False ends the session.
  bool handle(const json& m) {
    if (m.is_discarded()) {
      error(nullptr, kParseError, "the message is not JSON");
      return true;
    }
    if (!m.is_object() || !m.contains("method") || !m["method"].is_string()) {
      if (m.is_object() && m.contains("id") && !m.contains("result") && !m.contains("error")) error(m["id"], kInvalidRequest, "a request has a method");
      return true;
    }
    const auto method = m["method"].get<std::string>();
    const json params = m.value("params", json::object());
    if (method == "exit") return false;
    const bool request = m.contains("id");
    if (!initialized_ && method != "initialize") {
      if (request) error(m["id"], kNotInitialized, "initialize comes first");
      return true;
    }
    if (method == "initialize") reply(m.value("id", json()), initialize(params));
    else if (method == "shutdown") down_ = true, reply(m.value("id", json()), nullptr);
    else if (method == "textDocument/didOpen") changed(text(params, "/textDocument/uri"), text(params, "/textDocument/text"));
    else if (method == "textDocument/didChange") change(params);
    else if (method == "textDocument/didClose") closed(text(params, "/textDocument/uri"));
    else if (method == "textDocument/didSave") check(pathOf(text(params, "/textDocument/uri")));
    else if (method == "textDocument/formatting") reply(m.value("id", json()), formatting(params));
    else if (method == "textDocument/documentSymbol") reply(m.value("id", json()), symbols(params));
    else if (request) error(m["id"], kMethodNotFound, "this server does not know " + method);
    return true;
  }

  bool orderly() const { return down_; }

private:
  std::ostream& out_;
  const Host& host_;
  bool initialized_ = false;
  bool down_ = false;
  Encoding encoding_ = Encoding::Utf16;
  std::map<std::string, std::string> open_;            ///< path -> text
  const std::shared_ptr<syntax::KnownTrees> known_ = std::make_shared<syntax::KnownTrees>();
  /// A module that is being edited.
  struct Edited {
    std::string module;
    lower::Revisions revisions;
    uint64_t number = 0; ///< of the revision that `kept` is about
    lint::Kept kept;
  };
  std::vector<Edited> revisions_; ///< by module and environment, the one that was edited last first
  std::map<std::string, std::set<std::string>> shown_; ///< module and environment -> files that got diagnostics when it was checked

  static std::string text(const json& params, const char* pointer) {
    const json::json_pointer p(pointer);
    return params.contains(p) && params[p].is_string() ? params[p].get<std::string>() : "";
  }
  void reply(const json& id, json result) { writeMessage(out_, {{"jsonrpc", "2.0"}, {"id", id}, {"result", std::move(result)}}); }
  void error(const json& id, int code, const std::string& message) {
    writeMessage(out_, {{"jsonrpc", "2.0"}, {"id", id}, {"error", {{"code", code}, {"message", message}}}});
  }

  json initialize(const json& params) {
    initialized_ = true;
    const json::json_pointer encodings("/capabilities/general/positionEncodings");
    if (params.contains(encodings) && params[encodings].is_array())
      for (const json& e : params[encodings])
        if (e == "utf-8") encoding_ = Encoding::Utf8;
    return {{"capabilities",
             {{"positionEncoding", encoding_ == Encoding::Utf8 ? "utf-8" : "utf-16"},
              {"textDocumentSync", {{"openClose", true}, {"change", 1}, {"save", true}}},
              {"documentFormattingProvider", true},
              {"documentSymbolProvider", true}}},
            {"serverInfo", {{"name", "chasic"}, {"version", CHASI_VERSION}}}};
  }

  void changed(const std::string& uri, std::string content) {
    const std::string path = pathOf(uri);
    if (path.empty()) return;
    open_[path] = std::move(content);
    check(path);
  }

  void change(const json& params) {
    const json::json_pointer changes("/contentChanges");
    if (!params.contains(changes) || !params[changes].is_array() || params[changes].empty()) return;
    changed(text(params, "/textDocument/uri"), text(params[changes].back(), "/text"));
  }

  void closed(const std::string& uri) {
    const std::string path = pathOf(uri);
    open_.erase(path);
    publish(path, {});
  }

  void publish(const std::string& path, json list) {
    writeMessage(out_, {{"jsonrpc", "2.0"}, {"method", "textDocument/publishDiagnostics"}, {"params", {{"uri", uriOf(path)}, {"diagnostics", list.is_null() ? json::array() : std::move(list)}}}});
  }

  void check(const std::string& path) {
    if (path.empty()) return;
    auto input = host_.inputFor(path);
    if (!input) {
      writeMessage(out_, {{"jsonrpc", "2.0"}, {"method", "window/logMessage"}, {"params", {{"type", 1}, {"message", llvm::toString(input.takeError())}}}});
      return;
    }
    input->load.overlay = open_;
    input->load.known = known_;
    const std::string module = input->load.folder + "\n" + input->load.environmentFile;
    Edited& edited = editedOf(module);
    const lower::Revision revision = edited.revisions.compile(*input);
    source::SourceSet& sources = revision.sources;
    source::Diagnostics& diagnostics = revision.diagnostics;
    if (std::exchange(edited.number, revision.number) != revision.number) edited.kept = lint::Kept();
    warn(revision, edited.kept);
    std::map<std::string, json> byFile;
    std::set<std::string>& shown = shown_[module];
    for (const std::string& before : shown) byFile[before] = json::array();
    byFile[path] = json::array();
    for (const source::Diagnostic& d : diagnostics.all()) byFile[sources.name(sources.fileOf(d.span.begin)).str()].push_back(item(sources, d));
    shown.clear();
    for (auto& [file, list] : byFile) {
      if (file.empty() || file.front() != '/') continue; // the standard library, parameters: no document of the client's
      if (!list.empty()) shown.insert(file);
      publish(file, std::move(list));
    }
    edited.revisions.tidy();
  }

  /// What is kept of a module; of those that were edited longest ago nothing is.
  Edited& editedOf(const std::string& module) {
    constexpr size_t kMost = 3;
    auto at = llvm::find_if(revisions_, [&](const auto& r) { return r.module == module; });
    if (at == revisions_.end()) {
      if (revisions_.size() == kMost) revisions_.pop_back();
      at = revisions_.insert(revisions_.end(), Edited{module, lower::Revisions(), 0, lint::Kept()});
    }
    std::rotate(revisions_.begin(), at, at + 1);
    return revisions_.front();
  }

  /// Warnings as `chasic check` gives them, by the switches of the workspace.
  static void warn(const lower::Revision& revision, lint::Kept& kept) {
    const lint::Settings settings = lint::workspaceSettings(revision.program);
    if (!revision.diagnostics.hasErrors()) lint::run(revision.program, revision.evaluator, &kept);
    lint::settle(revision.diagnostics, settings);
    revision.diagnostics.sort();
  }

  json item(const source::SourceSet& sources, const source::Diagnostic& d) {
    std::string message = d.message;
    for (const std::string& note : d.notes) message += "\n" + note;
    if (!d.help.empty()) message += "\n" + d.help;
    json related = json::array();
    for (const source::Label& l : d.labels) {
      const std::string file = sources.name(sources.fileOf(l.span.begin)).str();
      if (!file.empty() && file.front() == '/') related.push_back({{"location", {{"uri", uriOf(file)}, {"range", toRange(sources, l.span, encoding_)}}}, {"message", l.text}});
    }
    return {{"range", toRange(sources, d.span, encoding_)},
            {"severity", d.severity == source::Severity::Error ? 1 : d.severity == source::Severity::Warning ? 2 : 3},
            {"code", source::info(d.code).id},
            {"source", "chasi"},
            {"message", message},
            {"relatedInformation", related}};
  }

  json formatting(const json& params) {
    const auto it = open_.find(pathOf(text(params, "/textDocument/uri")));
    if (it == open_.end()) return nullptr;
    source::SourceSet sources;
    source::Diagnostics diagnostics;
    const source::FileId id = sources.add(it->first, it->second);
    const syntax::Tree tree = syntax::parse(sources, id, diagnostics);
    if (diagnostics.hasErrors()) return json::array(); // what cannot be read is left alone
    const std::string formatted = syntax::format(tree);
    if (formatted == it->second) return json::array();
    const uint32_t base = sources.base(id);
    return json::array({{{"range", toRange(sources, {base, base + static_cast<uint32_t>(it->second.size())}, encoding_)}, {"newText", formatted}}});
  }

  json symbols(const json& params) {
    using syntax::NodeKind;
    const auto it = open_.find(pathOf(text(params, "/textDocument/uri")));
    if (it == open_.end()) return nullptr;
    source::SourceSet sources;
    source::Diagnostics diagnostics;
    const syntax::Tree tree = syntax::parse(sources, sources.add(it->first, it->second), diagnostics);
    json list = json::array();
    for (syntax::NodeRef n : tree.root().children()) {
      int kind = 0; // SymbolKind of the protocol
      if (n.is(NodeKind::Declaration)) kind = 19;
      else if (n.is(NodeKind::Schema) || n.is(NodeKind::Kind)) kind = 5;
      else if (n.is(NodeKind::Fn)) kind = 12;
      else if (n.is(NodeKind::Let)) kind = 13;
      else if (n.is(NodeKind::Param)) kind = 14;
      else if (n.is(NodeKind::TypeDecl)) kind = 10;
      const syntax::NodeRef name = n.is(NodeKind::Declaration) ? n.child(1) : n.child(NodeKind::Name);
      if (!kind || !name) continue;
      json symbol = {{"name", name.text().str()}, {"kind", kind}, {"range", toRange(sources, n.span(), encoding_)}, {"selectionRange", toRange(sources, name.span(), encoding_)}};
      if (n.is(NodeKind::Declaration)) symbol["detail"] = n.child(0).text().str();
      list.push_back(std::move(symbol));
    }
    return list;
  }
};

} // namespace

int serve(std::istream& in, std::ostream& out, const Host& host) {
  Server server(out, host);
  while (const auto message = readMessage(in))
    if (!server.handle(*message)) break;
  return server.orderly() ? 0 : 1;
}

} // namespace chasi::lsp
