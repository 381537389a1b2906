// A virtual cluster that Helm installed, as a module: the tenant with the chart's values that differ from the chart's own.
#pragma once

#include <nlohmann/json.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace chasi::import {

/// What a values file said, told from what came of it.
struct ChartValues {
  nlohmann::ordered_json given = nlohmann::ordered_json::object();
  std::vector<std::vector<std::string>> removed; ///< the keys that lead to each default which is not there
};
/// What must be laid over `defaults`, and taken from them, so that `merged` comes out.
ChartValues chartValues(const nlohmann::ordered_json& defaults, const nlohmann::ordered_json& merged);

/// Paths to texts that are not empty below keys of which `isDelicate` says so, such as `controlPlane.backingStore.database.external.dataSource`.
std::vector<std::string> delicateKeys(const nlohmann::ordered_json& given, bool (*isDelicate)(std::string_view));

struct ImportedVirtualCluster {
  std::string release, ns;
  std::string chart;      ///< "0.36.1"
  std::string cluster;    ///< name of the host's declaration
  std::string context;    ///< of the kubeconfig; empty when nobody named one
  std::string kubernetes; ///< of the host: "1.36"
  ChartValues values;
};

/// The name of the tenant's declaration: that of the release, or what a name can have of it.
std::string tenantOf(const std::string& release);
/// The module, in canonical layout.
std::string virtualClusterModule(const ImportedVirtualCluster& found);

/// The first field that `made` says and `live` does not have so, as a path; empty when there is none. What `live` has besides was filled in by
/// a server, or written by others.
std::string firstDifference(const nlohmann::ordered_json& made, const nlohmann::ordered_json& live);

} // namespace chasi::import
