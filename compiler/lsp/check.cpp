#include "compiler/lsp/check.h"

#include "compiler/lsp/methods.h"
#include "compiler/syntax/parse.h"

#include <llvm/Support/FileSystem.h>
#include <llvm/Support/MemoryBuffer.h>
#include <llvm/Support/Path.h>

#include <algorithm>

namespace chasi::lsp {

namespace {

struct Spot {
  double took = 0;
  std::string method, place;
};

constexpr const char* kAtPlaces[] = {"textDocument/hover", "textDocument/definition", "textDocument/typeDefinition", "textDocument/implementation", "textDocument/documentHighlight", "textDocument/prepareRename",
                                     "textDocument/references", "textDocument/completion", "textDocument/signatureHelp", "textDocument/codeAction", "textDocument/rename", "textDocument/selectionRange"};
constexpr const char* kOfFiles[] = {"textDocument/documentSymbol", "textDocument/foldingRange", "textDocument/documentLink", "textDocument/semanticTokens/full", "textDocument/semanticTokens/range", "textDocument/inlayHint",
                                    "textDocument/codeLens", "textDocument/diagnostic", "textDocument/formatting", "workspace/symbol", "chasi/environments", "chasi/render"};
constexpr size_t kWorst = 10;

/// Asks, and remembers how long it took.
class Asking {
public:
  explicit Asking(const Host& host) : session_{.documents = Documents(host), .resolvesEdits = true} {
    for (const auto add : {addNavigation, addEditing, addStructure, addPresentation, addRendering}) add(methods_);
  }

  /// Everything that can be asked about a file with this text. The name is for people.
  void file(const std::string& path, const std::string& name, const std::string& text) {
    name_ = name;
    session_.documents.open = {{path, Document{text, 1}}};
    session_.documents.touch();
    library_ = session_.documents.library.has(path);
    ++files_;
    if (!library_)
      if (auto compiled = session_.documents.compile(path); !compiled) return failed("reading", llvm::toString(compiled.takeError()), json());
    const json document = {{"uri", uriOf(path)}};
    const json all = {{"start", {{"line", 0}, {"character", 0}}}, {"end", {{"line", 1 << 30}, {"character", 0}}}};
    for (const char* method : kOfFiles) ask(method, {{"textDocument", document}, {"query", ""}, {"range", all}});
    source::SourceSet sources;
    source::Diagnostics diagnostics;
    const syntax::Tree tree = syntax::parse(sources, sources.add(path, text), diagnostics);
    for (const syntax::Token& t : tree.tokens()) {
      const uint32_t address = tree.base() + t.begin;
      place(document, toRange(sources, {address, address}, Encoding::Utf16)["start"]);
    }
  }

  bool print(double most, llvm::raw_ostream& out) {
    for (auto& [name, f] : figures_) {
      std::sort(f.milliseconds.begin(), f.milliseconds.end());
      const double p95 = f.milliseconds[(f.milliseconds.size() - 1) * 95 / 100];
      out << fmt::format("{:<42} {:>6} asked, p95 {:>8.2f} ms, slowest {:>8.2f} ms at {}\n", name, f.milliseconds.size(), p95, f.slowest.took, f.slowest.place);
    }
    for (const std::string& line : failed_) out << "failed: " << line << '\n';
    out << "the slowest:\n";
    for (const Spot& spot : worst_) out << fmt::format("  {:>8.2f} ms  {}  {}{}\n", spot.took, spot.method, spot.place, spot.took > most ? fmt::format(", and {:.0f} ms is the most", most) : "");
    out << fmt::format("{} file{}, {} requests, {} failure{}\n", files_, files_ == 1 ? "" : "s", asked_, failed_.size(), failed_.size() == 1 ? "" : "s");
    return failed_.empty() && (worst_.empty() || worst_.front().took <= most);
  }
  void failed(const std::string& what, const std::string& why, const json& position) { failed_.push_back(fmt::format("{} {}: {}", at(position), what, why)); }

private:
  struct Figures {
    std::vector<double> milliseconds;
    Spot slowest;
  };
  Session session_;
  Methods methods_;
  std::map<std::string, Figures> figures_;
  std::vector<std::string> failed_;
  std::vector<Spot> worst_; ///< the worst one first
  std::string name_;
  bool library_ = false;
  size_t files_ = 0, asked_ = 0;

  std::string at(const json& position) const { return position.is_object() ? fmt::format("{}:{}:{}", name_, position["line"].get<int>() + 1, position["character"].get<int>() + 1) : name_; }

