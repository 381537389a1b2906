#include "runtime/engine/reporter.h"

#include <fmt/format.h>

namespace chasi::engine {

RetryReports::RetryReports(kube::Client& client, Reporter& reporter, std::string target, std::function<std::string(std::string)> clean)
    : client_(client) {
  client.onRetry([&reporter, target = std::move(target), clean = std::move(clean)](const kube::Request& request, const std::string& why,
                                                                                   std::chrono::milliseconds pause) {
    Event event;
    event.kind = EventKind::Retry;
    event.target = target;
    event.message = clean(fmt::format("{}: {}; again in {} ms", request.what, why, pause.count()));
    reporter.say(std::move(event));
  });
}

} // namespace chasi::engine
