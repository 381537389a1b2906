#include "runtime/vcluster/requests.h"

#include "runtime/plan/digest.h"

namespace chasi::vcluster {

using kube::Request;
using kube::Response;

llvm::Expected<Response> ask(kube::Client& host, Request request) {
  const std::string what = request.what;
  llvm::Expected<Response> response = host.call(std::move(request));
  if (!response || response->ok() || response->http == 404) return response;
  return toFault(response->status, what);
}

llvm::Expected<Response> must(kube::Client& host, Request request) {
  const std::string what = request.what;
  llvm::Expected<Response> response = ask(host, std::move(request));
  if (!response || response->ok()) return response;
  return toFault(response->status, what);
}

Request get(std::string path, std::string what) {
  Request request;
  request.path = std::move(path);
  request.what = std::move(what);
  return request;
}

Request patch(const std::string& path, const nlohmann::ordered_json& body, std::string what) {
  Request request = get(path + "?" + kManager, std::move(what));
  request.method = kube::Method::Patch;
  request.contentType = kMergePatch;
  request.body = body.dump();
  return request;
}

Request create(const std::string& path, const nlohmann::ordered_json& body, std::string what) {
  Request request = get(path + "?" + kManager, std::move(what));
  request.method = kube::Method::Post;
  request.contentType = "application/json";
  request.body = body.dump();
  request.once = true;
  return request;
}

Request remove(const std::string& path, std::string what) {
  Request request = get(path, std::move(what));
  request.method = kube::Method::Delete;
  return request;
}

std::string selected(const std::string& path, const std::string& selector) { return path + "?labelSelector=" + plan::percentEncoded(selector); }

void sleep(kube::Loop& loop, std::chrono::milliseconds pause) {
  bool passed = false;
  loop.after(pause, [&passed] { passed = true; });
  loop.runUntil([&] { return passed; });
}

} // namespace chasi::vcluster
