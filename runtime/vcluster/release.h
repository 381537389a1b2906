// A virtual cluster that was installed by the public chart, as it looks from the host cluster: the names of its objects, and what its
// control plane says about itself. Pure functions; whoever calls them has read the objects.
#pragma once

#include "runtime/plan/json_view.h"
#include "runtime/plan/operation.h"

#include <llvm/Support/Error.h>

#include <optional>
#include <string>
#include <vector>

namespace chasi::vcluster {

/// Where a virtual cluster lives: one for each namespace of the host (the program refuses a second one since 0.25).
struct Release {
  std::string name;
  std::string ns;
};

enum class Store : uint8_t {
  Embedded, ///< SQLite or etcd in the control plane: a StatefulSet with a volume claim
  Deployed, ///< an etcd of its own beside it
  External, ///< a database elsewhere: the control plane is a Deployment
};

/// The control plane: StatefulSet NAME, or a Deployment when nothing needs a volume.
plan::ObjectRef controlPlane(const Release& release, Store store);
plan::ObjectRef service(const Release& release);
/// "vc-config-NAME": the configuration; a change of it restarts the control plane.
plan::ObjectRef configSecret(const Release& release);
/// "vc-NAME": made by the control plane itself once it runs; nobody applies it.
plan::ObjectRef kubeconfigSecret(const Release& release);
inline constexpr const char* kKubeconfigKey = "config";

/// What exists on the host for a default installation, in the order of applying.
std::vector<plan::ObjectRef> objects(const Release& release, Store store);

enum class Phase : uint8_t { Starting, Running, Paused, Failed };
const char* name(Phase phase);

struct Installed {
  Release release;
  std::string chartVersion; ///< "0.36.1"
  std::string kubernetes;   ///< "v1.36.0": what is seen inside; empty when its image does not tell
  Phase phase = Phase::Starting;
  std::string reason;       ///< empty when Running
  bool deployment = false;  ///< nothing of its state lies in its own pods
  bool marked = false;      ///< paused by the vendor's tools, or as they do it: annotation loft.sh/paused
  std::string pausedSince;  ///< as they wrote it down
  bool restoring = false;   ///< scaled to nothing while a snapshot is put back: annotation loft.sh/restoring
  std::string restoredFrom; ///< the snapshot, when it is chasic that does it
  std::string applySet;     ///< label applyset.kubernetes.io/part-of: whoever keeps it, as chasic does what a specification describes
  int64_t pausedReplicas = 0; ///< how many there are again when it is resumed
  int64_t pods = 0;         ///< of the control plane, that are still there
  bool keepsState = false;  ///< its volumes stay when it is removed
};

inline constexpr const char* kPaused = "loft.sh/paused";
inline constexpr const char* kPausedReplicas = "loft.sh/paused-replicas";
inline constexpr const char* kPausedDate = "loft.sh/paused-date";
inline constexpr const char* kRestoring = "loft.sh/restoring";
inline constexpr const char* kRestoredFrom = "chasi.dev/restored-from";
inline constexpr const char* kKeepState = "chasi.dev/keep-state";
inline constexpr const char* kStore = "vcluster.loft.sh/store";
/// On every object that the control plane made on its host for one inside; its value is the name of the release.
inline constexpr const char* kManagedBy = "vcluster.loft.sh/managed-by";

/// Why a pod of the control plane will not run without somebody's help; empty when it may still do so. A container that ended may come
/// up in another try, unless it did so thrice.
std::string stuckReason(plan::JsonValue pod);

/// Why a pod has no node yet; empty when it has one.
std::string waitingReason(plan::JsonValue pod);

/// Reads a StatefulSet or Deployment of the host; nothing when it is no control plane of a virtual cluster.
std::optional<Installed> readControlPlane(plan::JsonValue workload);

/// The kubeconfig in the Secret's data. CH6106 when it is not there (yet) or no text.
llvm::Expected<std::string> readKubeconfig(plan::JsonValue secret);

} // namespace chasi::vcluster
