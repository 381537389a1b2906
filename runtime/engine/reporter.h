// Gives the events of one run their time and number.
#pragma once

#include "runtime/engine/events.h"
#include "runtime/kube/client.h"

namespace chasi::engine {

class Reporter {
public:
  explicit Reporter(EventSink sink) : sink_(std::move(sink)) {}

  void say(Event event) {
    if (!sink_) return;
    event.time = std::chrono::system_clock::now();
    event.seq = ++seq_;
    event.done = done;
    event.total = total;
    sink_(event);
  }

  size_t done = 0, total = 0; ///< operations with something to do

private:
  EventSink sink_;
  uint64_t seq_ = 0;
};

/// Reports each repeated request of a client for as long as it lives. `clean` takes secrets out of what the server said.
class RetryReports {
public:
  RetryReports(kube::Client& client, Reporter& reporter, std::string target, std::function<std::string(std::string)> clean);
  ~RetryReports() { client_.onRetry(nullptr); }
  RetryReports(const RetryReports&) = delete;
  RetryReports& operator=(const RetryReports&) = delete;

private:
  kube::Client& client_;
};

} // namespace chasi::engine
