// One thread's loop over requests, timers and posted work. Everything in the engine that waits, waits here.
#pragma once

#include "runtime/kube/transport.h"

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

namespace chasi::kube {

class Loop {
public:
  explicit Loop(std::unique_ptr<Transport> transport) : transport_(std::move(transport)) {}

  Transport& transport() { return *transport_; }
  Transport::Time now() const { return transport_->now(); }

  /// Calls `task` once, not before `delay` has passed. Returns an id for `cancel`.
  uint64_t after(std::chrono::milliseconds delay, std::function<void()> task);
  void cancel(uint64_t timer);
  /// From any thread: `task` runs in the loop.
  void post(std::function<void()> task);

  /// Runs until `done` says so; it is asked after each thing that happened, and at least every 100 ms.
  void runUntil(const std::function<bool()>& done);

private:
  void runTimers();
  void runPosted();

  std::unique_ptr<Transport> transport_;
  std::map<std::pair<Transport::Time, uint64_t>, std::function<void()>> timers_;
  std::map<uint64_t, Transport::Time> due_;
  uint64_t lastTimer_ = 0;
  std::mutex mutex_;
  std::vector<std::function<void()>> posted_;
};

} // namespace chasi::kube
