// `chasic vcluster list|kubeconfig|pause|resume`: virtual clusters of a host, whoever made them.
#include "compiler/driver/clusters.h"
#include "compiler/driver/run.h"
#include "compiler/driver/vcluster_command.h"
#include "runtime/plan/yaml_text.h"
#include "runtime/engine/events.h"
#include "runtime/engine/text_width.h"
#include "runtime/vcluster/control.h"

#include <nlohmann/json.hpp>

namespace chasi::driver {

using vcluster::Installed;

namespace {

nlohmann::ordered_json inJson(const Installed& each) {
  return {{"name", each.release.name}, {"namespace", each.release.ns}, {"phase", name(each.phase)}, {"reason", each.reason}, {"version", each.chartVersion},
          {"kubernetes", each.kubernetes}, {"paused", each.phase == vcluster::Phase::Paused && each.marked}, {"restoring", each.restoring}};
}

void printTable(const std::vector<Installed>& all) {
  std::vector<std::vector<std::string>> rows = {{"NAMESPACE", "NAME", "PHASE", "VERSION", "KUBERNETES", ""}};
  for (const Installed& each : all) rows.push_back({each.release.ns, each.release.name, name(each.phase), each.chartVersion, each.kubernetes, each.reason});
  engine::printColumns(rows, llvm::outs());
}

} // namespace

int runVclusterList(const Invocation& invocation) {
  const Terminal terminal = terminalFor(invocation);
  const bool json = invocation.get("--format", "text") == "json";
  auto clusters = openContext(invocation);
  if (!clusters) return printError(clusters.takeError(), terminal, json);
  auto all = vcluster::listAll((*clusters)->only(), invocation.get("--namespace"));
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
  auto chosen = chooseCluster(invocation, terminal, exit);
  if (!chosen) return exit;
  const vcluster::Release& release = chosen->cluster.release;
  auto text = vcluster::kubeconfigOf(chosen->host(), release, fmt::format("vcluster_{}_{}", release.name, release.ns));
  if (!text) return printError(text.takeError(), terminal);
  plan::writeYaml(nlohmann::ordered_json::parse(*text), llvm::outs());
  return kDone;
}

int runVclusterPause(const Invocation& invocation) {
  const Terminal terminal = terminalFor(invocation);
  int exit = kDone;
  auto chosen = chooseCluster(invocation, terminal, exit);
  if (!chosen) return exit;
  vcluster::PauseOptions options;
  options.date = engine::timeText(std::chrono::system_clock::now()); // UTC, as the vendor's tools write it
  options.told = tellOnce(terminal, false);
  if (llvm::Error error = vcluster::pause(chosen->host(), chosen->cluster, options)) return printError(std::move(error), terminal);
  if (!terminal.quiet) llvm::errs() << fmt::format("virtual cluster {} is paused; applies leave it so\n", chosen->cluster.release.name);
  return kDone;
}

int runVclusterResume(const Invocation& invocation) {
  const Terminal terminal = terminalFor(invocation);
  int exit = kDone;
  auto chosen = chooseCluster(invocation, terminal, exit);
  if (!chosen) return exit;
  if (llvm::Error error = vcluster::resume(chosen->host(), chosen->cluster)) return printError(std::move(error), terminal);
  if (!terminal.quiet) llvm::errs() << fmt::format("virtual cluster {} {}\n", chosen->cluster.release.name, chosen->cluster.phase == vcluster::Phase::Paused ? "starts again" : "is not paused");
  return kDone;
}

} // namespace chasi::driver
