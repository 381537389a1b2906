// Which kinds a cluster serves, and under which paths.
#pragma once

#include "runtime/kube/client.h"
#include "runtime/kube/discovery_cache.h"

#include <map>
#include <string>
#include <vector>

namespace chasi::kube {

struct Resource {
  std::string group, version, kind, plural;
  bool namespaced = false;
  bool listed = true; ///< there is a list of them; TokenReviews, for one, are only answered
  std::string apiVersion() const { return group.empty() ? version : group + "/" + version; }
  /// "Deployment.apps"; the core group has no suffix. The form that ApplySets use.
  std::string groupKind() const { return group.empty() ? kind : kind + "." + group; }
};

/// "apps/v1" -> {"apps", "v1"}; "v1" -> {"", "v1"}.
std::pair<std::string, std::string> splitApiVersion(const std::string& apiVersion);

class Discovery {
public:
  const Resource* find(const std::string& apiVersion, const std::string& kind) const;
  /// In the version that the server prefers, of a "Kind.group".
  const Resource* findGroupKind(const std::string& groupKind) const;
  /// In the order of preference: the first of a group and kind is the preferred one.
  void add(Resource resource);
  size_t size() const { return byVersion_.size(); }
  /// Calls with each kind that can be listed, in the version that the server prefers.
  template <typename Each> void eachListed(Each call) const {
    for (const auto& [groupKind, key] : preferred_)
      if (const Resource& resource = byVersion_.at(key); resource.listed) call(resource);
  }

private:
  std::map<std::pair<std::string, std::string>, Resource> byVersion_;
  std::map<std::string, std::pair<std::string, std::string>> preferred_;
};

using DiscoveryAnswer = llvm::unique_function<void(llvm::Expected<Discovery>)>;
/// Two requests where the server knows aggregated discovery (1.27), otherwise one more for each group and version. What `cache` has, and
/// the server says to be so still, is not sent again.
void discover(Client& client, const DiscoveryCache& cache, DiscoveryAnswer answer);

/// "/api/v1/namespaces/a/configmaps/b"; an empty `ns` leaves the namespace out, an empty `name` gives the collection.
std::string pathOf(const Resource& resource, const std::string& ns, const std::string& name);

} // namespace chasi::kube
