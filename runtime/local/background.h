// One thread for what Kubernetes' controllers do after a request was answered: emptying namespaces, collecting dependents, letting
// workloads become ready, and moving SQLite's log into its file.
#pragma once

#include "runtime/local/store.h"

#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <thread>

namespace chasi::local {

class Cluster;

/// Tasks may be given from any thread. Each looks at the state anew when it runs, so one too many does no harm.
class Background {
public:
  explicit Background(Cluster& cluster);
  ~Background();
  Background(const Background&) = delete;
  Background& operator=(const Background&) = delete;

  /// Also takes up what an earlier process left half-done.
  void start();
  void stop();

  /// The object went away: its dependents, and those that waited for it.
  void gone(const Entry& last);
  /// The object is being deleted: does what its finalizers stand for.
  void finalize(const Key& key);
  /// Removes the object when none of its owners exists.
  void checkOwners(const Key& key);
  void readyLater(const Key& key, std::chrono::milliseconds delay);

private:
  using Clock = std::chrono::steady_clock;
  using Task = std::function<void()>;
  void add(Task task, std::chrono::milliseconds delay = {});
  void run();
  void takeUp();

  Cluster& cluster_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::multimap<Clock::time_point, Task> tasks_;
  bool stopping_ = false;
  std::thread thread_;
};

} // namespace chasi::local
