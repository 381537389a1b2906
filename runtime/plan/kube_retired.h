// API versions of Kubernetes that are gone or going, and what took their place. Facts from the deprecation guide of the project.
#pragma once

#include <string_view>

namespace chasi::k8s {

struct Retired {
  std::string_view apiVersion, kind;
  std::string_view removed;     ///< the release that no longer serves it: "1.22"; empty while it is deprecated only
  std::string_view replacement; ///< an apiVersion with the same kind, or an apiVersion and a kind; empty: nothing took its place
};

/// Null for what is neither deprecated nor removed, as far as is known.
const Retired* retired(std::string_view apiVersion, std::string_view kind);

} // namespace chasi::k8s
