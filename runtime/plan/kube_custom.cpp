#include "runtime/plan/kube_custom.h"

#include "runtime/plan/secrets.h"

#include <fmt/format.h>
#include <llvm/ADT/StringExtras.h>
#include <re2/re2.h>

#include <array>
#include <cmath>
#include <map>
#include <set>

namespace chasi::k8s {

using nlohmann::json;

namespace {

constexpr size_t kMost = 50;

std::string step(const std::string& key) { return plan::joinPointer({key}); }

std::string shown(const json& v) {
  std::string text = v.dump(-1, ' ', false, json::error_handler_t::replace);
  if (text.size() > 60) text = text.substr(0, 57) + "…";
  return text;
}

bool flag(const json& schema, const char* name) { return schema.is_object() && schema.contains(name) && schema[name] == true; }

std::string typeOf(const json& schema) {
  const auto at = schema.find("type");
  return at != schema.end() && at->is_string() ? at->get<std::string>() : std::string();
}

const json* member(const json& of, const char* name) {
  const auto at = of.find(name);
  return at == of.end() || at->is_null() ? nullptr : &*at;
}

/// The name that a key may have been meant for: the one with the fewest letters changed.
std::string near(std::string_view key, const json& properties) {
  std::string best;
  unsigned least = key.size() < 4 ? 1 : 2;
  for (const auto& [name, schema] : properties.items()) {
    const unsigned distance = llvm::StringRef(name).edit_distance(llvm::StringRef(key), true, least);
    if (distance <= least && (best.empty() || distance < least)) {
      best = name;
      least = distance;
    }
  }
  return best;
}

class Custom {
public:
  explicit Custom(std::vector<Problem>& out) : out_(out) {}

  /// `structure`: fields that the schema does not name are wrong. Inside anyOf and its kin only values count.
  void check(const json& v, const json& schema, const std::string& at, bool structure) {
    if (!schema.is_object() || out_.size() >= kMost || v.is_null()) return;
    if (!rightType(v, schema, at)) return;
    if (const json* choices = member(schema, "enum"); choices && choices->is_array() && std::find(choices->begin(), choices->end(), v) == choices->end()) {
      std::string list;
      for (const json& choice : *choices) list += (list.empty() ? "" : ", ") + (choice.is_string() ? choice.get<std::string>() : choice.dump());
      problem(at, fmt::format("takes {}, not {}", list, shown(v)));
    }
    if (v.is_number()) number(v, schema, at);
    if (v.is_string()) text(v.get_ref<const std::string&>(), schema, at);
    if (v.is_array()) list(v, schema, at, structure);
    if (v.is_object()) object(v, schema, at, structure);
    choices(v, schema, at);
  }

private:
  std::vector<Problem>& out_;

  void problem(const std::string& at, std::string message, std::string suggestion = {}) {
    if (out_.size() < kMost) out_.push_back({at, std::move(message), std::move(suggestion)});
  }

  bool fits(const json& v, const json& schema) {
    std::vector<Problem> inner;
    Custom(inner).check(v, schema, "", false);
    return inner.empty();
  }

  bool rightType(const json& v, const json& schema, const std::string& at) {
    if (flag(schema, "x-kubernetes-int-or-string")) {
      if (v.is_number_integer() || v.is_string()) return true;
      problem(at, fmt::format("takes a whole number or a text, not {}", shown(v)));
      return false;
    }
    const std::string type = typeOf(schema);
    const bool whole = v.is_number_integer() || (v.is_number_float() && v.get<double>() == std::floor(v.get<double>()));
    const auto wrong = [&](bool good, const char* what) {
      if (!good) problem(at, fmt::format("takes {}, not {}", what, shown(v)));
      return good;
    };
    if (type == "object") return wrong(v.is_object(), "fields");
    if (type == "array") return wrong(v.is_array(), "a list");
    if (type == "string") return wrong(v.is_string(), "a text");
    if (type == "integer") return wrong(whole, "a whole number");
    if (type == "number") return wrong(v.is_number(), "a number");
    if (type == "boolean") return wrong(v.is_boolean(), "true or false");
    return true;
  }

