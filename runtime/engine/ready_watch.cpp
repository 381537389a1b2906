#include "runtime/engine/ready_watch.h"

#include "runtime/engine/link.h"

#include <fmt/format.h>

#include <charconv>

namespace chasi::engine {

using plan::JsonValue;

namespace {

// How long a custom resource without a status may be one whose controller writes none.
constexpr std::chrono::seconds kGrace(3);
constexpr const char* kNotSeen = "its controller has not looked at it yet";

std::optional<uint64_t> numberOf(const std::string& text) {
  uint64_t value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

bool isCustom(std::string_view apiVersion) {
  std::string_view group = apiVersion.substr(0, std::min(apiVersion.find('/'), apiVersion.size()));
  if (apiVersion.find('/') == apiVersion.npos || group.find('.') == group.npos) return false;
  return group.size() < 7 || group.substr(group.size() - 7) != ".k8s.io";
}

} // namespace

kube::Readiness readinessOf(JsonValue object) {
  kube::Readiness readiness = kube::readiness(object);
  bool unseen = readiness.health == kube::Health::Ready && isCustom(object["apiVersion"].chars()) && !object["status"].first();
  if (unseen) return {kube::Health::Progressing, kNotSeen};
  return readiness;
}

bool ReadyWatch::wait(uint32_t waiter, ReadyWanted wanted, Changed changed) {
  const kube::Resource* resource = site_.discovery.find(wanted.object.apiVersion, wanted.object.kind);
  if (!resource) return false;
  kube::ListRequest request;
  request.path = pathOf(*resource, wanted.member ? "" : wanted.object.ns, "");
  if (wanted.member) request.labelSelector = fmt::format("{}={}", kMemberLabel, site_.applySet);
  request.what = fmt::format("watching {} at {}", resource->plural, site_.server);
  std::string key = keyOf(wanted.object);
  waiters_[waiter] = {std::move(wanted), key, std::move(changed), run_.connections.loop().now()};
  byKey_.emplace(key, waiter);
  Group& group = groups_[request.path + "|" + request.labelSelector];
  if (!group.watch) {
    auto see = [this, &group, kind = *resource](std::string_view type, JsonValue object) { take(kind, group, type, object); };
    group.watch = std::make_unique<kube::Watch>(*site_.client, std::move(request), std::move(see));
    return true;
  }
  auto seen = group.seen.find(key);
  if (seen != group.seen.end())
    later(run_, std::chrono::milliseconds(0), [this, waiter, state = seen->second] { tell(waiter, state); });
  return true;
}

void ReadyWatch::forget(uint32_t waiter) {
  auto at = waiters_.find(waiter);
  if (at == waiters_.end()) return;
  auto [begin, end] = byKey_.equal_range(at->second.key);
  for (auto each = begin; each != end; ++each)
    if (each->second == waiter) {
      byKey_.erase(each);
      break;
    }
  waiters_.erase(at);
}

void ReadyWatch::take(const kube::Resource& resource, Group& group, std::string_view type, JsonValue object) {
  JsonValue metadata = object["metadata"];
  std::string key = keyOf(resource.groupKind(), metadata["namespace"].string(), metadata["name"].string());
  Seen& seen = group.seen[key];
  // Items of lists come without their kind.
  if (object["kind"].chars().empty()) {
    std::string text = fmt::format(R"({{"apiVersion":"{}","kind":"{}",)", resource.apiVersion(), resource.kind);
    text += object.raw().substr(1);
    llvm::Expected<plan::JsonView> view = plan::JsonView::parse(text);
    if (view) seen.readiness = readinessOf(view->root());
    else llvm::consumeError(view.takeError());
  } else {
    seen.readiness = readinessOf(object);
  }
  if (type == "DELETED") seen.readiness = {kube::Health::Failed, "was deleted by somebody else"};
  seen.generation = metadata["generation"].integer().value_or(0);
  seen.resourceVersion = metadata["resourceVersion"].string();
  std::vector<uint32_t> waiting;
  auto [begin, end] = byKey_.equal_range(key);
  for (auto each = begin; each != end; ++each) waiting.push_back(each->second);
  Seen state = seen;
  for (uint32_t waiter : waiting) tell(waiter, state);
}

bool ReadyWatch::counts(const Seen& seen, const ReadyWanted& wanted) {
  if (wanted.resourceVersion.empty() || seen.resourceVersion == wanted.resourceVersion) return true;
  // Versions can be compared since Kubernetes 1.35, and were numbers long before.
  std::optional<uint64_t> is = numberOf(seen.resourceVersion), atLeast = numberOf(wanted.resourceVersion);
  if (is && atLeast) return *is >= *atLeast;
  return seen.generation >= wanted.generation;
}

void ReadyWatch::tell(uint32_t waiter, const Seen& seen) {
  auto at = waiters_.find(waiter);
  if (at == waiters_.end() || !counts(seen, at->second.wanted)) return;
  bool graceOver = run_.connections.loop().now() - at->second.since >= kGrace;
  if (seen.readiness.reason == kNotSeen) {
    if (graceOver) return at->second.changed({});
    later(run_, kGrace, [this, waiter, seen] { tell(waiter, seen); });
  }
  Changed changed = at->second.changed;
  changed(seen.readiness);
}

} // namespace chasi::engine
