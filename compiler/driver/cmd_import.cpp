// `chasic import crd`, `openapi` and `schema`: typed modules of what others describe.
#include "compiler/driver/import_documents.h"
#include "compiler/driver/import_server.h"
#include "compiler/driver/report.h"
#include "compiler/driver/run.h"
#include "compiler/import/chasi_text.h"
#include "compiler/import/crd.h"
#include "compiler/import/objects.h"
#include "compiler/import/openapi.h"
#include "compiler/import/values.h"
#include "compiler/lower/compile.h"

#include <llvm/Support/FileSystem.h>
#include <llvm/Support/MemoryBuffer.h>
#include <llvm/Support/Path.h>

#include <nlohmann/json.hpp>

namespace chasi::driver {

namespace {

using nlohmann::ordered_json;

constexpr llvm::StringLiteral kImportModule = "(import)";

/// What stands on standard input, in a file as long as this lives: only files have places that messages can name.
class StandardInput {
public:
  StandardInput() {
    if (llvm::sys::fs::createUniqueDirectory("chasi-import", folder_)) return;
    if (llvm::sys::fs::setPermissions(folder_, llvm::sys::fs::owner_all)) return; // there may be Secrets in it
    llvm::SmallString<256> path(folder_);
    llvm::sys::path::append(path, "stdin.yaml");
    const auto text = llvm::MemoryBuffer::getSTDIN();
    if (text && !llvm::errorToBool(writeFile(path.str().str(), (*text)->getBuffer()))) path_ = path.str().str();
  }
  ~StandardInput() { llvm::sys::fs::remove_directories(folder_); }
  StandardInput(const StandardInput&) = delete;
  StandardInput& operator=(const StandardInput&) = delete;