  void number(const json& v, const json& schema, const std::string& at) {
    const double n = v.get<double>();
    if (const json* least = member(schema, "minimum"); least && least->is_number() && (n < least->get<double>() || (flag(schema, "exclusiveMinimum") && n == least->get<double>())))
      problem(at, fmt::format("takes {} or more, not {}", least->dump(), v.dump()));
    if (const json* most = member(schema, "maximum"); most && most->is_number() && (n > most->get<double>() || (flag(schema, "exclusiveMaximum") && n == most->get<double>())))
      problem(at, fmt::format("takes {} or less, not {}", most->dump(), v.dump()));
  }

  void count(size_t n, const json& schema, const std::string& at, const char* least, const char* most, const char* what) {
    if (const json* bound = member(schema, least); bound && bound->is_number() && n < bound->get<size_t>()) problem(at, fmt::format("takes at least {} {}, not {}", bound->dump(), what, n));
    if (const json* bound = member(schema, most); bound && bound->is_number() && n > bound->get<size_t>()) problem(at, fmt::format("takes at most {} {}, not {}", bound->dump(), what, n));
  }

  void text(const std::string& v, const json& schema, const std::string& at) {
    count(static_cast<size_t>(std::count_if(v.begin(), v.end(), [](char c) { return (c & 0xC0) != 0x80; })), schema, at, "minLength", "maxLength", "characters");
    const json* pattern = member(schema, "pattern");
    if (!pattern || !pattern->is_string()) return;
    const RE2 form(pattern->get<std::string>(), RE2::Quiet);
    if (form.ok() && !RE2::PartialMatch(v, form)) problem(at, fmt::format("takes a text of the form {}, not {}", form.pattern(), shown(v)));
  }

  void list(const json& v, const json& schema, const std::string& at, bool structure) {
    count(v.size(), schema, at, "minItems", "maxItems", "elements");
    const json* kind = member(schema, "x-kubernetes-list-type");
    const json* keys = member(schema, "x-kubernetes-list-map-keys");
    std::set<std::string> seen;
    for (size_t i = 0; i < v.size(); ++i) {
      const std::string here = fmt::format("{}/{}", at, i);
      if (const json* items = member(schema, "items")) check(v[i], *items, here, structure);
      std::string identity;
      if (kind && *kind == "set") identity = v[i].dump();
      if (kind && *kind == "map" && keys && v[i].is_object())
        for (const json& key : *keys) identity += (v[i].contains(key) ? v[i][key.get<std::string>()].dump() : "") + "\n";
      if (!identity.empty() && !seen.insert(identity).second) problem(here, *kind == "set" ? "stands in the list twice" : "has the same key as another element");
    }
  }

  void object(const json& v, const json& schema, const std::string& at, bool structure) {
    count(v.size(), schema, at, "minProperties", "maxProperties", "entries");
    const json* properties = member(schema, "properties");
    const json* others = member(schema, "additionalProperties");
    const bool open = flag(schema, "x-kubernetes-preserve-unknown-fields") || (others && *others == true);
    const bool embedded = at.empty() || flag(schema, "x-kubernetes-embedded-resource");
    if (const json* required = member(schema, "required"); required && required->is_array())
      for (const json& name : *required)
        if (!v.contains(name) || v[name.get<std::string>()].is_null()) problem(at, fmt::format("`{}` is missing", name.get<std::string>()));
    for (const auto& [key, entry] : v.items()) {
      if (embedded && (key == "metadata" || key == "apiVersion" || key == "kind")) continue;
      if (properties && properties->contains(key)) check(entry, (*properties)[key], at + step(key), structure);
      else if (others && others->is_object()) check(entry, *others, at + step(key), structure);
      else if (structure && !open && !entry.is_null()) problem(at + step(key), fmt::format("there is no field `{}`", key), properties ? near(key, *properties) : "");
    }
  }

