#include "runtime/vcluster/description.h"

#include "runtime/plan/fault.h"
#include "runtime/plan/json_view.h"

#include <fmt/format.h>

#include <array>
#include <charconv>

namespace chasi::vcluster {

using plan::JsonValue;
using plan::Problem;

namespace {

/// 0.36.1 as {0, 36, 1}; nothing for what is no version, and then nothing is known to be wrong with it.
std::optional<std::array<int, 3>> numbersOf(std::string_view text) {
  if (!text.empty() && text.front() == 'v') text.remove_prefix(1);
  std::array<int, 3> out{};
  for (size_t i = 0; i < out.size(); ++i) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out[i]);
    if (error != std::errc()) return i < 2 ? std::nullopt : std::optional(out);
    text.remove_prefix(static_cast<size_t>(end - text.data()));
    if (text.empty()) return i == 0 ? std::nullopt : std::optional(out);
    if (text.front() != '.') return i < 1 ? std::nullopt : std::optional(out);
    text.remove_prefix(1);
  }
  return out;
}

/// "0.34 -> 0.35 -> 0.36"
std::string way(int major, int from, int to) {
  std::string text;
  for (int minor = from; minor <= to; ++minor) text += fmt::format("{}{}.{}", text.empty() ? "" : " -> ", major, minor);
  return text;
}

/// Words for a version that cannot be gone to from the one that is there; empty when it can.
struct Step {
  std::string why, next;
};
std::optional<Step> refusedStep(const std::string& what, const std::string& there, const std::string& wanted, bool patches) {
  const auto from = numbersOf(there), to = numbersOf(wanted);
  if (!from || !to || *from == *to) return std::nullopt;
  const auto [fromMajor, fromMinor, fromPatch] = *from;
  const auto [toMajor, toMinor, toPatch] = *to;
  const bool sameMinor = fromMajor == toMajor && fromMinor == toMinor;
  const bool down = sameMinor ? patches && toPatch < fromPatch : std::pair(toMajor, toMinor) < std::pair(fromMajor, fromMinor);
  if (down)
    return Step{fmt::format("{} runs {} and would go back to {}, which may not read what the newer one wrote", what, there, wanted),
                fmt::format("write {} or a later version", there)};
  if (sameMinor || (fromMajor == toMajor && toMinor == fromMinor + 1)) return std::nullopt;
  if (fromMajor != toMajor) return Step{fmt::format("{} runs {} and would go to {}, across a major version", what, there, wanted), "follow its own notes for that step"};
  return Step{fmt::format("{} runs {} and would go to {}; only the next minor version is supported", what, there, wanted),
              fmt::format("go one at a time, and let each run before the next: {}", way(fromMajor, fromMinor, toMinor))};
}

std::optional<Problem> refusedStore(const Description& wanted, const Installed& there, const Surroundings& around) {
  std::string has = around.store;
  // Nobody writes the annotation where the chart was installed by others; the form of the workloads tells most of it.
  if (has.empty() && around.members) has = "deployed-etcd";
  const bool differs = has.empty() ? there.deployment == (wanted.store.rfind("embedded", 0) == 0) : has != wanted.store;
  if (differs && !wanted.store.empty())
    return Problem{"CH6403",
                   fmt::format("virtual cluster {} keeps its state in {}, and would start empty with {}", wanted.release.name,
                               has.empty() ? (there.deployment ? "a store outside its pods" : "its own pods") : has, wanted.store),
                   "leave `store` as it was; to change it, make a second tenant and move what is inside"};
  if (wanted.members && around.members && *wanted.members != *around.members)
    return Problem{"CH6403", fmt::format("the etcd of virtual cluster {} has {} members, which cannot become {}", wanted.release.name, *around.members, *wanted.members),
                   fmt::format("leave `members = {}`", *around.members)};
  return std::nullopt;
}

} // namespace

llvm::Expected<Description> readDescription(const std::string& payload) {
  llvm::Expected<plan::JsonView> view = plan::JsonView::parse(payload);
  if (!view) return view.takeError();
  const JsonValue root = view->root();
  Description out;
  out.release = {root["name"].string(), root["namespace"].string()};
  out.chart = root["chart"].string();
  out.kubernetes = root["kubernetes"].string();
  out.store = root["store"].string();
  out.paused = root["state"].chars() == "paused";
  out.members = root["members"].integer();
  if (out.release.name.empty() || out.release.ns.empty()) return plan::fault("CH6004", "the description of a virtual cluster has no name or namespace");
  return out;
}

std::optional<Problem> refusedChange(const Description& wanted, const Installed& there, const Surroundings& around) {
  if (auto problem = refusedStore(wanted, there, around)) return problem;
  const std::string name = "virtual cluster " + wanted.release.name;
  if (auto step = refusedStep(name, there.chartVersion, wanted.chart, true)) return Problem{"CH6404", step->why, step->next};
  if (auto step = refusedStep("Kubernetes in " + name, there.kubernetes, wanted.kubernetes, false)) return Problem{"CH6405", step->why, step->next};
  return std::nullopt;
}

} // namespace chasi::vcluster
