// Writes stdlib/k8s/VERSION.schema from the OpenAPI v3 documents of an API server: `chasi_k8s_schema VERSION DOC.json…`.
// The documents in the sources of Kubernetes do not name the values of enumerations; what its program `models-schema` prints
// does, and may be given as one more document.
// The format is told in stdlib/k8s/README.md; names and types only, no prose.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <fstream>
#include <iostream>
#include <map>
#include <set>

using nlohmann::json;

namespace {

constexpr std::string_view kReference = "#/components/schemas/";

struct Resource {
  std::string group, version, plural, kind, type;
  bool namespaced = false;
  std::set<std::string> verbs, subresources;
};

std::vector<std::string> segments(const std::string& path) {
  std::vector<std::string> parts;
  for (size_t from = 1; from <= path.size();) {
    const size_t to = std::min(path.find('/', from), path.size());
    parts.push_back(path.substr(from, to - from));
    from = to + 1;
  }
  return parts;
}

/// "io.k8s.api.apps.v1.Deployment" -> "apps.v1.Deployment".
std::string shortName(const std::string& name) {
  for (const std::string_view prefix : {"io.k8s.api.", "io.k8s.apimachinery.pkg.apis.", "io.k8s.apimachinery.pkg.", "io.k8s.apiextensions-apiserver.pkg.apis.", "io.k8s.kube-aggregator.pkg.apis."})
    if (name.starts_with(prefix)) return name.substr(prefix.size());
  return name;
}

std::string joined(const auto& parts, const char* separator) { return fmt::format("{}", fmt::join(parts, separator)); }

/// Values of an enum may hold what separates them, or nothing at all.
std::string enumType(const json& values) {
  std::string text;
  for (const json& value : values) {
    if (!text.empty()) text += '|';
    for (const char c : value.get<std::string>()) {
      if (c == '|' || c == '(' || c == ')' || c == ' ' || c == '%') text += fmt::format("%{:02X}", static_cast<unsigned char>(c));
      else text += c;
    }
  }
  return "enum(" + text + ")";
}

class Generator {
public:
  void read(const json& document) {
    if (const json& components = document.at("components"); components.contains("schemas")) // a group's list of versions has none
      for (const auto& [name, schema] : components["schemas"].items()) schemas_.emplace(name, schema);
    for (const auto& [path, item] : document.at("paths").items()) readPath(segments(path), item);
  }

  /// Definitions of types alone.
  void readModels(const json& document) {
    for (const auto& [name, schema] : document.at("definitions").items()) models_.emplace(name, schema);
  }

  void write(const std::string& version) {
    for (auto& [name, schema] : schemas_)
      if (const auto model = models_.find(name); model != models_.end()) takeEnums(schema, model->second);
    findTypes();
    std::cout << "kubernetes " << version << '\n';
    for (const auto& [key, r] : resources_)
      if (!r.type.empty())
        std::cout << fmt::format("resource {} {} {} {} {} {} {} {}\n", r.group.empty() ? "-" : r.group, r.version, r.plural, r.kind, r.namespaced ? "namespaced" : "cluster",
                                 joined(r.verbs, ","), r.subresources.empty() ? "-" : joined(r.subresources, ","), shortName(r.type));
    std::map<std::string, const json*> sorted;
    for (const auto& [name, schema] : schemas_)
      if (schema.contains("properties")) sorted[shortName(name)] = &schema;
    for (const auto& [name, schema] : sorted) writeType(name, *schema);
  }

private:
  std::map<std::string, json> schemas_, models_;
  std::map<std::string, Resource> resources_;

  void readPath(const std::vector<std::string>& parts, const json& item) {
    if (parts.size() < 3 || (parts[0] != "api" && parts[0] != "apis")) return;
    const bool core = parts[0] == "api";
    const std::string group = core ? "" : parts[1], version = core ? parts[1] : parts[2];
    size_t i = core ? 2 : 3;
    if (i >= parts.size() || parts[i].empty() || parts[i] == "watch") return;
    const bool namespaced = parts[i] == "namespaces" && i + 2 < parts.size() && parts[i + 1] == "{namespace}" && parts[i + 2] != "status" && parts[i + 2] != "finalize";
    if (namespaced) i += 2;
    Resource& r = resources_[group + "/" + version + "/" + parts[i]];
    r.group = group;
    r.version = version;
    r.plural = parts[i];
    r.namespaced = r.namespaced || namespaced;
    const bool named = i + 1 < parts.size() && parts[i + 1].starts_with("{");
    if (named && i + 2 < parts.size()) {
      r.subresources.insert(parts[i + 2]);
      return;
    }
    static const std::map<std::string, std::string> verbs = {{"get", "get"}, {"list", "list"}, {"post", "create"}, {"put", "update"}, {"patch", "patch"}, {"delete", "delete"}, {"deletecollection", "deletecollection"}};
    for (const auto& [method, operation] : item.items()) {
      if (!operation.is_object() || !operation.contains("x-kubernetes-action")) continue;
      const auto verb = verbs.find(operation["x-kubernetes-action"].get<std::string>());
      if (verb == verbs.end()) continue;
      r.verbs.insert(verb->second);
      if (verb->second == "list") r.verbs.insert("watch");
      if (named || verb->second == "create") r.kind = operation.value("x-kubernetes-group-version-kind", json::object()).value("kind", r.kind);
    }
  }

