#include "compiler/lsp/server.h"

#include "compiler/lsp/capabilities.h"
#include "compiler/lsp/checks.h"
#include "compiler/lsp/framing.h"
#include "compiler/lsp/inbox.h"
#include "compiler/lsp/settings.h"

namespace chasi::lsp {

namespace {

class Server {
public:
  Server(Inbox& inbox, std::ostream& out, const Host& host) : inbox_(inbox), out_(out), session_{.documents = Documents(host)} {
    addNavigation(methods_);
    addEditing(methods_);
    addStructure(methods_);
    addPresentation(methods_);
    addRendering(methods_);
    session_.checkAll = [this] { checks_.all(); };
  }

  /// The exit status of the protocol.
  int run() {
    json message;
    for (;;) {
      switch (inbox_.next(message, checks_.patience())) {
      case Inbox::State::Quiet: checks_.idle(); break;
      case Inbox::State::Ended: checks_.now(); return down_ ? 0 : 1;
      case Inbox::State::Message:
        checks_.busy();
        if (!handle(message)) return down_ ? 0 : 1;
        break;
      }
      tellNews();
    }
  }

private:
  Inbox& inbox_;
  std::ostream& out_;
  Session session_;
  Methods methods_;
  bool initialized_ = false;
  bool down_ = false;
  bool running_ = false;        ///< the client has said that it is initialized
  bool watches_ = false;        ///< the client can be asked to tell of files
  std::vector<const char*> refreshes_; ///< what it asks again when it is told to
  bool relativePatterns_ = false; ///< … of those below a folder
  json watched_ = json::array();  ///< watchers of parameters files
  int asked_ = 0;               ///< requests of ours
  std::set<std::string> said_;  ///< messages that were shown
  Checks checks_{session_, [this](const char* method, json params) { notify(method, std::move(params)); }};

  void send(json message) {
    message["jsonrpc"] = "2.0";
    writeMessage(out_, message);
  }
  void reply(const json& id, json result) { send({{"id", id}, {"result", std::move(result)}}); }
  void error(const json& id, int code, const std::string& message) { send({{"id", id}, {"error", {{"code", code}, {"message", message}}}}); }
  void ask(const std::string& method, json params) { send({{"id", fmt::format("chasi-{}", ++asked_)}, {"method", method}, {"params", std::move(params)}}); }
  void notify(const char* method, json params) { send({{"method", method}, {"params", std::move(params)}}); }

