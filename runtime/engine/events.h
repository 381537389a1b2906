// What happens during a run, as values: the terminal, JSON lines and logs are printers of them.
#pragma once

#include "runtime/plan/plan.h"

#include <llvm/Support/raw_ostream.h>

#include <chrono>
#include <functional>
#include <memory>
#include <string>

namespace chasi::engine {

enum class EventKind : uint8_t {
  Plan,     ///< what is about to be done; `total` operations
  Start,    ///< an operation begins
  Progress, ///< it goes on: waiting for readiness, for a lock
  Done,
  Retry,    ///< a request is sent again
  Failed,
  Skipped,  ///< because of something it needs, or because the run ends
  Summary,
};
const char* name(EventKind kind);
/// "2026-03-01T08:30:00.125Z"
std::string timeText(std::chrono::system_clock::time_point time);

struct Event {
  EventKind kind = EventKind::Start;
  std::chrono::system_clock::time_point time;
  uint64_t seq = 0;      ///< from 1, without gaps in a run
  std::string operation; ///< id; empty when it is about the run
  std::string target;
  std::string action;    ///< "create", "update", "delete", …; may be empty
  std::string message;   ///< never holds a secret
  std::string code;      ///< Failed: the fault's
  std::string run;       ///< id of the run; only of Plan and Summary
  size_t done = 0, total = 0; ///< operations with something to do
};

/// Called on the thread that runs the engine.
using EventSink = std::function<void(const Event&)>;

/// One JSON object and a newline; the format of cli.md.
void printEventJson(const Event& event, llvm::raw_ostream& out);

/// One line for people with its newline, for logs and pipes; empty for events that are not worth a line there.
std::string eventLine(const Event& event, bool color);

/// Live progress on a terminal: a few lines that are drawn again and again, finished operations above them. A value of its own
/// state; give it each event and the terminal's width in columns, write what it returns.
class LiveProgress {
public:
  explicit LiveProgress(bool color);
  ~LiveProgress();
  LiveProgress(LiveProgress&&) noexcept;
  std::string add(const Event& event, size_t width);
  /// Removes the drawn lines, before other output.
  std::string clear();

private:
  struct Screen;
  std::unique_ptr<Screen> screen_;
};

} // namespace chasi::engine
