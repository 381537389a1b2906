#include "compiler/lsp/check.h"

#include "compiler/lsp/methods.h"
#include "compiler/syntax/parse.h"

#include <llvm/Support/MemoryBuffer.h>

#include <algorithm>

namespace chasi::lsp {

namespace {

struct Figures {
  std::vector<double> milliseconds;
  double slowest = 0;
  json where;
};

struct Run {
  Session session;
  Methods methods;
  std::map<std::string, Figures> figures;
  std::vector<std::string> failed;

  void ask(const std::string& name, const json& params) {
    const auto begin = std::chrono::steady_clock::now();
    try {
      const Answer answer = methods[name].answer(session, params);
      const auto* failure = std::get_if<Failure>(&answer);
      if (failure && failure->code != kRequestFailed) failed.push_back(fmt::format("{} {}: {}", name, params.value("position", json()).dump(), failure->message));
    } catch (const std::exception& e) { // of the JSON library; nothing else throws
      failed.push_back(fmt::format("{} {}: {}", name, params.value("position", json()).dump(), e.what()));
    }
    const double took = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count();
    Figures& f = figures[name];
    f.milliseconds.push_back(took);
    if (took < f.slowest) return;
    f.slowest = took;
    f.where = params.value("position", json());
  }

  void print(llvm::raw_ostream& out) {
    for (auto& [name, f] : figures) {
      std::sort(f.milliseconds.begin(), f.milliseconds.end());
      const double p95 = f.milliseconds[(f.milliseconds.size() - 1) * 95 / 100];
      out << fmt::format("{:<42} {:>6} asked, p95 {:>8.2f} ms, slowest {:>8.2f} ms", name, f.milliseconds.size(), p95, f.slowest);
      if (f.where.is_object()) out << fmt::format(" at {}:{}", f.where["line"].get<int>() + 1, f.where["character"].get<int>() + 1);
      out << '\n';
    }
    for (const std::string& line : failed) out << "failed: " << line << '\n';
  }
};

constexpr const char* kAtPlaces[] = {"textDocument/hover", "textDocument/definition", "textDocument/typeDefinition", "textDocument/implementation", "textDocument/documentHighlight", "textDocument/prepareRename",
                                     "textDocument/references", "textDocument/completion", "textDocument/signatureHelp", "textDocument/prepareCallHierarchy", "textDocument/codeAction", "textDocument/rename"};
constexpr const char* kOfFiles[] = {"textDocument/documentSymbol", "textDocument/foldingRange", "textDocument/documentLink", "textDocument/semanticTokens/full", "textDocument/inlayHint", "textDocument/codeLens", "textDocument/diagnostic", "textDocument/formatting", "workspace/symbol"};

} // namespace

bool checkFeatures(const std::string& path, const Host& host, double most, llvm::raw_ostream& out) {
  const auto buffer = llvm::MemoryBuffer::getFile(path, false, false);
  if (!buffer) {
    out << fmt::format("{} cannot be read: {}\n", path, buffer.getError().message());
    return false;
  }
  Run run{.session = {.documents = Documents(host), .resolvesEdits = true}, .methods = {}, .figures = {}, .failed = {}};
  for (const auto add : {addNavigation, addEditing, addStructure, addPresentation, addRendering}) add(run.methods);
  const std::string text = (*buffer)->getBuffer().str();
  run.session.documents.open[path] = {text, 1};
  run.session.documents.touch();
  if (auto compiled = run.session.documents.compile(path); !compiled) {
    out << llvm::toString(compiled.takeError()) << '\n';
    return false;
  }
  const json document = {{"uri", uriOf(path)}};
  for (const char* method : kOfFiles) run.ask(method, {{"textDocument", document}, {"query", ""}, {"range", {{"start", {{"line", 0}, {"character", 0}}}, {"end", {{"line", 1 << 30}, {"character", 0}}}}}});
  source::SourceSet sources;
  source::Diagnostics diagnostics;
  const source::FileId file = sources.add(path, text);
  const syntax::Tree tree = syntax::parse(sources, file, diagnostics);
  for (const syntax::Token& t : tree.tokens()) {
    const uint32_t address = tree.base() + t.begin;
    const json at = toRange(sources, {address, address}, Encoding::Utf16)["start"];
    const json params = {{"textDocument", document}, {"position", at}, {"positions", {at}}, {"range", {{"start", at}, {"end", at}}}, {"newName", "renamed_by_check"}};
    for (const char* method : kAtPlaces) run.ask(method, params);
    run.ask("textDocument/selectionRange", params);
  }
  run.print(out);
  bool fast = true;
  for (const auto& [name, f] : run.figures) {
    if (f.slowest <= most) continue;
    out << fmt::format("slow: {} took {:.0f} ms; {:.0f} is the most\n", name, f.slowest, most);
    fast = false;
  }
  return fast && run.failed.empty();
}

} // namespace chasi::lsp
