// Custom resource definitions: what is refused, and how they come into force.
#include "runtime/local/catalog.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace chasi::local {

std::vector<std::string> definitionProblems(const Json& definition) {
  std::vector<std::string> problems;
  const std::string& plural = textAt(definition, {"spec", "names", "plural"});
  const std::string& group = textAt(definition, {"spec", "group"});
  const std::string& name = textAt(definition, {"metadata", "name"});
  const std::string& scope = textAt(definition, {"spec", "scope"});
  auto required = [&](const std::string& value, const char* field) { if (value.empty()) problems.push_back(fmt::format("{}: Required value", field)); };
  required(group, "spec.group");
  required(scope, "spec.scope");
  required(plural, "spec.names.plural");
  required(textAt(definition, {"spec", "names", "kind"}), "spec.names.kind");
  if (!problems.empty()) return problems;
  if (scope != "Namespaced" && scope != "Cluster")
    problems.push_back(fmt::format("spec.scope: Unsupported value: \"{}\": supported values: \"Cluster\", \"Namespaced\"", scope));
  if (group.find('.') == group.npos)
    problems.push_back(fmt::format("spec.group: Invalid value: \"{}\": should be a domain with at least one dot", group));
  if (name != plural + "." + group)
    problems.push_back(fmt::format("metadata.name: Invalid value: \"{}\": must be spec.names.plural+\".\"+spec.group", name));
  int storage = 0;
  std::set<std::string> seen;
  const Json* versions = find(definition, {"spec", "versions"});
  for (const Json& version : versions && versions->is_array() ? *versions : Json::array()) {
    storage += trueAt(version, {"storage"});
    const std::string& label = textAt(version, {"name"});
    if (label.empty()) problems.push_back("spec.versions: Required value: a version needs a name");
    else if (!seen.insert(label).second) problems.push_back(fmt::format("spec.versions: Duplicate value: \"{}\"", label));
  }
  if (storage != 1) problems.push_back("spec.versions: Invalid value: must have exactly one version marked as storage version");
  return problems;
}

static Json condition(const char* type, const char* reason, const char* message, const std::string& now) {
  return {{"type", type}, {"status", "True"}, {"reason", reason}, {"message", message}, {"lastTransitionTime", now}};
}

void establish(Json& definition, const std::string& now) {
  if (!find(definition, {"spec", "conversion"})) setAt(definition, {"spec", "conversion", "strategy"}, "None");
  Json* names = find(definition, {"spec", "names"});
  if (!names || !names->is_object()) return;
  std::string singular = textAt(*names, {"kind"});
  std::transform(singular.begin(), singular.end(), singular.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  if (textAt(*names, {"singular"}).empty()) (*names)["singular"] = singular;
  if (textAt(*names, {"listKind"}).empty()) (*names)["listKind"] = textAt(*names, {"kind"}) + "List";
  const Json accepted = *names;
  setAt(definition, {"status", "acceptedNames"}, accepted);
  Json& status = definition["status"];
  Json stored = status.value("storedVersions", Json::array());
  for (const Json& version : *find(definition, {"spec", "versions"}))
    if (trueAt(version, {"storage"}) && std::find(stored.begin(), stored.end(), version["name"]) == stored.end()) stored.push_back(version["name"]);
  status["storedVersions"] = std::move(stored);
  if (!status.contains("conditions"))
    status["conditions"] = {condition("NamesAccepted", "NoConflicts", "no conflicts found", now),
                            condition("Established", "InitialNamesAccepted", "the initial names have been accepted", now)};
}

} // namespace chasi::local