  /// False ends the session.
  bool handle(const json& m) {
    if (m.is_discarded()) {
      error(nullptr, kParseError, "the message is not JSON, or nests too deeply");
      return true;
    }
    if (!m.is_object()) {
      error(nullptr, kInvalidRequest, "a message is one object; the protocol has no batches");
      return true;
    }
    if (!m.contains("method") || !m["method"].is_string()) {
      if (m.contains("id") && !m.contains("result") && !m.contains("error")) error(m["id"], kInvalidRequest, "a request has a method");
      return true;
    }
    if (m.contains("id") && !m["id"].is_string() && !m["id"].is_number()) {
      error(nullptr, kInvalidRequest, "the id of a request is a number or a text");
      return true;
    }
    const auto method = m["method"].get<std::string>();
    const json params = m.contains("params") && m["params"].is_object() ? m["params"] : json::object();
    if (method == "exit") return false;
    const bool request = m.contains("id");
    try { // the wall of the JSON library: what has another type than the protocol says
      take(m, method, params, request);
    } catch (const json::exception&) {
      if (request) error(m["id"], kInvalidParams, fmt::format("the parameters of {} are not as the protocol has them", method));
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
    if (down_) return error(id, kInvalidRequest, "the server was shut down; exit ends it");
    if (method == "initialize") return initialized_ ? error(id, kInvalidRequest, "the server is initialized already") : reply(id, initialize(params));
    if (method == "shutdown") {
      down_ = true;
      checks_.now();
      return reply(id, nullptr);
    }
    const auto known = methods_.find(method);
    if (known == methods_.end()) return error(id, kMethodNotFound, "this server does not know " + method);
    if (inbox_.cancelled(id)) return error(id, kRequestCancelled, "the request was taken back");
    if (known->second.changes && isOfLibrary(documentPath(params))) return reply(id, nullptr);
    if (known->second.meaning) {
      if (inbox_.changes(textAt(params, "/textDocument/uri"))) return error(id, kContentModified, "the text has changed since");
      checks_.now();
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
    // The item comes back with what was in it, and is asked for its edit.
    const json lazily = params.value("/capabilities/textDocument/codeAction/resolveSupport/properties"_json_pointer, json::array());
    session_.resolvesEdits = params.value("/capabilities/textDocument/codeAction/dataSupport"_json_pointer, json()) == true && llvm::any_of(lazily, [](const json& p) { return p == "edit"; });
    watches_ = params.value("/capabilities/workspace/didChangeWatchedFiles/dynamicRegistration"_json_pointer, json()) == true;
    // The protocol has its capability in the plural and its method in the singular.
    constexpr std::pair<const char*, const char*> kRefreshes[] = {{"semanticTokens", "semanticTokens"}, {"inlayHint", "inlayHint"}, {"codeLens", "codeLens"}, {"diagnostics", "diagnostic"}};
    for (const auto& [capability, method] : kRefreshes)
      if (params.value(json::json_pointer(fmt::format("/capabilities/workspace/{}/refreshSupport", capability)), json()) == true) refreshes_.push_back(method);
    relativePatterns_ = params.value("/capabilities/workspace/didChangeWatchedFiles/relativePatternSupport"_json_pointer, json()) == true;
    if (params.contains("workspaceFolders") && params["workspaceFolders"].is_array())
      for (const json& f : params["workspaceFolders"]) addFolder(f);
    if (session_.documents.folders.empty())
      if (const std::string root = pathOf(textAt(params, "/rootUri")); !root.empty()) session_.documents.folders.push_back(root);
    checks_.pushes = textAt(params, "/initializationOptions/diagnostics") != "pull";
    checks_.everything = params.value("/initializationOptions/workspaceDiagnostics"_json_pointer, json()) != false;
    if (params.contains("initializationOptions")) configure(params["initializationOptions"]);
    return {{"capabilities", capabilities(session_.encoding, !checks_.pushes)}, {"serverInfo", {{"name", "chasic"}, {"version", CHASI_VERSION}}}};
  }

  void addFolder(const json& folder) {
    if (const std::string path = pathOf(textAt(folder, "/uri")); !path.empty()) session_.documents.folders.push_back(path);
  }

  /// {"environment": "prod", "parametersFile": "params.yaml", "parameters": {"size": 3}}, also inside of "chasi".
  void configure(const json& given) {
    const json& settings = given.is_object() && given.contains("chasi") ? given["chasi"] : given;
    if (!settings.is_object()) return;
    session_.documents.choose(choiceOf(settings));
    session_.hidden = hiddenHints(settings);
    if (settings.contains("parametersFile") && !settings["parametersFile"].is_string() && !settings["parametersFile"].is_null()) show("`parametersFile` in the settings is the path of a file");
    watchParameters();
    said_.clear();
    for (const auto& [path, document] : session_.documents.open) tellUnknownEnvironment(path);
    checks_.again();
    refresh();
  }

  /// What the client shows was worked out with other settings or files.
  void refresh() {
    if (!running_) return; // nothing is shown yet
    for (const char* what : refreshes_) ask(fmt::format("workspace/{}/refresh", what), nullptr);
  }

  void tellUnknownEnvironment(const std::string& path) {
    const std::string& name = session_.documents.choice.environment;
    if (name.empty()) return;
    const std::vector<std::string> known = session_.documents.environments(path);
    if (known.empty() || llvm::is_contained(known, name)) return; // another module may have it
    show(fmt::format("there is no environment `{}`; there are {}", name, fmt::join(known, ", ")), 2);
  }

  void tellNews() {
    for (const std::string& mistake : session_.documents.news()) show(mistake);
    if (const std::string why = session_.documents.library.news(); !why.empty()) notify("window/logMessage", {{"type", 2}, {"message", why}});
  }

  /// Once for each configuration, however many modules it is about.
  void show(const std::string& mistake, int type = 1) {
    if (said_.insert(mistake).second) notify("window/showMessage", {{"type", type}, {"message", mistake}});
  }

  void note(const std::string& method, const json& params) {
    if (method == "initialized") watchFiles(), checks_.again();
    else if (method == "textDocument/didOpen") opened(params);
    else if (method == "textDocument/didChange") change(params);
    else if (method == "textDocument/didClose") closed(documentPath(params));
    else if (method == "textDocument/didSave") checks_.changed(documentPath(params));
    else if (method == "workspace/didChangeConfiguration") configure(params.value("settings", json()));
    else if (method == "workspace/didChangeWatchedFiles") watched(params);
    else if (method == "workspace/didChangeWorkspaceFolders") foldersChanged(params);
  }

  void watchFiles() {
    running_ = true;
    if (!watches_) return;
    ask("client/registerCapability", watching("files", {{{"globPattern", "**/*.chasi"}}, {{"globPattern", "**/chasi.lock"}}}));
    watchParameters();
  }

  /// Instead of the one that was watched before.
  void watchParameters() {
    if (!watches_ || !running_) return;
    json watchers = parametersWatchers(session_.documents.parametersFiles(), relativePatterns_);
    if (watchers == watched_) return;
    if (!watched_.empty()) ask("client/unregisterCapability", notWatching("parameters"));
    watched_ = watchers;
    if (!watchers.empty()) ask("client/registerCapability", watching("parameters", std::move(watchers)));
  }

  bool isOfLibrary(const std::string& path) const { return session_.documents.library.has(path); }

  void opened(const json& params) {
    const std::string path = documentPath(params);
    if (path.empty()) return;
    Document& document = session_.documents.open[path];
    document.text = textAt(params, "/textDocument/text");
    setVersion(document, params);
    checks_.edited(path, false);
  }

  static void setVersion(Document& document, const json& params) {
    const json version = params.value("/textDocument/version"_json_pointer, json());
    document.version = version.is_number_integer() ? std::optional(version.get<int64_t>()) : std::nullopt;
  }

  void change(const json& params) {
    const std::string path = documentPath(params);
    if (path.empty() || !params.contains("contentChanges") || !params["contentChanges"].is_array() || params["contentChanges"].empty()) return;
    if (!session_.documents.open.contains(path)) return notify("window/logMessage", {{"type", 2}, {"message", fmt::format("{} was changed and is not open", path)}});
    Document& document = session_.documents.open[path];
    for (const json& c : params["contentChanges"]) applyChange(document.text, c, session_.encoding);
    setVersion(document, params);
    checks_.edited(path, inbox_.changes(uriOf(path)));
  }

  void closed(const std::string& path) {
    if (session_.documents.open.contains(path)) checks_.closed(path);
  }

  void watched(const json& params) {
    for (const json& c : params.value("changes", json::array()))
      if (c.is_object() && c.value("type", json()) == 3) checks_.deleted(pathOf(textAt(c, "/uri")));
    checks_.again();
    refresh();
  }

  void foldersChanged(const json& params) {
    for (const json& f : params.value("/event/removed"_json_pointer, json::array())) std::erase(session_.documents.folders, pathOf(textAt(f, "/uri")));
    for (const json& f : params.value("/event/added"_json_pointer, json::array())) addFolder(f);
    watchParameters();
    checks_.again();
  }
};

} // namespace

int serve(std::istream& in, std::ostream& out, const Host& host, std::ostream& log) {
  in.tie(nullptr); // std::cin would flush std::cout from the thread that reads
  Inbox inbox(in);
  const int status = Server(inbox, out, host).run();
  const std::string broken = inbox.broken();
  if (broken.empty()) return status;
  log << "chasic lsp: " << broken << std::endl;
  return 1;
}

} // namespace chasi::lsp
