// Reading collections: pages of a LIST, and a watch that goes on where the list ended.
#pragma once

#include "runtime/kube/client.h"
#include "runtime/kube/discovery.h"
#include "runtime/plan/json_view.h"

#include <memory>
#include <string>
#include <vector>

namespace chasi::kube {

struct ListRequest {
  std::string path;          ///< of the collection
  std::string labelSelector; ///< not encoded; empty for everything
  bool metadataOnly = false; ///< PartialObjectMetadata: no spec, no status
  std::string what;
};

/// The pages as they came; the views point into the texts.
struct Listing {
  struct Page {
    std::string text;
    plan::JsonView view;
  };
  std::vector<std::unique_ptr<Page>> pages;
  std::string resourceVersion;
  int refused = 0; ///< 404 when the collection does not exist; otherwise 0

  template <typename Each> void each(Each call) const {
    for (const auto& page : pages)
      for (plan::JsonValue item = page->view.root()["items"].first(); item; item = item.next()) call(item);
  }
};

using ListAnswer = llvm::unique_function<void(llvm::Expected<Listing>)>;
/// All pages of one consistent state: when a continue token has expired (410), the list begins anew. A collection that does not
/// exist is an empty Listing with `refused`; any other refusal is an error: what cannot be read is not absent.
void list(Client& client, ListRequest request, ListAnswer answer);

/// Watches a collection until it is destroyed: first all that is there, then each change. `seen` gets ADDED, MODIFIED or
/// DELETED and the object; it must not destroy the Watch. After a break it lists again; what vanished in between shows only by
/// its absence.
class Watch {
public:
  using Seen = std::function<void(std::string_view type, plan::JsonValue object)>;
  Watch(Client& client, ListRequest request, Seen seen);
  ~Watch();
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

private:
  void relist();
  void follow(std::string resourceVersion);
  void again();

  Client& client_;
  ListRequest request_;
  Seen seen_;
  uint64_t stream_ = 0;
  uint64_t timer_ = 0;
  int failures_ = 0;
  std::string version_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

} // namespace chasi::kube
