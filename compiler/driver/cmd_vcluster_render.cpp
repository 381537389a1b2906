// `chasic vcluster render`: what the public chart of a version makes of values, by std.vcluster.
#include "compiler/driver/chart_render.h"
#include "compiler/driver/report.h"
#include "compiler/driver/run.h"
#include "runtime/plan/yaml_text.h"
#include "runtime/plan/kube_check.h"

namespace chasi::driver {

namespace {

using nlohmann::ordered_json;

constexpr const char* kHost = "1.34"; ///< the host's Kubernetes when nobody says; charts of today make no difference of older ones

/// The file of values; nothing when it cannot be read, which is in the diagnostics then.
std::optional<source::FileId> valuesOf(const Invocation& invocation, ChartRender& render) {
  const std::string name = invocation.get("--values");
  auto file = name.empty() ? llvm::Expected<source::FileId>(render.sources.add("(no values)", "{}")) : render.sources.open(name);
  if (file) return *file;
  const std::string why = llvm::toString(file.takeError());
  const source::FileId none = render.sources.add(name, "");
  render.diagnostics.report(why.find("larger") != std::string::npos ? source::Code::FileTooLarge : source::Code::FileUnreadable, {render.sources.base(none), render.sources.base(none)}, why);
  return std::nullopt;
}

int wrongUsage(const std::string& text, const std::string& hint) {
  llvm::errs() << "chasic: " << text << '\n' << "  " << hint << '\n';
  return kUsage;
}

bool isVersion(llvm::StringRef text) {
  text.consume_front("v");
  unsigned major = 0, minor = 0;
  return !text.consumeInteger(10, major) && text.consume_front(".") && !text.consumeInteger(10, minor) && (text.empty() || text.starts_with("."));
}

/// What is wrong with the command line; kDone when nothing is.
int wrongUsage(const Invocation& invocation) {
  for (const char* flag : {"--name", "--namespace"})
    if (!invocation.has(flag)) return wrongUsage(fmt::format("`vcluster render` needs {}", flag), "chasic vcluster render --name NAME --namespace NS [--values FILE]");
  if (const std::string name = invocation.get("--name"); name.size() > 53 || !k8s::isDnsLabel(name)) return wrongUsage(fmt::format("--name: `{}` is no name of a release", name), "a name has small letters, digits and dashes, 53 at most");
  if (!k8s::isDnsLabel(invocation.get("--namespace"))) return wrongUsage(fmt::format("--namespace: `{}` is no name of a namespace", invocation.get("--namespace")), "a name has small letters, digits and dashes, 63 at most");
  if (!isVersion(invocation.get("--kube-version", kHost))) return wrongUsage(fmt::format("--kube-version: `{}` is no version", invocation.get("--kube-version")), "write one like v1.34.2");
  return kDone;
}

} // namespace

int runVclusterRender(const Invocation& invocation) {
  if (const int wrong = wrongUsage(invocation)) return wrong;
  const Terminal terminal = terminalFor(invocation);
  ChartRender render;
  const std::vector<std::string> known = render.versions();
  const std::string chart = invocation.get("--chart", known.empty() ? "" : known.front().c_str());
  if (!known.empty() && !llvm::is_contained(known, chart)) return wrongUsage(fmt::format("--chart: version {} is not known here", chart), fmt::format("there are {}", fmt::join(known, " and ")));
  std::optional<ordered_json> objects;
  if (const auto values = valuesOf(invocation, render))
    objects = render.objects({chart, invocation.get("--name"), invocation.get("--namespace"), invocation.get("--kube-version", kHost), invocation.has("--upgrade")}, *values);
  if (!render.diagnostics.all().empty()) printDiagnostics(render.told(), render.sources, terminal, Form::Text);
  if (!objects) return llvm::any_of(render.diagnostics.all(), [](const source::Diagnostic& d) { return d.code == source::Code::FileUnreadable; }) ? kUnreachable : kWrong;
  if (invocation.get("--format", "yaml") == "json") {
    llvm::outs() << objects->dump() << '\n';
    return kDone;
  }
  for (size_t i = 0; i < objects->size(); ++i) {
    if (i) llvm::outs() << "---\n";
    plan::writeYaml((*objects)[i], llvm::outs());
  }
  return kDone;
}

} // namespace chasi::driver
