// Single requests to the host of a virtual cluster, each with its answer awaited: for commands about one cluster.
#pragma once

#include "runtime/kube/client.h"
#include "runtime/plan/json_view.h"

#include <llvm/Support/Error.h>

#include <nlohmann/json.hpp>

#include <chrono>
#include <string>

namespace chasi::vcluster {

inline constexpr const char* kMergePatch = "application/merge-patch+json";
inline constexpr const char* kManager = "fieldManager=chasic-vcluster"; ///< of what these commands write, as it stands in a query

/// Every refusal but 404 is an error.
llvm::Expected<kube::Response> ask(kube::Client& host, kube::Request request);
/// 404 is an error, too.
llvm::Expected<kube::Response> must(kube::Client& host, kube::Request request);

kube::Request get(std::string path, std::string what);
kube::Request patch(const std::string& path, const nlohmann::ordered_json& body, std::string what);
/// Never sent twice: a second one might make a second object.
kube::Request create(const std::string& path, const nlohmann::ordered_json& body, std::string what);
kube::Request remove(const std::string& path, std::string what);

/// The path of a list, narrowed by labels.
std::string selected(const std::string& path, const std::string& selector);

/// Lets the loop go on meanwhile.
void sleep(kube::Loop& loop, std::chrono::milliseconds pause);

} // namespace chasi::vcluster
