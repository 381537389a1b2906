// One cluster: what all requests share. Every function that takes a Cluster may be called from any thread.
#pragma once

#include "runtime/local/call.h"
#include "runtime/local/local.h"
#include "runtime/local/store.h"

#include <atomic>
#include <list>

namespace chasi::local {

class Background;

/// Lists that clients read page by page: each page comes from the state of the first one.
class Pages {
public:
  struct List {
    std::vector<EntryPtr> entries;
    uint64_t version = 0;
  };
  /// A token for the rest of a list from `offset` on.
  std::string keep(std::shared_ptr<const List> list, size_t offset);
  /// Null when the token is unknown or too old.
  std::shared_ptr<const List> find(const std::string& token, size_t& offset);

private:
  std::mutex mutex_;
  uint64_t last_ = 0;
  std::list<std::pair<uint64_t, std::shared_ptr<const List>>> lists_; ///< the newest first
};

class Cluster {
public:
  /// CH6302.
  static llvm::Expected<std::unique_ptr<Cluster>> open(const ServeOptions& options);
  ~Cluster();
  Cluster(const Cluster&) = delete;
  Cluster& operator=(const Cluster&) = delete;

  Answer answer(const Request& request);
  /// Ends watches and the work in the background.
  void stop();
  bool stopping() const { return stopping_; }

  const ServeOptions& options() const { return options_; }
  Store& store() { return *store_; }
  Background& background() { return *background_; }
  Pages& pages() { return pages_; }
  std::shared_ptr<const Catalog> catalog() const;
  /// After a definition was written or removed.
  void renewCatalog();

private:
  explicit Cluster(const ServeOptions& options);
  /// What a cluster has from the beginning.
  llvm::Error furnish();

  ServeOptions options_;
  std::unique_ptr<Store> store_;
  std::unique_ptr<Background> background_;
  Pages pages_;
  mutable std::mutex catalogMutex_;
  std::shared_ptr<const Catalog> catalog_;
  std::atomic<bool> stopping_ = false;
};

/// The answer to a transaction that the file did not take: 507 or 500; nothing of it happened.
Refusal notWritten(const WriteProblem& problem);

} // namespace chasi::local
