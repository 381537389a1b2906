// The clusters of a run: how each target is reached, and what was read from it already.
#pragma once

#include "runtime/engine/cluster_facts.h"
#include "runtime/engine/cluster_secrets.h"
#include "runtime/engine/inventory.h"
#include "runtime/kube/client.h"
#include "runtime/kube/discovery.h"
#include "runtime/kube/list.h"
#include "runtime/kube/port_forward.h"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace chasi::engine {

/// One API server. Several targets may lead to the same one; they share its inventory then.
struct Site {
  std::string server; ///< its address, or words for a virtual cluster, which has no address of its own
  std::vector<std::string> targets;
  bool inside = false; ///< a virtual cluster; its host records its part of a run
  std::unique_ptr<kube::PortForward> forward; ///< the way into a virtual cluster that has no address; ends after the client
  std::unique_ptr<kube::Client> client;
  kube::DiscoveryCache kinds; ///< not for a forwarded port, which is another one each time

  // What `loadSites` reads.
  bool loaded = false;
  std::string workspace; ///< whose inventory it is
  std::string clusterUid, version;
  kube::Discovery discovery;
  Inventory inventory;
  bool recovered = false; ///< there was none, and a comparison found its members by their label
  std::string applySet; ///< id; value of the membership label

  /// Why nothing can be said of it; set by `loadSites`, or by a comparison.
  std::optional<plan::FaultText> trouble;

  ClusterSecrets secrets; ///< of which values of operations are made

  /// Stamps that a comparison found out anew; the next apply notes them.
  std::map<std::string, Stamp> refreshed;

  void discover(kube::DiscoveryAnswer answer) { kube::discover(*client, forward ? kube::DiscoveryCache() : kinds, std::move(answer)); }
  /// Stamps are believed only in the epoch in which they were made: another server version may give other values.
  std::string epoch() const { return version + "|1"; }
  const Stamp* stampOf(const std::string& key) const {
    auto at = inventory.stamps.find(key);
    return at == inventory.stamps.end() || inventory.epoch != epoch() ? nullptr : &at->second;
  }
};

class Connections {
public:
  Connections(); ///< over the network
  explicit Connections(std::unique_ptr<kube::Transport> transport); ///< for tests
  Connections(const Connections&) = delete;
  Connections& operator=(const Connections&) = delete;

  /// Where sites keep what kinds they serve; before the first `add`.
  void keepKindsIn(std::string folder) { kinds_ = kube::DiscoveryCache(std::move(folder)); }
  /// How a target is reached. Not to be called after the first use.
  void add(const std::string& target, kube::Endpoint endpoint);
  /// The same for a virtual cluster, also later on. Two of them may have one address: each is its own.
  Site& addVirtual(const std::string& target, kube::Endpoint endpoint);

  ClusterFacts facts; ///< what the objects of one cluster tell those of any
  kube::Loop& loop() { return loop_; }
  std::vector<std::unique_ptr<Site>>& sites() { return sites_; }
  /// Null for a target that was never added.
  Site* siteOf(const std::string& target);
  kube::Client::Counters counters() const;
  /// What was read is read anew at the next use.
  void forget();

private:
  kube::Loop loop_;
  kube::DiscoveryCache kinds_;
  std::vector<std::unique_ptr<Site>> sites_;
  std::map<std::string, Site*> byTarget_;
};

/// Reads pin, version, kinds and inventory of the sites that are not loaded yet, all at once. What goes wrong at one of them is its
/// `trouble`. CH6215 when two addresses lead to one cluster.
llvm::Error loadSites(Connections& connections, const std::vector<Site*>& sites, const std::string& workspace);

/// All troubles of the sites, each as an error at the target's declaration; success when one of them has none, unless `any` is an error.
llvm::Error troublesOf(const plan::Desired& desired, Connections& connections, bool any);

/// Begins to load one cluster beside what else the loop does; what goes wrong is told once, and is no `trouble` of the site.
using SiteLoaded = llvm::unique_function<void(llvm::Error)>;
void loadSite(Site& site, const std::string& workspace, SiteLoaded loaded);

/// The sites that a desired state goes to, but for virtual clusters; CH6004 for another target without an endpoint.
llvm::Expected<std::vector<Site*>> sitesOf(const plan::Desired& desired, Connections& connections);

/// Runs the loop until `pending` is zero.
void settle(kube::Loop& loop, const size_t& pending);

} // namespace chasi::engine
