// `chasic vcluster upgrade`: another version of the chart for a virtual cluster that no specification describes.
#include "compiler/driver/chart_render.h"
#include "compiler/driver/report.h"
#include "compiler/driver/run.h"
#include "compiler/driver/vcluster_command.h"
#include "runtime/engine/events.h"
#include "runtime/plan/digest.h"
#include "runtime/plan/text.h"
#include "runtime/vcluster/description.h"
#include "runtime/vcluster/helm_release.h"
#include "runtime/vcluster/requests.h"
#include "runtime/vcluster/snapshot.h"
#include "runtime/vcluster/steps.h"
#include "runtime/vcluster/upgrade.h"

namespace chasi::driver {

namespace {

using namespace std::chrono_literals;
using nlohmann::ordered_json;
using plan::Action;
using plan::fault;
using vcluster::Objects;

constexpr const char* kMember = "applyset.kubernetes.io/part-of";

/// CH6416 when some workspace keeps it.
llvm::Error refuseDescribed(kube::Client& host, const vcluster::Installed& cluster) {
  if (cluster.applySet.empty()) return llvm::Error::success();
  const std::string path = vcluster::selected("/api/v1/namespaces/chasi-system/configmaps", "applyset.kubernetes.io/id=" + cluster.applySet);
  auto response = vcluster::must(host, vcluster::get(path, "looking for the workspace of " + nameOf(cluster)));
  if (!response) return response.takeError();
  auto list = plan::JsonView::parse(response->body);
  if (!list) return list.takeError();
  const std::string workspace = list->root()["items"].first()["metadata"]["annotations"]["chasi.dev/workspace"].string();
  if (workspace.empty())
    return fault("CH6416", fmt::format("{} belongs to {}, which keeps it as it is", nameOf(cluster), cluster.applySet), fmt::format("ask whoever applies that, or take the label {} off when nobody does any more", kMember));
  return fault("CH6416", fmt::format("{} is described by the specification of workspace `{}`", nameOf(cluster), workspace), "change `version` in its `vcluster` block there, and apply");
}

llvm::Expected<std::string> versionOf(kube::Client& host) {
  auto response = vcluster::must(host, vcluster::get("/version", "asking for the version of the host"));
  if (!response) return response.takeError();
  auto view = plan::JsonView::parse(response->body);
  if (!view) return view.takeError();
  return view->root()["gitVersion"].string();
}

/// What the charts of two versions make for one release.
class Charts {
public:
  Charts(const vcluster::Installed& cluster, std::string kubernetes) : cluster_(cluster), kubernetes_(std::move(kubernetes)), versions_(render_.versions()) {}

  const std::vector<std::string>& versions() const { return versions_; }
  bool knows(const std::string& version) const { return llvm::is_contained(versions_, version); }
  /// The newest known one below; empty when there is none.
  std::string before(const std::string& version) const {
    const auto at = llvm::find(versions_, version);
    return at == versions_.end() || at + 1 == versions_.end() ? "" : *(at + 1);
  }

  std::optional<Objects> rendered(const std::string& version, source::FileId values) {
    auto made = render_.objects({version, cluster_.release.name, cluster_.release.ns, kubernetes_, true}, values);
    if (!made) return std::nullopt;
    return Objects(made->begin(), made->end());
  }

  std::optional<Objects> recorded(const std::string& manifest) {
    Objects out;
    llvm::StringRef rest = manifest;
    while (!rest.empty()) {
      const size_t end = rest.find("\n---\n");
      const llvm::StringRef document = rest.take_front(end);
      rest = end == rest.npos ? "" : rest.drop_front(end + 5);
      if (document.trim().empty()) continue;
      auto object = render_.data(render_.sources.add(fmt::format("(Helm's record of {})", cluster_.release.name), document.str()));
      if (!object) return std::nullopt;
      if (object->contains("kind")) out.push_back(std::move(*object));
    }
    return out;
  }

  source::FileId values(const ordered_json& config) { return render_.sources.add(fmt::format("(values of {})", cluster_.release.name), config.dump(2)); }