  static void takeEnums(json& to, const json& from) {
    if (from.contains("enum")) to["enum"] = from["enum"];
    for (const char* inner : {"items", "additionalProperties"})
      if (to.contains(inner) && from.contains(inner) && to[inner].is_object() && from[inner].is_object()) takeEnums(to[inner], from[inner]);
    if (!to.contains("properties") || !from.contains("properties")) return;
    for (auto& [name, property] : to["properties"].items())
      if (from["properties"].contains(name)) takeEnums(property, from["properties"][name]);
  }

  void findTypes() {
    std::map<std::string, std::string> byKind;
    for (const auto& [name, schema] : schemas_)
      for (const json& gvk : schema.value("x-kubernetes-group-version-kind", json::array()))
        byKind[gvk.value("group", "") + "/" + gvk.value("version", "") + "/" + gvk.value("kind", "")] = name;
    for (auto& [key, r] : resources_)
      if (const auto at = byKind.find(r.group + "/" + r.version + "/" + r.kind); at != byKind.end()) r.type = at->second;
  }

  static std::string referenceOf(const json& s) {
    if (s.contains("$ref")) return s["$ref"].get<std::string>().substr(kReference.size());
    return s.contains("allOf") && s["allOf"].size() == 1 ? referenceOf(s["allOf"][0]) : "";
  }

  /// Types that are written as one word though they have a name.
  static const char* word(const std::string& name) {
    if (name.ends_with(".api.resource.Quantity")) return "quantity";
    if (name.ends_with(".util.intstr.IntOrString")) return "intOrString";
    if (name.ends_with(".meta.v1.Time") || name.ends_with(".meta.v1.MicroTime")) return "time";
    if (name.ends_with(".meta.v1.FieldsV1") || name.ends_with(".runtime.RawExtension")) return "object";
    return nullptr;
  }

  std::string typeOf(const json& s) {
    if (const std::string name = referenceOf(s); !name.empty()) {
      if (const char* known = word(name)) return known;
      const json& target = schemas_.at(name);
      if (!target.contains("properties")) return typeOf(target);
      const std::string mark = s.value("x-kubernetes-map-type", "");
      return "@" + shortName(name) + (mark.empty() ? "" : "+" + mark);
    }
    const std::string type = s.value("type", ""), format = s.value("format", "");
    if (s.value("x-kubernetes-int-or-string", false) || format == "int-or-string") return "intOrString";
    if (type == "string" && s.contains("enum")) return enumType(s["enum"]);
    if (type == "string") return format == "byte" ? "byte" : format == "date-time" ? "time" : "string";
    if (type == "integer") return format.empty() ? "int" : format;
    if (type == "number") return "number";
    if (type == "boolean") return "bool";
    if (type == "array") return listType(s) + typeOf(s.at("items"));
    if (type == "object" && s.contains("additionalProperties") && s["additionalProperties"].is_object())
      return (s.value("x-kubernetes-map-type", "") == "atomic" ? "{atomic}" : "{}") + typeOf(s["additionalProperties"]);
    return type == "object" ? "object" : "any";
  }

  static std::string listType(const json& s) {
    const std::string merge = s.value("x-kubernetes-list-type", "atomic");
    if (merge == "map") return "[map:" + joined(s.at("x-kubernetes-list-map-keys").get<std::vector<std::string>>(), ",") + "]";
    return merge == "set" ? "[set]" : "[]";
  }

  void writeType(const std::string& name, const json& s) {
    std::cout << "type " << name;
    if (s.value("x-kubernetes-map-type", "") == "atomic") std::cout << " atomic";
    if (s.value("x-kubernetes-preserve-unknown-fields", false)) std::cout << " preserve";
    std::cout << '\n';
    const json required = s.value("required", json::array());
    for (const auto& [field, schema] : s.at("properties").items()) {
      const bool needed = std::find(required.begin(), required.end(), field) != required.end();
      std::cout << ' ' << field << (needed ? "! " : " ") << typeOf(schema);
      if (const std::string key = schema.value("x-kubernetes-patch-merge-key", ""); !key.empty()) std::cout << " ^" << key;
      if (const std::string strategy = schema.value("x-kubernetes-patch-strategy", ""); !strategy.empty()) std::cout << " ~" << strategy;
      // {}, "" and the 0 of required fields are how Go's zero values show in the document; the API fills none of them in.
      if (!needed && schema.contains("default") && schema["default"] != json::object() && schema["default"] != "") std::cout << " =" << schema["default"].dump();
      std::cout << '\n';
    }
  }
};

} // namespace

int main(int count, char** arguments) {
  if (count < 3) {
    std::cerr << "usage: chasi_k8s_schema VERSION DOCUMENT.json…\n";
    return 64;
  }
  Generator generator;
  for (int i = 2; i < count; ++i) {
    std::ifstream in(arguments[i]);
    const json document = json::parse(in, nullptr, false);
    if (document.is_discarded()) {
      std::cerr << arguments[i] << ": not JSON\n";
      return 1;
    }
    if (document.contains("components") && document.contains("paths")) generator.read(document);
    else if (document.contains("definitions")) generator.readModels(document);
  }
  generator.write(arguments[1]);
  return std::cout.good() ? 0 : 1;
}
