// `chasic image find`: the container images that manifests and specifications need.
#include "compiler/driver/manifest_files.h"
#include "compiler/driver/report.h"
#include "compiler/driver/run.h"
#include "compiler/driver/spec.h"
#include "compiler/manifest/image_answers.h"

#include <llvm/Support/FileSystem.h>
#include <llvm/Support/Path.h>

#include <fmt/format.h>

namespace chasi::driver {

namespace {

using nlohmann::ordered_json;

/// An image, and one place that it was found at.
struct Sighting {
  manifest::FoundImage image;
  std::string object; ///< "Deployment/web"
  std::string owner;  ///< the declaration; empty in a file
  plan::SourceRef place;
};

struct Findings {
  std::vector<Sighting> all;
  std::vector<std::pair<plan::SourceRef, std::string>> unread; ///< files that are no manifests to their end, and why
  std::vector<std::string> others;                             ///< files without an object of Kubernetes
  size_t objects = 0;
};

void inText(const std::string& name, llvm::StringRef text, Findings& out) {
  const eval::ManifestText read = eval::readManifests(text);
  for (const eval::ManifestDocument& document : read.objects) {
    ++out.objects;
    for (manifest::FoundImage& image : manifest::imagesIn(document.object)) {
      const uint32_t at = eval::offsetOf(document, image.pointer);
      out.all.push_back({std::move(image), manifest::titleOf(document.object), "", placeIn(name, text, at)});
    }
  }
  if (!read.problem.empty()) out.unread.emplace_back(placeIn(name, text, read.at), read.problem);
  else if (read.objects.empty() && !llvm::StringRef(name).ends_with(".json")) out.others.push_back(name);
}

llvm::Error inFiles(const std::string& path, Findings& out) {
  auto files = manifestFiles(path);
  if (!files) return files.takeError();
  for (const std::string& file : *files) {
    auto text = readManifestFile(file);
    if (!text) return text.takeError();
    inText(file, *text, out);
  }
  return llvm::Error::success();
}

bool isSpecification(const std::string& path) {
  if (llvm::StringRef(path).ends_with(".chasi")) return true;
  std::error_code code;
  for (llvm::sys::fs::directory_iterator it(path, code), end; it != end && !code; it.increment(code))
    if (llvm::StringRef(it->path()).ends_with(".chasi")) return true;
  return false;
}

/// What a specification makes, whether its own images carry that or not.
bool inSpecification(const Invocation& invocation, size_t word, const Terminal& terminal, Findings& out, int& exit) {
  package::Workspace workspace;
  auto input = describeSpec(invocation, word, workspace, invocation.get("--env"));
  if (!input) {
    exit = printError(input.takeError(), terminal);
    return false;
  }
  input->policies = false;
  input->pins = nullptr;
  input->manifests = nullptr;
  source::SourceSet sources;
  source::Diagnostics diagnostics;
  const lower::Compiled compiled = lower::compile(sources, diagnostics, *input);
  if (diagnostics.hasErrors()) {
    diagnostics.sort();
    printDiagnostics(diagnostics, sources, terminal, false);
    exit = kWrong;
    return false;
  }
  for (const plan::Operation& op : compiled.desired.operations) {
    if (op.kind != plan::OpKind::Object) continue;
    ++out.objects;
    const ordered_json object = ordered_json::parse(op.payload, nullptr, false);
    for (manifest::FoundImage& image : manifest::imagesIn(object)) out.all.push_back({std::move(image), manifest::titleOf(object), op.owner, op.source});
  }
  return true;
}

/// What answers and other places say counts for all.
void weigh(const Invocation& invocation, Findings& findings, const Terminal& terminal) {
  std::vector<manifest::FoundImage> images;
  for (Sighting& s : findings.all) images.push_back(s.image);
  const manifest::ImageAnswers answers{invocation.all("--use"), invocation.all("--ignore")};
  manifest::MetAnswers met;
  std::set<std::string> kept, sure;
  manifest::answer(images, answers, met);
  for (const manifest::FoundImage& f : images) {
    kept.insert(f.reference);
    if (f.sure) sure.insert(f.reference);
  }
  for (Sighting& s : findings.all) s.image.sure = sure.contains(s.image.reference);
  std::erase_if(findings.all, [&](const Sighting& s) { return !kept.contains(s.image.reference); });
  if (terminal.quiet) return;
  for (size_t i = 0; i < answers.use.size(); ++i)
    if (!met.use[i]) llvm::errs() << fmt::format("note: --use {} is the answer to nothing that was found\n", answers.use[i]);
  for (size_t i = 0; i < answers.ignore.size(); ++i)
    if (!met.ignore[i]) llvm::errs() << fmt::format("note: --ignore {} is the answer to nothing that was found\n", answers.ignore[i]);
}

std::string shown(const plan::SourceRef& place) { return fmt::format("{}:{}:{}", place.file, place.line, place.column); }

ordered_json toJson(const Findings& findings) {
  ordered_json images = ordered_json::array(), unread = ordered_json::array();
  for (const Sighting& s : findings.all) {
    ordered_json entry = {{"reference", s.image.reference}, {"sure", s.image.sure}, {"why", s.image.why}, {"object", s.object}};
    if (!s.owner.empty()) entry["declaration"] = s.owner;
    entry["pointer"] = s.image.pointer;
    entry["file"] = s.place.file;
    entry["line"] = s.place.line;
    entry["column"] = s.place.column;
    images.push_back(std::move(entry));
  }
  for (const auto& [place, why] : findings.unread) unread.push_back({{"file", place.file}, {"line", place.line}, {"column", place.column}, {"reason", why}});
  return {{"images", images}, {"unread", unread}, {"without", findings.others}};
}

void print(const Findings& findings, const Terminal& terminal) {
  std::set<std::string> sure, doubtful;
  for (const Sighting& s : findings.all) {
    (s.image.sure ? sure : doubtful).insert(s.image.reference);
    const std::string where = s.owner.empty() ? s.object : s.owner + " " + s.object;
    llvm::outs() << fmt::format("{}: {}{}  ({}: {})\n", shown(s.place), s.image.sure ? "" : "doubtful: ", s.image.reference, where, s.image.why);
  }
  if (terminal.quiet) return;
  for (const std::string& file : findings.others) llvm::errs() << "note: " << file << ": there is no Kubernetes object in this file\n";
  llvm::errs() << fmt::format("{} image{} in {} object{}{}\n", sure.size(), sure.size() == 1 ? "" : "s", findings.objects, findings.objects == 1 ? "" : "s", doubtful.empty() ? "" : fmt::format(", and {} that may be one", doubtful.size()));
  if (!doubtful.empty()) llvm::errs() << fmt::format("  an image that carries them says which they are: `images {{ use = [\"{}\"] }}`, or `ignore` for what is no image\n", *doubtful.begin());
}

} // namespace

int runImageFind(const Invocation& invocation) {
  const Terminal terminal = terminalFor(invocation);
  Findings findings;
  for (size_t i = 0; i < invocation.words.size(); ++i) {
    int exit = kDone;
    if (isSpecification(invocation.words[i])) {
      if (!inSpecification(invocation, i, terminal, findings, exit)) return exit;
    } else if (llvm::Error error = inFiles(invocation.words[i], findings)) {
      return printError(std::move(error), terminal);
    }
  }
  weigh(invocation, findings, terminal);
  if (invocation.get("--format", "text") == "json") llvm::outs() << toJson(findings).dump(2) << '\n';
  else print(findings, terminal);
  for (const auto& [place, why] : findings.unread)
    printFault("CH7042", fmt::format("{}: {}", place.file, why), "images that it names are not in the list; render templates first: `helm template` prints what a chart makes", {}, place, terminal, llvm::errs());
  const bool doubtful = llvm::any_of(findings.all, [](const Sighting& s) { return !s.image.sure; });
  return doubtful || !findings.unread.empty() ? kWrong : kDone;
}

} // namespace chasi::driver
