#include "compiler/driver/spec.h"

#include "compiler/driver/manifest_files.h"
#include "compiler/lint/lint.h"
#include "compiler/package/params.h"
#include "compiler/package/vendored.h"
#include "runtime/image/transfer.h"

#include <llvm/Support/FileSystem.h>
#include <llvm/Support/JSON.h>
#include <llvm/Support/Path.h>

#include <chrono>
#include <cstdlib>

namespace chasi::driver {

namespace {

/// What the lock has, in the words of sema.
sema::Packages packagesOf(const std::string& root, syntax::NodeRef file, source::Diagnostics& diagnostics) {
  package::VendoredPackages found = package::vendoredPackages(root, package::readManifest(file, diagnostics), diagnostics);
  sema::Packages out;
  out.direct = std::move(found.direct);
  for (auto& [name, vendored] : found.all) out.all[name] = {std::move(vendored.folder), std::move(vendored.needs)};
  return out;
}

/// What the lock says of images. It is read for each: few have many, and an editor goes on when somebody else has pinned one.
sema::PinReader pinsOf(const package::Workspace& workspace) {
  return [root = workspace.root, place = workspace.place](llvm::StringRef reference) -> sema::Pin {
    auto address = image::parseImageAddress(reference);
    if (!address) {
      const plan::FaultText why = plan::takeText(address.takeError());
      return {"", source::Code::BadText, why.message, why.hint};
    }
    if (!address->digest.empty()) return {address->digest.str(), {}, {}, {}};
    auto lock = package::readLock(root);
    if (!lock) {
      sema::Pin bad;
      llvm::handleAllErrors(lock.takeError(), [&](const package::WorkspaceError& e) { bad = {"", e.code, e.message, e.hint}; });
      return bad;
    }
    if (const package::LockedImage* pinned = lock->findImage(address->str())) return {pinned->digest, {}, {}, {}};
    llvm::SmallString<256> here;
    std::string path = llvm::sys::fs::current_path(here) ? place : package::relativePath(here, place);
    if (path.size() > place.size()) path = place;
    return {"", source::Code::UnpinnedImage, fmt::format("{} is not pinned to a digest", address->str()), fmt::format("run `chasic image pin{}`, which asks the registry, and commit {}", path == "." ? "" : " " + path, package::kLockFile)};
  };
}

/// What images copy from below the root, as far as it may hold Kubernetes objects.
eval::ManifestReader manifestsBelow(const std::string& root) {
  return [root](llvm::StringRef path) {
    std::vector<eval::ManifestFile> out;
    llvm::SmallString<256> full(root);
    llvm::sys::path::append(full, path);
    llvm::sys::path::remove_dots(full, true);
    auto files = manifestFiles(full.str().str());
    if (!files) return llvm::consumeError(files.takeError()), out; // nothing there: the build says so
    for (const std::string& file : *files) {
      if (!eval::isManifestName(file)) continue;
      eval::ManifestFile& made = out.emplace_back();
      made.name = package::relativePath(root, file);
      auto text = readManifestFile(file);
      if (text) made.text = std::move(*text);
      else made.problem = plan::takeText(text.takeError()).message;
    }
    return out;
  };
}

lower::CompileInput inputOf(const package::Workspace& workspace) {
  lower::CompileInput input;
  input.load.workspaceRoot = workspace.root;
  input.load.modulePath = workspace.folder;
  input.load.folder = workspace.folder;
  input.load.files = workspace.files;
  input.load.environments = workspace.environments;
  input.load.packages = [root = workspace.root](syntax::NodeRef file, source::Diagnostics& diagnostics) { return packagesOf(root, file, diagnostics); };
  input.pins = pinsOf(workspace);
  input.manifests = manifestsBelow(workspace.root);
  input.workspaceName = workspace.name;
  input.atRoot = workspace.place == workspace.root;
  return input;
}

llvm::Error addParams(const Invocation& invocation, lower::CompileInput& input) {
  for (const std::string& file : invocation.all("--params")) {
    auto params = parametersIn(file);
    if (!params) return params.takeError();
    for (auto& [name, value] : *params) input.load.params[name] = std::move(value);
  }
  for (const std::string& assignment : invocation.all("--set-env")) {
    auto pair = package::splitVariable(assignment, "--set-env");
    if (!pair) return pair.takeError();
    const char* value = std::getenv(pair->second.c_str());
    if (value && !llvm::json::isUTF8(value)) return package::workspaceError(source::Code::VariableUnset, fmt::format("the environment variable `{}` holds something that is no text in UTF-8", pair->second), "a parameter takes text");
    input.load.params[pair->first] = {value ? value : "", "--set-env " + assignment, nullptr, pair->second, value == nullptr};
  }
  for (const std::string& assignment : invocation.all("--set")) {
    auto pair = package::splitAssignment(assignment, "--set");
    if (!pair) return pair.takeError();
    input.load.params[pair->first] = {pair->second, "--set " + pair->first};
  }
  return llvm::Error::success();
}

} // namespace

llvm::Expected<lower::CompileInput> describeSpec(const Invocation& invocation, size_t i, package::Workspace& workspace, const std::string& environment) {
  auto found = package::findWorkspace(invocation.word(i, "."));
  if (!found) return found.takeError();
  workspace = std::move(*found);
  lower::CompileInput input = inputOf(workspace);
  if (!environment.empty()) {
    auto file = package::environmentFile(workspace, environment);
    if (!file) return file.takeError();
    input.load.environmentFile = *file;
    input.environment = environment;
  }
  if (llvm::Error error = addParams(invocation, input)) return error;
  input.date = invocation.get("--date");
  return input;
}

std::string stateFolder(const package::Workspace& workspace) {
  if (const char* given = std::getenv("CHASI_STATE"); given && *given) {
    llvm::SmallString<256> absolute(given);
    if (!llvm::sys::fs::make_absolute(absolute)) return absolute.str().str();
    return given;
  }
  llvm::SmallString<256> path(workspace.root);
  llvm::sys::path::append(path, ".chasi");
  return path.str().str();
}

std::string stateHere() {
  if (auto found = package::findWorkspace(".")) return stateFolder(*found);
  else llvm::consumeError(found.takeError());
  package::Workspace none;
  llvm::SmallString<256> here;
  llvm::sys::fs::current_path(here);
  none.root = here.str().str();
  return stateFolder(none);
}

std::string cacheFolder(const std::string& state, llvm::StringRef name) {
  llvm::SmallString<256> path(state);
  llvm::sys::path::append(path, "cache", name);
  return path.str().str();
}

llvm::Expected<std::map<std::string, sema::ParamValue>> parametersIn(const std::string& file) {
  std::string whole;
  auto params = package::readParams(file, &whole);
  if (!params) return params.takeError();
  const auto document = std::make_shared<const std::string>(std::move(whole));
  std::map<std::string, sema::ParamValue> out;
  for (auto& [name, text] : *params) out[name] = {std::move(text), file, document};
  return out;
}

static bool leaveSpecs = false;

void leaveSpecsToTheSystem() { leaveSpecs = true; }

void SpecRelease::operator()(Spec* spec) const {
  if (!leaveSpecs) delete spec;
}

/// The switches for warnings: those of the workspace, then those of the command line.
static std::optional<lint::Settings> lintSettings(const Invocation& invocation, Spec& spec, int& exit) {
  lint::Settings settings = lint::workspaceSettings(*spec.compiled.program);
  for (const bool deny : {false, true})
    for (const std::string& code : invocation.all(deny ? "--deny" : "--allow"))
      if (const std::string why = lint::add(settings, code, deny); !why.empty()) {
        llvm::errs() << fmt::format("chasic: {}: {}\n", deny ? "--deny" : "--allow", why);
        exit = kUsage;
        return std::nullopt;
      }
  if (invocation.has("--deny-warnings")) lint::add(settings, "warnings", true);
  return settings;
}

SpecPtr compileSpec(const Invocation& invocation, size_t i, Depth depth, const Terminal& terminal, int& exit, Form form) {
  auto spec = SpecPtr(new Spec);
  auto input = describeSpec(invocation, i, spec->workspace, invocation.get("--env"));
  if (!input) {
    exit = printError(input.takeError(), terminal, form);
    return nullptr;
  }
  spec->state = stateFolder(spec->workspace);
  input->operations = depth != Depth::Check;
  input->policies = depth >= Depth::Policies;
  spec->compiled = lower::compile(spec->sources, spec->diagnostics, *input);
  const auto settings = lintSettings(invocation, *spec, exit);
  if (!settings) return nullptr;
  if (depth == Depth::Lint && !spec->diagnostics.hasErrors()) lint::run(*spec->compiled.program, *spec->compiled.evaluator, input->load);
  lint::settle(spec->diagnostics, *settings);
  spec->diagnostics.sort();
  return spec;
}

SpecPtr readSpec(const Invocation& invocation, size_t i, Depth depth, const Terminal& terminal, int& exit, bool json) {
  const Form form = json ? formOf(invocation) : Form::Text;
  auto spec = compileSpec(invocation, i, depth, terminal, exit, form);
  if (!spec) return nullptr;
  if (form == Form::Text || spec->diagnostics.hasErrors()) printDiagnostics(spec->diagnostics, spec->sources, terminal, form);
  if (!spec->diagnostics.hasErrors()) return spec;
  exit = kWrong;
  return nullptr;
}

llvm::Expected<lower::CompileInput> inputForFolder(const std::string& folder) {
  // Named as people name it from where they are, so that messages say so too.
  llvm::SmallString<256> here;
  const bool known = !llvm::sys::fs::current_path(here);
  auto workspace = package::findWorkspace(known ? package::relativePath(here, folder) : folder);
  if (!workspace) return workspace.takeError();
  return inputOf(*workspace);
}

llvm::Expected<lower::CompileInput> inputFor(const std::string& file) {
  auto workspace = llvm::sys::fs::is_directory(file) ? package::findWorkspace(file) : package::findWorkspaceOf(file);
  if (!workspace) return workspace.takeError();
  lower::CompileInput input = inputOf(*workspace);
  for (const auto& [name, environment] : workspace->environments)
    if (environment == file) {
      input.load.environmentFile = file;
      input.environment = name;
    }
  // Whoever edits wants to see today which exceptions from policies have ended; nothing that is kept depends on it.
  const auto today = std::chrono::year_month_day(std::chrono::floor<std::chrono::days>(std::chrono::system_clock::now()));
  input.date = fmt::format("{:04}-{:02}-{:02}", static_cast<int>(today.year()), static_cast<unsigned>(today.month()), static_cast<unsigned>(today.day()));
  // An editor knows files by their full path.
  for (std::string& name : input.load.files) {
    llvm::SmallString<256> absolute(name);
    if (!llvm::sys::fs::make_absolute(absolute)) name = absolute.str().str();
  }
  return input;
}

} // namespace chasi::driver
