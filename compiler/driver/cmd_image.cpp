#include "compiler/driver/run.h"
#include "compiler/driver/spec.h"
#include "runtime/engine/image_job.h"
#include "runtime/image/inspect.h"
#include "runtime/image/oci_archive.h"
#include "runtime/image/transfer.h"

#include <llvm/Support/FileSystem.h>
#include <llvm/Support/Path.h>
#include <nlohmann/json.hpp>

namespace chasi::driver {

namespace {

struct Wanted {
  const plan::Operation* operation;
  std::string name; ///< of the declaration
};

std::vector<Wanted> imagesOf(const plan::Desired& desired) {
  std::vector<Wanted> out;
  for (const plan::Operation& op : desired.operations)
    if (op.kind == plan::OpKind::Image) out.push_back({&op, op.owner.substr(op.owner.find('.') + 1)});
  return out;
}

/// The one named, with the images that it needs before it; all when none is named.
llvm::Expected<std::vector<Wanted>> choose(const Invocation& invocation, const plan::Desired& desired) {
  std::vector<Wanted> all = imagesOf(desired);
  if (all.empty()) return plan::fault("CH7005", "the specification declares no image", "an `image NAME { … }` declaration describes one");
  const std::string name = invocation.get("--image");
  if (name.empty()) return all;
  std::vector<std::string> names;
  for (const Wanted& w : all) names.push_back(w.name);
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) {
    const std::string near = source::nearest(name, names);
    return plan::fault("CH7005", fmt::format("there is no image `{}`", name), near.empty() ? fmt::format("there are {}", fmt::join(names, ", ")) : fmt::format("did you mean `{}`?", near));
  }
  std::set<uint32_t> needed = {static_cast<uint32_t>(all[static_cast<size_t>(found - names.begin())].operation - desired.operations.data())};
  for (uint32_t i = static_cast<uint32_t>(desired.operations.size()); i-- > 0;)
    if (needed.contains(i)) needed.insert(desired.operations[i].needs.begin(), desired.operations[i].needs.end());
  std::erase_if(all, [&](const Wanted& w) { return !needed.contains(static_cast<uint32_t>(w.operation - desired.operations.data())); });
  return all;
}

nlohmann::ordered_json toJson(const Wanted& wanted, const image::BuildResult& result) {
  nlohmann::ordered_json platforms = nlohmann::ordered_json::array();
  for (const image::BuiltPlatform& p : result.platforms) platforms.push_back({{"platform", p.platform.str()}, {"manifest", p.manifest.digest.str()}});
  return {{"image", wanted.name}, {"reference", result.reference}, {"digest", result.image.digest.str()}, {"changed", result.changed}, {"platforms", platforms}};
}

llvm::Expected<image::TransferOptions> transferOptions(const Invocation& invocation, const Terminal& terminal) {
  image::TransferOptions options;
  if (invocation.has("--platform")) {
    auto platform = image::Platform::parse(invocation.get("--platform"));
    if (!platform) return platform.takeError();
    options.platform = std::move(*platform);
  }
  if (terminal.verbose) options.event = [](const std::string& text) { llvm::errs() << "  " << text << '\n'; };
  return options;
}

} // namespace

