// GET of objects and collections, watches, and how objects look in answers.
#pragma once

#include "runtime/local/cluster.h"

namespace chasi::local {

Answer getObject(Cluster& cluster, const Call& call);
Answer listObjects(Cluster& cluster, const Call& call);
Answer watchObjects(Cluster& cluster, const Call& call);

/// In the version of the kind, as the form asks.
std::string show(const Kind& kind, const Entry& entry, Form form);
Answer answerWith(const Call& call, const Entry& entry, int http);

/// Rows for kubectl. `includeObject` as in the query: "None", "Metadata", "Object".
Json tableOf(const Kind& kind, const std::vector<EntryPtr>& entries, const std::string& includeObject);

} // namespace chasi::local
