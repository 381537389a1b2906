// `chasic vcluster list|kubeconfig|pause|resume`: virtual clusters of a host, whoever made them.
#include "compiler/driver/clusters.h"
#include "compiler/driver/run.h"
#include "compiler/driver/yaml.h"
#include "runtime/vcluster/control.h"

#include <nlohmann/json.hpp>

#include <ctime>

namespace chasi::driver {

using vcluster::Installed;

namespace {

/// The host that --context names; without one, the kubeconfig's own.
llvm::Expected<std::unique_ptr<Clusters>> hostOf(const Invocation& invocation) {
  plan::Target target;
  target.name = target.context = invocation.get("--context");
  return openClusters(invocation, {target}, stateHere());
}

kube::Client& clientOf(Clusters& clusters) { return *clusters.connections.sites().front()->client; }

nlohmann::ordered_json inJson(const Installed& each) {
  return {{"name", each.release.name}, {"namespace", each.release.ns}, {"phase", name(each.phase)}, {"reason", each.reason}, {"version", each.chartVersion},
          {"kubernetes", each.kubernetes}, {"paused", each.phase == vcluster::Phase::Paused && each.marked}};
}

void printTable(const std::vector<Installed>& all) {
  std::vector<std::vector<std::string>> rows = {{"NAMESPACE", "NAME", "PHASE", "VERSION", "KUBERNETES", ""}};
  for (const Installed& each : all) rows.push_back({each.release.ns, each.release.name, name(each.phase), each.chartVersion, each.kubernetes, each.reason});
  std::vector<size_t> widths(rows.front().size());
  for (const auto& row : rows)
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  for (const auto& row : rows) {
    std::string line;
    for (size_t i = 0; i < row.size(); ++i) line += fmt::format("{:<{}}", row[i], widths[i] + 2);
    llvm::outs() << llvm::StringRef(line).rtrim() << '\n';
  }
}

/// What the commands for one cluster begin with; null when that went wrong, and `exit` says how.
struct Chosen {
  std::unique_ptr<Clusters> clusters;
  Installed cluster;
  kube::Client& host() { return clientOf(*clusters); }
};
std::optional<Chosen> choose(const Invocation& invocation, const Terminal& terminal, int& exit) {
  auto clusters = hostOf(invocation);
  if (!clusters) return exit = printError(clusters.takeError(), terminal), std::nullopt;
  auto cluster = vcluster::findOne(clientOf(**clusters), invocation.words[0], invocation.get("--namespace"));
  if (!cluster) return exit = printError(cluster.takeError(), terminal), std::nullopt;
  return Chosen{std::move(*clusters), std::move(*cluster)};
}

/// UTC, as the vendor's tools write it.
std::string now() {
  const auto time = std::chrono::system_clock::now();
  const std::time_t seconds = std::chrono::system_clock::to_time_t(time);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  const auto millis = std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count() % 1000;
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &parts);
  return fmt::format("{}.{:03}Z", text, millis);
}

} // namespace

int runVclusterList(const Invocation& invocation) {
  const Terminal terminal = terminalFor(invocation);
  const bool json = invocation.get("--format", "text") == "json";
  auto clusters = hostOf(invocation);
  if (!clusters) return printError(clusters.takeError(), terminal, json);
  auto all = vcluster::listAll(clientOf(**clusters), invocation.get("--namespace"));
  if (!all) return printError(all.takeError(), terminal, json);
  if (json) {
    nlohmann::ordered_json out = nlohmann::ordered_json::array();
    for (const Installed& each : *all) out.push_back(inJson(each));
    llvm::outs() << out.dump() << '\n';
  } else if (!all->empty()) {
    printTable(*all);
  } else if (!terminal.quiet) {
    llvm::errs() << "there are no virtual clusters\n";
  }
  return kDone;
}

int runVclusterKubeconfig(const Invocation& invocation) {
  const Terminal terminal = terminalFor(invocation);
  int exit = kDone;
  auto chosen = choose(invocation, terminal, exit);
  if (!chosen) return exit;
  const vcluster::Release& release = chosen->cluster.release;
  auto text = vcluster::kubeconfigOf(chosen->host(), release, fmt::format("vcluster_{}_{}", release.name, release.ns));
  if (!text) return printError(text.takeError(), terminal);
  writeYaml(nlohmann::ordered_json::parse(*text), llvm::outs());
  return kDone;
}

int runVclusterPause(const Invocation& invocation) {
  const Terminal terminal = terminalFor(invocation);
  int exit = kDone;
  auto chosen = choose(invocation, terminal, exit);
  if (!chosen) return exit;
  vcluster::PauseOptions options;
  options.date = now();
  std::string last;
  options.told = [&](const std::string& text) {
    if (terminal.verbose && text != last) llvm::errs() << text << '\n';
    last = text;
  };
  if (llvm::Error error = vcluster::pause(chosen->host(), chosen->cluster, options)) return printError(std::move(error), terminal);
  if (!terminal.quiet) llvm::errs() << fmt::format("virtual cluster {} is paused; applies leave it so\n", chosen->cluster.release.name);
  return kDone;
}

int runVclusterResume(const Invocation& invocation) {
  const Terminal terminal = terminalFor(invocation);
  int exit = kDone;
  auto chosen = choose(invocation, terminal, exit);
  if (!chosen) return exit;
  if (llvm::Error error = vcluster::resume(chosen->host(), chosen->cluster)) return printError(std::move(error), terminal);
  if (!terminal.quiet) llvm::errs() << fmt::format("virtual cluster {} {}\n", chosen->cluster.release.name, chosen->cluster.phase == vcluster::Phase::Paused ? "starts again" : "is not paused");
  return kDone;
}

} // namespace chasi::driver
