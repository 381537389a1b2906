// `chasic vcluster snapshot|snapshots|restore`: the state of a virtual cluster, kept elsewhere and put back.
#include "compiler/driver/report.h"
#include "compiler/driver/run.h"
#include "compiler/driver/vcluster_command.h"
#include "runtime/engine/events.h"
#include "runtime/engine/text_width.h"
#include "runtime/vcluster/restore.h"
#include "runtime/vcluster/snapshot.h"

#include <nlohmann/json.hpp>

namespace chasi::driver {

using namespace std::chrono_literals;
using vcluster::SnapshotRequest;

int runVclusterSnapshot(const Invocation& invocation) {
  const Terminal terminal = terminalFor(invocation);
  const auto patience = timeoutOf(invocation, 10min);
  if (!patience) return kUsage;
  auto storage = storageOf(invocation.words[1]);
  if (!storage) return printError(storage.takeError(), terminal);
  int exit = kDone;
  auto chosen = chooseCluster(invocation, terminal, exit);
  if (!chosen) return exit;
  vcluster::SnapshotOptions options;
  options.now = engine::timeText(std::chrono::system_clock::now());
  options.stale = engine::timeText(std::chrono::system_clock::now() - 10min);
  options.patience = *patience;
  options.wait = !invocation.has("--no-wait");
  options.told = tellOnce(terminal, true);
  auto taken = vcluster::takeSnapshot(chosen->host(), chosen->cluster, *storage, options);
  if (!taken) return printError(taken.takeError(), terminal);
  const std::string& name = chosen->cluster.release.name;
  if (!terminal.quiet && options.wait) llvm::errs() << fmt::format("the snapshot of virtual cluster {} is at {}\n", name, storage->url);
  else if (!terminal.quiet) llvm::errs() << fmt::format("asked for as {}; chasic vcluster snapshots {} tells how it ends\n", taken->name, name);
  return kDone;
}

int runVclusterSnapshots(const Invocation& invocation) {
  const Terminal terminal = terminalFor(invocation);
  const bool json = invocation.get("--format", "text") == "json";
  int exit = kDone;
  auto chosen = chooseCluster(invocation, terminal, exit);
  if (!chosen) return exit;
  auto requests = vcluster::snapshotRequests(chosen->host(), chosen->cluster.release);
  if (!requests) return printError(requests.takeError(), terminal, json);
  if (json) {
    nlohmann::ordered_json out = nlohmann::ordered_json::array();
    for (const SnapshotRequest& each : *requests) out.push_back({{"name", each.name}, {"url", each.url}, {"phase", each.phase}, {"error", each.error}, {"created", each.created}});
    llvm::outs() << out.dump() << '\n';
    return kDone;
  }
  if (requests->empty() && !terminal.quiet) llvm::errs() << "nobody asked for a snapshot of it within the last day\n";
  if (requests->empty()) return kDone;
  std::vector<std::vector<std::string>> rows = {{"SNAPSHOT", "PHASE", "CREATED", "REQUEST", ""}};
  for (const SnapshotRequest& each : *requests) rows.push_back({each.url, each.phase.empty() ? "Waiting" : each.phase, each.created, each.name, each.error});
  engine::printColumns(rows, llvm::outs());
  return kDone;
}

int runVclusterRestore(const Invocation& invocation) {
  const Terminal terminal = terminalFor(invocation);
  const auto patience = timeoutOf(invocation, 30min);
  if (!patience) return kUsage;
  auto storage = storageOf(invocation.words[1]);
  if (!storage) return printError(storage.takeError(), terminal);
  int exit = kDone;
  auto chosen = chooseCluster(invocation, terminal, exit);
  if (!chosen) return exit;
  const vcluster::Installed& cluster = chosen->cluster;
  const bool goesOn = cluster.restoring && cluster.restoredFrom == storage->url;
  const std::string question = fmt::format("{} the state of virtual cluster {} in {} with {}? What is in it now is lost, and everything in it ends meanwhile.", goesOn ? "Go on replacing" : "Replace", cluster.release.name,
                                           cluster.release.ns, storage->url);
  if (!agreedTo(invocation, question, exit)) return exit;
  vcluster::RestoreOptions options;
  options.date = engine::timeText(std::chrono::system_clock::now());
  options.patience = *patience;
  options.told = tellOnce(terminal, true);
  if (llvm::Error error = vcluster::restore(chosen->host(), cluster, *storage, options)) return printError(std::move(error), terminal);
  if (!terminal.quiet) llvm::errs() << fmt::format("virtual cluster {} is restored from {}, and {}\n", cluster.release.name, storage->url, cluster.marked ? "stays paused" : "starts again");
  return kDone;
}

} // namespace chasi::driver