  void choices(const json& v, const json& schema, const std::string& at) {
    if (const json* all = member(schema, "allOf"); all && all->is_array())
      for (const json& one : *all) check(v, one, at, false);
    const auto fitting = [&](const json& list) { return std::count_if(list.begin(), list.end(), [&](const json& one) { return fits(v, one); }); };
    if (const json* any = member(schema, "anyOf"); any && any->is_array() && fitting(*any) == 0) problem(at, fmt::format("fits none of the forms that it can have: {}", shown(v)));
    if (const json* one = member(schema, "oneOf"); one && one->is_array() && fitting(*one) != 1) problem(at, fmt::format("must fit exactly one of the forms that it can have: {}", shown(v)));
    if (const json* no = member(schema, "not"); no && fits(v, *no)) problem(at, fmt::format("has a form that is ruled out: {}", shown(v)));
  }
};

/// The words of a schema in a definition, and what they take: t a text, b a truth value, n a number, i a whole number, l a list, o an
/// object, s a schema or a truth value, a anything (JSONSchemaProps of apiextensions.k8s.io/v1).
const std::map<std::string_view, char>& words() {
  static const std::map<std::string_view, char> all = {
      {"$ref", 't'}, {"$schema", 't'}, {"additionalItems", 's'}, {"additionalProperties", 's'}, {"allOf", 'l'}, {"anyOf", 'l'}, {"default", 'a'}, {"definitions", 'o'}, {"dependencies", 'o'},
      {"description", 't'}, {"enum", 'l'}, {"example", 'a'}, {"exclusiveMaximum", 'b'}, {"exclusiveMinimum", 'b'}, {"externalDocs", 'o'}, {"format", 't'}, {"id", 't'}, {"items", 'a'},
      {"maxItems", 'i'}, {"maxLength", 'i'}, {"maxProperties", 'i'}, {"maximum", 'n'}, {"minItems", 'i'}, {"minLength", 'i'}, {"minProperties", 'i'}, {"minimum", 'n'}, {"multipleOf", 'n'},
      {"not", 'o'}, {"nullable", 'b'}, {"oneOf", 'l'}, {"pattern", 't'}, {"patternProperties", 'o'}, {"properties", 'o'}, {"required", 'l'}, {"title", 't'}, {"type", 't'}, {"uniqueItems", 'b'},
      {"x-kubernetes-embedded-resource", 'b'}, {"x-kubernetes-int-or-string", 'b'}, {"x-kubernetes-list-map-keys", 'l'}, {"x-kubernetes-list-type", 't'}, {"x-kubernetes-map-type", 't'},
      {"x-kubernetes-preserve-unknown-fields", 'b'}, {"x-kubernetes-validations", 'l'}};
  return all;
}

void wordsOf(const json& schema, const std::string& at, bool strict, std::vector<Problem>& out) {
  for (const auto& [key, v] : schema.items()) {
    const auto word = words().find(key);
    const std::string here = at + step(key);
    if (word == words().end()) {
      if (strict) out.push_back({here, fmt::format("there is no field `{}` in a schema", key), {}});
      continue;
    }
    const char* wanted = nullptr;
    switch (word->second) {
    case 't': wanted = v.is_string() ? nullptr : "a text"; break;
    case 'b': wanted = v.is_boolean() ? nullptr : "true or false"; break;
    case 'n': wanted = v.is_number() ? nullptr : "a number"; break;
    case 'i': wanted = v.is_number_integer() ? nullptr : "a whole number"; break;
    case 'l': wanted = v.is_array() ? nullptr : "a list"; break;
    case 'o': wanted = v.is_object() ? nullptr : "fields"; break;
    case 's': wanted = v.is_object() || v.is_boolean() ? nullptr : "a schema, or true or false"; break;
    default: break;
    }
    if ((key == "required" || key == "x-kubernetes-list-map-keys") && v.is_array() && !std::all_of(v.begin(), v.end(), [](const json& e) { return e.is_string(); })) wanted = "a list of texts";
    if (wanted && !v.is_null()) out.push_back({here, fmt::format("takes {}, not {}", wanted, shown(v)), {}});
  }
}

/// A schema that says of every value what it is (the definition of a structural schema in the documentation of apiextensions).
/// `strict`: words that there are not are wrong. Below `items` and `additionalProperties` the server reads over them.
void structural(const json& schema, const std::string& at, bool strict, std::vector<Problem>& out) {
  static constexpr std::array<std::string_view, 6> kTypes = {"array", "boolean", "integer", "number", "object", "string"};
  if (out.size() >= kMost) return;
  if (!schema.is_object()) {
    if (!schema.is_boolean() && !schema.is_null()) out.push_back({at, fmt::format("takes a schema, not {}", shown(schema)), {}});
    return;
  }
  wordsOf(schema, at, strict, out);
  const std::string type = typeOf(schema);
  const bool free = flag(schema, "x-kubernetes-int-or-string") || flag(schema, "x-kubernetes-preserve-unknown-fields");
  if (type.empty() && !free) out.push_back({at, "`type` is missing", {}});
  if (!type.empty() && std::find(kTypes.begin(), kTypes.end(), type) == kTypes.end()) out.push_back({at + "/type", fmt::format("takes {}, not \"{}\"", fmt::join(kTypes, ", "), type), {}});
  if (type == "array" && !member(schema, "items")) out.push_back({at, "`items` is missing", {}});
  if (const json* properties = member(schema, "properties"); properties && properties->is_object())
    for (const auto& [key, inner] : properties->items()) structural(inner, at + "/properties" + step(key), strict, out);
  for (const char* key : {"items", "additionalProperties"})
    if (const json* inner = member(schema, key)) structural(*inner, at + "/" + key, false, out);
}

} // namespace

std::vector<Problem> checkDefinition(const json& definition) {
  std::vector<Problem> out;
  const json* spec = member(definition, "spec");
  if (!spec || !spec->is_object()) return out;
  if (const json* scope = member(*spec, "scope"); scope && *scope != "Namespaced" && *scope != "Cluster") out.push_back({"/spec/scope", fmt::format("takes Cluster, Namespaced, not {}", shown(*scope)), {}});
  const std::string name = definition.value(json::json_pointer("/metadata/name"), ""), plural = spec->value(json::json_pointer("/names/plural"), ""), group = spec->value("group", "");
  if (name != plural + "." + group) out.push_back({"/metadata/name", fmt::format("is \"{}.{}\", the plural name and the group, and not {}", plural, group, shown(name)), {}});
  const json* versions = member(*spec, "versions");
  if (!versions || !versions->is_array()) return out;
  const auto stored = std::count_if(versions->begin(), versions->end(), [](const json& v) { return v.is_object() && v.value("storage", false); });
  if (stored != 1) out.push_back({"/spec/versions", fmt::format("has {} versions with `storage: true`; exactly one is stored", stored), {}});
  for (size_t i = 0; i < versions->size(); ++i) {
    const std::string at = fmt::format("/spec/versions/{}/schema/openAPIV3Schema", i);
    const json::json_pointer pointer("/schema/openAPIV3Schema");
    const json& version = (*versions)[i];
    if (const json::json_pointer status("/subresources/status"); version.contains(status) && version[status].is_object() && !version[status].empty())
      out.push_back({fmt::format("/spec/versions/{}/subresources/status", i), "has no fields: write `status: {}`", {}});
    if (!version.contains(pointer)) out.push_back({fmt::format("/spec/versions/{}", i), "`schema.openAPIV3Schema` is missing", {}});
    else if (const json& schema = version[pointer]; typeOf(schema) != "object" && !(typeOf(schema).empty() && flag(schema, "x-kubernetes-preserve-unknown-fields"))) out.push_back({at, "describes an object: its `type` is `object`", {}});
    else structural(schema, at, true, out);
  }
  return out;
}

const json* servedSchema(const json& definition, std::string_view version) {
  const json::json_pointer versions("/spec/versions"), schema("/schema/openAPIV3Schema");
  if (!definition.contains(versions)) return nullptr;
  for (const json& v : definition[versions])
    if (v.is_object() && v.value("name", "") == version && v.value("served", false) && v.contains(schema)) return &v[schema];
  return nullptr;
}

std::vector<Problem> checkCustom(const json& object, const json& schema) {
  std::vector<Problem> out;
  Custom(out).check(object, schema, "", true);
  return out;
}

} // namespace chasi::k8s
