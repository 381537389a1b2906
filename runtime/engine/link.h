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

/// Sends a write of an object, unless the lock is lost by the time when its turn comes: with a slow server that may be long after now.
template <typename Take> void sendWrite(Run& run, SiteRun& site, kube::Request request, Take take) {
  request.gate = [alive = run.alive, &site] { return !*alive ? llvm::createStringError("the run is over") : site.mayWrite() ? llvm::Error::success() : lockLost(site); };
  send(run, site, std::move(request), std::move(take));
}

} // namespace chasi::engine
