#include "runtime/local/cluster.h"

#include "runtime/local/background.h"
#include "runtime/local/discovery.h"
#include "runtime/local/furnish.h"
#include "runtime/local/read.h"
#include "runtime/local/remove.h"
#include "runtime/local/write.h"
#include "runtime/plan/fault.h"

#include <fmt/format.h>

namespace chasi::local {

Cluster::Cluster(const ServeOptions& options) : options_(options) {}

Cluster::~Cluster() { stop(); }

llvm::Expected<std::unique_ptr<Cluster>> Cluster::open(const ServeOptions& options) {
  std::unique_ptr<Cluster> cluster(new Cluster(options));
  llvm::Expected<std::unique_ptr<Store>> store = Store::open(options.file);
  if (!store) return store.takeError();
  cluster->store_ = std::move(*store);
  if (llvm::Error error = cluster->furnish()) return error;
  cluster->renewCatalog();
  cluster->background_ = std::make_unique<Background>(*cluster);
  cluster->background_->start();
  return cluster;
}

llvm::Error Cluster::furnish() {
  Change change(*store_);
  furnishCluster(change, timeNow());
  if (std::optional<WriteProblem> problem = change.commit())
    return plan::fault("CH6302", fmt::format("the cluster's file {} cannot be written: {}", options_.file, problem->message), "check the permissions, and that the disk is not full");
  return llvm::Error::success();
}

void Cluster::stop() {
  stopping_ = true;
  if (store_) store_->wakeAll();
  if (background_) background_->stop();
}

std::shared_ptr<const Catalog> Cluster::catalog() const {
  std::lock_guard lock(catalogMutex_);
  return catalog_;
}

void Cluster::renewCatalog() {
  std::lock_guard lock(catalogMutex_);
  std::vector<Json> definitions;
  for (const EntryPtr& entry : store_->list("customresourcedefinitions.apiextensions.k8s.io", "").entries) definitions.push_back(entry->json());
  catalog_ = Catalog::make(definitions);
}

Refusal notWritten(const WriteProblem& problem) {
  const std::string message = fmt::format("the cluster's file took nothing of this write: {}", problem.message);
  if (problem.full) return {507, "InsufficientStorage", message + "; free some space, then write again"};
  return {500, "InternalError", message};
}

namespace {

/// A web page in a browser must not talk to the cluster: not under a name that resolves to the loopback address, and not at all.
std::optional<Refusal> checkCaller(const Request& request, const std::string& token) {
  std::string host = request.host;
  if (host.starts_with('[')) host = host.substr(0, host.find(']') + 1);
  else host = host.substr(0, host.find(':'));
  if (host != "127.0.0.1" && host != "localhost" && host != "[::1]")
    return Refusal{403, "Forbidden", fmt::format("this server answers on the loopback interface only, not as \"{}\"", request.host)};
  if (!request.origin.empty()) return Refusal{403, "Forbidden", "this server does not answer web pages"};
  if (token.empty()) return {};
  const std::string given = request.authorization, wanted = "Bearer " + token;
  // Takes as long for a wrong token as for the right one.
  unsigned difference = given.size() == wanted.size() ? 0U : 1U;
  for (size_t i = 0; i < given.size() && i < wanted.size(); ++i) difference |= static_cast<unsigned char>(given[i] ^ wanted[i]);
  if (difference != 0) return Refusal{401, "Unauthorized", "Unauthorized"};
  return {};
}

Answer onCollection(Cluster& cluster, const Call& call) {
  const std::string& method = call.request->method;
  if (method == "GET" && call.kind().hasVerb("list")) return call.request->flag("watch") ? watchObjects(cluster, call) : listObjects(cluster, call);
  if (method == "POST" && call.kind().hasVerb("create") && (!call.kind().namespaced || !call.at.ns.empty())) return isReview(call.kind()) ? reviewObject(call) : createObject(cluster, call);
  if (method == "DELETE" && call.kind().hasVerb("deletecollection")) return deleteCollection(cluster, call);
  return answerOf(methodNotAllowed());
}

Answer onObject(Cluster& cluster, const Call& call) {
  const std::string& method = call.request->method;
  if (call.at.subresource == "scale") return scaleObject(cluster, call);
  if (method == "GET" && call.kind().hasVerb("get")) return call.request->flag("watch") ? watchObjects(cluster, call) : getObject(cluster, call);
  if (method == "PUT" && call.kind().hasVerb("update")) return updateObject(cluster, call);
  if (method == "PATCH" && call.kind().hasVerb("patch")) return patchObject(cluster, call);
  if (method == "DELETE" && call.kind().hasVerb("delete") && call.at.subresource.empty()) return deleteObject(cluster, call);
  return answerOf(methodNotAllowed());
}

Answer dispatch(Cluster& cluster, const Request& request) {
  if (auto refusal = checkCaller(request, cluster.options().token)) return answerOf(*refusal);
  if (request.tooLarge) return answerOf({413, "RequestEntityTooLarge", "Request entity too large: limit is 3145728"});
  const std::shared_ptr<const Catalog> catalog = cluster.catalog();
  if (std::optional<Route> to = route(*catalog, request.path)) {
    const Result<Call> call = understand(request, std::move(*to));
    if (auto* refusal = std::get_if<Refusal>(&call)) return answerOf(*refusal);
    return std::get<Call>(call).at.name.empty() ? onCollection(cluster, std::get<Call>(call)) : onObject(cluster, std::get<Call>(call));
  }
  std::optional<Answer> answer = discover(*catalog, request);
  if (!answer) return pathNotFound();
  if (request.method != "GET" && request.method != "HEAD") return answerOf(methodNotAllowed());
  return std::move(*answer);
}

} // namespace

Answer Cluster::answer(const Request& request) {
  // The wall: libraries below throw when something does not fit; a request must never end the server.
  try {
    return dispatch(*this, request);
  } catch (const std::exception& error) {
    return answerOf({500, "InternalError", fmt::format("the request could not be answered: {}", error.what())});
  }
}

} // namespace chasi::local
