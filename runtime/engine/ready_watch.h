// Waits until objects of one cluster are ready: one watch for each kind, however many objects are waited for.
#pragma once

#include "runtime/engine/run.h"
#include "runtime/kube/list.h"
#include "runtime/kube/readiness.h"

#include <map>

namespace chasi::engine {

/// What to wait for. An older state of the object than `generation` and `resourceVersion` says nothing about what was written.
struct ReadyWanted {
  plan::ObjectRef object;
  bool member = true; ///< carries our label
  int64_t generation = 0;
  std::string resourceVersion; ///< empty: any state counts
};

class ReadyWatch {
public:
  /// `changed` is called when the object is seen, with what its state means; `gone` when it was deleted. Not from within `wait`.
  using Changed = std::function<void(const kube::Readiness&)>;
  explicit ReadyWatch(Run& run, Site& site) : run_(run), site_(site) {}

  /// False when the kind is not served. Ends with `forget`, or with this object.
  bool wait(uint32_t waiter, ReadyWanted wanted, Changed changed);
  void forget(uint32_t waiter);

private:
  struct Seen {
    kube::Readiness readiness;
    int64_t generation = 0;
    std::string resourceVersion;
  };
  struct Group {
    std::map<std::string, Seen> seen; // by keyOf
    std::unique_ptr<kube::Watch> watch;
  };
  struct Waiter {
    ReadyWanted wanted;
    std::string key;
    Changed changed;
    kube::Transport::Time since;
  };
  void take(const kube::Resource& resource, Group& group, std::string_view type, plan::JsonValue object);
  static bool counts(const Seen& seen, const ReadyWanted& wanted);
  void tell(uint32_t waiter, const Seen& seen);

  Run& run_;
  Site& site_;
  std::map<uint32_t, Waiter> waiters_;
  std::multimap<std::string, uint32_t> byKey_;
  std::map<std::string, Group> groups_; // by the path of the collection and the selector
};

/// Readiness with a grace period: a custom resource without any status was not looked at yet, so it is not called ready at once.
kube::Readiness readinessOf(plan::JsonValue object);

} // namespace chasi::engine
