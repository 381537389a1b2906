// The lock of one run: a coordination.k8s.io/v1 Lease beside the inventory. It is renewed while the run lasts and expires by itself
// after a crash. A lease is no fence (a paused program may wake up late), so every write carries preconditions besides.
#pragma once

#include "runtime/engine/connections.h"

#include <llvm/Support/Error.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <string>

namespace chasi::engine {

/// Who holds a lease, as others may see it.
struct Holder {
  std::string identity; ///< "user@host/pid/run", unique to the run
  std::string machine;  ///< tells whether the process id of the identity means anything here
};
/// Of this process. `user` replaces "user@host" when it is not empty.
Holder makeHolder(const std::string& user, const std::string& run);
/// Whether the holder was a process of this machine that has ended. False when that cannot be told.
bool hasEnded(const Holder& holder);

struct LeaseOptions {
  Holder holder;
  std::chrono::milliseconds duration = std::chrono::seconds(15);
  std::chrono::milliseconds patience{0};            ///< how long to wait for a holder that is alive
  std::function<void(const std::string&)> waiting;  ///< called when somebody stands in the way
  const std::atomic<int>* cancel = nullptr;
};

class Lease {
public:
  Lease(Site& site, std::string name, LeaseOptions options);
  ~Lease();
  Lease(const Lease&) = delete;
  Lease& operator=(const Lease&) = delete;

  /// Makes the namespace when it is missing. A holder that does not renew for its own duration, measured on our clock, is taken over.
  /// CH6207 names a holder that is alive. Runs the loop.
  llvm::Error acquire();
  /// Whether new writes may begin: held, and renewed lately.
  bool mayWrite() const;
  bool lost() const { return acquired_ && !mayWrite(); }
  /// Deletes the lease if it is still ours. Runs the loop; what goes wrong only leaves a lease that expires.
  void release();

private:
  struct Record;
  llvm::Expected<bool> create();
  llvm::Error createNamespace();
  llvm::Expected<bool> take(const Record& record);
  bool mayTake(const Record& record);
  llvm::Error refuse(const Record& record) const;
  void pause();
  void hold(const kube::Response& response, kube::Transport::Time since);
  void renewIn(std::chrono::milliseconds delay);
  void renew();
  void readAgain();
  std::string body(const std::string& resourceVersion, int64_t transitions, const std::string& acquired) const;
  std::string path(bool collection) const;

  Site& site_;
  kube::Loop& loop_;
  std::string name_;
  LeaseOptions options_;
  bool acquired_ = false, held_ = false, renewing_ = false;
  std::string uid_, version_, since_;
  int64_t transitions_ = 0;
  kube::Transport::Time renewed_{};
  uint64_t timer_ = 0;
  // The record of another holder: when this version of it was first seen, and whether it changed before our eyes.
  std::string seenVersion_, seenHolder_;
  kube::Transport::Time seenAt_{};
  bool alive_ = false;
  std::shared_ptr<bool> exists_ = std::make_shared<bool>(true);
};

} // namespace chasi::engine
