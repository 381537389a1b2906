// What API servers said of the kinds that they serve, kept across runs under their ETag. A server is asked each time whether that still
// holds (RFC 9110, 304): nothing kept is believed otherwise, and whatever cannot be read or written is as if there were no cache.
#pragma once

#include "runtime/kube/endpoint.h"

#include <optional>
#include <string>

namespace chasi::kube {

/// A folder of its own, or no cache at all. Files are for this user alone. One thread.
class DiscoveryCache {
public:
  DiscoveryCache() = default;
  explicit DiscoveryCache(std::string folder) : folder_(std::move(folder)) {}

  struct Kept {
    std::string etag, body;
  };
  /// Of a path of that server, as it was asked with the same `accept`.
  std::optional<Kept> find(const Endpoint& server, const std::string& path) const;
  void keep(const Endpoint& server, const std::string& path, const Kept& kept) const;

private:
  std::string fileOf(const Endpoint& server, const std::string& path) const;
  std::string folder_;
};

} // namespace chasi::kube
