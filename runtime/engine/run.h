// What the parts of one apply share.
#pragma once

#include "runtime/engine/engine.h"
#include "runtime/engine/lease.h"
#include "runtime/engine/reporter.h"

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace chasi::engine {

/// One cluster during a run. Only those where something changes have a lease; nothing is written to the others.
struct SiteRun {
  Site* site = nullptr;
  std::unique_ptr<Lease> lease;
  Inventory stored;              ///< as read under the lock, then as written
  std::string uid, version;      ///< of the parent ConfigMap; empty when there is none
  std::map<std::string, Stamp> written; ///< objects that this run brought to what is asked for
  std::set<std::string> removed; ///< keys of objects that are gone, verified
  size_t working = 0;            ///< operations that have requests out
  bool lostSaid = false;
  bool recorded = false;         ///< the history has this run
  bool gone = false;             ///< not reached any more: nothing is sent there for the rest of the run
  bool mayWrite() const { return lease && lease->mayWrite(); }
};

struct Run {
  Run(const plan::Plan& aPlan, Connections& theConnections, const ApplyOptions& theOptions);
  ~Run() { *alive = false; }
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;

  const plan::Plan& plan;
  plan::Plan* late = nullptr; ///< the same one, when a part of it can be told only while applying
  Connections& connections;
  const ApplyOptions& options;
  Reporter reporter;
  Summary summary;
  std::string id; ///< of this run, unique
  std::chrono::steady_clock::time_point begin = std::chrono::steady_clock::now();
  std::chrono::system_clock::time_point started = std::chrono::system_clock::now();
  std::vector<std::unique_ptr<SiteRun>> sites; ///< in the order of their addresses
  std::vector<uint32_t> levels;                ///< of the operations
  std::shared_ptr<bool> alive = std::make_shared<bool>(true); ///< answers that come after the run are not looked at

  /// Null also for a cluster that is left out.
  SiteRun* siteOf(const std::string& target);

  /// Notes that this cluster is left out, once, and tells it unless an operation has told it.
  void leaveOut(Site& site, plan::FaultText why, bool told);
  bool isLeftOut(const std::string& target) const;
  /// Empty when the operation is to be carried out.
  std::string whyLeftOut(uint32_t index) const;
  const plan::Operation& op(uint32_t index) const { return plan.desired.operations[index]; }
  const plan::Step& step(uint32_t index) const { return plan.steps[index]; }
  int cancelled() const { return options.cancel ? options.cancel->load() : 0; }

  /// Without the values of the plan's secrets.
  std::string clean(std::string text);
  /// More of them became known.
  void forgetSecrets() { secretsRead_ = false; }

  void say(EventKind kind, const std::string& operation, const std::string& target, const char* action, std::string message);
  /// Notes and reports a failure; `id` may be empty.
  void failed(const std::string& operation, const std::string& target, const char* action, plan::SourceRef source, llvm::Error error);

private:
  std::set<std::string> leftOut_; ///< targets
  bool secretsRead_ = false;
  std::vector<std::string> secrets_;
};

} // namespace chasi::engine
