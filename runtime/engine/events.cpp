#include "runtime/engine/events.h"

#include "runtime/engine/text_width.h"
#include "runtime/plan/json_view.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

namespace chasi::engine {

using plan::quoteJson;

const char* name(EventKind kind) {
  switch (kind) {
  case EventKind::Plan: return "plan";
  case EventKind::Start: return "start";
  case EventKind::Progress: return "progress";
  case EventKind::Done: return "done";
  case EventKind::Retry: return "retry";
  case EventKind::Failed: return "failed";
  case EventKind::Skipped: return "skipped";
  case EventKind::Summary: return "summary";
  }
  return "";
}

std::string timeText(std::chrono::system_clock::time_point time) {
  auto stamp = std::chrono::floor<std::chrono::milliseconds>(time);
  auto seconds = std::chrono::floor<std::chrono::seconds>(stamp);
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", fmt::gmtime(std::chrono::system_clock::to_time_t(seconds)), (stamp - seconds).count());
}

void printEventJson(const Event& event, llvm::raw_ostream& out) {
  out << fmt::format(R"({{"time":"{}","seq":{},"event":"{}","operation":{},"target":{})", timeText(event.time), event.seq, name(event.kind),
                     quoteJson(event.operation), quoteJson(event.target));
  if (!event.action.empty()) out << ",\"action\":" << quoteJson(event.action);
  out << ",\"message\":" << quoteJson(event.message);
  if (!event.code.empty()) out << ",\"code\":" << quoteJson(event.code);
  if (!event.run.empty()) out << ",\"run\":" << quoteJson(event.run);
  out << fmt::format(",\"done\":{},\"total\":{}}}\n", event.done, event.total);
}

std::string eventLine(const Event& event, bool color) {
  const char* ink = "";
  std::string text;
  switch (event.kind) {
  case EventKind::Start: return {}; // the end of it is worth a line
  case EventKind::Plan: text = event.message; break;
  case EventKind::Summary: return {}; // printed by whoever ran it
  case EventKind::Done:
    ink = "\033[32m";
    text = fmt::format("{} {}", event.message.empty() ? "done" : event.message, event.operation);
    break;
  case EventKind::Failed:
    ink = "\033[31m";
    text = fmt::format("{}: {}{}", event.operation.empty() ? fmt::format("cluster {} is left out", event.target) : "failed " + event.operation, event.code.empty() ? "" : event.code + " ", event.message);
    break;
  case EventKind::Skipped:
    ink = "\033[33m";
    text = fmt::format("skipped {}: {}", event.operation, event.message);
    break;
  case EventKind::Retry:
    ink = "\033[33m";
    text = event.message;
    break;
  case EventKind::Progress:
    if (event.message.empty()) return {};
    text = event.operation.empty() ? event.message : fmt::format("{}: {}", event.operation, event.message);
    break;
  }
  std::string count = event.total && (event.kind == EventKind::Done || event.kind == EventKind::Failed || event.kind == EventKind::Skipped)
                          ? fmt::format("[{}/{}] ", event.done, event.total)
                          : "";
  std::string end = color && *ink ? "\033[0m" : "";
  // What a server said may hold anything, sequences for terminals too.
  return count + (color ? ink : "") + fitted(text, std::string::npos) + end + "\n";
}

} // namespace chasi::engine