  /// What the configuration has besides the defaults of its version.
  std::optional<source::FileId> derived(const std::string& version, const std::string& merged) {
    const auto all = render_.data(render_.sources.add(fmt::format("(configuration of {})", cluster_.release.name), merged));
    const auto plain = rendered(version, render_.sources.add("(no values)", "{}"));
    if (!all || !plain) return std::nullopt;
    for (const ordered_json& object : *plain) {
      std::string text;
      if (object.value("kind", "") != "Secret" || !plan::fromBase64(object.value(ordered_json::json_pointer("/data/config.yaml"), std::string()), text)) continue;
      const auto defaults = render_.data(render_.sources.add("(defaults of the chart)", text));
      if (!defaults) return std::nullopt;
      const ordered_json changed = vcluster::mergePatch(*defaults, *all);
      return values(changed.is_null() ? ordered_json::object() : changed);
    }
    return std::nullopt;
  }

  int told(const Terminal& terminal) {
    printDiagnostics(render_.told(), render_.sources, terminal, Form::Text);
    return kWrong;
  }

private:
  ChartRender render_;
  const vcluster::Installed& cluster_;
  std::string kubernetes_;
  std::vector<std::string> versions_;
};

class Upgrade {
public:
  Upgrade(const Invocation& invocation, Chosen chosen) : invocation_(invocation), terminal_(terminalFor(invocation)), chosen_(std::move(chosen)), to_(invocation.get("--to")) {}

  int run(const std::optional<vcluster::Storage>& storage, std::chrono::milliseconds patience) {
    if (llvm::Error error = refuseDescribed(host(), cluster())) return printError(std::move(error), terminal_);
    if (llvm::Error error = refuseRestored()) return printError(std::move(error), terminal_);
    auto kubernetes = versionOf(host());
    if (!kubernetes) return printError(kubernetes.takeError(), terminal_);
    Charts charts(cluster(), std::move(*kubernetes));
    if (!charts.knows(to_)) {
      llvm::errs() << fmt::format("chasic: --to: version {} is not known here\n  there are {}\n", to_, fmt::join(charts.versions(), " and "));
      return kUsage;
    }
    vcluster::Description wanted;
    wanted.release = cluster().release;
    wanted.chart = to_;
    if (auto problem = vcluster::refusedChange(wanted, cluster(), {})) return printError(fault(*problem), terminal_);
    if (const auto exit = compare(charts)) return *exit;
    if (changes_.empty() || plan::count(plan_).changes() + plan::count(plan_).problems == 0) return nothing();
    plan::printPlan(plan_, {.color = terminal_.outColor}, llvm::outs());
    llvm::outs().flush();
    if (plan::count(plan_).problems) return kWrong;
    if (invocation_.has("--dry-run")) return kDone;
    int exit = kDone;
    if (!agreedTo(invocation_, fmt::format("Change virtual cluster {} so ({})?", cluster().release.name, plan::summaryLine(plan::count(plan_))), exit)) return exit;
    return carryOut(storage, patience);
  }

private:
  const Invocation& invocation_;
  const Terminal terminal_;
  Chosen chosen_;
  const std::string to_;
  std::optional<vcluster::HelmRelease> helm_;
  std::vector<vcluster::UpgradeChange> changes_;
  plan::Plan plan_;

  kube::Client& host() { return chosen_.host(); }
  const vcluster::Installed& cluster() const { return chosen_.cluster; }

  llvm::Error refuseRestored() {
    if (!cluster().restoring) return llvm::Error::success();
    return fault("CH6418", fmt::format("{} is {}", nameOf(cluster()), cluster().reason), fmt::format("finish that first: chasic vcluster restore {}", cluster().release.name));
  }

