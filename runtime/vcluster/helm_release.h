// What Helm recorded of a release: one Secret for each revision, with the chart, the values it was given, and the objects it made.
#pragma once

#include "runtime/kube/client.h"
#include "runtime/vcluster/release.h"

#include <llvm/Support/Error.h>

#include <nlohmann/json.hpp>

#include <optional>
#include <string>

namespace chasi::vcluster {

struct HelmRelease {
  int64_t revision = 0;
  std::string chartVersion;
  nlohmann::ordered_json config = nlohmann::ordered_json::object(); ///< the values of the user
  std::string manifest; ///< the objects, as YAML
};

/// From the data of one of its Secrets (type helm.sh/release.v1): base64 of a packed JSON text. CH6106 when it is none.
llvm::Expected<HelmRelease> readHelmRelease(plan::JsonValue secret);

/// The newest revision; nothing when Helm does not know the release.
llvm::Expected<std::optional<HelmRelease>> latestHelmRelease(kube::Client& host, const Release& release);

/// The whole configuration in YAML, defaults of the chart and all, as the control plane reads it. CH6106 when it is not there.
llvm::Expected<std::string> mergedValues(kube::Client& host, const Release& release);

} // namespace chasi::vcluster
