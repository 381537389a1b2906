#include "compiler/lsp/server.h"

#include "compiler/lsp/capabilities.h"
#include "compiler/lsp/framing.h"
#include "compiler/lsp/inbox.h"
#include "compiler/lsp/methods.h"
#include "compiler/syntax/parse.h"

namespace chasi::lsp {

namespace {

/// A burst of edits is compiled once: when nothing came for half as long as the last time took, and never longer than this.
constexpr std::chrono::milliseconds kLongestQuiet(50);

class Server {
public:
  Server(Inbox& inbox, std::ostream& out, const Host& host) : inbox_(inbox), out_(out), session_{.documents = Documents(host)} {
    addNavigation(methods_);
    addEditing(methods_);
    addStructure(methods_);
    addPresentation(methods_);
    addRendering(methods_);
  }

  /// The exit status of the protocol.
  int run() {
    json message;
    for (;;) {
      switch (inbox_.next(message, changed_.empty() ? std::nullopt : std::optional(quiet_))) {
      case Inbox::State::Quiet: checkChanged(); break;
      case Inbox::State::Ended: checkChanged(); return down_ ? 0 : 1;
      case Inbox::State::Message:
        if (!handle(message)) return down_ ? 0 : 1;
        break;
      }
    }
  }

private:
  Inbox& inbox_;
  std::ostream& out_;
  Session session_;
  Methods methods_;
  bool initialized_ = false;
  bool down_ = false;
  bool watches_ = false;        ///< the client can be asked to tell of files
  std::set<std::string> changed_; ///< files that have not been checked since
  int asked_ = 0;               ///< requests of ours
  std::chrono::milliseconds quiet_{0};
  bool compiled_ = false;       ///< something was, so `quiet_` says how long it takes

  void send(json message) {
    message["jsonrpc"] = "2.0";
    writeMessage(out_, message);
  }
  void reply(const json& id, json result) { send({{"id", id}, {"result", std::move(result)}}); }
  void error(const json& id, int code, const std::string& message) { send({{"id", id}, {"error", {{"code", code}, {"message", message}}}}); }
  void notify(const char* method, json params) { send({{"method", method}, {"params", std::move(params)}}); }

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
    const json params = m.contains("params") && m["params"].is_object() ? m["params"] : json::object();
    if (method == "exit") return false;
    const bool request = m.contains("id");
    try { // the wall of the JSON library: what has another type than the protocol says
      take(m, method, params, request);
    } catch (const json::exception& e) {
      if (request) error(m["id"], kInvalidParams, e.what());
    }
    return true;
  }

  void take(const json& m, const std::string& method, const json& params, bool request) {
    if (!initialized_ && method != "initialize") {
      if (request) error(m["id"], kNotInitialized, "initialize comes first");
      return;
    }
    if (request) answer(m["id"], method, params);
    else note(method, params);
  }

  void answer(const json& id, const std::string& method, const json& params) {
    if (method == "initialize") return reply(id, initialize(params));
    if (method == "shutdown") {
      down_ = true;
      checkChanged();
      return reply(id, nullptr);
    }
    const auto known = methods_.find(method);
    if (known == methods_.end()) return error(id, kMethodNotFound, "this server does not know " + method);
    if (inbox_.cancelled(id)) return error(id, kRequestCancelled, "the request was taken back");
    if (known->second.meaning) {
      if (inbox_.changes(textAt(params, "/textDocument/uri"))) return error(id, kContentModified, "the text has changed since");
      checkChanged();
    }
    session_.stop = [this, &id] { return inbox_.cancelled(id); };
    Answer found = known->second.answer(session_, params);
    if (const auto* failure = std::get_if<Failure>(&found)) error(id, failure->code, failure->message);
    else reply(id, std::move(std::get<json>(found)));
  }

