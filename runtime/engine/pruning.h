// Deletes what nothing describes any more, in the reverse order of applying.
#pragma once

#include "runtime/engine/run.h"

namespace chasi::engine {

class Pruning {
public:
  explicit Pruning(Run& run);
  void start();
  bool pausing() const { return false; }
  bool finished() const { return working_ == 0 && (stopping_ || next_ == order_.size()); }
  void stop() { stopping_ = true; }
  /// After `stop`: what has no answer yet gets none in this run.
  void abandonAll();
  /// Reports what will not be deleted in this run.
  void skipRest(const std::string& why);

private:
  std::string whyKept(const plan::Prune& prune) const;
  void nextGroup();
  void remove(uint32_t index);

  Run& run_;
  std::vector<uint32_t> order_; // of plan.prunes
  std::vector<int64_t> ranks_;
  size_t next_ = 0, working_ = 0;
  std::set<uint32_t> open_; // of plan.prunes, with requests out
  int64_t rank_ = 0; // of what is being deleted
  bool stopping_ = false;
};

/// CH6206 when more would be deleted than is usual without consent: more than five objects that are more than a fifth of all that is owned,
/// all that is owned, or any namespace, volume claim or definition. A count that was given must always be exact.
llvm::Error checkBudget(const plan::Plan& plan, std::optional<size_t> allowed);

} // namespace chasi::engine
