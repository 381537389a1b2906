// `chasic vcluster render`: what the public chart of a version makes of values, by std.vcluster.
#include "compiler/driver/charts.h"
#include "compiler/driver/report.h"
#include "compiler/driver/run.h"
#include "compiler/driver/yaml.h"
#include "compiler/eval/data_json.h"
#include "compiler/lower/compile.h"
#include "compiler/lower/stack.h"
#include "compiler/lower/virtual_cluster.h"
#include "runtime/plan/kube_check.h"

#include <nlohmann/json.hpp>

namespace chasi::driver {

namespace {

using nlohmann::ordered_json;
using sema::Value;

/// A module that needs nothing of std but this; `std.vcluster` is read because it is named here.
constexpr llvm::StringLiteral kModule = R"(import std.vcluster as vcluster

fn versions() -> List<String> = vcluster.versions
fn rendered(
  chart: String, name: String, namespace: String, kubernetes: String, upgrade: Bool, values: Any, removed: List<String>
) -> vcluster.Rendered = vcluster.compatible(chart, name, namespace, kubernetes, upgrade, values, removed)
)";
constexpr llvm::StringLiteral kModuleName = "(vcluster render)";
constexpr const char* kHost = "1.34"; ///< the host's Kubernetes when nobody says; charts of today make no difference of older ones

struct Render {
  source::SourceSet sources;
  source::Diagnostics diagnostics;
  lower::Compiled compiled;

  Render() {
    lower::CompileInput input;
    input.operations = input.policies = false;
    input.load.files = {kModuleName.str()};
    input.load.overlay[kModuleName.str()] = kModule.str();
    compiled = lower::compile(sources, diagnostics, input);
  }

