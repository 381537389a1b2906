// How a part of a run sends requests: answers are looked at only while the run lasts, and what they say has no secrets in it.
#pragma once

#include "runtime/engine/run.h"

namespace chasi::engine {

/// Sends; `take` gets the final answer, unless the run is over by then.
template <typename Take> void send(Run& run, SiteRun& site, kube::Request request, Take take) {
  site.site->client->send(std::move(request), [alive = run.alive, take = std::move(take)](llvm::Expected<kube::Response> response) mutable {
    if (*alive) take(std::move(response));
    else llvm::consumeError(response.takeError());
  });
}

/// Calls `task` after a pause, unless the run is over by then.
template <typename Task> void later(Run& run, std::chrono::milliseconds pause, Task task) {
  run.connections.loop().after(pause, [alive = run.alive, task = std::move(task)]() mutable {
    if (*alive) task();
  });
}

/// No writes any more at this cluster.
llvm::Error lockLost(const SiteRun& site);

} // namespace chasi::engine
