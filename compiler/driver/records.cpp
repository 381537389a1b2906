#include "compiler/driver/records.h"

#include "compiler/driver/report.h"
#include "compiler/package/params.h"

#include <llvm/ADT/STLExtras.h>
#include <llvm/Support/FileSystem.h>
#include <llvm/Support/Path.h>

namespace chasi::driver {

namespace {

bool knows(const plan::Desired& described, const std::string& cluster) {
  return llvm::any_of(described.targets, [&](const plan::Target& t) { return t.name == cluster; });
}

/// Every name of --cluster is one, whoever declared it.
llvm::Error addNamed(const Invocation& invocation, plan::Desired& described) {
  for (const std::string& text : invocation.all("--cluster")) {
    auto pair = package::splitAssignment(text, "--cluster");
    if (!pair) return pair.takeError();
    if (!knows(described, pair->first)) described.targets.push_back({pair->first, pair->second, {}});
  }
  return llvm::Error::success();
}

/// What can be believed of clusters in a specification that is wrong. `local` is what a cluster has when its context was lost, so it counts only
/// where the embedded cluster was used before.
void keepReadable(plan::Desired& described, const std::string& state) {
  llvm::SmallString<256> file(state);
  llvm::sys::path::append(file, "local", "cluster.db");
  const bool embedded = llvm::sys::fs::exists(file);
  llvm::erase_if(described.targets, [&](const plan::Target& t) { return t.inside || t.context.empty() || (t.context == "local" && !embedded); });
}

llvm::Error noWay(const Records& records) {
  return plan::fault("CH6232", fmt::format("nothing says on which clusters the runs of workspace '{}' are recorded", records.described.workspace),
                     "name one, as the specification calls it: --cluster NAME=CONTEXT; its records name the others");
}

llvm::Error connect(Records& records, const Invocation& invocation) {
  records.session->clusters.reset(); // the embedded cluster is served once
  auto clusters = openClusters(invocation, records.described.targets, records.session->state);
  if (!clusters) return clusters.takeError();
  records.session->clusters = std::move(*clusters);
  return llvm::Error::success();
}

/// Whether there was any that was not known.
bool addRecorded(plan::Desired& described, const engine::RunRecord& run) {
  const size_t before = described.targets.size();
  for (const auto& [name, context] : run.contexts)
    if (!knows(described, name)) described.targets.push_back({name, context, {}});
  return described.targets.size() != before;
}

/// Where there is no specification, the current folder says what lies in the workspace.
void placeHere(Session& session) {
  session.state = stateHere();
  if (auto root = package::findRoot(".")) session.root = std::move(*root);
  else {
    llvm::consumeError(root.takeError());
    session.root = ".";
  }
}

/// False when everything was printed.
bool readSources(Records& records, const Invocation& invocation, const Terminal& terminal, int& exit, bool json, size_t word) {
  const Form form = json ? formOf(invocation) : Form::Text;
  Session& session = *records.session;
  session.spec = compileSpec(invocation, word, Depth::Lower, terminal, exit, form);
  if (!session.spec) return false;
  Spec& spec = *session.spec;
  session.root = spec.workspace.root;
  session.state = spec.state;
  records.alone = spec.diagnostics.hasErrors();
  if (!records.alone) {
    if (form == Form::Text) printDiagnostics(spec.diagnostics, spec.sources, terminal, form);
    lower::addDigests(spec.compiled);
  }
  records.described = std::move(spec.compiled.desired);
  if (!records.alone) return true;
  const size_t errors = spec.diagnostics.errorCount();
  llvm::errs() << fmt::format("the specification has {}, which `chasic check` lists; going by what the clusters have recorded of workspace '{}'\n", errors == 1 ? "an error" : fmt::format("{} errors", errors),
                              records.described.workspace);
  keepReadable(records.described, session.state);
  return true;
}

} // namespace

std::optional<Records> openRecords(const Invocation& invocation, const Terminal& terminal, int& exit, bool json, size_t word) {
  Records records;
  records.session = std::make_unique<Session>();
  if (invocation.has("--workspace")) {
    if (invocation.words.size() > word) {
      llvm::errs() << "chasic: --workspace goes by records alone; leave PATH out\n";
      exit = kUsage;
      return std::nullopt;
    }
    records.alone = true;
    records.described.workspace = invocation.get("--workspace");
    placeHere(*records.session);
  } else if (!readSources(records, invocation, terminal, exit, json, word)) {
    return std::nullopt;
  }
  records.described.environment = invocation.get("--env");
  llvm::Error error = records.alone ? addNamed(invocation, records.described) : llvm::Error::success();
  if (!error && records.alone && records.described.targets.empty()) error = noWay(records);
  if (!error) error = connect(records, invocation);
  if (!error) return records;
  exit = printError(std::move(error), terminal, json);
  return std::nullopt;
}

llvm::Expected<const engine::RunRecord*> chosenRun(const engine::History& history, const std::string& id) {
  return id.empty() ? engine::runBefore(history) : engine::findRun(history, id);
}

llvm::Expected<engine::History> readHistory(Records& records, const Invocation& invocation, const std::string& id) {
  auto history = engine::readHistory(records.described, records.session->clusters->connections);
  if (!history || !records.alone || history->runs.empty()) return history;
  bool more = addRecorded(records.described, history->runs.front());
  if (auto run = chosenRun(*history, id)) more = addRecorded(records.described, **run) || more;
  else llvm::consumeError(run.takeError());
  if (!more) return history;
  if (llvm::Error error = connect(records, invocation)) return error;
  return engine::readHistory(records.described, records.session->clusters->connections);
}

llvm::Error checkEnvironment(const Records& records, const engine::RunRecord& run) {
  const std::string& given = records.described.environment;
  if (!records.alone || run.environment == given) return llvm::Error::success();
  const std::string of = run.environment.empty() ? "of no environment" : fmt::format("of environment '{}'", run.environment);
  return plan::fault("CH6233", fmt::format("run {} was {}, and {}", run.id.substr(0, 8), of, given.empty() ? "the command line names none" : fmt::format("--env says '{}'", given)),
                     run.environment.empty() ? "leave --env out, or choose another run" : fmt::format("say --env {} when it is the one that you mean", run.environment));
}

} // namespace chasi::driver
