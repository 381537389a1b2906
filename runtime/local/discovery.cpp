#include "runtime/local/discovery.h"

#include <fmt/format.h>

namespace chasi::local {

namespace {

Answer asJson(const Json& document) {
  Answer answer;
  answer.body = dumpJson(document) + "\n";
  return answer;
}

Json versionInfo() {
  const std::string release(k8s::Schema::builtin().release());
  const size_t dot = release.find('.');
  return {{"major", release.substr(0, dot)}, {"minor", release.substr(dot + 1)}, {"gitVersion", fmt::format("v{}.0+chasi.local", release)},
          {"gitCommit", ""}, {"gitTreeState", "clean"}, {"buildDate", "1970-01-01T00:00:00Z"}, {"goVersion", ""}, {"compiler", ""}, {"platform", "linux/amd64"}};
}

/// The kind that a subresource takes and gives.
Json responseKind(const Kind& kind, const std::string& subresource) {
  if (subresource == "scale") return {{"group", "autoscaling"}, {"version", "v1"}, {"kind", "Scale"}};
  return {{"group", kind.group}, {"version", kind.version}, {"kind", kind.kind}};
}

Json aggregatedKind(const Kind& kind) {
  Json entry = {{"resource", kind.plural}, {"responseKind", responseKind(kind, "")}, {"scope", kind.namespaced ? "Namespaced" : "Cluster"},
                {"singularResource", kind.singular}, {"verbs", kind.verbs}};
  if (!kind.shortNames.empty()) entry["shortNames"] = kind.shortNames;
  if (!kind.categories.empty()) entry["categories"] = kind.categories;
  for (const std::string& name : kind.subresources)
    entry["subresources"].push_back({{"subresource", name}, {"responseKind", responseKind(kind, name)}, {"verbs", {"get", "patch", "update"}}});
  return entry;
}

Json aggregatedGroup(const Catalog& catalog, const std::string& group) {
  Json versions = Json::array();
  for (const std::string& version : catalog.versions(group)) {
    Json resources = Json::array();
    for (const KindPtr& kind : catalog.kinds())
      if (kind->group == group && kind->version == version) resources.push_back(aggregatedKind(*kind));
    versions.push_back({{"version", version}, {"freshness", "Current"}, {"resources", std::move(resources)}});
  }
  Json metadata = {{"creationTimestamp", nullptr}};
  if (!group.empty()) metadata["name"] = group;
  return {{"metadata", std::move(metadata)}, {"versions", std::move(versions)}};
}

Answer aggregated(const Catalog& catalog, const std::vector<std::string>& groups) {
  Json items = Json::array();
  for (const std::string& group : groups) items.push_back(aggregatedGroup(catalog, group));
  Answer answer = asJson({{"kind", "APIGroupDiscoveryList"}, {"apiVersion", "apidiscovery.k8s.io/v2"}, {"metadata", Json::object()}, {"items", std::move(items)}});
  answer.contentType = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
  return answer;
}

Json groupOf(const Catalog& catalog, const std::string& group) {
  Json versions = Json::array();
  for (const std::string& version : catalog.versions(group)) versions.push_back({{"groupVersion", group + "/" + version}, {"version", version}});
  const Json preferred = versions[0];
  return {{"name", group}, {"versions", std::move(versions)}, {"preferredVersion", preferred}};
}

Answer resourceList(const Catalog& catalog, const std::string& group, const std::string& version) {
  Json resources = Json::array();
  for (const KindPtr& kind : catalog.kinds()) {
    if (kind->group != group || kind->version != version) continue;
    Json entry = {{"name", kind->plural}, {"singularName", kind->singular}, {"namespaced", kind->namespaced}, {"kind", kind->kind}, {"verbs", kind->verbs}};
    if (!kind->shortNames.empty()) entry["shortNames"] = kind->shortNames;
    if (!kind->categories.empty()) entry["categories"] = kind->categories;
    resources.push_back(std::move(entry));
    for (const std::string& name : kind->subresources) {
      Json sub = responseKind(*kind, name);
      sub.update({{"name", kind->plural + "/" + name}, {"singularName", ""}, {"namespaced", kind->namespaced}, {"verbs", {"get", "patch", "update"}}});
      resources.push_back(std::move(sub));
    }
  }
  return asJson({{"kind", "APIResourceList"}, {"apiVersion", "v1"}, {"groupVersion", group.empty() ? version : group + "/" + version}, {"resources", std::move(resources)}});
}

std::optional<Answer> underApis(const Catalog& catalog, const Request& request, const std::vector<std::string>& parts) {
  if (parts.size() == 1) {
    if (acceptsDiscovery(request.accept)) return aggregated(catalog, catalog.groups());
    Json groups = Json::array();
    for (const std::string& group : catalog.groups()) groups.push_back(groupOf(catalog, group));
    return asJson({{"kind", "APIGroupList"}, {"apiVersion", "v1"}, {"groups", std::move(groups)}});
  }
  const std::vector<std::string> versions = catalog.versions(parts[1]);
  if (versions.empty() || parts.size() > 3) return {};
  if (parts.size() == 2) {
    Json group = groupOf(catalog, parts[1]);
    group.update({{"kind", "APIGroup"}, {"apiVersion", "v1"}});
    return asJson(group);
  }
  if (std::find(versions.begin(), versions.end(), parts[2]) == versions.end()) return {};
  return resourceList(catalog, parts[1], parts[2]);
}

} // namespace

std::optional<Answer> discover(const Catalog& catalog, const Request& request) {
  const std::string& path = request.path;
  if (path == "/healthz" || path == "/livez" || path == "/readyz" || path.starts_with("/readyz/") || path.starts_with("/livez/") || path.starts_with("/healthz/")) {
    Answer answer;
    answer.contentType = "text/plain; charset=utf-8";
    answer.body = "ok";
    return answer;
  }
  const std::vector<std::string> parts = pathParts(path);
  if (parts.empty()) return asJson({{"paths", {"/api", "/api/v1", "/apis", "/healthz", "/livez", "/openapi/v2", "/openapi/v3", "/readyz", "/version"}}});
  if (parts[0] == "version" && parts.size() == 1) return asJson(versionInfo());
  if (parts[0] == "openapi") return openApi(catalog, request);
  if (parts[0] == "apis") return underApis(catalog, request, parts);
  if (parts[0] != "api") return {};
  if (parts.size() == 2 && parts[1] == "v1") return resourceList(catalog, "", "v1");
  if (parts.size() != 1) return {};
  if (acceptsDiscovery(request.accept)) return aggregated(catalog, {""});
  return asJson({{"kind", "APIVersions"}, {"versions", {"v1"}}, {"serverAddressByClientCIDRs", Json::array({{{"clientCIDR", "0.0.0.0/0"}, {"serverAddress", request.host}}})}});
}

} // namespace chasi::local