  void place(const json& document, const json& position) {
    const json params = {{"textDocument", document}, {"position", position}, {"positions", {position}}, {"range", {{"start", position}, {"end", position}}}, {"newName", "renamed_by_check"}};
    for (const char* method : kAtPlaces) ask(method, params);
    const json items = ask("textDocument/prepareCallHierarchy", params);
    if (!items.is_array() || items.empty()) return;
    for (const char* method : {"callHierarchy/incomingCalls", "callHierarchy/outgoingCalls"}) ask(method, {{"item", items[0]}, {"position", position}});
  }

  json ask(const std::string& name, const json& params) {
    const Method& method = methods_[name];
    if (library_ && method.changes) return nullptr;
    const json position = params.value("position", json());
    json found;
    const auto begin = std::chrono::steady_clock::now();
    try {
      Answer answer = method.answer(session_, params);
      const auto* failure = std::get_if<Failure>(&answer);
      if (failure && failure->code != kRequestFailed) failed(name, failure->message, position);
      if (!failure) found = std::move(std::get<json>(answer));
    } catch (const std::exception& e) { // of the JSON library; nothing else throws
      failed(name, e.what(), position);
    }
    took({std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count(), name, at(position)});
    return found;
  }

  void took(const Spot& spot) {
    ++asked_;
    Figures& f = figures_[spot.method];
    f.milliseconds.push_back(spot.took);
    if (spot.took >= f.slowest.took) f.slowest = spot;
    if (worst_.size() == kWorst && spot.took <= worst_.back().took) return;
    worst_.insert(std::upper_bound(worst_.begin(), worst_.end(), spot, [](const Spot& a, const Spot& b) { return a.took > b.took; }), spot);
    if (worst_.size() > kWorst) worst_.pop_back();
  }
};

/// In the order of their names.
std::vector<std::string> filesBelow(const std::string& path) {
  if (!llvm::sys::fs::is_directory(path)) return {path};
  std::vector<std::string> files;
  std::error_code code;
  for (llvm::sys::fs::recursive_directory_iterator it(path, code), end; it != end && !code; it.increment(code)) {
    const llvm::StringRef name = llvm::sys::path::filename(it->path());
    const bool folder = it->type() == llvm::sys::fs::file_type::directory_file;
    if (folder && (name.starts_with(".") || name == "vendor")) it.no_push();
    else if (!folder && name.ends_with(".chasi")) files.push_back(it->path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

/// The name in the library of a file in a checkout of it; empty for others.
std::string nameInLibrary(llvm::StringRef path) {
  const size_t at = path.rfind("/stdlib/");
  const std::string name = at == llvm::StringRef::npos ? "" : fmt::format("std/{}", path.substr(at + 8).str());
  return LibraryFiles::textOf(name) ? name : "";
}

} // namespace

bool checkFeatures(const std::string& path, const Host& host, const CheckOptions& options, llvm::raw_ostream& out) {
  const std::vector<std::string> files = filesBelow(path);
  if (files.empty()) {
    out << fmt::format("there is no .chasi file in {}\n", path);
    return false;
  }
  Asking asking(host);
  const LibraryFiles library(host.cacheFolder);
  for (size_t i = 0; i < files.size(); ++i) {
    const std::string name = files.size() == 1 ? llvm::sys::path::filename(files[i]).str() : llvm::StringRef(files[i]).drop_front(path.size()).ltrim('/').str();
    if (options.progress) *options.progress << fmt::format("\r\x1b[K{}/{} {}", i + 1, files.size(), name);
    const auto buffer = llvm::MemoryBuffer::getFile(files[i], false, false);
    if (!buffer) {
      out << fmt::format("{} cannot be read: {}\n", files[i], buffer.getError().message());
      return false;
    }
    const std::string text = (*buffer)->getBuffer().str(), inLibrary = nameInLibrary(files[i]);
    const auto document = inLibrary.empty() ? std::optional(files[i]) : library.fileOf(inLibrary);
    if (document && (inLibrary.empty() || *LibraryFiles::textOf(inLibrary) == text)) asking.file(*document, name, text);
    else out << fmt::format("{} is part of the standard library, and no module of its own: not asked about, for {}\n", name, document ? "this program has another version of it" : "its copy below the cache folder cannot be written");
  }
  if (options.progress) *options.progress << "\r\x1b[K";
  return asking.print(options.most, out);
}

} // namespace chasi::lsp
