#include "runtime/engine/history.h"

#include "runtime/engine/text_width.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>


namespace chasi::engine {

using nlohmann::ordered_json;

namespace {

constexpr std::array<std::pair<const char*, const char*>, 9> kCounts = {{{"created", "created"}, {"changed", "changed"}, {"replaced", "replaced"}, {"deleted", "deleted"}, {"built", "built"},
                                                                        {"failed", "failed"}, {"skipped", "skipped"}, {"leftOut", "left out"}, {"unchanged", "unchanged"}}};

std::string inWords(const RunRecord& run, bool all) {
  std::string text;
  for (const auto& [key, word] : kCounts) {
    const auto at = run.counts.find(key);
    if (at == run.counts.end() || (!all && std::string_view(key) == "unchanged" && !text.empty())) continue;
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", at->second, word);
  }
  return text;
}

std::string commitOf(const RunRecord& run, size_t digits) {
  if (run.commit.empty()) return {};
  return run.commit.substr(0, digits) + (run.dirty ? " (dirty)" : "");
}

/// "2026-03-01 08:30:00"
std::string moment(const std::string& time) {
  std::string text = time.substr(0, 19);
  if (text.size() > 10) text[10] = ' ';
  return text;
}

std::string note(const RunRecord& run) {
  if (run.destroys) return "destroy";
  return run.restores.empty() ? std::string() : "back to " + run.restores.substr(0, 8);
}

} // namespace

void printHistory(const History& history, llvm::raw_ostream& out) {
  std::vector<std::vector<std::string>> rows = {{"RUN", "STARTED (UTC)", "WHO", "OUTCOME", "COMMIT", "CHANGES", ""}};
  for (const RunRecord& run : history.runs)
    rows.push_back({run.id.substr(0, 8), moment(run.started), fitted(run.who, 40), run.outcome, commitOf(run, 8), inWords(run, false), note(run)});
  printColumns(rows, out);
  if (history.runs.empty()) out << "no runs are recorded\n";
}

void printRun(const RunRecord& run, llvm::raw_ostream& out) {
  std::string targets;
  for (const RunPart& part : run.parts) targets += (targets.empty() ? "" : ", ") + part.target;
  const std::string lasted = run.ended.empty() ? "" : fmt::format(", {:.1f} s", static_cast<double>(run.milliseconds) / 1000);
  auto line = [&](const char* name, const std::string& value) {
    if (!value.empty()) out << padded(name, 13) << fitted(value, std::string::npos) << '\n';
  };
  line("run", run.id);
  line("outcome", run.outcome);
  line("who", run.who);
  line("started", moment(run.started) + lasted);
  line("clusters", targets);
  line("environment", run.environment);
  line("commit", commitOf(run, 64));
  line("plan", run.planDigest);
  line("sources", run.sourceDigest);
  line("parameters", run.paramsDigest);
  line("chasic", run.tool);
  line("back to", run.restores);
  line("changes", inWords(run, true));
  for (const RunPart& part : run.parts)
    if (!part.noState.empty()) line("no state", fmt::format("of cluster {}: {}", part.target, part.noState));
  for (const RunFailure& f : run.failures) line("failed", fmt::format("{} on {}: {} {}", f.operation.empty() ? "everything" : f.operation, f.target, f.code, f.message));
}

void printHistoryJson(const std::vector<RunRecord>& runs, llvm::raw_ostream& out) {
  ordered_json list = ordered_json::array();
  for (const RunRecord& run : runs) {
    ordered_json parts = ordered_json::array(), failures = ordered_json::array();
    for (const RunPart& part : run.parts) {
      parts.push_back({{"target", part.target}, {"record", part.name}});
      if (!part.noState.empty()) parts.back()["noState"] = part.noState;
    }
    for (const RunFailure& f : run.failures) failures.push_back({{"code", f.code}, {"operation", f.operation}, {"target", f.target}, {"message", f.message}});
    list.push_back({{"run", run.id}, {"who", run.who}, {"started", run.started}, {"ended", run.ended}, {"milliseconds", run.milliseconds}, {"outcome", run.outcome},
                    {"environment", run.environment}, {"commit", run.commit}, {"dirty", run.dirty}, {"planDigest", run.planDigest}, {"sourceDigest", run.sourceDigest},
                    {"paramsDigest", run.paramsDigest}, {"tool", run.tool}, {"destroys", run.destroys}, {"restores", run.restores}, {"counts", run.counts},
                    {"failures", failures}, {"clusters", parts}});
  }
  out << ordered_json{{"runs", list}}.dump(2, ' ', false, ordered_json::error_handler_t::replace) << '\n';
}

} // namespace chasi::engine
