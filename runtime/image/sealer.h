// Cluster images that sealer built: ordinary OCI images with two annotations on their manifests. Read to be shown; such images are carried
// and built upon as any other.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace chasi::image {

struct SealerInfo {
  struct App {
    std::string name, type, version;
    std::vector<std::string> commands;
  };
  struct Container {
    std::string image, app;
  };
  std::string type, schema, builder; ///< "kube-installer", "v1alpha1", "v0.11.0"
  std::vector<App> apps;
  std::vector<std::string> launch;     ///< commands, or names of apps
  std::vector<Container> containers; ///< tags as they were written, without digests
  bool complete = false;               ///< the image has a list of its containers at all
};

inline constexpr const char* kSealerExtension = "sealer.image.extension";
inline constexpr const char* kSealerContainers = "sealer.image.container.images";

/// Nothing when the annotation is missing or is no JSON object.
std::optional<SealerInfo> sealerInfo(const std::map<std::string, std::string>& annotations);
std::string toText(const SealerInfo& info);
nlohmann::json toJson(const SealerInfo& info);

} // namespace chasi::image
