#include "runtime/engine/run.h"

#include "runtime/engine/scrub.h"
#include "runtime/plan/graph.h"

#include <fmt/format.h>

#include <random>

namespace chasi::engine {

std::string newRunId() {
  std::random_device random;
  return fmt::format("{:08x}{:08x}", static_cast<uint32_t>(random()), static_cast<uint32_t>(random()));
}

Run::Run(const plan::Plan& aPlan, Connections& theConnections, const ApplyOptions& theOptions)
    : plan(aPlan), connections(theConnections), options(theOptions), reporter(theOptions.events),
      id(theOptions.runId.empty() ? newRunId() : theOptions.runId), levels(plan::levels(aPlan.desired.operations)) {}

SiteRun* Run::siteOf(const std::string& target) {
  Site* site = connections.siteOf(target);
  for (auto& each : sites)
    if (each->site == site) return each.get();
  return nullptr;
}

void Run::leaveOut(Site& site, plan::FaultText why, bool told) {
  why.message = clean(std::move(why.message));
  for (const plan::Target& target : plan.desired.targets) {
    if (connections.siteOf(target.name) != &site || !leftOut_.insert(target.name).second) continue;
    summary.missing.push_back({target.name, why, target.source});
    if (told) continue;
    Event event;
    event.kind = EventKind::Failed;
    event.target = target.name;
    event.message = why.message;
    event.code = why.code;
    reporter.say(std::move(event));
  }
}

bool Run::isLeftOut(const std::string& target) const { return leftOut_.contains(target); }

std::string Run::whyLeftOut(uint32_t index) const {
  if (!step(index).leftOut.empty()) return step(index).leftOut;
  const std::string& target = op(index).target;
  return step(index).action != plan::Action::None && isLeftOut(target) ? fmt::format("cluster {} is left out", target) : std::string();
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
  if (kind == EventKind::Plan || kind == EventKind::Summary) event.run = id;
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
