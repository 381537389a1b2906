#include "compiler/driver/import_server.h"
#include "compiler/driver/clusters.h"
#include "compiler/driver/spec.h"
#include "runtime/plan/fault.h"

#include <fmt/format.h>

namespace chasi::driver {

using nlohmann::ordered_json;

namespace {

llvm::Error noJson(const std::string& path) { return plan::fault("CH7030", fmt::format("{}: what the server gives is no JSON", path), "look whether something else answers under its address"); }

/// The bodies under these paths, in their order.
llvm::Expected<std::vector<ordered_json>> fetch(Clusters& clusters, const std::vector<std::string>& paths) {
  kube::Client& client = clusters.only();
  std::vector<ordered_json> out(paths.size());
  llvm::Error problem = llvm::Error::success();
  size_t pending = paths.size();
  for (size_t i = 0; i < paths.size(); ++i) {
    kube::Request request;
    request.path = paths[i];
    request.what = "reading " + paths[i];
    client.send(std::move(request), [&, i](llvm::Expected<kube::Response> response) {
      --pending;
      if (!response) problem = llvm::joinErrors(std::move(problem), response.takeError());
      else if (!response->ok()) problem = llvm::joinErrors(std::move(problem), kube::toFault(response->status, "reading " + paths[i]));
      else if (out[i] = ordered_json::parse(response->body, nullptr, false); !out[i].is_object()) problem = llvm::joinErrors(std::move(problem), noJson(paths[i]));
    });
  }
  engine::settle(clusters.connections.loop(), pending);
  if (problem) return problem;
  return out;
}

} // namespace

llvm::Expected<std::vector<ordered_json>> openApiOfServer(const Invocation& invocation) {
  auto clusters = openContext(invocation);
  if (!clusters) return clusters.takeError();
  auto index = fetch(**clusters, {"/openapi/v3"});
  if (!index) return index.takeError();
  std::vector<std::string> paths;
  const ordered_json groups = (*index)[0].value("paths", ordered_json::object());
  for (const auto& [group, where] : groups.items())
    if (llvm::StringRef(group).starts_with("api/") || llvm::StringRef(group).count('/') == 2) paths.push_back(where.value("serverRelativeURL", "/openapi/v3/" + group));
  return fetch(**clusters, paths);
}

llvm::Expected<std::vector<ordered_json>> definitionsOfServer(const Invocation& invocation) {
  auto clusters = openContext(invocation);
  if (!clusters) return clusters.takeError();
  std::vector<ordered_json> out;
  kube::ListRequest request;
  request.path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
  request.what = "reading the custom resource definitions";
  llvm::Error problem = llvm::Error::success();
  size_t pending = 1;
  kube::list((*clusters)->only(), std::move(request), [&](llvm::Expected<kube::Listing> listing) {
    --pending;
    if (!listing) return void(problem = llvm::joinErrors(std::move(problem), listing.takeError()));
    listing->each([&](plan::JsonValue item) {
      ordered_json definition = ordered_json::parse(std::string(item.raw()));
      definition["apiVersion"] = "apiextensions.k8s.io/v1"; // items of a list say it only once, in the list
      definition["kind"] = "CustomResourceDefinition";
      out.push_back(std::move(definition));
    });
  });
  engine::settle((*clusters)->connections.loop(), pending);
  if (problem) return problem;
  return out;
}

} // namespace chasi::driver
