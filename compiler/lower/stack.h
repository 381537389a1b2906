// The stack that checking and evaluating need.
#pragma once

#include <cstddef>
#include <pthread.h>

namespace chasi::lower {

/// Budgets bound nesting; this much stack bears them, sanitizers included.
constexpr size_t kStackBytes = 512u << 20;

/// Runs on a thread with that stack. Only what is touched of it costs memory.
template <class Body> void withLargeStack(Body body) {
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, kStackBytes);
  pthread_t thread;
  auto entry = [](void* argument) -> void* {
    (*static_cast<Body*>(argument))();
    return nullptr;
  };
  if (pthread_create(&thread, &attributes, entry, &body) == 0) pthread_join(thread, nullptr);
  else body();
  pthread_attr_destroy(&attributes);
}

} // namespace chasi::lower
