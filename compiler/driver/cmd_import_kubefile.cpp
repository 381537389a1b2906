// `chasic import kubefile`: the image that a Kubefile describes, and what of it has no equivalent.
#include "compiler/driver/import_documents.h"
#include "compiler/driver/report.h"
#include "compiler/driver/run.h"
#include "compiler/import/chasi_text.h"
#include "compiler/import/kubefile.h"
#include "compiler/lower/compile.h"
#include "compiler/manifest/image_answers.h"
#include "compiler/manifest/image_text.h"
#include "compiler/package/params.h"
#include "runtime/image/description.h"

#include <llvm/Support/FileSystem.h>
#include <llvm/Support/MemoryBuffer.h>
#include <llvm/Support/Path.h>

#include <fmt/format.h>

namespace chasi::driver {

namespace {

namespace fs = llvm::sys::fs;

std::string joined(const std::string& folder, llvm::StringRef path) {
  llvm::SmallString<256> full(folder);
  llvm::sys::path::append(full, path);
  return full.str().str();
}

/// The files and folders of a pattern, by name. Whatever leads out of the folder is not there.
std::vector<import::KubefileSource> lookIn(const std::string& folder, const std::string& pattern) {
  llvm::SmallString<256> clean(llvm::StringRef(pattern).ltrim('/'));
  llvm::sys::path::remove_dots(clean, true);
  const llvm::StringRef path = clean, below = llvm::sys::path::parent_path(path), last = llvm::sys::path::filename(path);
  if (path == ".." || path.starts_with("../")) return {};
  if (!last.contains('*')) {
    const std::string full = joined(folder, path);
    if (!fs::exists(full)) return {};
    return {{path.empty() ? "." : path.str(), fs::is_directory(full)}};
  }
  std::vector<import::KubefileSource> out;
  std::error_code code;
  for (fs::directory_iterator it(joined(folder, below), code), end; it != end && !code; it.increment(code)) {
    const llvm::StringRef name = llvm::sys::path::filename(it->path());
    if (manifest::matches(last, name)) out.push_back({(below.empty() ? "" : below.str() + "/") + name.str(), fs::is_directory(it->path())});
  }
  llvm::sort(out, [](const auto& a, const auto& b) { return a.path < b.path; });
  return out;
}

std::string textOf(const std::string& path) {
  const auto text = llvm::MemoryBuffer::getFile(path, true);
  return text ? (*text)->getBuffer().str() : std::string();
}

/// What the flags say; false when that is wrong, and was said.
bool settings(const Invocation& invocation, const std::string& folder, import::KubefileInput& input, int& exit, const Terminal& terminal) {
  input.name = invocation.get("--name", llvm::StringRef(import::nameOf(llvm::sys::path::filename(folder))).lower().c_str());
  input.tag = invocation.get("--tag", "latest");
  input.platforms = invocation.all("--platform");
  if (input.platforms.empty()) input.platforms = {"linux/amd64"};
  exit = kUsage;
  if (!import::isName(input.name) || llvm::StringRef(input.name).lower() != input.name) {
    llvm::errs() << "chasic: --name: `" << input.name << "` is no name of an image\n  try " << llvm::StringRef(import::nameOf(input.name)).lower() << '\n';
    return false;
  }
  for (const std::string& text : input.platforms)
    if (auto platform = image::Platform::parse(text); !platform) {
      printError(platform.takeError(), terminal);
      return false;
    }
  for (const std::string& assignment : invocation.all("--build-arg")) {
    auto pair = package::splitAssignment(assignment, "--build-arg");
    if (!pair) {
      exit = printError(pair.takeError(), terminal);
      return false;
    }
    input.arguments[pair->first] = pair->second;
  }
  return true;
}

/// Whether the module is right; what is wrong with it is printed.
bool compiles(const std::string& module, const Terminal& terminal) {
  source::SourceSet sources;
  source::Diagnostics diagnostics;
  lower::CompileInput input;
  input.policies = false;
  input.load.files = {"import.chasi"};
  input.load.overlay["import.chasi"] = module;
  const lower::Compiled compiled = lower::compile(sources, diagnostics, input);
  if (!diagnostics.hasErrors()) return true;
  diagnostics.sort();
  printDiagnostics(diagnostics, sources, terminal, false);
  return false;
}

void report(const import::KubefileImage& image, const std::string& file, const Terminal& terminal) {
  if (terminal.quiet) return;
  llvm::errs() << fmt::format("{} file{} or folder{} copied, {} container image{} carried; paths count from the workspace's root, so the module belongs beside the Kubefile\n", image.copied, image.copied == 1 ? "" : "s",
                              image.copied == 1 ? "" : "s", image.carried, image.carried == 1 ? "" : "s");
  llvm::errs() << "  next: `chasic image pin` pins its base and its container images to digests, those of copied manifests too\n";
  for (const import::KubefileNote& note : image.notes) llvm::errs() << fmt::format("  {}:{}: {}\n    {}\n", file, note.line, note.what, note.help);
}

} // namespace

int runImportKubefile(const Invocation& invocation) {
  const Terminal terminal = terminalFor(invocation);
  const std::string file = invocation.word(0);
  llvm::SmallString<256> full(file);
  source::SourceSet sources;
  auto opened = sources.open(file);
  if (!opened || fs::make_absolute(full)) {
    printFault("CH0001", opened ? "cannot tell where " + file + " lies" : llvm::toString(opened.takeError()), "give the Kubefile itself", {}, {}, terminal, llvm::errs());
    return kUnreachable;
  }
  const std::string folder = llvm::sys::path::parent_path(full).str();
  import::KubefileInput input;
  int exit = kDone;
  if (!settings(invocation, folder, input, exit, terminal)) return exit;
  input.look = [&](const std::string& pattern) { return lookIn(folder, pattern); };
  input.read = [&](const std::string& path) { return textOf(joined(folder, path)); };
  input.isImage = [](const std::string& text) { return manifest::readImage(text).has_value() && !llvm::StringRef(text).contains("://"); };
  import::KubefileMistake mistake;
  const auto lines = import::parseKubefile(sources.text(*opened), mistake);
  if (!lines) {
    printFault("CH7043", mistake.what, mistake.help, {}, {file, mistake.line, 1}, terminal, llvm::errs());
    return kWrong;
  }
  const import::KubefileImage image = import::kubefileImage(*lines, input);
  if (!compiles(image.module, terminal)) return kWrong;
  if (const int written = writeModule(invocation, image.module, terminal); written != kDone) return written;
  report(image, file, terminal);
  return kDone;
}

} // namespace chasi::driver