  const std::string& path() const { return path_; } ///< empty when it could not be read

private:
  llvm::SmallString<128> folder_;
  std::string path_;
};

std::vector<ordered_json> documentsOf(const std::string& path, const Terminal& terminal, int& exit) {
  source::SourceSet sources;
  source::Diagnostics diagnostics;
  auto file = sources.open(path);
  if (!file) {
    printFault("CH0001", llvm::toString(file.takeError()), "give a file of YAML or JSON", {}, {}, terminal, llvm::errs());
    exit = kUnreachable;
    return {};
  }
  llvm::SmallString<256> full;
  if (llvm::sys::fs::real_path(path, full)) full = path; // it was opened just now
  lower::CompileInput input;
  input.operations = input.policies = false;
  input.load.workspaceRoot = input.load.folder = llvm::sys::path::parent_path(full).str();
  input.load.files = {kImportModule.str()};
  input.load.overlay[kImportModule.str()] = "let all = yamlStream(" + import::inQuotes(llvm::sys::path::filename(full)) + ")\n";
  input.load.overlay["workspace.chasi"] = "edition 2026\n"; // whatever workspace the file lies in, it is not read
  lower::Compiled compiled = lower::compile(sources, diagnostics, input);
  const auto json = diagnostics.hasErrors() ? std::nullopt : lower::evaluate(compiled, "all");
  if (json) {
    const ordered_json all = ordered_json::parse(*json, nullptr, false);
    return all.is_array() ? all.get<std::vector<ordered_json>>() : std::vector<ordered_json>();
  }
  exit = kWrong;
  for (size_t i = 0; i < diagnostics.all().size(); ++i)
    llvm::erase_if(diagnostics.at(i).labels, [&](const source::Label& label) { return label.span.valid() && sources.name(sources.fileOf(label.span.begin)) == kImportModule; });
  diagnostics.sort();
  printDiagnostics(diagnostics, sources, terminal, false);
  return {};
}

} // namespace

std::vector<ordered_json> documents(const std::string& given, const Terminal& terminal, int& exit) {
  std::optional<StandardInput> input;
  if (given == "-") input.emplace();
  return documentsOf(input && !input->path().empty() ? input->path() : given, terminal, exit);
}

int writeModule(const Invocation& invocation, const std::string& text, const Terminal& terminal) {
  const std::string out = invocation.get("--out");
  if (out.empty()) {
    llvm::outs() << text;
    return kDone;
  }
  if (llvm::Error error = writeFile(out, text)) return printError(std::move(error), terminal);
  if (!terminal.quiet) llvm::errs() << "wrote " << out << '\n';
  return kDone;
}

namespace {

int nothing(const std::string& path, const char* what, const char* next, const Terminal& terminal) {
  printFault("CH7030", fmt::format("{}: {}", path, what), next, {}, {}, terminal, llvm::errs());
  return kWrong;
}

} // namespace

/// Files, or a server: one of them. False when that was said.
static bool hasOneSource(const Invocation& invocation) {
  if (invocation.has("--context") == invocation.words.empty()) return true;
  llvm::errs() << (invocation.words.empty() ? "chasic: what is to be imported is missing\n  give files, or `--context NAME` for what a cluster has\n"
                                            : "chasic: files and --context exclude each other\n  import once from each\n");
  return false;
}

int runImportCrd(const Invocation& invocation) {
  const Terminal terminal = terminalFor(invocation);
  std::vector<ordered_json> all;
  if (!hasOneSource(invocation)) return kUsage;
  if (invocation.words.empty()) {
    auto found = definitionsOfServer(invocation);
    if (!found) return printError(found.takeError(), terminal);
    if (found->empty()) return nothing(invocation.get("--context"), "this cluster has no CustomResourceDefinition", "look whether it is the right context; `chasic import openapi` gives the kinds of Kubernetes itself", terminal);
    all = std::move(*found);
  }
  for (const std::string& path : invocation.words) {
    int exit = kDone;
    std::vector<ordered_json> found;
    for (const ordered_json& document : documents(path, terminal, exit)) import::eachObject(document, [&](const ordered_json& object) { found.push_back(object); });
    if (exit != kDone) return exit;
    if (llvm::none_of(found, import::isDefinition)) return nothing(path, "there is no CustomResourceDefinition in this file", "`kubectl get crd NAME -o yaml` prints one", terminal);
    std::move(found.begin(), found.end(), std::back_inserter(all));
  }
  return writeModule(invocation, import::crdModule(all).text, terminal);
}

namespace {

/// Documents of servers are large, and nearly always JSON: read at once, without places. What is wrong with one, `documents` tells.
std::vector<ordered_json> serverDocument(const std::string& path, const Terminal& terminal, int& exit) {
  source::SourceSet sources;
  if (auto file = sources.open(path)) {
    const llvm::StringRef text = sources.text(*file);
    if (ordered_json json = ordered_json::parse(text.begin(), text.end(), nullptr, false); json.is_object()) return {std::move(json)};
  } else {
    llvm::consumeError(file.takeError());
  }
  return documents(path, terminal, exit);
}

} // namespace

int runImportOpenApi(const Invocation& invocation) {
  const Terminal terminal = terminalFor(invocation);
  std::vector<ordered_json> all;
  if (!hasOneSource(invocation)) return kUsage;
  if (invocation.words.empty()) {
    auto found = openApiOfServer(invocation);
    if (!found) return printError(found.takeError(), terminal);
    all = std::move(*found);
  }
  for (const std::string& path : invocation.words) {
    int exit = kDone;
    std::vector<ordered_json> found = serverDocument(path, terminal, exit);
    if (exit != kDone) return exit;
    if (llvm::none_of(found, import::hasKinds)) return nothing(path, "this OpenAPI document has no kind of objects", "give one of version 3, as an API server has it below /openapi/v3", terminal);
    std::move(found.begin(), found.end(), std::back_inserter(all));
  }
  llvm::SmallVector<llvm::StringRef, 8> words;
  const std::string kinds = invocation.get("--kinds");
  llvm::StringRef(kinds).split(words, ',', -1, false);
  const std::vector<std::string> asked(words.begin(), words.end());
  const import::OpenApiModule module = import::openApiModule(all, asked);
  if (module.unknown.empty()) return writeModule(invocation, module.text, terminal);
  const std::string near = source::nearest(module.unknown[0], module.kinds);
  llvm::errs() << fmt::format("chasic: --kinds: `{}` is in none of the documents\n  {}\n", module.unknown[0],
                              near.empty() ? fmt::format("there are {}", fmt::join(module.kinds, ", ")) : fmt::format("did you mean {}?", near));
  return kUsage;
}

int runImportSchema(const Invocation& invocation) {
  const Terminal terminal = terminalFor(invocation);
  const std::string path = invocation.word(0), name = invocation.get("--name", "Values");
  if (import::typeNameOf(name) != name) {
    llvm::errs() << "chasic: --name: `" << name << "` is no name of a schema\n  try " << import::typeNameOf(name) << '\n';
    return kUsage;
  }
  int exit = kDone;
  const std::vector<ordered_json> found = documents(path, terminal, exit);
  if (exit != kDone) return exit;
  const std::string text = found.size() == 1 ? import::schemaModule(found[0], name) : "";
  if (text.empty()) return nothing(path, "this is no JSON Schema of an object", "it has `properties`, or a `$ref` to one that has", terminal);
  return writeModule(invocation, text, terminal);
}

} // namespace chasi::driver
