// What a workspace owns in a cluster, kept in the cluster itself by the conventions of ApplySets (KEP-3659, as kubectl ships
// it): a ConfigMap is the parent, a label marks the members. The members' label is the truth; the stamps that the ConfigMap
// holds besides make an unchanged run cheap, and losing them costs time only.
#pragma once

#include "runtime/kube/discovery.h"
#include "runtime/plan/operation.h"
#include "runtime/plan/plan.h"

#include <llvm/Support/Error.h>

#include <map>
#include <set>
#include <string>
#include <vector>

namespace chasi::engine {

inline constexpr const char* kNamespace = "chasi-system";
inline constexpr const char* kMemberLabel = "applyset.kubernetes.io/part-of";
inline constexpr const char* kManager = "chasic";
/// About 75 bytes each when packed; a ConfigMap holds 1 MiB.
inline constexpr size_t kStampsPerShard = 5000;

/// What is known of an object since our last write of it.
struct Stamp {
  plan::ObjectRef object;
  std::string uid;
  std::string resourceVersion; ///< after our write
  std::string intent;          ///< hex digest of what was asked for; empty before the first write
  std::string projection;      ///< hex digest of the fields that we own, as the server gave them back; may be empty
  bool secrets = false;        ///< has secret values outside of a v1 Secret
  uint32_t level = 0;          ///< place in the order; deletion goes from high to low
  std::string id, owner;       ///< operation and declaration
  uint32_t fought = 0;         ///< how often in a row it was written again although nothing else was asked for
};

/// "Deployment.apps\nns\nname": identity without the version.
std::string keyOf(const plan::ObjectRef& object);
std::string keyOf(const std::string& groupKind, const std::string& ns, const std::string& name);
std::string groupKindOf(const plan::ObjectRef& object);

struct Inventory {
  bool exists = false;
  std::set<std::string> groupKinds; ///< in which members may be
  std::set<std::string> namespaces;
  std::string epoch;                ///< stamps of another epoch are not used
  std::map<std::string, Stamp> stamps; ///< by keyOf
  bool open = false;                ///< the run that wrote it last did not come to its end
  size_t shards = 1;                ///< ConfigMaps that hold the stamps; the first is the parent
};

/// Whether an object of a kind that the cluster does not serve may still be there. It is gone when its definition was ours.
bool mayOutliveItsKind(const Inventory& inventory, const std::string& groupKind);

/// The name of the parent: "chasi-<workspace>", made fit for a DNS name.
std::string inventoryName(const std::string& workspace);
/// Name of the ConfigMap of a shard; 0 is the parent.
std::string shardName(const std::string& workspace, size_t shard);
/// "applyset-<hash>-v1" of a parent ConfigMap in chasi-system.
std::string applySetId(const std::string& parentName, const std::string& ns = kNamespace);
/// Collection path "/api/v1/namespaces/chasi-system/configmaps".
std::string inventoryPath(const std::string& name);

/// The ConfigMaps to apply, parent last: they hold all stamps once the parent is there. `runId` is noted for people.
std::vector<std::pair<std::string, std::string>> encodeInventory(const Inventory& inventory, const std::string& workspace,
                                                                 const std::string& runId);

/// Packed with zlib, the length in front; `unpack` gives false for what `pack` did not make.
std::string pack(const std::string& text);
bool unpack(const std::string& packed, std::string& text);

/// Reads the parent: sets and the first shard. CH6213 when another tool made it. Damaged stamps are dropped, because they are only
/// a help; damaged sets are not.
llvm::Error decodeParent(const std::string& configMap, const std::string& workspace, Inventory& inventory);
/// Adds the stamps of a further shard.
void decodeShard(const std::string& configMap, Inventory& inventory);

} // namespace chasi::engine
