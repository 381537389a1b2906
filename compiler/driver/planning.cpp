#include "compiler/driver/planning.h"

#include "compiler/driver/provenance.h"
#include "runtime/os/program.h"

#include <llvm/Support/FileSystem.h>
#include <llvm/Support/MemoryBuffer.h>
#include <llvm/Support/Path.h>

#include <csignal>
#include <cstdlib>
#include <unistd.h>

namespace chasi::driver {

engine::Cancel& interrupts() {
  static engine::Cancel cancel{0};
  return cancel;
}

void catchInterrupts() {
  interrupts(); // made before a handler can need it
  struct sigaction action{};
  // The second signal ends at once, whatever is waited for; a killed run continues with the next one.
  action.sa_handler = [](int) {
    if (interrupts().fetch_add(1) >= 1) ::_exit(kInterrupted);
  };
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

std::unique_ptr<Session> Session::open(const Invocation& invocation, const Terminal& terminal, int& exit, bool json, Depth depth, size_t word) {
  auto session = std::make_unique<Session>();
  session->spec = readSpec(invocation, word, depth, terminal, exit, json);
  if (!session->spec) return nullptr;
  lower::addDigests(session->spec->compiled);
  session->root = session->spec->workspace.root;
  session->state = session->spec->state;
  if (invocation.has("--offline")) return session;
  auto clusters = openClusters(invocation, session->spec->compiled.desired.targets, session->state);
  if (!clusters) {
    exit = printError(clusters.takeError(), terminal, json);
    return nullptr;
  }
  session->clusters = std::move(*clusters);
  return session;
}

std::unique_ptr<Session> Session::openPlan(const Invocation& invocation, const std::string& file, const Terminal& terminal, int& exit, bool json) {
  auto session = std::make_unique<Session>();
  auto buffer = llvm::MemoryBuffer::getFile(file);
  if (!buffer) {
    exit = printError(plan::fault("CH6001", fmt::format("{} cannot be read: {}", file, buffer.getError().message())), terminal, json);
    return nullptr;
  }
  auto plan = plan::readPlan((*buffer)->getBuffer());
  if (!plan) {
    exit = printError(plan.takeError(), terminal, json);
    return nullptr;
  }
  session->saved = std::move(*plan);
  // Images and the embedded cluster are looked for from here; a plan names no folders of the machine it was made on.
  auto workspace = package::findWorkspace(".");
  if (workspace) {
    session->root = workspace->root;
    session->state = stateFolder(*workspace);
  } else {
    llvm::consumeError(workspace.takeError());
    llvm::SmallString<256> here;
    llvm::sys::fs::current_path(here);
    package::Workspace bare;
    bare.root = session->root = here.str().str();
    session->state = stateFolder(bare);
  }
  auto clusters = openClusters(invocation, session->saved->desired.targets, session->state);
  if (!clusters) {
    exit = printError(clusters.takeError(), terminal, json);
    return nullptr;
  }
  session->clusters = std::move(*clusters);
  return session;
}

engine::ImageFolders Session::images() const {
  engine::ImageFolders folders;
  folders.workspaceRoot = root;
  folders.cacheDir = cacheFolder(state, "images");
  folders.fetchedDir = cacheFolder(state, "images-fetched");
  // Whoever says where things are kept wants the workspace untouched.
  if (const char* given = std::getenv("CHASI_STATE"); given && *given) folders.layoutDir = state + "/images";
  return folders;
}

static std::string inFolder(const std::string& folder, const std::string& path) {
  if (llvm::sys::path::is_absolute(path)) return path;
  llvm::SmallString<256> whole(folder);
  llvm::sys::path::append(whole, path);
  return whole.str().str();
}

static llvm::Error notAllowed(const std::string& program, plan::SourceRef source = {}) {
  return plan::fault("CH6212", fmt::format("the program '{}' for a secret runs only while applying, and only when it is allowed", program),
                     fmt::format("say `chasic apply --allow-exec {}` when you trust it", program), std::move(source));
}

/// Without one newline at its end, which programs print for terminals.
static llvm::Expected<std::string> printedSecret(std::vector<std::string> words) {
  os::ProgramOutcome outcome = os::run({.arguments = words});
  if (llvm::StringRef(outcome.output).ends_with("\n")) outcome.output.pop_back();
  if (outcome.why.empty() && outcome.output.empty()) outcome.why = "printed nothing";
  if (outcome.why.empty()) return std::move(outcome.output);
  return plan::fault("CH6212", fmt::format("the program '{}' for a secret {}", words.front(), outcome.why), "run it by hand to see why");
}

static bool allows(const Invocation& invocation, const std::string& program) { return llvm::is_contained(invocation.all("--allow-exec"), program); }

llvm::Error Session::checkPrograms(const plan::Desired& desired, const Invocation& invocation) {
  for (const plan::Operation& op : desired.operations)
    for (const plan::SecretRef& ref : op.secrets)
      for (const plan::SecretRef& source : plan::sourcesOf(ref)) {
        const std::string program = llvm::StringRef(source.key).split(' ').first.str();
        if (source.provider == plan::kProgram && !allows(invocation, program)) return notAllowed(program, op.source);
      }
  return llvm::Error::success();
}

plan::SecretReader Session::secrets(const Invocation& invocation) const {
  if (reader_) return reader_;
  return reader_ = plan::remembering([folder = root, &invocation](const plan::SecretRef& ref) -> llvm::Expected<std::string> {
    if (ref.provider == plan::kProgram) {
      const auto [program, argument] = llvm::StringRef(ref.key).split(' ');
      if (!allows(invocation, program.str())) return notAllowed(program.str());
      // A bare name is looked for in PATH, as it would be in a terminal.
      std::vector<std::string> words = {program.contains('/') ? inFolder(folder, program.str()) : program.str()};
      if (!argument.empty()) words.push_back(argument.str());
      return printedSecret(std::move(words));
    }
    plan::SecretRef there = ref;
    if (ref.provider == "file") there.key = inFolder(folder, ref.key);
    return plan::readSecret(there);
  });
}

engine::CompareOptions Session::compareOptions(const Invocation& invocation) const {
  engine::CompareOptions options;
  options.images = images();
  options.secrets = secrets(invocation);
  options.refresh = invocation.has("--refresh");
  options.requireAll = invocation.has("--require-all");
  options.adoptAll = false;
  for (const std::string& id : invocation.all("--adopt")) {
    if (id == "all") options.adoptAll = true;
    else options.adopt.insert(id);
  }
  options.cancel = &interrupts();
  return options;
}

void Session::addProvenance(plan::Plan& plan) const {
  if (!plan.commit.empty() || !plan.restores.empty()) return;
  Provenance provenance = provenanceOf(root);
  plan.commit = std::move(provenance.commit);
  plan.dirty = provenance.dirty;
  if (spec) plan.module = package::relativePath(spec->workspace.root, spec->workspace.place); // no folder of this machine
}

std::string Session::changedSources() const {
  if (!saved || saved->module.empty() || saved->desired.sourceDigest.empty()) return {};
  const std::string path = inFolder(root, saved->module);
  if (!llvm::sys::fs::exists(path)) return {};
  Invocation named;
  named.words = {path};
  package::Workspace workspace;
  auto input = describeSpec(named, 0, workspace, saved->desired.environment);
  if (!input) llvm::consumeError(input.takeError()); // such as an environment that is not there any more
  else if (const lower::Sources now = lower::sourcesOf(*input); now.workspace == saved->desired.workspace && now.digest == saved->desired.sourceDigest) return {};
  return fmt::format("the sources in {} have changed since this plan was made; what is carried out is the plan. `chasic plan` makes a new one", saved->module);
}

llvm::Expected<plan::Plan> Session::plan(const Invocation& invocation, bool destroys) {
  const engine::Selection selection = {invocation.all("--target"), invocation.all("--exclude")};
  auto plan = [&]() -> llvm::Expected<plan::Plan> {
    if (saved && !saved->offline) return std::move(*saved);
    if (saved) return engine::compare(std::move(saved->desired), clusters->connections, compareOptions(invocation));
    if (invocation.has("--offline")) return engine::compareOffline(std::move(spec->compiled.desired));
    if (destroys) return engine::planDestroy(spec->compiled.desired, clusters->connections, compareOptions(invocation));
    return engine::compare(std::move(spec->compiled.desired), clusters->connections, compareOptions(invocation));
  }();
  if (!plan) return plan;
  const plan::Desired& described = destroys && spec ? spec->compiled.desired : plan->desired;
  if (llvm::Error error = engine::select(*plan, selection, described)) return error;
  return plan;
}

bool looksLikePlan(const std::string& path) {
  if (llvm::sys::fs::is_directory(path) || llvm::StringRef(path).ends_with(".chasi")) return false;
  auto buffer = llvm::MemoryBuffer::getFileSlice(path, 64, 0);
  return buffer && (*buffer)->getBuffer().ltrim().starts_with("{");
}

} // namespace chasi::driver