int runImageBuild(const Invocation& invocation) {
  const Terminal terminal = terminalFor(invocation);
  const bool json = invocation.get("--format", "text") == "json";
  int exit = kDone;
  const auto spec = readSpec(invocation, 0, Depth::Lower, terminal, exit);
  if (!spec) return exit;
  const plan::Desired& desired = spec->compiled.desired;
  auto wanted = choose(invocation, desired);
  if (!wanted) return printError(wanted.takeError(), terminal);
  engine::ImageFolders folders;
  folders.workspaceRoot = spec->workspace.root;
  folders.cacheDir = cacheFolder(spec->state, "images");
  folders.fetchedDir = cacheFolder(spec->state, "images-fetched");
  folders.offline = invocation.has("--offline");
  if (invocation.has("--layout")) {
    llvm::SmallString<256> absolute(invocation.get("--layout"));
    llvm::sys::fs::make_absolute(absolute);
    folders.layoutDir = absolute.str().str();
  }
  nlohmann::ordered_json results = nlohmann::ordered_json::array();
  for (const Wanted& each : *wanted) {
    auto job = engine::imageJob(*each.operation, desired, folders);
    if (!job) return printError(job.takeError(), terminal);
    if (terminal.verbose) job->options.event = [](const image::Event& e) { llvm::errs() << "  " << e.text << '\n'; };
    auto result = image::build(job->description, job->options);
    if (!result) return printError(result.takeError(), terminal);
    if (json) results.push_back(toJson(each, *result));
    else llvm::outs() << fmt::format("{}  {}  {}\n", result->reference, result->image.digest.str(), result->changed ? fmt::format("built, {} blobs, {} bytes", result->blobsWritten, result->bytesWritten) : "unchanged");
    if (!invocation.has("--push") || !job->push) continue;
    auto options = transferOptions(invocation, terminal);
    if (!options) return printError(options.takeError(), terminal);
    auto pushed = image::push(job->options.layoutDir, result->reference, *job->push, *options);
    if (!pushed) return printError(pushed.takeError(), terminal);
    if (json) results.back()["pushed"] = {{"address", job->push->str()}, {"changed", pushed->changed}, {"moved", pushed->moved}};
    else llvm::outs() << fmt::format("{}  {}  {}\n", job->push->str(), pushed->image.digest.str(), pushed->changed ? fmt::format("pushed, {} blobs, {} bytes", pushed->moved, pushed->bytes) : "unchanged");
  }
  if (json) llvm::outs() << results.dump(2) << '\n';
  return kDone;
}

int runImageInspect(const Invocation& invocation) {
  const Terminal terminal = terminalFor(invocation);
  auto found = image::inspect(invocation.word(0), invocation.word(1));
  if (!found) return printError(found.takeError(), terminal);
  if (invocation.get("--format", "text") == "json") llvm::outs() << image::toJson(*found).dump(2) << '\n';
  else llvm::outs() << image::toText(*found);
  return kDone;
}

int runImageDiff(const Invocation& invocation) {
  const Terminal terminal = terminalFor(invocation);
  auto platform = image::Platform::parse(invocation.get("--platform", "linux/amd64"));
  if (!platform) return printError(platform.takeError(), terminal);
  const std::string other = invocation.get("--other-layout", invocation.word(0).c_str());
  auto list = image::diff(invocation.word(0), invocation.word(1), other, invocation.word(2), *platform);
  if (!list) return printError(list.takeError(), terminal);
  for (const image::Difference& d : *list) {
    const char mark = d.kind == image::Difference::Kind::Added ? '+' : d.kind == image::Difference::Kind::Removed ? '-' : '~';
    llvm::outs() << mark << ' ' << d.path << (d.text.empty() ? "" : "  ") << d.text << '\n';
  }
  return list->empty() ? kDone : kWrong;
}

int runImageGarbage(const Invocation& invocation) {
  const Terminal terminal = terminalFor(invocation);
  const bool dry = invocation.has("--dry-run");
  auto garbage = image::collectGarbage(invocation.word(0), dry);
  if (!garbage) return printError(garbage.takeError(), terminal);
  for (const std::string& file : garbage->files) llvm::outs() << file << '\n';
  if (!terminal.quiet) llvm::errs() << fmt::format("{} files, {} bytes {}\n", garbage->files.size(), garbage->bytes, dry ? "could be deleted" : "deleted");
  return kDone;
}

static int told(const Invocation& invocation, const std::string& reference, const image::TransferResult& result) {
  if (invocation.get("--format", "text") == "json") {
    llvm::outs() << nlohmann::ordered_json{{"reference", reference}, {"digest", result.image.digest.str()}, {"changed", result.changed}, {"moved", result.moved}, {"there", result.there}, {"mounted", result.mounted}, {"bytes", result.bytes}, {"attached", result.attached}}.dump(2) << '\n';
    return kDone;
  }
  const std::string mounted = result.mounted ? fmt::format(", {} mounted", result.mounted) : "";
  llvm::outs() << fmt::format("{}  {}  {}", reference, result.image.digest.str(), result.changed || result.moved ? fmt::format("{} blobs moved, {} bytes{}; {} were there", result.moved, result.bytes, mounted, result.there) : "unchanged") << (result.attached ? fmt::format("  with {} that hang on it\n", result.attached) : "\n");
  return kDone;
}

