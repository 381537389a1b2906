#include "runtime/local/local.h"

#include "runtime/local/cluster.h"
#include "runtime/local/http.h"
#include "runtime/local/lock.h"

#include <fmt/format.h>

namespace chasi::local {

/// In the order in which they are made; taken apart the other way round.
struct Server::Parts {
  explicit Parts(Lock aLock) : lock(std::move(aLock)) {}
  Lock lock;
  std::unique_ptr<Cluster> cluster;
  std::unique_ptr<Listener> listener;
  std::string url;
};

Server::Server(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

Server::~Server() {
  parts_->cluster->stop(); // watches end, so that their connections do
  parts_->listener.reset();
}

llvm::Expected<std::unique_ptr<Server>> Server::start(const ServeOptions& options) {
  llvm::Expected<Lock> lock = Lock::take(options.file);
  if (!lock) return lock.takeError();
  auto parts = std::make_unique<Parts>(std::move(*lock));
  llvm::Expected<std::unique_ptr<Cluster>> cluster = Cluster::open(options);
  if (!cluster) return cluster.takeError();
  parts->cluster = std::move(*cluster);
  llvm::Expected<std::unique_ptr<Listener>> listener = Listener::open(options.port, [cluster = parts->cluster.get()](const Request& request) { return cluster->answer(request); });
  if (!listener) return listener.takeError();
  parts->listener = std::move(*listener);
  parts->url = fmt::format("http://127.0.0.1:{}", parts->listener->port());
  parts->lock.note(parts->url);
  return std::unique_ptr<Server>(new Server(std::move(parts)));
}

const std::string& Server::url() const { return parts_->url; }

uint16_t Server::port() const { return parts_->listener->port(); }

std::string kubeconfigFor(const std::string& url) {
  return fmt::format("apiVersion: v1\n"
                     "kind: Config\n"
                     "clusters:\n"
                     "- name: chasi-local\n"
                     "  cluster:\n"
                     "    server: {}\n"
                     "contexts:\n"
                     "- name: chasi-local\n"
                     "  context:\n"
                     "    cluster: chasi-local\n"
                     "    namespace: default\n"
                     "    user: chasi-local\n"
                     "current-context: chasi-local\n"
                     "users:\n"
                     "- name: chasi-local\n"
                     "  user: {{}}\n",
                     url);
}

} // namespace chasi::local
