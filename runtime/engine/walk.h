// Walks the graph of a plan: an operation starts as soon as all that it needs is done, and ready where that takes time. There are no
// phases. What fails stops what depends on it, and nothing else.
#pragma once

#include "runtime/engine/image_worker.h"
#include "runtime/engine/object_write.h"
#include "runtime/engine/ready_watch.h"
#include "runtime/engine/run.h"
#include "runtime/engine/virtual_wait.h"
#include "runtime/plan/waves.h"

#include <deque>

namespace chasi::engine {

class Walk {
public:
  explicit Walk(Run& run);
  Walk(const Walk&) = delete;
  Walk& operator=(const Walk&) = delete;

  void start();
  /// Nothing is running, and nothing can start any more.
  bool finished() const { return left_ == 0 || (stopping_ && working_ == 0); }
  /// A virtual cluster began to run: it is to be taken in before anything goes inside.
  bool pausing() const { return !arrived_.empty(); }
  /// The operation of the next one.
  std::optional<uint32_t> arrived();
  /// Its target.
  std::string targetOf(uint32_t index) const;
  /// It was taken in, or cannot be.
  void boarded(uint32_t index, llvm::Error error);
  /// Starts nothing new and waits for no readiness any more; what has requests out goes on. Safe to call again.
  void stop();
  /// After `stop`: what has no answer yet gets none in this run.
  void abandonAll();
  /// Reports what will not be started. After `finished`.
  void skipRest();

private:
  enum class State : uint8_t { Waiting, Queued, Working, Settling, Done, Failed, Skipped };
  struct Op {
    State state = State::Waiting;
    bool settles = false; ///< must be ready before it counts as done
    uint32_t open = 0;    ///< needs that are not done
    std::string said;     ///< what was done
    std::string reason;   ///< why it is not ready
    uint64_t timer = 0;
    kube::Transport::Time since;
  };

  /// Of a wave: closed until all before it is done, then for the pause, in which nothing may stop being ready.
  struct Gate {
    plan::WaveGate wave;
    enum class State : uint8_t { Closed, Pausing, Open, Halted } state = State::Closed;
    size_t open = 0;              ///< operations before it that are not done
    bool changed = false;         ///< some of them were changed in this run
    std::set<uint32_t> watched;   ///< while it pauses
    std::set<uint32_t> notSeen;   ///< of these, ready since the pause began
    uint64_t timer = 0;
  };
  void prepareGates();
  void reached(Gate& gate);
  void pausing(Gate& gate, uint32_t index, const kube::Readiness& readiness);
  void pauseOver(Gate& gate);
  void openGate(Gate& gate);
  void endPause(Gate& gate);
  /// The waves behind an operation that failed, or was left out, do not begin.
  void halt(uint32_t index);
  void halt(Gate& gate, const std::string& why);

  void findWhatSettles();
  void leaveOut();
  void refused(uint32_t index, SiteRun& site, llvm::Error error);
  void abandon(SiteRun& site);
  bool active(uint32_t index) const;
  const char* action(uint32_t index) const;
  void pump();
  void begin(uint32_t index);
  void beginObject(uint32_t index, SiteRun& site);
  void beginImage(uint32_t index);
  /// Something that changes uses this image, which does not, and is not told what it tells.
  bool isToTell(uint32_t index) const;
  void beginVirtual(uint32_t index);
  void written(uint32_t index, SiteRun& site, Written result);
  void count(Written::How how);
  void settle(uint32_t index, const std::string& object);
  void readinessChanged(uint32_t index, const kube::Readiness& readiness);
  void timedOut(uint32_t index);
  bool isMember(uint32_t index) const;
  void complete(uint32_t index);
  void fail(uint32_t index, llvm::Error error);
  void skip(uint32_t index, std::string why);
  void skipDependants(uint32_t index);
  void heartbeat();
  ReadyWatch& readyWatch(const std::string& target);
  size_t most() const { return run_.options.parallelism ? run_.options.parallelism : 64; }

  Run& run_;
  std::vector<std::vector<uint32_t>> dependants_;
  std::vector<Op> ops_;
  std::vector<Gate> gates_;
  std::map<uint32_t, std::vector<size_t>> behind_; ///< the gates that wait for an operation
  std::deque<uint32_t> queue_;
  std::map<Site*, std::unique_ptr<ReadyWatch>> watches_;
  ImageWorker images_;
  std::map<uint32_t, std::unique_ptr<VirtualWait>> virtual_;
  std::deque<uint32_t> arrived_;
  std::set<std::string> warnings_; // of the servers, each said once
  size_t left_ = 0;    // operations that have not ended
  size_t working_ = 0; // with requests out
  size_t settling_ = 0;
  bool stopping_ = false, pumping_ = false;
};

} // namespace chasi::engine
