// One request for objects, understood: which kind, which object, how the answer should look.
#pragma once

#include "runtime/local/catalog.h"
#include "runtime/local/message.h"
#include "runtime/local/refusal.h"
#include "runtime/local/store.h"

namespace chasi::local {

/// How objects are shown.
enum class Form : uint8_t {
  Plain,
  Metadata, ///< PartialObjectMetadata
  Table,    ///< what kubectl prints
};
/// The first form of an Accept header that can be served; nothing when there is none.
std::optional<Form> negotiate(const std::string& accept);
bool acceptsDiscovery(const std::string& accept); ///< APIGroupDiscoveryList, v2

struct Route {
  KindPtr kind;
  std::string ns, name, subresource;
};
/// Nothing for paths that are not served. `ns` is empty for a collection over all namespaces.
std::optional<Route> route(const Catalog& catalog, const std::string& path);
/// The parts between slashes, decoded; an empty path has none.
std::vector<std::string> pathParts(const std::string& path);
std::string decodePercent(std::string_view text, bool plusIsBlank);

enum class Validation : uint8_t { Ignore, Warn, Strict };

struct Call {
  const Request* request = nullptr;
  Route at;
  Form form = Form::Plain;
  bool dryRun = false;
  std::string manager;
  Validation validation = Validation::Warn;

  const Kind& kind() const { return *at.kind; }
  Key key() const { return {at.kind->qualified(), at.kind->namespaced ? at.ns : "", at.name}; }
  Key key(const std::string& name) const { return {at.kind->qualified(), at.kind->namespaced ? at.ns : "", name}; }
};
/// Reads what all requests have in common. 400, 406 or 422.
Result<Call> understand(const Request& request, Route at);

} // namespace chasi::local
