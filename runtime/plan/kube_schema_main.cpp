// Writes stdlib/k8s/VERSION.schema from the OpenAPI v3 documents of an API server: `chasi_k8s_schema VERSION DOC.json…`.
//
// Lines, fields separated by blanks:
//   kubernetes VERSION
//   r GROUP VERSION PLURAL KIND n|c SUBRESOURCES TYPE      ("-" for nothing; n is namespaced)
//   t NAME [a]                                             (a: atomic)
//   f NAME TYPE [!] [=JSON]                                (! is required, = the default)
// Types: s i n b o(int or string) q(uantity) t(ime) y(bytes) *(any) #N (the N-th t line) [TYPE (atomic list) {TYPE (map)
// <TYPE (set) (k1,k2)TYPE (map list with these keys) s:A|B (one of these texts) {{TYPE (atomic map).
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <fstream>
#include <iostream>
#include <map>
#include <set>

using nlohmann::json;

namespace {

constexpr const char* kPrefix = "#/components/schemas/";

struct Generator {
  std::map<std::string, json> schemas;
  std::map<std::string, size_t> ids;
  struct Resource {
    std::string group, version, plural, kind, type;
    bool namespaced = false;
    std::set<std::string> subresources;
  };
  std::map<std::string, Resource> resources;

  void read(const json& document) {
    const auto& components = document.at("components").at("schemas");
    for (const auto& [name, schema] : components.items()) schemas.emplace(name, schema);
    for (const auto& [path, item] : document.at("paths").items()) addPath(path, item);
  }

  void addPath(const std::string& path, const json& item) {
    std::vector<std::string> parts;
    size_t from = 1;
    while (from <= path.size()) {
      const size_t to = std::min(path.find('/', from), path.size());
      parts.push_back(path.substr(from, to - from));
      from = to + 1;
    }
    if (parts.size() < 3 || (parts[0] != "api" && parts[0] != "apis")) return;
    const bool core = parts[0] == "api";
    const std::string group = core ? "" : parts[1], version = core ? parts[1] : parts[2];
    size_t i = core ? 2 : 3;
    if (i >= parts.size() || parts[i].empty() || parts[i] == "watch") return;
    bool namespaced = false;
    if (parts[i] == "namespaces" && i + 2 < parts.size() && parts[i + 1] == "{namespace}") {
      namespaced = true;
      i += 2;
    }
    Resource& r = resources[group + "/" + version + "/" + parts[i]];
    r.group = group;
    r.version = version;
    r.plural = parts[i];
    r.namespaced = r.namespaced || namespaced;
    if (i + 2 < parts.size() && parts[i + 1] == "{name}") r.subresources.insert(parts[i + 2]);
    if (i + 2 != parts.size() || parts[i + 1] != "{name}" || !item.contains("get")) return;
    const json& gvk = item.at("get").value("x-kubernetes-group-version-kind", json::object());
    r.kind = gvk.value("kind", "");
  }

  static std::string refOf(const json& s) {
    if (s.contains("$ref")) return s["$ref"].get<std::string>().substr(std::string(kPrefix).size());
    if (s.contains("allOf") && s["allOf"].size() == 1) return refOf(s["allOf"][0]);
    return "";
  }

  /// Names that stand for a text with a form, or for anything.
  static const char* special(const std::string& name) {
    if (name.ends_with(".api.resource.Quantity")) return "q";
    if (name.ends_with(".util.intstr.IntOrString")) return "o";
    if (name.ends_with(".meta.v1.Time") || name.ends_with(".meta.v1.MicroTime")) return "t";
    if (name.ends_with(".meta.v1.FieldsV1") || name.ends_with(".runtime.RawExtension") || name.ends_with(".JSON") || name.ends_with(".JSONSchemaPropsOrArray") ||
        name.ends_with(".JSONSchemaPropsOrBool") || name.ends_with(".JSONSchemaPropsOrStringArray"))
      return "*";
    return nullptr;
  }

