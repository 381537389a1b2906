#include "runtime/local/catalog.h"

#include "runtime/local/names.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <set>

namespace chasi::local {

static bool has(const std::vector<std::string>& list, std::string_view word) { return std::find(list.begin(), list.end(), word) != list.end(); }

bool Kind::hasVerb(std::string_view verb) const { return has(verbs, verb); }
bool Kind::serves(std::string_view subresource) const { return has(subresources, subresource); }
const k8s::Type* Kind::type() const { return typeName.empty() ? nullptr : k8s::Schema::builtin().typeNamed(typeName); }

/// "v2" before "v1" before "v1beta2" before "v1alpha1"; anything else last: the order of Kubernetes' version priorities.
static std::array<int64_t, 3> priorityOf(const std::string& version) {
  int64_t major = 0, minor = 0;
  const char* end = version.data() + version.size();
  if (version.size() < 2 || version[0] != 'v') return {0, 0, 0};
  auto [at, problem] = std::from_chars(version.data() + 1, end, major);
  if (problem != std::errc()) return {0, 0, 0};
  if (at == end) return {3, major, 0};
  const std::string rest(at, end);
  const bool beta = rest.starts_with("beta"), alpha = rest.starts_with("alpha");
  if (!beta && !alpha) return {0, 0, 0};
  const std::string digits = rest.substr(beta ? 4 : 5);
  std::from_chars(digits.data(), digits.data() + digits.size(), minor);
  return {beta ? 2 : 1, major, minor};
}

static bool isListed(const Kind& a, const Kind& b) {
  if (a.group != b.group) return a.group < b.group;
  if (a.version != b.version) {
    const auto left = priorityOf(a.version), right = priorityOf(b.version);
    return left != right ? left > right : a.version < b.version;
  }
  return a.plural < b.plural;
}

static std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return out;
}

/// The merge functions read names from a k8s::Resource.
static void describe(Kind& kind) {
  kind.resource.group = kind.group;
  kind.resource.version = kind.version;
  kind.resource.plural = kind.plural;
  kind.resource.kind = kind.kind;
  kind.resource.typeName = kind.typeName;
  kind.resource.namespaced = kind.namespaced;
  kind.resource.verbs.assign(kind.verbs.begin(), kind.verbs.end());
  kind.resource.subresources.assign(kind.subresources.begin(), kind.subresources.end());
}

static KindPtr fromSchema(const k8s::Resource& resource) {
  auto kind = std::make_shared<Kind>();
  kind->group = resource.group;
  kind->version = resource.version;
  kind->plural = resource.plural;
  kind->kind = resource.kind;
  kind->singular = lower(resource.kind);
  kind->listKind = kind->kind + "List";
  kind->namespaced = resource.namespaced;
  kind->typeName = resource.typeName;
  kind->verbs.assign(resource.verbs.begin(), resource.verbs.end());
  // Subresources that need a running pod, or that sign something, are not served.
  for (std::string_view name : resource.subresources)
    if (name == "status" || name == "scale" || name == "approval") kind->subresources.emplace_back(name);
  kind->shortNames = shortNamesOf(kind->qualified());
  kind->categories = categoriesOf(kind->qualified());
  kind->storageVersion = resource.group == "autoscaling" ? "v2" : kind->version;
  describe(*kind);
  return kind;
}

static std::vector<std::string> strings(const Json* list) {
  std::vector<std::string> out;
  if (list && list->is_array())
    for (const Json& each : *list)
      if (each.is_string()) out.push_back(each.get<std::string>());
  return out;
}

static std::vector<PrinterColumn> columnsOf(const Json& version) {
  std::vector<PrinterColumn> columns;
  if (const Json* list = find(version, {"additionalPrinterColumns"}); list && list->is_array())
    for (const Json& each : *list)
      columns.push_back({textAt(each, {"name"}), textAt(each, {"type"}), textAt(each, {"jsonPath"}), textAt(each, {"description"}), numberAt(each, {"priority"})});
  return columns;
}

