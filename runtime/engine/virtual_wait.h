// Waits until a virtual cluster is as it should be: its API answers, or everything of it that runs has ended.
#pragma once

#include "runtime/engine/run.h"
#include "runtime/engine/virtual_sites.h"

namespace chasi::engine {

class VirtualWait {
public:
  /// `done` comes once, from the loop, unless this ends before. Without an error the cluster of a running one is open.
  using Done = std::function<void(llvm::Error)>;
  VirtualWait(Run& run, Site& host, std::string target, vcluster::Description wanted, Done done);
  ~VirtualWait() { *alive_ = false; }
  VirtualWait(const VirtualWait&) = delete;
  VirtualWait& operator=(const VirtualWait&) = delete;

  void start() { look(); }
  /// Why it is not done yet.
  const std::string& reason() const { return reason_; }

private:
  void look();
  void again(std::string reason);
  void found(VirtualFound found);
  void findStuck(VirtualFound found);
  void knock();
  void clear();
  void removePods(std::vector<std::string> names);
  void end(llvm::Error error);
  void get(Site& site, std::string path, std::string what, std::function<void(kube::Response)> use);
  std::string name() const { return "virtual cluster " + wanted_.release.name; }

  template <typename Call> auto guarded(Call call) {
    return [alive = alive_, call = std::move(call)](auto&&... values) {
      if (*alive) call(std::forward<decltype(values)>(values)...);
    };
  }

  Run& run_;
  Site& host_;
  std::string target_;
  vcluster::Description wanted_;
  Done done_;
  std::string reason_ = "not looked at yet";
  kube::Transport::Time since_;
  std::chrono::milliseconds pause_{200};
  std::string stuckPod_; // the same one for a while
  kube::Transport::Time stuckSince_{};
  WayIn way_; // while it is not one of the clusters of the run
  std::unique_ptr<kube::Client> inside_; // asks whether it answers
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

} // namespace chasi::engine