/// "shop:1.2" of registry.acme.io/team/shop:1.2
static std::string nameOf(const image::ImageAddress& address) {
  const llvm::StringRef path = address.repository.path;
  return path.substr(path.rfind('/') + 1).str() + ":" + (address.tag.empty() ? "latest" : address.tag);
}

int runImagePull(const Invocation& invocation) {
  const Terminal terminal = terminalFor(invocation);
  auto from = image::parseImageAddress(invocation.word(0));
  if (!from) return printError(from.takeError(), terminal);
  auto options = transferOptions(invocation, terminal);
  if (!options) return printError(options.takeError(), terminal);
  const std::string name = invocation.word(2).empty() ? nameOf(*from) : invocation.word(2);
  auto result = image::pull(*from, invocation.word(1), name, *options);
  if (!result) return printError(result.takeError(), terminal);
  return told(invocation, name, *result);
}

int runImagePush(const Invocation& invocation) {
  const Terminal terminal = terminalFor(invocation);
  const std::string ref = invocation.word(1);
  const std::string address = invocation.word(2);
  const llvm::StringRef tag = llvm::StringRef(ref).starts_with("@") ? "" : llvm::StringRef(ref).rsplit(':').second;
  auto to = llvm::StringRef(address).contains('@') ? image::parseImageAddress(address) : image::parsePushAddress(address, tag);
  if (!to) return printError(to.takeError(), terminal);
  auto options = transferOptions(invocation, terminal);
  if (!options) return printError(options.takeError(), terminal);
  auto result = image::push(invocation.word(0), ref, *to, *options);
  if (!result) return printError(result.takeError(), terminal);
  return told(invocation, to->str(), *result);
}

int runImageCopy(const Invocation& invocation) {
  const Terminal terminal = terminalFor(invocation);
  auto from = image::parseImageAddress(invocation.word(0));
  if (!from) return printError(from.takeError(), terminal);
  auto to = image::parseImageAddress(invocation.word(1));
  if (!to) return printError(to.takeError(), terminal);
  auto options = transferOptions(invocation, terminal);
  if (!options) return printError(options.takeError(), terminal);
  auto result = image::copy(*from, *to, cacheFolder(stateHere(), "transfer"), *options);
  if (!result) return printError(result.takeError(), terminal);
  return told(invocation, to->str(), *result);
}

int runImageSave(const Invocation& invocation) {
  const Terminal terminal = terminalFor(invocation);
  image::SaveOptions options;
  options.without = invocation.all("--without");
  std::vector<std::string> names(invocation.words.begin() + 2, invocation.words.end());
  auto result = image::save(invocation.word(0), std::move(names), invocation.word(1), options);
  if (!result) return printError(result.takeError(), terminal);
  for (const image::Descriptor& d : result->images) llvm::outs() << fmt::format("{}  {}\n", d.annotations.at(image::annotation::refName), d.digest.str());
  if (!terminal.quiet) llvm::errs() << fmt::format("{} blobs, {} bytes{}\n", result->blobs, result->bytes, result->left ? fmt::format("; {} left out", result->left) : "");
  return kDone;
}

int runImageLoad(const Invocation& invocation) {
  const Terminal terminal = terminalFor(invocation);
  auto result = image::load(invocation.word(0), invocation.word(1), invocation.word(2));
  if (!result) return printError(result.takeError(), terminal);
  for (const auto& [name, d] : result->images) llvm::outs() << fmt::format("{}  {}\n", name, d.digest.str());
  if (!terminal.quiet) llvm::errs() << fmt::format("{} new blobs, {} bytes; {} were there\n", result->blobs, result->bytes, result->there);
  return kDone;
}

} // namespace chasi::driver
