// Secrets of Kubernetes whose data is none: what a virtual cluster reads its configuration from.
#pragma once

#include "runtime/plan/operation.h"

#include <nlohmann/json_fwd.hpp>

#include <string_view>

namespace chasi::plan {

/// Whether a field of this name probably holds a secret: "password", "registryToken", "dataSource".
bool isDelicateKey(std::string_view key);

/// The Secret vc-config-NAME of a virtual cluster, with values that the chart and the specification have in plain text. False when one of them
/// looks like a secret, or a whole Secret is among them.
bool holdsNoSecret(const ObjectRef& object, const nlohmann::json& manifest);

} // namespace chasi::plan