  /// Fills in what changes; an exit code when that cannot be told.
  std::optional<int> compare(Charts& charts) {
    const std::string& from = cluster().chartVersion;
    auto helm = vcluster::latestHelmRelease(host(), cluster().release);
    if (!helm) return printError(helm.takeError(), terminal_);
    helm_ = std::move(*helm);
    const bool same = from == to_, onRecord = helm_ && helm_->chartVersion == from && !same;
    // One that runs the version already may have been left half way: what the version before made, and this one does not.
    const std::string older = same ? charts.before(to_) : from;
    if (!onRecord && !charts.knows(older) && same) return std::nullopt;
    if (!onRecord && !charts.knows(older))
      return printError(fault("CH6417", fmt::format("{} runs chart {}, which is not known here{}", nameOf(cluster()), from, helm_ ? fmt::format(", and Helm has {} on record", helm_->chartVersion) : ", and Helm has no record of it"),
                              fmt::format("go to {} first, with the tool that installed it", fmt::join(charts.versions(), " or "))), terminal_);
    std::optional<source::FileId> values;
    if (helm_) {
      values = charts.values(helm_->config);
    } else {
      auto merged = vcluster::mergedValues(host(), cluster().release);
      if (!merged) return printError(merged.takeError(), terminal_);
      values = charts.derived(from, *merged);
    }
    if (!values) return charts.told(terminal_);
    const auto after = charts.rendered(to_, *values);
    if (!after) return charts.told(terminal_);
    // The values fit the version that runs, and need not fit the one before.
    const auto before = onRecord ? charts.recorded(helm_->manifest) : charts.rendered(older, *values);
    if (!before) return same ? std::nullopt : std::optional(charts.told(terminal_));
    if (auto problem = vcluster::refusedUpgrade(cluster(), *before, *after, to_)) return printError(fault(*problem), terminal_);
    auto changes = vcluster::compareCharts(host(), cluster().release, *before, *after, same);
    if (!changes) return printError(changes.takeError(), terminal_);
    changes_ = std::move(*changes);
    plan_ = vcluster::planOf(changes_, cluster().release);
    return std::nullopt;
  }

  int nothing() {
    if (!terminal_.quiet) llvm::errs() << fmt::format("virtual cluster {} has version {} already\n", cluster().release.name, to_);
    return kDone;
  }

  int carryOut(const std::optional<vcluster::Storage>& storage, std::chrono::milliseconds patience) {
    const std::string& name = cluster().release.name;
    if (storage) {
      vcluster::SnapshotOptions options;
      options.now = engine::timeText(std::chrono::system_clock::now());
      options.stale = engine::timeText(std::chrono::system_clock::now() - 10min);
      options.patience = patience;
      options.told = tellOnce(terminal_, true);
      auto taken = vcluster::takeSnapshot(host(), cluster(), *storage, options);
      if (!taken) return printError(taken.takeError(), terminal_);
      if (!terminal_.quiet) llvm::errs() << fmt::format("its snapshot is at {}\n", storage->url);
    }
    vcluster::UpgradeOptions options;
    options.chart = to_;
    options.patience = patience;
    options.told = tellOnce(terminal_, true);
    if (llvm::Error error = vcluster::upgrade(host(), cluster(), changes_, options)) return printError(std::move(error), terminal_);
    if (terminal_.quiet) return kDone;
    llvm::errs() << fmt::format("virtual cluster {} {} {}\n", name, cluster().phase == vcluster::Phase::Paused ? "is paused, and will run" : "runs", to_);
    if (helm_ && helm_->chartVersion != to_)
      llvm::errs() << fmt::format("Helm still has revision {} with chart {} on record: `helm list` shows that until the next `helm upgrade --version {}`,\nwhich then changes nothing; leave `helm rollback {}` alone\n", helm_->revision, helm_->chartVersion, to_, name);
    return kDone;
  }
};

} // namespace

int runVclusterUpgrade(const Invocation& invocation) {
  const Terminal terminal = terminalFor(invocation);
  const auto patience = timeoutOf(invocation, 10min);
  if (!patience) return kUsage;
  if (!invocation.has("--to")) {
    llvm::errs() << "chasic: `vcluster upgrade` needs --to\n  chasic vcluster upgrade NAME --to VERSION\n";
    return kUsage;
  }
  std::optional<vcluster::Storage> storage;
  if (invocation.has("--snapshot")) {
    auto given = storageOf(invocation.get("--snapshot"));
    if (!given) return printError(given.takeError(), terminal);
    storage = std::move(*given);
  }
  int exit = kDone;
  auto chosen = chooseCluster(invocation, terminal, exit);
  if (!chosen) return exit;
  if (storage)
    if (llvm::Error error = vcluster::snapshotPossible(chosen->cluster)) return printError(std::move(error), terminal);
  return Upgrade(invocation, std::move(*chosen)).run(storage, *patience);
}

} // namespace chasi::driver