  /// The objects; nothing when something is wrong, which is in the diagnostics then.
  std::optional<ordered_json> objects(const Invocation& invocation, const std::string& chart);
  std::vector<std::string> versions();
  /// The diagnostics, in order; of places only those in the values, which are what the user can mend.
  const source::Diagnostics& told();

private:
  Value call(llvm::StringRef name, llvm::ArrayRef<Value> arguments);
  std::optional<ordered_json> data(const Value& value);
  Value values(const Invocation& invocation, std::vector<std::string>& removed);
  void refuse(const ordered_json& refusals, const Value& values);
};

Value Render::call(llvm::StringRef name, llvm::ArrayRef<Value> arguments) {
  const auto at = compiled.program->root->symbols.find(name);
  if (at == compiled.program->root->symbols.end()) return Value::error();
  sema::FunctionValue function;
  function.symbol = at->second;
  return compiled.evaluator->call(Value::of(&function), arguments);
}

std::optional<ordered_json> Render::data(const Value& value) {
  std::string text;
  compiled.evaluator->forceValue(value);
  if (value.isError() || diagnostics.hasErrors() || !compiled.evaluator->writeJson(value, text)) return std::nullopt;
  return ordered_json::parse(text, nullptr, false);
}

std::vector<std::string> Render::versions() {
  std::vector<std::string> out;
  lower::withLargeStack([&] {
    if (const auto list = data(call("versions", {}))) out = list->get<std::vector<std::string>>();
  });
  return out;
}

Value Render::values(const Invocation& invocation, std::vector<std::string>& removed) {
  const std::string name = invocation.get("--values");
  auto file = name.empty() ? llvm::Expected<source::FileId>(sources.add("(no values)", "{}")) : sources.open(name);
  if (file) return compiled.evaluator->helmYaml(*file, removed);
  const std::string why = llvm::toString(file.takeError());
  const source::FileId none = sources.add(name, "");
  diagnostics.report(why.find("larger") != std::string::npos ? source::Code::FileTooLarge : source::Code::FileUnreadable, {sources.base(none), sources.base(none)}, why);
  return Value::error();
}

void Render::refuse(const ordered_json& refusals, const Value& values) {
  for (const ordered_json& r : refusals) {
    const auto path = r["path"].get<std::string>();
    source::Diagnostic& d = diagnostics.report(source::Code::ChartRefuses, lower::placeOfPath(*compiled.evaluator, values, path, {}), fmt::format("`{}`: {}", path, r["why"].get<std::string>()));
    d.hint(r["next"].get<std::string>());
  }
}

std::optional<ordered_json> Render::objects(const Invocation& invocation, const std::string& chart) {
  std::optional<ordered_json> out;
  lower::withLargeStack([&] {
    eval::Evaluator& evaluator = *compiled.evaluator;
    std::vector<std::string> removed;
    const Value given = values(invocation, removed);
    if (given.isError()) return;
    std::vector<Value> paths;
    for (const std::string& path : removed) paths.push_back(evaluator.textOf(path));
    const Value made = call("rendered", {evaluator.textOf(chart), evaluator.textOf(invocation.get("--name")), evaluator.textOf(invocation.get("--namespace")),
                                         evaluator.textOf(invocation.get("--kube-version", kHost)), Value::of(invocation.has("--upgrade")), given, evaluator.listOf(paths)});
    const auto rendered = data(made);
    if (rendered) refuse((*rendered)["refusals"], given);
    else if (!diagnostics.hasErrors()) diagnostics.report(source::Code::Budget, {}, "what the chart makes of these values is too long to show").hint("give fewer or shorter values");
    if (diagnostics.hasErrors()) return;
    out = ordered_json::array();
    for (const Value& m : evaluator.field(*made.record, "made").list->items) {
      ordered_json object = eval::dataJson(evaluator, evaluator.field(*m.record, "object"));
      for (const Value& pointer : evaluator.field(*m.record, "blank").list->items) object[ordered_json::json_pointer(pointer.str().str())] = nullptr;
      out->push_back(std::move(object));
    }
  });
  return out;
}

const source::Diagnostics& Render::told() {
  const auto elsewhere = [&](source::Span span) { return span.valid() && (sources.name(sources.fileOf(span.begin)).starts_with("std/") || sources.name(sources.fileOf(span.begin)) == kModuleName); };
  for (size_t i = 0; i < diagnostics.all().size(); ++i) {
    source::Diagnostic& d = diagnostics.at(i);
    llvm::erase_if(d.labels, [&](const source::Label& label) { return elsewhere(label.span); });
    if (elsewhere(d.span)) d.span = {};
    if (d.code == source::Code::DuplicateKey && d.help.empty()) d.hint("keep one of them");
    if (d.code == source::Code::BadData && d.help.empty()) d.hint("mend the value; `chasic doc std.vcluster` has all of them with their types");
  }
  diagnostics.sort();
  return diagnostics;
}

int usage(const std::string& text, const std::string& hint) {
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
    if (!invocation.has(flag)) return usage(fmt::format("`vcluster render` needs {}", flag), "chasic vcluster render --name NAME --namespace NS [--values FILE]");
  if (const std::string name = invocation.get("--name"); name.size() > 53 || !k8s::isDnsLabel(name)) return usage(fmt::format("--name: `{}` is no name of a release", name), "a name has small letters, digits and dashes, 53 at most");
  if (!k8s::isDnsLabel(invocation.get("--namespace"))) return usage(fmt::format("--namespace: `{}` is no name of a namespace", invocation.get("--namespace")), "a name has small letters, digits and dashes, 63 at most");
  if (!isVersion(invocation.get("--kube-version", kHost))) return usage(fmt::format("--kube-version: `{}` is no version", invocation.get("--kube-version")), "write one like v1.34.2");
  return kDone;
}

} // namespace

std::vector<std::string> chartVersions() { return Render().versions(); }

int runVclusterRender(const Invocation& invocation) {
  if (const int wrong = wrongUsage(invocation)) return wrong;
  const Terminal terminal = terminalFor(invocation);
  Render render;
  const std::vector<std::string> known = render.versions();
  const std::string chart = invocation.get("--chart", known.empty() ? "" : known.front().c_str());
  if (!known.empty() && !llvm::is_contained(known, chart)) return usage(fmt::format("--chart: version {} is not known here", chart), fmt::format("there are {}", fmt::join(known, " and ")));
  const auto objects = render.objects(invocation, chart);
  if (!render.diagnostics.all().empty()) printDiagnostics(render.told(), render.sources, terminal, Form::Text);
  if (!objects) return llvm::any_of(render.diagnostics.all(), [](const source::Diagnostic& d) { return d.code == source::Code::FileUnreadable; }) ? kUnreachable : kWrong;
  if (invocation.get("--format", "yaml") == "json") {
    llvm::outs() << objects->dump() << '\n';
    return kDone;
  }
  for (size_t i = 0; i < objects->size(); ++i) {
    if (i) llvm::outs() << "---\n";
    writeYaml((*objects)[i], llvm::outs());
  }
  return kDone;
}

} // namespace chasi::driver
