// What deleting a virtual cluster takes besides deleting its objects, so that nothing of it stays behind.
#pragma once

#include "runtime/engine/run.h"
#include "runtime/vcluster/release.h"

namespace chasi::engine {

class Dismantling {
public:
  /// Finds the control planes among what is to be deleted. Runs the loop, as the rest does.
  explicit Dismantling(Run& run);

  /// Before the first deletion. CH6406 when the state of one is to be kept and would go with its namespace. Ends what only a control plane
  /// that runs can end: requests for snapshots, whose finalizers would hold the namespace for good.
  llvm::Error before();
  /// After the last one: sees the host's garbage collection through, and removes what nobody else does. Notes what stays behind.
  void after();

private:
  struct One {
    SiteRun* site;
    std::string target;
    vcluster::Installed plane;
    bool withNamespace; ///< that is deleted, too
  };
  struct Left {
    plan::ObjectRef object;
    std::string uid;
  };
  llvm::Expected<std::vector<Left>> list(const One& one, const std::string& apiVersion, const std::string& kind, const std::string& ns, const std::string& selector);
  llvm::Error remove(const One& one, const Left& left);
  llvm::Error awaitCollection(const One& one);
  llvm::Error removeClaims(const One& one);
  llvm::Error removeWide(const One& one);

  Run& run_;
  std::vector<One> ones_;
};

} // namespace chasi::engine
