// `chasic import vcluster`: a virtual cluster that Helm installed, as a tenant that takes it over without a restart.
#include "compiler/driver/charts.h"
#include "compiler/driver/clusters.h"
#include "compiler/driver/import_documents.h"
#include "compiler/driver/report.h"
#include "compiler/driver/run.h"
#include "compiler/import/chasi_text.h"
#include "compiler/import/virtual_cluster.h"
#include "compiler/lower/compile.h"
#include "runtime/plan/digest.h"
#include "runtime/plan/open_secret.h"
#include "runtime/vcluster/control.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace chasi::driver {

namespace {

using nlohmann::ordered_json;
using plan::fault;

/// What the host says of it.
struct OnHost {
  vcluster::Installed cluster;
  std::string kubernetes;            ///< of the host: "1.36"
  std::string config;                ///< the merged values, as the control plane reads them
  ordered_json podTemplate;
  std::vector<std::string> releases; ///< Helm's own Secrets
};

llvm::Expected<ordered_json> read(kube::Client& host, const std::string& path, const std::string& what) {
  kube::Request request;
  request.path = path;
  request.what = "reading " + what;
  llvm::Expected<kube::Response> response = host.call(std::move(request));
  if (!response) return response.takeError();
  if (!response->ok()) return kube::toFault(response->status, "reading " + what);
  ordered_json body = ordered_json::parse(response->body, nullptr, false);
  if (!body.is_object()) return fault("CH6106", fmt::format("reading {}: the answer is no object", what));
  return body;
}

std::string minorOf(const ordered_json& version) {
  std::string minor = version.value("minor", "");
  minor.resize(std::min(minor.size(), minor.find_first_not_of("0123456789"))); // "33+" of some providers
  return fmt::format("{}.{}", version.value("major", ""), minor);
}

llvm::Expected<OnHost> look(kube::Client& host, const std::string& name, const std::string& ns) {
  OnHost found;
  llvm::Expected<vcluster::Installed> cluster = vcluster::findOne(host, name, ns);
  if (!cluster) return cluster.takeError();
  found.cluster = std::move(*cluster);
  const vcluster::Release& release = found.cluster.release;
  const std::string secrets = fmt::format("/api/v1/namespaces/{}/secrets", release.ns), kind = found.cluster.deployment ? "deployments" : "statefulsets";
  auto version = read(host, "/version", "the version of the host");
  if (!version) return version.takeError();
  found.kubernetes = minorOf(*version);
  auto workload = read(host, fmt::format("/apis/apps/v1/namespaces/{}/{}/{}", release.ns, kind, release.name), "the control plane");
  if (!workload) return workload.takeError();
  found.podTemplate = (*workload)["spec"]["template"];
  const std::string configName = vcluster::configSecret(release).name;
  auto config = read(host, secrets + "/" + configName, "its configuration");
  if (!config) return config.takeError();
  const ordered_json::json_pointer place("/data/config.yaml");
  if (!config->contains(place) || !config->at(place).is_string() || !plan::fromBase64(config->at(place).get<std::string>(), found.config))
    return fault("CH6421", fmt::format("Secret/{} in {} has no config.yaml that can be read", configName, release.ns), "was it installed by the public chart? From 0.20 on this chart writes its values there");
  auto history = read(host, secrets + "?labelSelector=" + plan::percentEncoded("owner=helm,name=" + release.name), "the releases of Helm");
  if (!history) return history.takeError();
  for (const ordered_json& each : history->value("items", ordered_json::array())) found.releases.push_back(each["metadata"]["name"].get<std::string>());
  return found;
}

/// A module that is in no file.
struct ClusterTrial {
  source::SourceSet sources;
  source::Diagnostics diagnostics;
  lower::Compiled compiled;