  std::string typeOf(const json& s) {
    if (const std::string ref = refOf(s); !ref.empty()) {
      if (const char* known = special(ref)) return known;
      const json& target = schemas.at(ref);
      if (target.value("type", "") != "object" || (!target.contains("properties") && target.contains("additionalProperties"))) return typeOf(target);
      if (!target.contains("properties")) return "*";
      return fmt::format("#{}", ids.at(ref));
    }
    const std::string type = s.value("type", "");
    const std::string format = s.value("format", "");
    if (type == "string") {
      if (format == "byte") return "y";
      if (format == "date-time") return "t";
      if (format == "int-or-string") return "o";
      if (!s.contains("enum")) return "s";
      std::string values;
      for (const json& v : s["enum"]) values += (values.empty() ? "" : "|") + v.get<std::string>();
      return values.find(' ') == std::string::npos ? "s:" + values : "s";
    }
    if (type == "integer") return "i";
    if (type == "number") return "n";
    if (type == "boolean") return "b";
    if (type == "array") {
      const std::string element = typeOf(s.at("items"));
      const std::string merge = s.value("x-kubernetes-list-type", "atomic");
      if (merge == "set") return "<" + element;
      if (merge != "map") return "[" + element;
      std::string keys;
      for (const json& k : s.at("x-kubernetes-list-map-keys")) keys += (keys.empty() ? "" : ",") + k.get<std::string>();
      return "(" + keys + ")" + element;
    }
    if (type == "object" && s.contains("additionalProperties") && s["additionalProperties"].is_object())
      return (s.value("x-kubernetes-map-type", "") == "atomic" ? "{{" : "{") + typeOf(s["additionalProperties"]);
    return "*";
  }

  void write(const std::string& version) {
    size_t n = 0;
    for (const auto& [name, schema] : schemas)
      if (schema.contains("properties") && !special(name)) ids[name] = n++;
    for (auto& [key, r] : resources)
      for (const auto& [name, schema] : schemas)
        for (const json& gvk : schema.value("x-kubernetes-group-version-kind", json::array()))
          if (gvk.value("group", "") == r.group && gvk.value("version", "") == r.version && gvk.value("kind", "") == r.kind && !r.kind.empty()) r.type = name;
    std::cout << "kubernetes " << version << '\n';
    for (const auto& [key, r] : resources) {
      if (r.kind.empty() || !ids.contains(r.type)) continue;
      std::string sub;
      for (const std::string& s : r.subresources) sub += (sub.empty() ? "" : ",") + s;
      std::cout << fmt::format("r {} {} {} {} {} {} {}\n", r.group.empty() ? "-" : r.group, r.version, r.plural, r.kind, r.namespaced ? 'n' : 'c', sub.empty() ? "-" : sub, ids.at(r.type));
    }
    for (const auto& [name, id] : ids) {
      const json& s = schemas.at(name);
      std::cout << "t " << name << (s.value("x-kubernetes-map-type", "") == "atomic" ? " a" : "") << '\n';
      const json required = s.value("required", json::array());
      for (const auto& [field, schema] : s.at("properties").items()) {
        std::cout << "f " << field << ' ' << typeOf(schema);
        if (std::find(required.begin(), required.end(), field) != required.end()) std::cout << " !";
        if (schema.contains("default") && schema["default"] != json::object() && schema["default"] != "") std::cout << " =" << schema["default"].dump();
        std::cout << '\n';
      }
    }
  }
};

} // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    std::cerr << "usage: chasi_k8s_schema VERSION DOCUMENT.json…\n";
    return 64;
  }
  Generator generator;
  for (int i = 2; i < argc; ++i) {
    std::ifstream in(argv[i]);
    const json document = json::parse(in, nullptr, false);
    if (document.is_discarded()) {
      std::cerr << argv[i] << ": not JSON\n";
      return 1;
    }
    if (document.contains("components") && document.contains("paths")) generator.read(document);
  }
  generator.write(argv[1]);
}
