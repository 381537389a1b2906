// What is there without anybody asking: the namespaces of the system, and what every namespace has.
#pragma once

#include "runtime/local/cluster.h"

namespace chasi::local {

/// The default service account and the ConfigMap with the authorities' certificates, which a server without TLS leaves empty.
void furnishNamespace(Change& change, const std::string& name, const std::string& now);
/// The namespaces and the Service of the API server; what exists stays.
void furnishCluster(Change& change, const std::string& now);
/// Namespaces that are never deleted.
bool isSystemNamespace(std::string_view name);

/// How many replicas an autoscaler's target has, or how many pods a disruption budget would find.
int64_t replicasFor(const Store& store, const Json& asking);

} // namespace chasi::local
