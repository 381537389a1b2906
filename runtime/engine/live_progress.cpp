#include "runtime/engine/events.h"
#include "runtime/engine/text_width.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <vector>

namespace chasi::engine {

namespace {
constexpr size_t kLines = 6;
using Time = std::chrono::system_clock::time_point;
} // namespace

struct LiveProgress::Screen {
  struct Running {
    std::string operation, action, message;
    Time since;
    uint64_t order = 0;
  };
  bool color = false;
  std::map<std::pair<std::string, std::string>, Running> running; // by target and operation
  uint64_t order = 0;
  size_t drawn = 0; // lines on the terminal
  std::string note; // about the run as a whole

  std::string clear() {
    std::string text;
    if (drawn) text = fmt::format("\r\033[{}A\033[J", drawn);
    drawn = 0;
    return text;
  }

  void take(const Event& event) {
    std::pair<std::string, std::string> key(event.target, event.operation);
    switch (event.kind) {
    case EventKind::Start: running[key] = {event.operation, event.action, event.message, event.time, ++order}; break;
    case EventKind::Progress:
      if (event.operation.empty()) note = event.message;
      else if (auto at = running.find(key); at != running.end()) at->second.message = event.message;
      else running[key] = {event.operation, event.action, event.message, event.time, ++order};
      break;
    case EventKind::Done: case EventKind::Failed: case EventKind::Skipped: running.erase(key); note.clear(); break;
    case EventKind::Retry: note = event.message; break;
    case EventKind::Plan: break;
    case EventKind::Summary: running.clear(); note.clear(); break;
    }
  }

  static std::string elapsed(Time from, Time to) {
    auto seconds = std::max<int64_t>(0, std::chrono::floor<std::chrono::seconds>(to - from).count());
    if (seconds < 60) return fmt::format("{}s", seconds);
    return fmt::format("{}m{:02}s", seconds / 60, seconds % 60);
  }

  void line(std::string& text, const std::string& plain, size_t width, const char* ink) {
    // One column stays free: a terminal may wrap when the last one is written.
    std::string cut = fitted(plain, width - 1);
    text += color && *ink ? ink + cut + "\033[0m" : cut;
    text += '\n';
    ++drawn;
  }

  std::string draw(const Event& event, size_t width) {
    std::string text;
    if (event.kind == EventKind::Summary) return text;
    std::vector<const Running*> list;
    for (const auto& [key, each] : running) list.push_back(&each);
    std::sort(list.begin(), list.end(), [](const Running* a, const Running* b) { return a->order < b->order; });
    for (size_t i = 0; i < std::min(list.size(), kLines); ++i) {
      const Running& each = *list[i];
      std::string about = each.message.empty() ? "" : "  " + each.message;
      line(text, fmt::format("  {} {} {}{}", padded(elapsed(each.since, event.time), 6), each.action, each.operation, about), width, "");
    }
    if (!note.empty()) line(text, "  " + note, width, "\033[33m");
    std::string count = event.total ? fmt::format("{} of {} done", event.done, event.total) : std::string();
    if (!list.empty()) count += fmt::format("{}{} running", count.empty() ? "" : ", ", list.size());
    if (!count.empty()) line(text, count, width, "\033[2m");
    return text;
  }
};

LiveProgress::LiveProgress(bool color) : screen_(std::make_unique<Screen>()) { screen_->color = color; }
LiveProgress::~LiveProgress() = default;
LiveProgress::LiveProgress(LiveProgress&&) noexcept = default;

std::string LiveProgress::add(const Event& event, size_t width) {
  std::string text = screen_->clear();
  screen_->take(event);
  bool ended = event.kind == EventKind::Done || event.kind == EventKind::Failed || event.kind == EventKind::Skipped;
  if (ended || event.kind == EventKind::Plan) text += eventLine(event, screen_->color);
  return text + screen_->draw(event, std::max<size_t>(width ? width : 80, 20));
}

std::string LiveProgress::clear() { return screen_->clear(); }

} // namespace chasi::engine