  json initialize(const json& params) {
    initialized_ = true;
    const json encodings = params.value("/capabilities/general/positionEncodings"_json_pointer, json::array());
    for (const json& e : encodings)
      if (e == "utf-8") session_.encoding = Encoding::Utf8;
    session_.snippets = params.value("/capabilities/textDocument/completion/completionItem/snippetSupport"_json_pointer, json()) == true;
    watches_ = params.value("/capabilities/workspace/didChangeWatchedFiles/dynamicRegistration"_json_pointer, json()) == true;
    if (params.contains("workspaceFolders") && params["workspaceFolders"].is_array())
      for (const json& f : params["workspaceFolders"]) addFolder(f);
    if (session_.documents.folders.empty())
      if (const std::string root = pathOf(textAt(params, "/rootUri")); !root.empty()) session_.documents.folders.push_back(root);
    if (params.contains("initializationOptions")) configure(params["initializationOptions"]);
    return {{"capabilities", capabilities(session_.encoding)}, {"serverInfo", {{"name", "chasic"}, {"version", CHASI_VERSION}}}};
  }

  void addFolder(const json& folder) {
    if (const std::string path = pathOf(textAt(folder, "/uri")); !path.empty()) session_.documents.folders.push_back(path);
  }

  /// {"environment": "prod", "parameters": {"size": 3}}, also inside of "chasi".
  void configure(const json& given) {
    const json& settings = given.is_object() && given.contains("chasi") ? given["chasi"] : given;
    if (!settings.is_object()) return;
    Choice choice;
    choice.environment = textAt(settings, "/environment");
    if (settings.contains("parameters") && settings["parameters"].is_object())
      for (const auto& [name, value] : settings["parameters"].items()) choice.params[name] = {value.is_string() ? value.get<std::string>() : value.dump(), "the settings of the editor"};
    session_.documents.choice = std::move(choice);
    session_.documents.touch();
    for (const auto& [path, document] : session_.documents.open) {
      changed_.insert(path);
      tellUnknownEnvironment(path);
    }
  }

  void tellUnknownEnvironment(const std::string& path) {
    const std::string& name = session_.documents.choice.environment;
    if (name.empty()) return;
    const std::vector<std::string> known = session_.documents.environments(path);
    if (known.empty() || llvm::is_contained(known, name)) return; // another module may have it
    notify("window/showMessage", {{"type", 2}, {"message", fmt::format("there is no environment `{}`; there are {}", name, fmt::join(known, ", "))}});
  }

  void note(const std::string& method, const json& params) {
    if (method == "initialized") watchFiles();
    else if (method == "textDocument/didOpen") opened(params);
    else if (method == "textDocument/didChange") change(params);
    else if (method == "textDocument/didClose") closed(documentPath(params));
    else if (method == "textDocument/didSave") touched(documentPath(params));
    else if (method == "workspace/didChangeConfiguration") configure(params.value("settings", json()));
    else if (method == "workspace/didChangeWatchedFiles") watched(params);
    else if (method == "workspace/didChangeWorkspaceFolders") foldersChanged(params);
  }

  void watchFiles() {
    if (!watches_) return;
    const json options = {{"watchers", {{{"globPattern", "**/*.chasi"}}, {{"globPattern", "**/chasi.lock"}}}}};
    send({{"id", fmt::format("chasi-{}", ++asked_)}, {"method", "client/registerCapability"}, {"params", {{"registrations", {{{"id", "files"}, {"method", "workspace/didChangeWatchedFiles"}, {"registerOptions", options}}}}}}});
  }

  void touched(const std::string& path) {
    if (path.empty()) return;
    session_.documents.touch();
    changed_.insert(path);
  }

  void opened(const json& params) {
    const std::string path = documentPath(params);
    if (path.empty()) return;
    Document& document = session_.documents.open[path];
    document.text = textAt(params, "/textDocument/text");
    setVersion(document, params);
    tellUnreadable(path);
    touched(path);
  }

  static void setVersion(Document& document, const json& params) {
    const json version = params.value("/textDocument/version"_json_pointer, json());
    document.version = version.is_number_integer() ? std::optional(version.get<int64_t>()) : std::nullopt;
  }

  void change(const json& params) {
    const std::string path = documentPath(params);
    if (path.empty() || !params.contains("contentChanges") || !params["contentChanges"].is_array() || params["contentChanges"].empty()) return;
    Document& document = session_.documents.open[path];
    for (const json& c : params["contentChanges"]) applyChange(document.text, c, session_.encoding);
    setVersion(document, params);
    if (!inbox_.changes(uriOf(path))) tellUnreadable(path);
    touched(path);
  }

