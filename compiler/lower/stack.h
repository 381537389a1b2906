// The stack that checking and evaluating need.
#pragma once

#include <cstddef>
#include <functional>
#include <pthread.h>

namespace chasi::lower {

/// Budgets bound nesting; this much stack bears them, sanitizers included.
constexpr size_t kStackBytes = 512u << 20;

/// A thread with that stack. Only what is touched of it costs memory.
class LargeStackThread {
public:
  /// False when the system gives no thread; `body` was not called then.
  bool start(std::function<void()> body) {
    body_ = std::move(body);
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, kStackBytes);
    auto entry = [](void* argument) -> void* {
      static_cast<LargeStackThread*>(argument)->body_();
      return nullptr;
    };
    running_ = pthread_create(&thread_, &attributes, entry, this) == 0;
    pthread_attr_destroy(&attributes);
    return running_;
  }
  void join() {
    if (running_) pthread_join(thread_, nullptr);
    running_ = false;
  }

private:
  std::function<void()> body_;
  pthread_t thread_{};
  bool running_ = false;
};

template <class Body> void withLargeStack(Body body) {
  LargeStackThread thread;
  if (!thread.start([&body] { body(); })) body();
  thread.join();
}

} // namespace chasi::lower
