#include "runtime/local/background.h"

#include "runtime/local/cluster.h"
#include "runtime/local/collect.h"

namespace chasi::local {

static constexpr std::chrono::milliseconds kCheckpointPause{500};

Background::Background(Cluster& cluster) : cluster_(cluster) {}
Background::~Background() { stop(); }

void Background::start() {
  add([this] { takeUp(); });
  thread_ = std::thread([this] { run(); });
}

void Background::stop() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Background::add(Task task, std::chrono::milliseconds delay) {
  {
    std::lock_guard lock(mutex_);
    tasks_.emplace(Clock::now() + delay, std::move(task));
  }
  wake_.notify_all();
}

void Background::run() {
  Clock::time_point checkpoint = Clock::now() + kCheckpointPause;
  for (;;) {
    Task task;
    {
      std::unique_lock lock(mutex_);
      if (!stopping_ && (tasks_.empty() || tasks_.begin()->first > Clock::now()))
        wake_.wait_until(lock, tasks_.empty() ? checkpoint : std::min(checkpoint, tasks_.begin()->first));
      if (stopping_) return;
      if (!tasks_.empty() && tasks_.begin()->first <= Clock::now()) {
        task = std::move(tasks_.begin()->second);
        tasks_.erase(tasks_.begin());
      }
    }
    if (task) task();
    if (Clock::now() >= checkpoint) {
      cluster_.store().checkpoint();
      checkpoint = Clock::now() + kCheckpointPause;
    }
  }
}

void Background::gone(const Entry& last) {
  const Meta& meta = last.meta();
  if (!cluster_.store().ownedBy(meta.uid).empty()) add([this, uid = meta.uid] { collectOwned(cluster_, uid); });
  if (!meta.owners.empty()) add([this, object = last.json()] {
      for (const Key& owner : ownersBeingDeleted(cluster_, object)) finalizeObject(cluster_, owner);
    });
  const EntryPtr definition = cluster_.store().get({"customresourcedefinitions.apiextensions.k8s.io", "", last.key().kind});
  if (definition && definition->meta().deleting) finalize(definition->key());
  if (last.key().ns.empty()) return;
  const EntryPtr ns = cluster_.store().get({"namespaces", "", last.key().ns});
  if (ns && ns->meta().deleting) finalize(ns->key());
}

void Background::finalize(const Key& key) {
  add([this, key] { finalizeObject(cluster_, key); });
}

void Background::checkOwners(const Key& key) {
  add([this, key] { collectOrphan(cluster_, key); });
}

void Background::readyLater(const Key& key, std::chrono::milliseconds delay) {
  add([this, key] { becomeReady(cluster_, key); }, delay);
}

void Background::takeUp() {
  for (const EntryPtr& entry : unfinished(cluster_)) {
    if (entry->meta().deleting) finalize(entry->key());
    else if (!entry->meta().owners.empty()) checkOwners(entry->key());
    else readyLater(entry->key(), cluster_.options().readyAfter);
  }
}

} // namespace chasi::local
