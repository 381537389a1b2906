#include "runtime/engine/run.h"

#include "runtime/engine/scrub.h"
#include "runtime/plan/graph.h"

#include <fmt/format.h>

#include <random>

namespace chasi::engine {

static std::string newRunId() {
  std::random_device random;
  return fmt::format("{:08x}{:08x}", static_cast<uint32_t>(random()), static_cast<uint32_t>(random()));
}

Run::Run(const plan::Plan& aPlan, Connections& theConnections, const ApplyOptions& theOptions)
    : plan(aPlan), connections(theConnections), options(theOptions), reporter(theOptions.events), id(newRunId()),
      levels(plan::levels(aPlan.desired.operations)) {}

SiteRun* Run::siteOf(const std::string& target) {
  Site* site = connections.siteOf(target);
  for (auto& each : sites)
    if (each->site == site) return each.get();
  return nullptr;
}

std::string Run::clean(std::string text) {
  if (!secretsRead_) {
    secrets_ = secretValues(plan.desired, readerOf(connections, options.secrets));
    secretsRead_ = true;
  }
  return scrub(std::move(text), secrets_);
}

void Run::say(EventKind kind, const std::string& operation, const std::string& target, const char* action, std::string message) {
  Event event;
  event.kind = kind;
  event.operation = operation;
  event.target = target;
  event.action = action;
  event.message = std::move(message);
  reporter.say(std::move(event));
}

void Run::failed(const std::string& operation, const std::string& target, const char* action, plan::SourceRef source, llvm::Error error) {
  FailedOperation failure;
  failure.id = operation;
  failure.target = target;
  failure.fault = plan::takeText(std::move(error));
  failure.fault.message = clean(std::move(failure.fault.message));
  failure.source = std::move(source);
  Event event;
  event.kind = EventKind::Failed;
  event.operation = operation;
  event.target = target;
  event.action = action;
  event.message = failure.fault.message;
  event.code = failure.fault.code;
  summary.failures.push_back(std::move(failure));
  reporter.say(std::move(event));
}

} // namespace chasi::engine
