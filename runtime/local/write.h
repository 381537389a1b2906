// Requests that change objects.
#pragma once

#include "runtime/local/cluster.h"

#include <functional>

namespace chasi::local {

/// What to make of the object as it is (null: absent), in the version of the call. Runs without locks, and again when another writer
/// was faster.
using Edit = std::function<Result<Json>(const Json& live)>;

struct WriteOrder {
  const Call& call;
  Edit edit;
  bool create = false;    ///< must be absent
  bool mayCreate = false; ///< may be absent
  bool apply = false;     ///< the edit sees to ownership itself
};

struct Written {
  EntryPtr entry; ///< what is stored; null for a dry run
  Json object;    ///< a dry run's result
  bool created = false;
};
/// The one way in which requests change objects: edit, defaults, ownership, validation, admission, transaction.
Result<Written> writeObject(Cluster& cluster, const WriteOrder& order);

Answer createObject(Cluster& cluster, const Call& call);
Answer updateObject(Cluster& cluster, const Call& call);
Answer patchObject(Cluster& cluster, const Call& call);
/// The patch of a request's type on any document; apply patches merge.
Result<Json> patchDocument(const Call& call, const k8s::Type* type, const Json& target);
/// GET, PUT and PATCH of the scale subresource.
Answer scaleObject(Cluster& cluster, const Call& call);
/// Reviews (who am I, may I): answered, never stored.
bool isReview(const Kind& kind);
Answer reviewObject(const Call& call);

Answer answerWritten(const Call& call, const Written& written, std::vector<std::string> warnings);

} // namespace chasi::local
