#include "runtime/engine/cluster_secrets.h"

#include "runtime/plan/digest.h"
#include "runtime/plan/fault.h"
#include "runtime/plan/json_view.h"

#include <fmt/format.h>

namespace chasi::engine {

using plan::fault;
using plan::JsonValue;
using plan::JsonView;

/// "namespace/name" and the entry of NAMESPACE/NAME/KEY; neither kind of name has a slash.
static std::pair<std::string, std::string> placeOf(const std::string& key) {
  const size_t slash = key.rfind('/');
  return slash == key.npos ? std::pair(key, std::string()) : std::pair(key.substr(0, slash), key.substr(slash + 1));
}

/// A doctored plan may say anything; what goes into a path must be a name.
static bool isName(const std::string& name) {
  const size_t slash = name.find('/');
  return slash != 0 && slash != name.npos && slash + 1 < name.size() && name.find('/', slash + 1) == name.npos &&
         name.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-./") == name.npos && name.find("..") == name.npos;
}

template <typename Each> static void eachPlace(const plan::Operation& op, Each each) {
  for (const plan::SecretRef& ref : op.secrets) {
    if (ref.provider != plan::kCluster && ref.provider != plan::kTemplate) continue;
    for (const plan::SecretRef& source : plan::sourcesOf(ref))
      if (source.provider == plan::kCluster) each(placeOf(source.key).first);
  }
}

bool needsCluster(const plan::Operation& op) {
  bool needs = false;
  eachPlace(op, [&](const std::string&) { needs = true; });
  return needs;
}

std::set<std::string> ClusterSecrets::missing(const plan::Operation& op) const {
  std::set<std::string> names;
  eachPlace(op, [&](const std::string& name) {
    const auto at = read_.find(name);
    if ((at == read_.end() || !at->second.found) && isName(name)) names.insert(name);
  });
  return names;
}

kube::Request ClusterSecrets::request(const std::string& name) {
  const size_t slash = name.find('/');
  kube::Request request;
  request.path = fmt::format("/api/v1/namespaces/{}/secrets/{}", name.substr(0, slash), name.substr(slash + 1));
  request.what = fmt::format("reading the Secret {} for a value", name);
  return request;
}

void ClusterSecrets::take(const std::string& name, const std::string& server, llvm::Expected<kube::Response> response) {
  Read& read = read_[name];
  read = {};
  const auto refuse = [&](std::string message, std::string hint) { read.fault = plan::takeText(fault("CH6212", std::move(message), std::move(hint))); };
  if (!response) {
    read.fault = plan::takeText(response.takeError());
    return;
  }
  if (response->http == 404) return refuse(fmt::format("there is no Secret {} on the cluster at {}", name, server), "make it first, or correct the name in `secret(\"k8s/…\")`");
  if (response->http == 403)
    return refuse(fmt::format("the Secret {} on the cluster at {} may not be read: {}", name, server, response->status.message),
                  fmt::format("let this user `get` secrets in the namespace {}", name.substr(0, name.find('/'))));
  if (!response->ok()) {
    read.fault = plan::takeText(kube::toFault(response->status, request(name).what));
    return;
  }
  llvm::Expected<JsonView> view = JsonView::parse(response->body);
  if (!view) {
    llvm::consumeError(view.takeError()); // its message might quote the answer
    return refuse(fmt::format("the Secret {} on the cluster at {} is not JSON", name, server), {});
  }
  read.found = true;
  for (JsonValue entry = view->root()["data"].first(); entry; entry = entry.next()) {
    std::string value;
    if (plan::fromBase64(entry.string(), value)) read.data.emplace(entry.key(), std::move(value));
  }
}

llvm::Expected<std::string> ClusterSecrets::value(const plan::SecretRef& ref) const {
  const auto [name, key] = placeOf(ref.key);
  const auto at = read_.find(name);
  if (at == read_.end()) return fault("CH6212", fmt::format("the Secret {} was not read", name));
  const Read& read = at->second;
  if (!read.found) return fault(read.fault);
  const auto entry = read.data.find(key);
  if (entry != read.data.end()) return entry->second;
  return fault("CH6212", fmt::format("the Secret {} has no entry '{}'", name, key), "its entries: `kubectl describe secret` lists them without their values");
}

plan::SecretReader ClusterSecrets::reader(plan::SecretReader others) const {
  return [this, others = std::move(others)](const plan::SecretRef& ref) { return ref.provider == plan::kCluster ? value(ref) : others(ref); };
}

} // namespace chasi::engine