static void fromDefinition(const Json& definition, std::vector<KindPtr>& into) {
  const Json* versions = find(definition, {"spec", "versions"});
  if (!versions || !versions->is_array()) return;
  std::string storage;
  for (const Json& version : *versions)
    if (trueAt(version, {"storage"})) storage = textAt(version, {"name"});
  for (const Json& version : *versions) {
    if (!trueAt(version, {"served"})) continue;
    auto kind = std::make_shared<Kind>();
    kind->group = textAt(definition, {"spec", "group"});
    kind->version = textAt(version, {"name"});
    kind->plural = textAt(definition, {"spec", "names", "plural"});
    kind->kind = textAt(definition, {"spec", "names", "kind"});
    kind->singular = textAt(definition, {"spec", "names", "singular"});
    if (kind->singular.empty()) kind->singular = lower(kind->kind);
    kind->listKind = textAt(definition, {"spec", "names", "listKind"});
    if (kind->listKind.empty()) kind->listKind = kind->kind + "List";
    kind->namespaced = textAt(definition, {"spec", "scope"}) == "Namespaced";
    kind->custom = true;
    kind->verbs = {"create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"};
    kind->shortNames = strings(find(definition, {"spec", "names", "shortNames"}));
    kind->categories = strings(find(definition, {"spec", "names", "categories"}));
    kind->storageVersion = storage;
    kind->columns = columnsOf(version);
    if (const Json* scale = find(version, {"subresources", "scale"})) {
      kind->subresources.emplace_back("scale");
      kind->replicasPath = textAt(*scale, {"specReplicasPath"});
      kind->statusReplicasPath = textAt(*scale, {"statusReplicasPath"});
      kind->selectorPath = textAt(*scale, {"labelSelectorPath"});
    }
    if (find(version, {"subresources", "status"})) kind->subresources.emplace_back("status");
    describe(*kind);
    into.push_back(std::move(kind));
  }
}

std::shared_ptr<const Catalog> Catalog::make(const std::vector<Json>& definitions) {
  // The kinds of the schema are the same in every picture.
  static const std::vector<KindPtr> builtin = [] {
    std::vector<KindPtr> kinds;
    for (const k8s::Resource& resource : k8s::Schema::builtin().resources()) {
      const bool works = resource.plural != "bindings" && resource.plural != "componentstatuses";
      if (works) kinds.push_back(fromSchema(resource));
    }
    return kinds;
  }();
  auto catalog = std::make_shared<Catalog>();
  catalog->kinds_ = builtin;
  for (const Json& definition : definitions) fromDefinition(definition, catalog->kinds_);
  std::stable_sort(catalog->kinds_.begin(), catalog->kinds_.end(), [](const KindPtr& a, const KindPtr& b) { return isListed(*a, *b); });
  return catalog;
}

KindPtr Catalog::find(std::string_view group, std::string_view version, std::string_view plural) const {
  for (const KindPtr& kind : kinds_)
    if (kind->plural == plural && kind->group == group && kind->version == version) return kind;
  return nullptr;
}

KindPtr Catalog::findKind(std::string_view apiVersion, std::string_view name) const {
  for (const KindPtr& kind : kinds_)
    if (kind->kind == name && kind->apiVersion() == apiVersion) return kind;
  return nullptr;
}

KindPtr Catalog::stored(const std::string& qualified) const {
  KindPtr found;
  for (const KindPtr& kind : kinds_)
    if (kind->qualified() == qualified && (!found || kind->version == kind->storageVersion)) found = kind;
  return found;
}

std::vector<std::string> Catalog::versions(std::string_view group) const {
  std::vector<std::string> versions;
  for (const KindPtr& kind : kinds_)
    if (kind->group == group && !has(versions, kind->version)) versions.push_back(kind->version);
  return versions;
}

std::vector<std::string> Catalog::groups() const {
  std::vector<std::string> groups;
  for (const KindPtr& kind : kinds_)
    if (!kind->group.empty() && (groups.empty() || groups.back() != kind->group)) groups.push_back(kind->group);
  return groups;
}

/// autoscaling/v1 knows the target for the processor only; v2 says the same as a metric.
static void convertAutoscaler(bool toOld, Json& object) {
  Json* spec = find(object, {"spec"});
  if (!spec || !spec->is_object()) return;
  if (toOld) {
    if (Json* metrics = find(*spec, {"metrics"}); metrics && metrics->is_array())
      for (const Json& metric : *metrics)
        if (textAt(metric, {"resource", "name"}) == "cpu" && find(metric, {"resource", "target", "averageUtilization"}))
          (*spec)["targetCPUUtilizationPercentage"] = numberAt(metric, {"resource", "target", "averageUtilization"});
    spec->erase("metrics");
    removeAt(object, {"status", "conditions"});
    removeAt(object, {"status", "currentMetrics"});
    return;
  }
  if (!spec->contains("targetCPUUtilizationPercentage")) return;
  const Json target = {{"type", "Utilization"}, {"averageUtilization", (*spec)["targetCPUUtilizationPercentage"]}};
  (*spec)["metrics"] = Json::array({{{"type", "Resource"}, {"resource", {{"name", "cpu"}, {"target", target}}}}});
  spec->erase("targetCPUUtilizationPercentage");
}

void convert(const Kind& to, Json& object) {
  const std::string wanted = to.apiVersion();
  if (textAt(object, {"apiVersion"}) == wanted) return;
  if (to.is("autoscaling", "HorizontalPodAutoscaler")) convertAutoscaler(to.version == "v1", object);
  object["apiVersion"] = wanted;
}

} // namespace chasi::local
