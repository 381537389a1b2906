#include "compiler/driver/chart_render.h"

#include "compiler/driver/charts.h"
#include "compiler/eval/data_json.h"
#include "compiler/lower/stack.h"
#include "compiler/lower/virtual_cluster.h"

namespace chasi::driver {

using nlohmann::ordered_json;
using sema::Value;

namespace {

/// A module that needs nothing of std but this; `std.vcluster` is read because it is named here.
constexpr llvm::StringLiteral kModule = R"(import std.vcluster as vcluster

fn versions() -> List<String> = vcluster.versions
fn rendered(
  chart: String, name: String, namespace: String, kubernetes: String, upgrade: Bool, values: Any, removed: List<String>
) -> vcluster.Rendered = vcluster.compatible(chart, name, namespace, kubernetes, upgrade, values, removed)
)";
constexpr llvm::StringLiteral kRenderModule = "(vcluster render)";

} // namespace

ChartRender::ChartRender() {
  lower::CompileInput input;
  input.operations = input.policies = false;
  input.load.files = {kRenderModule.str()};
  input.load.overlay[kRenderModule.str()] = kModule.str();
  compiled_ = lower::compile(sources, diagnostics, input);
}

Value ChartRender::call(llvm::StringRef name, llvm::ArrayRef<Value> arguments) {
  const auto at = compiled_.program->root->symbols.find(name);
  if (at == compiled_.program->root->symbols.end()) return Value::error();
  sema::FunctionValue function;
  function.symbol = at->second;
  return compiled_.evaluator->call(Value::of(&function), arguments);
}

std::optional<ordered_json> ChartRender::plain(const Value& value) {
  std::string text;
  compiled_.evaluator->forceValue(value);
  if (value.isError() || diagnostics.hasErrors() || !compiled_.evaluator->writeJson(value, text)) return std::nullopt;
  return ordered_json::parse(text, nullptr, false);
}

std::vector<std::string> ChartRender::versions() {
  std::vector<std::string> out;
  lower::withLargeStack([&] {
    if (const auto list = plain(call("versions", {}))) out = list->get<std::vector<std::string>>();
  });
  return out;
}

void ChartRender::refuse(const ordered_json& refusals, const Value& values) {
  for (const ordered_json& r : refusals) {
    const auto path = r["path"].get<std::string>();
    source::Diagnostic& d = diagnostics.report(source::Code::ChartRefuses, lower::placeOfPath(*compiled_.evaluator, values, path, {}), fmt::format("`{}`: {}", path, r["why"].get<std::string>()));
    d.hint(r["next"].get<std::string>());
  }
}

std::optional<ordered_json> ChartRender::objects(const ChartRequest& request, source::FileId values) {
  std::optional<ordered_json> out;
  lower::withLargeStack([&] {
    eval::Evaluator& evaluator = *compiled_.evaluator;
    std::vector<std::string> removed;
    const Value given = evaluator.helmYaml(values, removed);
    if (given.isError()) return;
    std::vector<Value> paths;
    for (const std::string& path : removed) paths.push_back(evaluator.textOf(path));
    const Value made = call("rendered", {evaluator.textOf(request.chart), evaluator.textOf(request.name), evaluator.textOf(request.ns), evaluator.textOf(request.kubernetes),
                                         Value::of(request.upgrade), given, evaluator.listOf(paths)});
    const auto rendered = plain(made);
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

std::optional<ordered_json> ChartRender::data(source::FileId file) {
  std::optional<ordered_json> out;
  lower::withLargeStack([&] {
    std::vector<std::string> removed;
    const Value value = compiled_.evaluator->helmYaml(file, removed);
    if (!value.isError()) out = eval::dataJson(*compiled_.evaluator, value);
  });
  return out;
}

const source::Diagnostics& ChartRender::told() {
  const auto elsewhere = [&](source::Span span) { return span.valid() && (sources.name(sources.fileOf(span.begin)).starts_with("std/") || sources.name(sources.fileOf(span.begin)) == kRenderModule); };
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

std::vector<std::string> chartVersions() { return ChartRender().versions(); }

} // namespace chasi::driver