  explicit ClusterTrial(const std::string& module, bool operations) {
    lower::CompileInput input;
    input.operations = operations;
    input.policies = false;
    input.load.files = {"import.chasi"};
    input.load.overlay["import.chasi"] = module;
    compiled = lower::compile(sources, diagnostics, input);
  }
  void print(const Terminal& terminal) {
    diagnostics.sort();
    printDiagnostics(diagnostics, sources, terminal, false);
  }
};

/// The values as data; nothing when the text is none.
std::optional<import::ChartValues> valuesOf(const OnHost& found) {
  ClusterTrial trial(fmt::format("import std.vcluster as chart\nlet all = {{ defaults = chart.defaults({}), merged = (fromYaml({}) ?? [{{}}])[0] }}\n", import::inQuotes(found.cluster.chartVersion),
                          import::inQuotes(found.config)), false);
  const auto text = trial.diagnostics.hasErrors() ? std::nullopt : lower::evaluate(trial.compiled, "all");
  const ordered_json all = text ? ordered_json::parse(*text, nullptr, false) : ordered_json();
  if (!all.is_object() || !all["merged"].is_object()) return std::nullopt;
  return import::chartValues(all["defaults"], all["merged"]);
}

/// Where the pods of the control plane would not be what they are, as a path; empty when they would.
std::string restartsFor(const ClusterTrial& trial, const OnHost& found) {
  for (const plan::Operation& op : trial.compiled.desired.operations) {
    const bool plane = op.object.name == found.cluster.release.name && (op.object.kind == "StatefulSet" || op.object.kind == "Deployment");
    if (plane && op.kind == plan::OpKind::Object) return import::firstDifference(ordered_json::parse(op.payload)["spec"]["template"], found.podTemplate);
  }
  return ".";
}

void report(const OnHost& found, const import::ImportedVirtualCluster& module, const std::string& difference, const Terminal& terminal) {
  if (terminal.quiet) return;
  llvm::raw_ostream& out = llvm::errs();
  const vcluster::Release& release = found.cluster.release;
  out << fmt::format("virtual cluster {} in {}: version {} of the chart, {}\n", release.name, release.ns, module.chart, module.values.given.empty() && module.values.removed.empty() ? "its own values" : "with values of its user");
  if (difference.empty()) out << "  its pods are what the module makes: `chasic apply --adopt all` takes it over, and its control plane goes on\n";
  else out << fmt::format("  note: the control plane restarts when it is taken over: `{}` of its pods is not what the chart makes of these values\n", difference == "." ? "the whole" : difference);
  if (found.cluster.phase == vcluster::Phase::Paused) out << "  note: it is paused; the module lets it run, unless you write `state = \"paused\"`\n";
  for (const std::string& key : import::delicateKeys(module.values.given, plan::isDelicateKey)) out << fmt::format("  note: the value of `{}` stands in the module as it stands in the cluster\n", key);
  if (!found.releases.empty())
    out << fmt::format("  note: Helm goes on to think that it has this release; `helm uninstall` would end the virtual cluster. Once it is taken over,\n        `kubectl delete secret -n {} -l owner=helm,name={}` makes Helm forget it, and touches nothing else ({})\n", release.ns, release.name,
                       fmt::join(found.releases, ", "));
}

} // namespace

int runImportVcluster(const Invocation& invocation) {
  const Terminal terminal = terminalFor(invocation);
  const std::string name = invocation.get("--on", "main");
  if (const std::string fits = import::tenantOf(name); fits != name) {
    llvm::errs() << "chasic: --on: `" << name << "` is no name of a declaration\n  try " << fits << '\n';
    return kUsage;
  }
  auto clusters = openContext(invocation);
  if (!clusters) return printError(clusters.takeError(), terminal);
  auto found = look((*clusters)->only(), invocation.word(0), invocation.get("--namespace"));
  if (!found) return printError(found.takeError(), terminal);
  const vcluster::Release& release = found->cluster.release;
  if (const std::vector<std::string> known = chartVersions(); !llvm::is_contained(known, found->cluster.chartVersion))
    return printError(fault("CH6420", fmt::format("virtual cluster {} is of version {} of the chart, which is not known here", release.name, found->cluster.chartVersion),
                            fmt::format("upgrade it with Helm to one of {}, one minor version at a time, and import it then", fmt::join(known, ", "))), terminal);
  std::optional<import::ChartValues> values = valuesOf(*found);
  if (!values) return printError(fault("CH6421", fmt::format("what Secret/{} in {} has as config.yaml is no YAML of values", vcluster::configSecret(release).name, release.ns), "mend it with `helm upgrade`, and import it then"), terminal);
  const import::ImportedVirtualCluster module{release.name, release.ns, found->cluster.chartVersion, name, invocation.get("--context"), found->kubernetes, std::move(*values)};
  const std::string text = import::virtualClusterModule(module);
  ClusterTrial trial(text, true);
  if (trial.diagnostics.hasErrors()) return trial.print(terminal), kWrong;
  if (const int exit = writeModule(invocation, text, terminal); exit != kDone) return exit;
  report(*found, module, restartsFor(trial, *found), terminal);
  return kDone;
}

} // namespace chasi::driver
