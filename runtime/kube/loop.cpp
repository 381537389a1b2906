#include "runtime/kube/loop.h"

namespace chasi::kube {

using std::chrono::milliseconds;

uint64_t Loop::after(milliseconds delay, std::function<void()> task) {
  uint64_t id = ++lastTimer_;
  Transport::Time time = now() + delay;
  timers_.emplace(std::pair(time, id), std::move(task));
  due_.emplace(id, time);
  return id;
}

void Loop::cancel(uint64_t timer) {
  auto at = due_.find(timer);
  if (at == due_.end()) return;
  timers_.erase({at->second, timer});
  due_.erase(at);
}

void Loop::post(std::function<void()> task) {
  {
    std::lock_guard lock(mutex_);
    posted_.push_back(std::move(task));
  }
  transport_->wake();
}

void Loop::runTimers() {
  Transport::Time time = now();
  while (!timers_.empty() && timers_.begin()->first.first <= time) {
    auto node = timers_.extract(timers_.begin());
    due_.erase(node.key().second);
    node.mapped()();
  }
}

void Loop::runPosted() {
  std::vector<std::function<void()>> tasks;
  {
    std::lock_guard lock(mutex_);
    tasks.swap(posted_);
  }
  for (auto& task : tasks) task();
}

void Loop::runUntil(const std::function<bool()>& done) {
  for (;;) {
    runPosted();
    runTimers();
    if (done()) return;
    milliseconds longest(100);
    if (!timers_.empty()) {
      auto wait = std::chrono::ceil<milliseconds>(timers_.begin()->first.first - now());
      longest = std::clamp(wait, milliseconds(0), longest);
    }
    transport_->drive(longest);
  }
}

} // namespace chasi::kube