  void closed(const std::string& path) {
    if (session_.documents.open.erase(path) == 0) return;
    session_.documents.touch();
    changed_.erase(path);
    publish(path, json::array());
  }

  void watched(const json& params) {
    session_.documents.touch();
    for (const auto& [path, document] : session_.documents.open) changed_.insert(path);
    if (!params.contains("changes") || !params["changes"].is_array()) return;
    for (const json& c : params["changes"])
      if (c.is_object() && c.value("type", json()) == 3) publish(pathOf(textAt(c, "/uri")), json::array()); // deleted
  }

  void foldersChanged(const json& params) {
    for (const json& f : params.value("/event/removed"_json_pointer, json::array())) std::erase(session_.documents.folders, pathOf(textAt(f, "/uri")));
    for (const json& f : params.value("/event/added"_json_pointer, json::array())) addFolder(f);
  }

  void publish(const std::string& path, json list) {
    if (path.empty()) return;
    json params = {{"uri", uriOf(path)}, {"diagnostics", std::move(list)}};
    if (const auto at = session_.documents.open.find(path); at != session_.documents.open.end() && at->second.version) params["version"] = *at->second.version;
    notify("textDocument/publishDiagnostics", std::move(params));
  }

  /// Where compiling takes a while, what cannot be read at all is told before.
  void tellUnreadable(const std::string& path) {
    constexpr std::chrono::milliseconds kSoon(20);
    if (compiled_ && quiet_ < kSoon) return;
    source::SourceSet sources;
    source::Diagnostics diagnostics;
    syntax::parse(sources, sources.add(path, session_.documents.open[path].text), diagnostics);
    if (!diagnostics.hasErrors()) return;
    json list = json::array();
    for (const source::Diagnostic& d : diagnostics.all()) list.push_back(diagnosticOf(session_, sources, d));
    publish(path, std::move(list));
  }

  void checkChanged() {
    const auto begin = std::chrono::steady_clock::now();
    const bool any = !changed_.empty();
    while (!changed_.empty()) {
      const std::string path = *changed_.begin();
      changed_.erase(changed_.begin());
      check(path);
    }
    compiled_ = compiled_ || any;
    if (any) quiet_ = std::min(kLongestQuiet, std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begin) / 2);
  }

  void check(const std::string& path) {
    auto edited = session_.documents.compile(path);
    if (!edited) return notify("window/logMessage", {{"type", 1}, {"message", llvm::toString(edited.takeError())}});
    const lower::Revision revision = (*edited)->revisions.current();
    std::map<std::string, json> byFile;
    for (const std::string& before : (*edited)->shown) byFile[before] = json::array();
    for (source::FileId i = 0; i < revision.sources.fileCount(); ++i) // files of the same module have been checked along
      if (changed_.erase(revision.sources.name(i).str())) byFile[revision.sources.name(i).str()] = json::array();
    byFile[path] = json::array();
    for (const source::Diagnostic& d : revision.diagnostics.all()) byFile[revision.sources.name(revision.sources.fileOf(d.span.begin)).str()].push_back(diagnosticOf(session_, revision.sources, d));
    for (auto& [file, list] : byFile)
      if (session_.documents.open.contains(file)) addInactive(session_, revision, file, list);
    (*edited)->shown.clear();
    for (auto& [file, list] : byFile) {
      if (file.empty() || file.front() != '/') continue; // the standard library, parameters: no document of the client's
      if (!list.empty()) (*edited)->shown.insert(file);
      publish(file, std::move(list));
      if (session_.documents.open.contains(file)) notify("chasi/renderChanged", {{"uri", uriOf(file)}});
    }
    (*edited)->revisions.tidy();
  }
};

} // namespace

int serve(std::istream& in, std::ostream& out, const Host& host) {
  in.tie(nullptr); // std::cin would flush std::cout from the thread that reads
  Inbox inbox(in);
  return Server(inbox, out, host).run();
}

} // namespace chasi::lsp
